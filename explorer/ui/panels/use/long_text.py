"""The panels of the page on long texts: the document, its windows, their run, and what is made of their vectors."""

import html
import re
from functools import partial

import numpy as np
import streamlit as st

from explorer.analysis.structure.cost import require_plain, shape
from explorer.analysis.use.segment_memory import reach
from explorer.analysis.use.window_cost import window_cost
from explorer.analysis.use.windows import MAX_WINDOWS, Windows, ranking
from explorer.analysis.use.windows import windows as cut_windows
from explorer.errors import ExplorerError
from explorer.figures.use.long_text import best_words, cost_lines, reach_maps
from explorer.home import ASSETS
from explorer.i18n import Translator
from explorer.models.document import MAX_DOCUMENT, decoded
from explorer.training.languages import LANGUAGES
from explorer.training.role_texts import role_texts
from explorer.ui.browser.bars import bars
from explorer.ui.browser.windows import windows as draw_windows
from explorer.ui.parts import controls, window_runs
from explorer.ui.parts.show import beside, chips, numbers, reading, say, show
from explorer.ui.shell import cached, examples, state
from explorer.ui.shell.names import LINK
from explorer.ui.shell.page import Visit, notice

# What is read beside the visitor's own text, by the language of the model's texts: a page of prose and the lessons, or
# so many drawn sentences.
SHIPPED, SENTENCES = {"zh": ("page_zh", "lessons_zh"), "toy": ("drawn",), "toy_zh": ("drawn",)}, 20
TEMPERATURES, USUAL = (0.02, 0.05, 0.1, 0.3, 1.0), 0.05
# Bytes of an uploaded file: a character of UTF-8 takes up to four.
MAX_BYTES = 4 * MAX_DOCUMENT
SHOWN = 5


