"""How a picture is shown: the picture, its reading, and on demand its numbers and its image."""

import html
from collections.abc import Callable

import streamlit as st

from explorer.analysis.info import Info, csv_file
from explorer.figures import Figure
from explorer.i18n import Translator
from explorer.quantities import plain
from explorer.ui.parts.chart import chart
from explorer.ui.shell import words


def show(
    t: Translator, picture: Figure | Callable[[], object], info: Info, name: str, said_first: bool = False
) -> None:
    """A figure, or a function that draws a component, with the sentence and the numbers of its Info.

    name: of the downloaded files, and the key of the widgets; unique on the page.
    said_first: with the sentence above the picture.
    """
    if said_first:
        reading(t, info)
    if isinstance(picture, Figure):
        chart(t, picture, name, said=sentence(t, info), image=_image_format(name))
    else:
        picture()
    if not said_first:
        reading(t, info)
    numbers(t, info, name, isinstance(picture, Figure))


def reading(t: Translator, info: Info) -> None:
    """The one sentence that is computed from what is shown. Plain text: words of the visitor stay words."""
    st.html(f'<p class="bx-reading" aria-live="polite">{words.explained(t, sentence(t, info))}</p>')


def sentence(t: Translator, info: Info) -> str:
    """The reading as text."""
    key, facts = info.reading()
    return t(key, **facts)


def check(t: Translator, difference: float, bound: float = 1e-5) -> None:
    """Largest difference between a derived picture and the model's own output, with a tick if it is small."""
    mark = "✓" if difference <= bound else "✗"
    sentence = html.escape(t("show.check", difference=plain(difference, ".1e")))
    st.html(f'<p class="bx-check"><span aria-hidden="true">{mark}</span> {sentence}</p>')


@st.fragment
def numbers(t: Translator, info: Info, name: str, image: bool) -> None:
    """The table, its CSV and the image format; computed when opened, not before."""
    panel = st.expander(t("show.numbers"), key=f"{name}-numbers", on_change="rerun")
    if not panel.open:
        return
    with panel:
        table = info.table()
        st.dataframe(table, width="stretch", height=280, hide_index=True)
        st.caption(t("show.counted"))
        left, right = st.columns(2, vertical_alignment="bottom")
        csv = csv_file(table)
        icon = ":material/download:"
        left.download_button(t("show.csv"), csv, f"{name}.csv", "text/csv", icon=icon, key=f"{name}-csv")
        if image:
            label, key = t("show.image"), f"{name}-image"
            right.segmented_control(label, ["png", "svg"], default="png", format_func=str.upper, required=True, key=key)
            if st.session_state[key] != st.session_state.get(f"{name}-drawn", "png"):
                st.session_state[f"{name}-drawn"] = st.session_state[key]
                st.rerun()


def _image_format(name: str) -> str:
    return str(st.session_state.get(f"{name}-drawn", "png"))


def beside(
    t: Translator,
    figures: dict[str, Figure],
    info: Info | None,
    widths: tuple[int, ...] | None = None,
    below: dict[str, str] | None = None,
) -> None:
    """Figures in one line, which become a column on a phone; the keys name them for the browser and the image file.

    info: what they show, for those who do not see them. below: a line of numbers under them.
    """
    said = sentence(t, info) if info else ""
    for column, (name, figure) in zip(st.columns(widths or len(figures), gap="medium"), figures.items(), strict=True):
        with column:
            chart(t, figure, name, said=said)
    if below:
        values(below)


def values(pairs: dict[str, str]) -> None:
    """A line of numbers, each under its name."""
    items = "".join(f"<div>{html.escape(k)}<b>{html.escape(v)}</b></div>" for k, v in pairs.items())
    st.html(f'<div class="bx-values">{items}</div>')


def chips(styles: dict[str, str]) -> None:
    """What the marks of several panels stand for, once for all of them: name and CSS of its mark."""
    items = "".join(f'<span><i style="{css}"></i>{html.escape(name)}</span>' for name, css in styles.items())
    st.html(f'<p class="bx-legend">{items}</p>')


def say(sentence: str) -> None:
    """What the visitor must know to read the picture rightly; plain text, its terms marked."""
    st.html(f'<p class="bx-say">{words.explained(st.session_state["visit"].t, sentence)}</p>')


def panel_title(text: str, changed: bool = False) -> None:
    """What stands above one of several panels; room for two lines, so that the panels below begin at one height.

    changed: the panel shows a changed run, which has the colours of the run that it is compared with, under an amber
    title: so equal values look equal.
    """
    kind = "bx-panel bx-changed" if changed else "bx-panel"
    st.html(f'<h2 class="{kind}">{html.escape(text)}</h2>')
