"""The shelf of models: a row each, with a bar for its size. The visitor chooses one."""

import streamlit as st

from explorer.analysis.shelf import Shelf
from explorer.i18n import Translator
from explorer.ui.components import register

_component = register("shelf")


def shelf_rows(info: Shelf, t: Translator, field: str) -> None:
    """Draw the rows; a click writes the model's id into the text field with this key."""
    key = f"shelf-{field}"
    rows = [
        [
            m.repo,
            m.title,
            t(f"any_model.what.{m.key}"),
            m.millions,
            t("any_model.size", millions=m.millions, mb=4 * m.millions),
            info.stored(m.repo) is not None,
        ]
        for m in info.models
    ]
    data = {
        "rows": rows,
        "chosen": st.session_state.get(field, ""),
        "label": t("any_model.choose"),
        "most": max(m.millions for m in info.models),
        "hereWord": t("any_model.here"),
    }
    _component(key=key, data=data, on_chosen_change=lambda: _take(key, field))


def _take(key: str, field: str) -> None:
    chosen = st.session_state.get(key, {}).get("chosen")
    if chosen:
        st.session_state[field] = chosen
