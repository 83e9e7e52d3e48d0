"""The panels of the page on sentence vectors: matrices, one sentence's ranking, the layers, a map."""

import html
from collections.abc import Sequence

import streamlit as st

from explorer.analysis.use import sentences as lists
from explorer.analysis.use.classifier_input import ClassifierInput, by_batch
from explorer.analysis.use.pooling import POOLINGS, SentenceVectors, sentence_vectors
from explorer.analysis.use.sentences import Ranking, SentenceList
from explorer.figures.use import sentences as draw
from explorer.home import ASSETS
from explorer.models.registry import OFFERS
from explorer.models.spec import ModelSpec
from explorer.training.classifier_inputs import stored
from explorer.training.two_ways import example
from explorer.ui.parts import controls
from explorer.ui.parts.show import beside, numbers, reading, show
from explorer.ui.parts.work_panel import Words, work_panel
from explorer.ui.shell import cached, state
from explorer.ui.shell.page import Visit, notice
from explorer.ui.shell.works import mine
from explorer.work import Work, shared

# A longer list would make links that mail programs cut.
MAX_TYPED = 16_000
RANKS = 8
INPUT = "classifier-input"


@cached.few(8)
def vectors(spec: ModelSpec, sentences: tuple[str, ...], special: bool) -> SentenceVectors:
    """All vectors of a list of at most 48 sentences: 2 MB for the embedded model, 20 MB with BERT-large."""
    return sentence_vectors(cached.model(spec), sentences, special)


def chosen_list(visit: Visit) -> SentenceList:
    """The visitor's sentences, edited in a popover.

    Raises:
        TooFewSentences, TooManySentences.
    """
    t = visit.t
    example = _example(visit.speaks)
    with st.popover(t("sentences.edit"), icon=":material/edit:"):
        text = state.words(
            st.text_area, t("sentences.list"), "list", example, height=420, max_chars=MAX_TYPED, width=520
        )
        st.button(t("sentences.example"), on_click=lambda: state.put({"list": None}))
    return lists.sentence_list(text)


def tries(visit: Visit) -> dict[str, tuple[str, dict[str, str]]]:
    """What to try next; the two banks are in the English list alone."""
    bank = {"sentences.try.bank": ("sentences", {"view": "ranking", "sentence": "8"})}
    made_for_it = {"sentences.try.minilm": ("sentences", {"model": "minilm"})}
    return {
        **(made_for_it if visit.speaks is None and visit.spec != OFFERS["minilm"] else {}),
        "sentences.try.first": ("sentences", {"view": "layers", "measure": "nearest"}),
        **(bank if visit.speaks is None else {}),
        "sentences.try.random": ("sentences", {"view": "layers", "model": "minilm-random"}),
    }


def _example(speaks: str | None) -> str:
    """The shipped sentences in the model's language, or the English ones."""
    own = ASSETS / f"examples/sentences.{speaks}.txt"
    return (own if own.is_file() else ASSETS / "examples/sentences.txt").read_text(encoding="utf-8").strip()


def matrices(visit: Visit, listed: SentenceList, found: SentenceVectors, depth: int) -> None:
    """The four matrices on one scale."""
    info = lists.similarities(found, listed, depth)
    reading(visit.t, info)
    # The two that are talked of first: what stands for the text in training, and what is used.
    drawn = draw.matrices(info, visit.t, visit.palette)
    names = sorted(drawn, key=lambda name: name.removeprefix("sentences-") not in lists.COMPARED)
    for pair in (names[:2], names[2:]):
        if pair:
            beside(visit.t, {name: drawn[name] for name in pair}, info)
    numbers(visit.t, info, "similarities", image=False)


def _sentences(visit: Visit, listed: SentenceList) -> None:
    colours = draw.group_colours(visit.palette)
    blocks = []
    for group in sorted(set(listed.groups)):
        rows = [at for at, own in enumerate(listed.groups) if own == group]
        items = "".join(f"<li><b>{at + 1}</b> {html.escape(listed.sentences[at])}</li>" for at in rows)
        blocks.append(f'<ul style="border-color:{colours[group % len(colours)]}">{items}</ul>')
    st.html(f'{STYLE}<div class="bx-groups">{"".join(blocks)}</div>')


def ranking(visit: Visit, listed: SentenceList, found: SentenceVectors, depth: int) -> None:
    """The others of one sentence, most similar first, under every pooling."""
    t = visit.t
    names = {at: f"{at + 1}  {sentence}" for at, sentence in enumerate(listed.sentences)}
    first = min(4, len(names) - 1)
    chosen = state.choice(
        st.selectbox, t("sentences.whose"), list(names), "sentence", first, format_func=names.__getitem__
    )
    info = lists.ranking(found, listed, depth, chosen)
    show(t, lambda: _columns(visit, info), info, "ranking")


