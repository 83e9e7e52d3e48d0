"""Whose text is the most saturated? For the teacher's screen: the texts that students lend, measured and ranked."""

import html

import streamlit as st

from explorer.analysis.course.class_texts import NAMES, ClassTexts, Measured, Row, measured
from explorer.analysis.info import csv_file
from explorer.class_room.rooms import digest
from explorer.i18n import Translator
from explorer.quantities import plain
from explorer.ui.parts import controls
from explorer.ui.parts.room import student
from explorer.ui.parts.show import reading
from explorer.ui.parts.work_panel import Words, work_panel
from explorer.ui.shell import room, state
from explorer.ui.shell.page import Visit, fragment
from explorer.ui.shell.works import mine
from explorer.work import Job, Work

NAME = "class-texts"


def class_texts(visit: Visit) -> None:
    """Start, progress, and the ranking, from which a text goes as soon as its student takes it back."""
    t, handle = visit.t, visit.handle
    st.header(t("class_texts.title"), anchor=False)
    st.html(f"<p>{html.escape(t('class_texts.lead'))}</p>")
    with controls.strip():
        measure = state.choice(
            st.segmented_control, t("saturation.measure"), NAMES, "measure", NAMES[0],
            format_func=lambda name: t(f"saturation.measure.{name}"), required=True,
        )  # fmt: skip
        of = controls.choice(t, "class_texts", "of", ("head", "all"))
        first = controls.telling(visit.scene)
        layer = controls.layer(visit, default=first[0]) if of == "head" else first[0]
        head = controls.head(visit, default=first[1]) if of == "head" else first[1]
    about = (visit.spec, layer, head)
    work = mine(NAME, about)

    def begin() -> Work:
        texts = {(number, digest(text)): text for number, text in room.lent().items()}
        return Job(measured(handle, texts, layer, head), max(len(texts), 1), about)

    words = Words(t("class_texts.start"), lambda work: t("class_texts.going", done=work.done, of=work.expected))
    work_panel(visit, NAME, work, words, begin)
    _ranking(visit, work, layer, head, measure, of == "all")


def _ranked(visit: Visit, work: Work | None, layer: int, head: int, measure: str, everywhere: bool) -> None:
    """What is lent now, of what was measured: a text is looked up anew every time, and kept nowhere here."""
    t, lent, board = visit.t, room.lent(), room.board()
    found: dict[tuple[int, str], Measured] = {one.about: one for one in work.items()} if work is not None else {}
    rows = tuple(
        Row(student(t, board, number), text, found[number, digest(text)])
        for number, text in sorted(lent.items())
        if (number, digest(text)) in found
    )
    st.html(f'<p role="status">{html.escape(t("class_texts.lent", lent=len(lent), measured=len(rows)))}</p>')
    if not rows:
        return
    info = ClassTexts(rows, layer, head, measure, everywhere)
    reading(t, info)
    st.html(drawn(t, info))
    icon = ":material/download:"
    st.download_button(t("room.csv"), csv_file(info.table()), "texts.csv", "text/csv", icon=icon, key=f"{NAME}-csv")


_ranking = fragment(_ranked, run_every=2.0)


def drawn(t: Translator, info: ClassTexts) -> str:
    """The ranking as HTML: of each text two bars, with the scale and without it."""
    kinds = ("with", "without")
    legend = "".join(f'<span><i class="{kind}"></i>{html.escape(t(f"class_texts.{kind}"))}</span>' for kind in kinds)
    items = []
    for row in info.ranked:
        said = f"<p><strong>{html.escape(row.name)}</strong> {html.escape(row.text)}</p>"
        bars = "".join(
            f'<div class="{kind}"><i><b style="width:{value:.1%}"></b></i><em>{_number(info, value)}</em></div>'
            for kind, value in zip(kinds, info.pair(row), strict=True)
        )
        items.append(f"<li>{said}{bars}</li>")
    return f'<div class="bx-lent"><p class="bx-legend">{legend}</p><ol>{"".join(items)}</ol></div>'


def _number(info: ClassTexts, value: float) -> str:
    return plain(value, ".0%") if info.measure == "peaked" else plain(value, ".2f")
