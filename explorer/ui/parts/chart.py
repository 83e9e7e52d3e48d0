"""A Plotly picture on a page: what it is called, what its buttons are and in which language they speak."""

import streamlit as st

from explorer.figures import Figure
from explorer.figures.text import labels
from explorer.figures.theme import enlarged
from explorer.i18n import Translator
from explorer.ui.shell import presenting

# A drag zooms in and a double click out, so these buttons would only be further stops on a keyboard's way.
LEFT_OUT = ["zoom2d", "pan2d", "select2d", "lasso2d", "zoomIn2d", "zoomOut2d", "autoScale2d"]


def chart(t: Translator, figure: Figure, name: str, *, said: str = "", image: str = "svg") -> None:
    """Draw the figure; for those who do not see it, its own labels and then what it shows are its name.

    name: of the image file, and the key; said: the sentence that is computed from it.
    """
    words = {
        "Download plot": t("plotly.download"),
        "Reset axes": t("plotly.reset"),
        "Taking snapshot - this may take a few seconds": t("plotly.working"),
        "Snapshot succeeded": t("plotly.done"),
        "Double-click to zoom back out": t("plotly.back"),
    }
    config = {
        "toImageButtonOptions": {"format": image, "filename": name, "scale": 2},
        "displaylogo": False,
        "modeBarButtonsToRemove": LEFT_OUT,
        # The words travel with the picture: Plotly would ask another server for them.
        "locale": t.language,
        "locales": {t.language: {"dictionary": words}},
    }
    if presenting.on():
        figure = enlarged(figure, presenting.FACTOR)
    alt = ". ".join(filter(None, [", ".join(labels(figure)), said]))
    st.plotly_chart(figure, key=f"{name}-figure", config=config, theme=None, width="stretch", alt=alt or None)
