"""A label for a whole text: the data, the training with progress and stop, results, the road."""

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st

from explorer.analysis.probing import Split
from explorer.analysis.use.labelled_texts import LabelledTexts, labelled_texts
from explorer.analysis.use.pooling import poolings_of
from explorer.analysis.use.task_head import Comparison, Outcome, majority, road, softmax, stratified
from explorer.errors import ExplorerError
from explorer.figures import Figure
from explorer.figures.use import task_head as draw
from explorer.i18n import Translator
from explorer.training import frozen_heads
from explorer.training.fine_tune import Epoch, Recipe, Step, Tuned, predicted
from explorer.training.two_ways import POOLING, RECIPE, Event, Frozen, Kept, example, stored, two_ways
from explorer.ui.parts import controls
from explorer.ui.parts.road_list import road_list
from explorer.ui.parts.show import beside, numbers, reading, say, show, values
from explorer.ui.parts.text_lists import warn_if_foreign
from explorer.ui.parts.work_panel import Words, made_before, paced, work_panel
from explorer.ui.shell import examples, state, words
from explorer.ui.shell.page import Visit, notice
from explorer.ui.shell.works import mine
from explorer.work import Watch, Work, shared

NAME = "tuning"
# A table of this many characters still travels in a link. The upload bound is Streamlit's, in megabytes: what is
# larger than we read but below it is refused in our own words.
MAX_TYPED, MAX_UPLOAD = 200_000, 20
MAX_TRY = 300


@dataclass(frozen=True)
class Plan:
    """What would be trained on what."""

    data: LabelledTexts
    parts: Split
    pooling: str
    recipe: Recipe

    @property
    def key(self) -> tuple[object, ...]:
        """Two plans with the same key give the same result."""
        return (self.data, self.parts.seed, self.pooling, self.recipe)


@dataclass(frozen=True)
class Settings:
    """What few visitors change. texts: "example" or "own"."""

    texts: str
    pooling: str
    recipe: Recipe


def settings(visit: Visit) -> Settings:
    """Whose texts, which frozen vector, and how much is trained."""
    t, n_layers = visit.t, visit.handle.dims.n_layers
    texts = controls.choice(t, "task_head", "data", ("example", "own"), bare=True)
    others = (p for p in poolings_of(visit.handle) if p != POOLING)
    pooling = controls.choice(t, "task_head", "pooling", (POOLING, *others))
    top = min(n_layers, 6)
    usual = min(RECIPE.layers, top)
    layers = state.choice(st.segmented_control, t("task_head.layers"), list(range(top + 1)), "k", usual, required=True)
    epochs = state.slider(t("task_head.passes"), range(1, 21), "passes", RECIPE.epochs)
    seed = state.slider(t("task_head.seed"), range(21), "seed", RECIPE.seed)
    return Settings(texts, pooling, replace(RECIPE, layers=layers, epochs=epochs, seed=seed))


def plan(visit: Visit, chosen: Settings) -> Plan:
    """What these settings train, and the visitor's table if they ask for it.

    Raises:
        TableTooLarge, TableUnreadable, OneLabel, TooManyLabels: for the visitor's own table.
    """
    data = _example(visit) if chosen.texts == "example" else _own(visit)
    if chosen.texts == "example" and visit.speaks == "toy_zh":
        notice(visit.t("task_head.small"))
    else:
        warn_if_foreign(visit, data.texts)
    return Plan(data, stratified(data.codes, chosen.recipe.seed), chosen.pooling, chosen.recipe)


def tries(visit: Visit, view: str) -> dict[str, tuple[str, dict[str, str]]]:
    """What to try next: another word where a sentence is asked, the vector of [CLS] where the model has one."""
    found = {
        "task_head.try.head": ("labels", {"what": "text", "k": "0"}),
        "task_head.try.cls": ("labels", {"what": "text", "pooling": "cls"}),
        "task_head.try.random": ("labels", {"what": "text", "model": "minilm-random"}),
        "task_head.try.road": ("labels", {"what": "text", "view": "road"}),
    }
    if "cls" not in poolings_of(visit.handle):
        del found["task_head.try.cls"]
    other = {"what": "text", "view": "try", "try": examples.page_text("try_other", visit.speaks)}
    return {"task_head.try.word": ("labels", other)} | found if view == "try" else found