def own_text(visit: Visit) -> str:
    """The visitor's own text, typed or from a file."""
    t = visit.t
    left, right = st.columns([3, 2])
    with left:
        typed = state.words(st.text_area, t("long_text.own"), "long", visit.text, height=120)
    with right:
        file = st.file_uploader(t("long_text.file"), "txt", key="long-file", max_upload_size=MAX_BYTES // 2**20)
    return typed if file is None else _read(file.getvalue()[:MAX_BYTES])


def _read(source: bytes) -> str:
    """What is no text in any encoding that we know is read all the same, with marks where nothing fits."""
    try:
        return decoded(source)
    except UnicodeDecodeError:
        return source.decode("utf-8", "replace")


@cached.few(4)
def lessons(speaks: str | None = None) -> str:
    """Every lesson of the app, without Markdown's marks: a real text, because nothing else is as well known to a reader
    who is in doubt about a window's rank. For a model that knows a small language alone, sentences of that one."""
    if speaks in LANGUAGES:
        drawn = role_texts(SENTENCES, 0, LANGUAGES[speaks])
        return LANGUAGES[speaks].joint.join(clause.written for clause in drawn)
    files = sorted((ASSETS / "lessons" / (speaks or "en")).glob("*.md"))
    joined = "\n\n".join(file.read_text(encoding="utf-8") for file in files)
    bare = re.sub(r"```(python)?|[#*`|$]|:--", "", joined)
    return re.sub(r"\s*\n\s*\n\s*", "\n\n", re.sub(r"[ \t]{2,}", " ", bare)).strip()


def _shipped(visit: Visit, name: str) -> str:
    if name.startswith("page"):
        return (ASSETS / "examples/documents" / f"{visit.speaks or 'en'}.txt").read_text(encoding="utf-8")
    return lessons(visit.speaks)


def measures(visit: Visit) -> tuple[int, int]:
    """Width and step of the windows, in tokens."""
    t, widest = visit.t, visit.handle.dims.n_ctx
    lowest, default = min(16, widest), min(384, widest)
    width = state.slider(t("long_text.width"), range(lowest, widest + 1), "window", default)
    step = state.slider(t("long_text.step"), range(1, widest + 1), "step", min(128, max(1, widest // 3)))
    return width, step


def cut(visit: Visit, content: str, width: int, step: int) -> Windows:
    """The document in windows of this width and step; what cannot be is said, and the nearest that can is cut."""
    t, widest = visit.t, visit.handle.dims.n_ctx
    try:
        found = cached.pieces(visit.spec, content)
    except ExplorerError as error:
        notice(t.error(error) + " " + t("long_text.kept"), alert=True)
        found = cached.pieces(visit.spec, lessons(visit.speaks))
    try:
        return cut_windows(found, width, step)
    except ExplorerError as error:
        notice(t.error(error) + " " + t("long_text.apart", step=width - found.n_special), alert=True)
        return cut_windows(found, *nearest(width, found.n_special, len(found.ids), widest))


def nearest(width: int, n_special: int, n_pieces: int, widest: int) -> tuple[int, int]:
    """A width and step that can be: windows side by side, in full width where there would be too many."""
    fits = n_pieces <= MAX_WINDOWS * (width - n_special)
    chosen = width if fits else widest
    return chosen, chosen - n_special


def overview(visit: Visit, info: Windows) -> None:
    """The windows, the chosen one's text, and once they were run their rank for a query."""
    window_runs.panel(visit, info, partial(_overview, visit, info))


def _overview(visit: Visit, info: Windows) -> None:
    t = visit.t
    vectors = window_runs.vectors(visit, info)
    # Drawn from the start: a field that first appears while the panel polls may lose its text to the next poll.
    query, vector, temperature = query_controls(visit)
    ranked = ranking(info, vectors, query, vector, temperature) if len(vectors) and vector is not None else None
    found = ranked is not None and len(vectors) == len(info.spans)
    best = ranked.order[0] if ranked is not None and found else 0
    if ranked is not None:
        reading(t, ranked)
    chosen = draw_windows(info, [] if ranked is None else ranked.cosine.tolist(), t, default=best)
    reading(t, info)
    _window_text(visit, info, chosen)
    numbers(t, info, "windows", False)
    if ranked is not None:
        rows = [(t("long_text.window", window=at), -1, float(ranked.cosine[at])) for at in ranked.order[:SHOWN]]
        left, right = st.columns(2, gap="large")
        with left:
            bars(rows, key="ranking", title=t("long_text.best"), high=1)
        with right:
            whole = [(t(f"long_text.join.{way}"), -1, value) for way, value in ranked.whole.items()]
            bars(whole, key="joined", title=t("long_text.joined"), high=1)
        numbers(t, ranked, "ranking", False)


def _window_text(visit: Visit, info: Windows, chosen: int) -> None:
    """The chosen window's text; what its neighbours also read is tinted and named."""
    t = visit.t
    *parts, both = info.excerpt(chosen)
    kinds = ("before", "both" if both else "own", "after")
    marks = [f"<mark class={kind}>{html.escape(part)}</mark>" for kind, part in zip(kinds, parts, strict=True)]
    names = [f"<mark class={kind}>{html.escape(t(f'long_text.text.{kind}'))}</mark>" for kind in kinds]
    title = html.escape(t("long_text.window", window=chosen))
    st.html(
        f"<section class=bx-window><p><b>{title}</b>{''.join(names)}</p><div>{''.join(marks)}</div></section>{STYLE}"
    )


def query_controls(visit: Visit) -> tuple[str, np.ndarray | None, float]:
    """The question, its vector (the mean of its states), and the temperature of the softmax over scores."""
    t = visit.t
    query = state.words(
        st.text_input, t("long_text.query"), "ask", examples.page_text("ask", visit.speaks), max_chars=300,
        label_visibility="collapsed", icon=":material/search:",
    )  # fmt: skip
    tau = state.current("tau", TEMPERATURES, USUAL)
    if not query.strip():
        return query, None, tau
    return query, window_runs.sentence(visit.spec, query), tau


def temperature(t: Translator) -> float:
    """Of the softmax over the windows' scores."""
    return state.choice(st.select_slider, t("long_text.temperature"), TEMPERATURES, "tau", USUAL)


def answers(visit: Visit, info: Windows) -> None:
    """The best words of the best windows and of the worst one, normalised in each window and over all of them."""
    t = visit.t
    vectors = window_runs.vectors(visit, info)
    if not len(vectors):
        say(t("long_text.run_first"))
        window_runs.panel(visit, info)
        return
    query, vector, temperature = query_controls(visit)
    if vector is None:
        return
    order = ranking(info, vectors, query, vector, temperature).order
    chosen = tuple(dict.fromkeys([*order[: SHOWN - 1], order[-1]]))
    scores = window_runs.word_scores(visit, info, chosen, query, temperature)
    show(t, best_words(scores, t, visit.palette), scores, "normalised")
    say(t("long_text.note.normalised"))


def cost(visit: Visit, info: Windows) -> None:
    """Operations of the windows against one long attention."""
    config = visit.handle.config
    require_plain(config)
    found = window_cost(shape(config), info.n_pieces, info.width, info.step, info.document.n_special)
    show(visit.t, cost_lines(found, visit.t, visit.palette), found, "window-cost")
    say(visit.t("long_text.note.cost"))


def instead(visit: Visit) -> None:
    """Who sees whom in one layer, with windows and with a memory of the previous segment."""
    found, colours = reach(), visit.palette

    def maps() -> None:
        beside(visit.t, reach_maps(found, visit.t, colours), found)
        marks = (("seen", colours.attention[1]), ("cached", colours.position))
        chips({visit.t(f"long_text.reach.{name}"): f"background: {colour}" for name, colour in marks})

    show(visit.t, maps, found, "reach")
    say(visit.t("long_text.note.reach"))


def too_long(visit: Visit, content: str) -> None:
    """A remark where a text does not stand in the link."""
    if state.current("document", ("own",), "") == "own" and len(content) > LINK:
        notice(visit.t("frame.link", allowed=LINK))


VIEWS = {"windows": overview, "answers": answers, "cost": cost}


def panel(visit: Visit) -> None:
    """The chosen part of the page."""
    with controls.strip():
        view = controls.choice(visit.t, "long_text", "part", (*VIEWS, "instead"), bare=True)
        if view != "instead":
            shipped = SHIPPED.get(visit.speaks or "", ("page", "lessons"))
            whose = controls.listed(visit.t, "long_text", "document", (*shipped, "own"), width=240)
            with controls.more(visit.t):
                width, step = measures(visit)
                temperature(visit.t)
    if view == "instead":
        instead(visit)
        return
    content = own_text(visit) if whose == "own" else _shipped(visit, whose)
    too_long(visit, content)
    VIEWS[view](visit, cut(visit, content, width, step))


# Colours by mixing with the page's own text colour, so that they hold in light and dark.
STYLE = """<style>
.bx-window p { display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: center; margin: 0 0 8px; font-size: 15px; }
.bx-window div { font-size: 16px; line-height: 1.6; max-height: 260px; overflow-y: auto; white-space: pre-wrap;
  overflow-wrap: anywhere; border-left: 4px solid var(--bx-query); padding-left: 16px; max-width: 110ch; }
.bx-window mark { color: inherit; background: none; }
.bx-window mark.before { background: color-mix(in srgb, var(--bx-position) 20%, transparent); }
.bx-window mark.both { background: linear-gradient(color-mix(in srgb, var(--bx-position) 20%, transparent) 50%,
  color-mix(in srgb, var(--bx-segment) 22%, transparent) 50%); background-size: 100% 1.6em; }
.bx-window mark.after { background: color-mix(in srgb, var(--bx-segment) 22%, transparent); }
.bx-window p mark { padding: 0 8px; border-radius: 4px; }
</style>"""