def _columns(visit: Visit, info: Ranking) -> None:
    colour = draw.group_colours(visit.palette)[info.listed.groups[info.chosen] % 8]
    columns = []
    for name, order in info.order.items():
        items = "".join(
            f'<li class="{"near" if same else "far"}" style="border-color:{colour if same else "transparent"}">'
            f"<i>{value:.2f}</i> {html.escape(info.listed.sentences[at])}</li>"
            for at, value, same in order[:RANKS]
        )
        columns.append(f"<div><h3>{html.escape(visit.t(f'sentences.pooling.{name}'))}</h3><ol>{items}</ol></div>")
    st.html(f'{STYLE}<div class="bx-ranks">{"".join(columns)}</div>')


def by_depth(visit: Visit, listed: SentenceList, found: SentenceVectors, depth: int) -> None:
    """The score of every pooling over the layers."""
    if not listed.scored:
        notice(visit.t("sentences.no_groups"))
        return
    measure = controls.choice(visit.t, "sentences", "measure", lists.MEASURES)
    info = lists.by_depth(found, listed, measure)
    show(visit.t, draw.depth_lines(info, depth, visit.t, visit.palette), info, "by-depth")


def sentence_map(visit: Visit, listed: SentenceList, found: SentenceVectors, depth: int) -> None:
    """The sentences on the two main axes of one pooling."""
    names = [name for name in ("mean", *POOLINGS) if name in found.poolings]
    pooling = controls.choice(visit.t, "sentences", "pooling", tuple(dict.fromkeys(names)))
    info = lists.sentence_map(found, listed, depth, pooling)
    figure = draw.map_points(info, visit.t, visit.palette)
    beside(visit.t, {"map": figure}, info)
    _sentences(visit, listed)
    reading(visit.t, info)
    numbers(visit.t, info, "map", image=False)


def as_input(visit: Visit, listed: SentenceList, found: SentenceVectors, depth: int) -> None:
    """The vectors as what a classifier reads, on the shipped texts with 14 labels: stored, or made on request."""
    t, data = visit.t, example()
    if kept := stored(visit.spec, data):
        info, day = kept
        show(t, draw.input_bars(info, t, visit.palette), info, "input")
        st.html(f'<p class="bx-check">{html.escape(t("sentences.input.stored", day=day))}</p>')
        return
    handle, about, n = visit.handle, (INPUT, visit.spec), len(data.texts)
    work: Work | None = mine(INPUT, about)
    made = next((one for one in (work.items() if work else ()) if isinstance(one, ClassifierInput)), None)

    def begin() -> Work:
        return shared(lambda: by_batch(handle, data), n + 1, about, done=_read)

    start = None if made else t("sentences.input.start", n=n)
    words = Words(start, lambda work: t("class_texts.going", done=min(work.done, n), of=n))
    work_panel(visit, INPUT, work, words, begin)
    if made:
        show(t, draw.input_bars(made, t, visit.palette), made, "input")


def _read(items: Sequence[int | ClassifierInput]) -> int:
    """Texts that have been read; the classifiers count as one more."""
    return max((one for one in items if isinstance(one, int)), default=0)


VIEWS = {"matrices": matrices, "ranking": ranking, "layers": by_depth, "map": sentence_map, "input": as_input}

STYLE = """<style>
.bx-groups { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 340px), 1fr)); gap: 16px 32px; }
.bx-groups ul { list-style: none; margin: 0; padding: 0 0 0 12px; border-left: 4px solid; font-size: 16px; }
.bx-groups li { display: flex; gap: 8px; margin: 0; padding: 1px 0; overflow-wrap: anywhere; }
.bx-groups b { flex: none; min-width: 24px; font-variant-numeric: tabular-nums; }
.bx-ranks { display: grid; grid-template-columns: repeat(auto-fit, minmax(240px, 1fr)); gap: 16px 24px; }
.bx-ranks h3 { font-size: 18px; margin: 0 0 8px; padding: 0; }
.bx-ranks ol { list-style: none; margin: 0; padding: 0; }
.bx-ranks li { display: flex; gap: 10px; margin: 0 0 4px; padding: 4px 8px; border-left: 4px solid; font-size: 16px;
  line-height: 1.35; overflow-wrap: anywhere; }
.bx-ranks li.near { font-weight: 650; background: color-mix(in srgb, currentColor 7%, transparent); }
.bx-ranks li.far { opacity: 0.72; }
.bx-ranks i { flex: none; font-style: normal; font-variant-numeric: tabular-nums; }
</style>"""