def _example(visit: Visit) -> LabelledTexts:
    """The shipped texts in the model's language, also for one that knows a small Chinese language."""
    return example("zh" if visit.speaks in ("zh", "toy_zh") else None)


def _own(visit: Visit) -> LabelledTexts:
    t = visit.t
    left, right = st.columns(2)
    with left:
        typed = state.words(
            st.text_area, t("task_head.paste"), "table", "", height=150, max_chars=MAX_TYPED,
            placeholder=t("task_head.paste_example"),
        )  # fmt: skip
    with right:
        file = st.file_uploader(t("task_head.upload"), ["csv", "tsv", "txt"], key="csv", max_upload_size=MAX_UPLOAD)
        st.html(QUIET)
    if file is None and not typed.strip():
        notice(t("task_head.waiting"))
        return _example(visit)
    data = labelled_texts(typed if file is None else file.getvalue())
    for name in ("empty", "repeated", "rare", "surplus", "cut"):
        if n := getattr(data, name):
            notice(t(f"task_head.{name}", n=n))
    st.html(f'<p class="bx-check">{html.escape(t(f"task_head.heading.{data.heading}", n=len(data.texts)))}</p>')
    return data


def work(visit: Visit, chosen: Plan, view: str) -> None:
    """Start and stop of the training, and the view of what has come of it; the rest of the page stays usable."""
    t, about = visit.t, (visit.spec, chosen.key)
    asked = mine(NAME, about)

    def begin() -> Watch:
        def events() -> Iterator[Event]:
            return two_ways(visit.handle, chosen.data, chosen.parts, chosen.pooling, chosen.recipe)

        n_steps = chosen.recipe.epochs * -(-len(chosen.parts.train) // chosen.recipe.batch)
        return shared(events, n_steps + chosen.recipe.epochs + 3, about, again=asked is not None)

    def drawn() -> None:
        VIEWS[view](visit, chosen, asked)

    start = t("task_head.again" if asked and asked.items() else "task_head.train")
    words = Words(start, partial(_going, t), ":material/model_training:")
    kept = _stored(visit, chosen, asked)
    if kept is None or view not in SHOWN_STORED:
        work_panel(visit, NAME, asked, words, begin, drawn)
        return
    drawn()
    made_before(t, kept.made)
    work_panel(visit, NAME, asked, words, begin)


def _going(t: Translator, work: Work) -> str:
    steps = [event for event in work.items() if isinstance(event, Step)]
    if not steps:
        return t("task_head.progress.below" if work.items() else "task_head.progress.frozen")
    return t("task_head.progress", done=steps[-1].number, of=steps[-1].of, loss=steps[-1].loss)


def _events(asked: Watch | None) -> Sequence[Event]:
    return asked.items() if asked else ()


def _outcomes(chosen: Plan, asked: Watch | None) -> dict[str, Outcome | None]:
    found: dict[str, Outcome | None] = {"frozen": None, "tuned": None}
    for event in _events(asked):
        if isinstance(event, Frozen):
            found["frozen"] = event.outcome
        if isinstance(event, Tuned):
            found["tuned"] = Outcome(chosen.data, chosen.parts, event.probabilities, event.parameters)
    return found


def _stored(visit: Visit, chosen: Plan, asked: Watch | None) -> Kept | None:
    """What was made before, until the visitor trains."""
    return None if asked else stored(visit.spec, chosen.data, chosen.pooling, chosen.recipe)


def result(visit: Visit, chosen: Plan, asked: Watch | None) -> None:
    """The three ways, and how fine-tuning got there."""
    t, codes = visit.t, chosen.data.codes
    kept = _stored(visit, chosen, asked)

    def made() -> tuple[Comparison, dict[str, Figure]]:
        outcomes = dict[str, Outcome | None](kept.outcomes) if kept else _outcomes(chosen, asked)
        info = Comparison(chosen.data, chosen.parts, majority(codes, chosen.parts), outcomes)
        epochs = kept.curve if kept else [(e.number, e.held_out) for e in _events(asked) if isinstance(e, Epoch)]
        curve = draw.curve(info, epochs, chosen.recipe.epochs, t, visit.palette)
        return info, {"ways": draw.ways(info, t, visit.palette), "learning": curve}

    info, pictures = paced((NAME, chosen.key, t.language), asked, made)
    beside(t, pictures, info, (5, 4))
    reading(t, info)
    numbers(t, info, "ways", image=False)


def confusion(visit: Visit, chosen: Plan, asked: Watch | None) -> None:
    """What is taken for what, of one way."""
    kept = _stored(visit, chosen, asked)
    found = kept.outcomes if kept else _outcomes(chosen, asked)
    done = {name: outcome for name, outcome in found.items() if outcome is not None}
    if not done:
        notice(visit.t("task_head.train_first"))
        return
    name = controls.choice(visit.t, "task_head", "short", tuple(reversed(done)), bare=True)
    show(visit.t, draw.confusion(done[name], visit.t, visit.palette), done[name], "confusion")


def own_text(visit: Visit, chosen: Plan, asked: Watch | None) -> None:
    """A text of the visitor, classified both ways; before a training by the stored map of the frozen vectors."""
    t = visit.t
    text = state.words(
        st.text_input, t("task_head.try_text"), "try", examples.page_text("try", visit.speaks), max_chars=MAX_TRY
    )
    kept = None if asked else stored(visit.spec, chosen.data, chosen.pooling, chosen.recipe)
    head = frozen_heads.stored(visit.spec, "text") if kept else None
    found = {}
    try:
        if head is not None:
            found["frozen"] = softmax(frozen_heads.said(visit.handle, "text", head, text)[None].numpy())[0]
        for event in _events(asked):
            if isinstance(event, Frozen):
                found["frozen"] = event.predicted(visit.handle, text)
            if isinstance(event, Tuned):
                found["tuned"] = predicted(visit.handle, event.network, [text])[0]
    except ExplorerError as error:
        notice(t.error(error), alert=True)
        return
    if not found:
        notice(t("task_head.train_first"))
        return
    if kept is not None:
        frozen, tuned = kept.outcomes["frozen"], kept.outcomes["tuned"]
        say(t("task_head.stored_try", day=kept.made, right=frozen.accuracy, n=tuned.parameters))
    beside(t, {"chances": draw.chances(chosen.data.names, found, t, visit.palette)}, None)
    values({t(f"task_head.short.{name}"): chosen.data.names[int(p.argmax())] for name, p in found.items()})


def stations(visit: Visit, chosen: Plan, asked: Watch | None) -> None:
    """From text to label: every shape, every parameter, and what is trained."""
    t = visit.t
    info = road(visit.handle, len(chosen.data.names), chosen.recipe.layers)
    road_list(t, info)
    reading(t, info)
    numbers(t, info, "road", image=False)


def split(visit: Visit, chosen: Plan, asked: Watch | None) -> None:
    """Every text, its label, and on which side of the split it is."""
    t, data = visit.t, chosen.data
    held = set(chosen.parts.test.tolist())
    sides = (t("task_head.side.train"), t("task_head.side.test"))
    rows = {
        t("task_head.column.text"): data.texts,
        t("task_head.label"): data.labels,
        t("task_head.column.side"): [sides[at in held] for at in range(len(data.texts))],
    }
    st.dataframe(rows, width="stretch", height=480, hide_index=True)
    facts = {"n": len(data.texts), "labels": len(data.names), "train": len(chosen.parts.train)}
    sentence = t("task_head.split", test=len(chosen.parts.test), seed=chosen.parts.seed, **facts)
    st.html(f'<p class="bx-reading">{words.explained(t, sentence)}</p>')


# What shows a result that was made before.
SHOWN_STORED = ("result", "confusion")
VIEWS = {"result": result, "confusion": confusion, "try": own_text, "road": stations, "split": split}

# Streamlit's own line names the bound of the upload, not of what is read.
QUIET = "<style>.st-key-csv [data-testid=stFileUploaderDropzoneInstructions] { display: none; }</style>"
