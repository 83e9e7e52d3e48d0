"""Pictures: one file per kind; each draws from its Info alone."""

from plotly.graph_objects import Figure

__all__ = ["Figure"]
