"""What the pages on lists of texts share: how deep the vectors are taken, and a word on texts of another language."""

from typing import Any

import streamlit as st

from explorer.analysis.use.token_labels import is_foreign
from explorer.models.encode import encode
from explorer.ui.shell import state
from explorer.ui.shell.page import Visit, notice


def warn_if_foreign(visit: Visit, texts: tuple[str, ...]) -> None:
    """Say so where the model's vocabulary was not made for these texts."""
    if is_foreign([encode(visit.handle, text) for text in texts[:24]]):
        notice(visit.t("sentences.foreign"))


def layers_passed(visit: Visit, name: str = "after", middle: bool = False) -> int:
    """After how many layers the vectors are taken; 0 is the embedding. By default after all, or after half of them."""
    last = visit.handle.dims.n_layers
    usual = last // 2 if middle else last
    depths = list(range(last + 1))
    widget = st.segmented_control if last <= 12 else st.select_slider
    settings: dict[str, Any] = {"required": True} if last <= 12 else {}
    return state.choice(widget, visit.t("sentences.passed"), depths, name, usual, **settings)
