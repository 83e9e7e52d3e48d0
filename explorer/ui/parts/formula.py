"""A closed formula as a table: what is counted, the letters, the numbers put in, the result."""

import streamlit as st

from explorer.analysis.structure.closed_form import ClosedForm
from explorer.i18n import Translator
from explorer.ui.shell.page import notice


def formula(t: Translator, form: ClosedForm | None, total: int) -> None:
    """The formula with a tick when it gives the counted total; a sentence where none is known."""
    if form is None or form.value != total:
        notice(t("parameters.no_formula"))
        return
    lines = [
        f"| {t('parameters.part')} | {t('parameters.letters')} | {t('parameters.numbers')} | {t('parameters.count')} |"
    ]
    lines.append("|:--|:--|:--|--:|")
    lines += [
        f"| {t(f'parameters.part.{part}')} | ${letters}$ | ${numbers}$ | {n:,} |"
        for part, letters, numbers, n in form.lines()
    ]
    lines.append(f"| **{t('parameters.true_total')}** | | | **{form.value:,} ✓** |")
    st.markdown("\n".join(lines))
    st.markdown(t("parameters.legend"))
