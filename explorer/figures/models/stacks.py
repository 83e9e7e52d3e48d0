"""What two one-directional stacks, joined and alone, and one that sees both sides say of a hidden word."""

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.models.stacks_compared import READERS, ROLES, StacksCompared
from explorer.figures.marks import bars
from explorer.figures.theme import Palette, layout
from explorer.i18n import Translator


def reader_bars(info: StacksCompared, t: Translator, palette: Palette) -> go.Figure:
    """Share right by hidden word, a bar a reader: the mean of the seeds, with the range from worst to best."""
    figure = layout(go.Figure(), palette, 380).update_layout(bargap=0.3)
    amber, own = palette.changed[1], palette.attention[1]
    looks = {"forward": (amber, "/"), "backward": (amber, "\\"), "joined": (amber, ""), "both": (own, "")}
    for at, reader in enumerate(READERS):
        right, (colour, shape) = info.right[..., at], looks[reader]
        mean = right.mean(0)
        ends = {"array": right.max(0) - mean, "arrayminus": mean - right.min(0), "color": palette.ink, "thickness": 1.5}
        bars(figure, mean, colour, t(f"who_sees_whom.reader.{reader}"), shape=shape, error_y=ends)
    names = [t(f"who_sees_whom.hidden.{role}") for role in ROLES]
    figure.update_xaxes(tickvals=np.arange(len(ROLES)), ticktext=names, title_text=t("who_sees_whom.asked"))
    return figure.update_yaxes(title_text=t("who_sees_whom.right"), range=[0, 1.05], tickformat=".0%")
