"""Three tasks that are trained on the page: answers in a passage, two sentences, names; how well, and on own texts."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from torch import Tensor

from explorer.analysis.use.answer import Answer
from explorer.analysis.use.task_head import road
from explorer.analysis.use.task_texts import HELD_OUT, LABELS, LEARNT, Example, examples
from explorer.analysis.use.token_labels import first_pieces
from explorer.analysis.use.trained_task import TAGS, WAYS, TaskScores, names_of, said_tags
from explorer.capture.heads import verdict
from explorer.errors import ExplorerError
from explorer.figures import Figure
from explorer.figures.use.answer import candidates, places
from explorer.figures.use.task_head import chances
from explorer.figures.use.trained_task import passes, scores
from explorer.i18n import Translator
from explorer.models.encode import Encoded, encode
from explorer.training import frozen_heads
from explorer.training.fine_tune import Recipe, Step, said
from explorer.training.three_tasks import (
    RECIPES,
    Event,
    Trained,
    n_steps,
    require_pairs,
    scored,
    stored,
    three_tasks,
)
from explorer.ui.parts import controls
from explorer.ui.parts.chips import Chip, chips
from explorer.ui.parts.road_list import road_list
from explorer.ui.parts.show import beside, numbers, reading, say, values
from explorer.ui.parts.text_lists import warn_if_foreign
from explorer.ui.parts.work_panel import Words, made_before, paced, work_panel
from explorer.ui.shell import cached, state
from explorer.ui.shell.page import Visit, notice
from explorer.ui.shell.words import explained
from explorer.ui.shell.works import mine
from explorer.work import Watch, Work, shared

NAME = "task"
# What a checkpoint is called that has the head of the task.
OWN_HEAD = {"span": "qa", "pair": "classification", "name": "tokens"}
# Shown until the visitor has two texts of their own.
EXAMPLES = {
    "span": (
        "Why did the baker close the shop?",
        "The baker of our street closed the shop in May because his flour mill had burnt down. His sister Irma opened "
        "a tea room in the same house two years later.",
    ),
    "pair": ("The orchestra tuned, but the conductor never came.", "The conductor was late by an hour."),
}
SENTENCE = "In spring Ottilie sailed from Rotterdam to Ghana, where Mr Boateng and his daughter May were waiting."
MAX_TRY = 300
VIEWS = ("result", "try", "road", "data")


def panel(visit: Visit, task: str, line: DeltaGenerator) -> None:
    """Controls, training, and the chosen view of what has come of it. line: the strip of controls."""
    t = visit.t
    require_pairs(visit.handle, task)
    with line:
        view = controls.listed(t, "trained_task", "view", VIEWS, width=224)
        with controls.more(t):
            recipe = _recipe(visit, task)
    learnt = [one for one in examples(task, recipe.seed) if one.side == LEARNT]
    warn_if_foreign(visit, tuple(one.second or one.first for one in learnt[:24]))
    say(t(f"trained_task.what.{task}", n=len(learnt)))
    if t.language != "en":
        say(t("trained_task.english"))
    about = (visit.spec, task, recipe)
    asked: Watch | None = mine(NAME, about)

    def begin() -> Watch:
        def events() -> Iterator[Event]:
            return three_tasks(visit.handle, task, recipe)

        expected = n_steps(task, recipe, recipe.seed) + recipe.epochs + 6
        return shared(events, expected, about, again=asked is not None)

    def drawn() -> None:
        _VIEWS[view](visit, task, recipe, asked)

    start = t("task_head.again" if asked and asked.items() else "trained_task.train")
    words = Words(start, partial(_going, t), ":material/model_training:")
    kept = stored(visit.spec, task, recipe) if not asked and view == "result" else None
    if kept:
        drawn()
        made_before(t, kept[2])
    work_panel(visit, NAME, asked, words, begin, (lambda: None) if kept else drawn)
    say(t("trained_task.note"))


def tries(task: str) -> dict[str, tuple[str, dict[str, str]]]:
    """What to try next on the task's page."""
    found = {
        f"trained_task.try.{task}.{name}": ("labels", {"what": task, "view": "try"} | texts)
        for name, texts in _TEXTS[task].items()
    }
    found["trained_task.try.road"] = ("labels", {"what": task, "view": "road"})
    found["trained_task.try.few"] = ("labels", {"what": task, "view": "result", "k": "0"})
    return found


_PASSAGE = (
    "Ada planted the pear tree in 1902. Her brother Emil cut it down forty years later, to build a boat, and the boat "
    "sank on its first day."
)
_TEXTS: dict[str, dict[str, dict[str, str]]] = {
    "span": {
        "who": {"text": "Who cut the tree down?", "pair": _PASSAGE},
        "none": {"text": "What was the boat called?", "pair": _PASSAGE},
    },
    "pair": {
        "order": {"text": "The cat chased the dog.", "pair": "The dog chased the cat."},
        "denial": {"text": "Nobody was hurt in the fire.", "pair": "The fire was not harmless: people were hurt."},
    },
    "name": {"small": {"try": "will may ask rose whether mark went to turkey for the roast turkey"}},
}


def _recipe(visit: Visit, task: str) -> Recipe:
    t, usual, top = visit.t, RECIPES[task], min(visit.handle.dims.n_layers, 6)
    layers = state.choice(
        st.segmented_control, t("task_head.layers"), [*range(top + 1)], "k", min(usual.layers, top), required=True
    )
    epochs = state.slider(t("task_head.passes"), range(1, 21), "passes", usual.epochs)
    seed = state.slider(t("task_head.seed"), range(21), "seed", 0)
    return replace(usual, layers=layers, epochs=epochs, seed=seed)


def _going(t: Translator, work: Work) -> str:
    steps = [event for event in work.items() if isinstance(event, Step)]
    if not steps:
        return t("trained_task.progress.simple")
    return t("task_head.progress", done=steps[-1].number, of=steps[-1].of, loss=steps[-1].loss)


def _result(visit: Visit, task: str, recipe: Recipe, asked: Watch | None) -> None:
    """Every way on the three sides that are held out, and the curve."""
    t = visit.t
    kept = None if asked else stored(visit.spec, task, recipe)

    def made() -> tuple[TaskScores, dict[str, Figure]]:
        info, epochs = kept[:2] if kept else scored(task, recipe.seed, asked.items() if asked else ())
        curve = passes(info, epochs, recipe.epochs, t, visit.palette)
        return info, {"scores": scores(info, t, visit.palette), "passes": curve}

    info, pictures = paced((NAME, task, recipe, t.language), asked, made)
    beside(t, pictures, info, (2, 1))
    reading(t, info)
    numbers(t, info, "scores", image=False)


def _try(visit: Visit, task: str, recipe: Recipe, asked: Watch | None) -> None:
    """What the model's own head, the one that was trained, or the stored one says of a text of the visitor."""
    t = visit.t
    own = visit.handle.spec.head == OWN_HEAD[task]
    kept, head = stored(visit.spec, task, recipe), frozen_heads.stored(visit.spec, task)
    trained = next((e.tuned.network for e in (asked.items() if asked else ()) if isinstance(e, Trained)), None)
    if task == "name":
        text, pair = state.words(st.text_input, t("task_head.try_text"), "try", SENTENCE, max_chars=MAX_TRY), None
    elif visit.pair:
        text, pair = visit.text, visit.pair
    else:
        text, pair = EXAMPLES[task]
        notice(t(f"trained_task.own.{task}"))
    if pair is not None:
        values({t(f"trained_task.first.{task}"): text, t(f"trained_task.second.{task}"): pair})
    try:
        if own:
            _own_head(visit, task, text, pair)
        elif trained is not None:
            logits = said(visit.handle, trained, text if pair is None else (text, pair))
            _said(visit, task, encode(visit.handle, text, pair), logits, "tuned")
        elif kept is None or head is None:
            notice(t("trained_task.train_first"))
        else:
            shares = {way: kept[0].scores[way]["written"].value for way in (WAYS[task][-2], "tuned")}
            frozen, tuned = shares.values()
            say(t(f"trained_task.stored_try.{task}", day=kept[2], frozen=frozen, tuned=tuned))
            logits = frozen_heads.said(visit.handle, task, head, text, pair)
            _said(visit, task, encode(visit.handle, text, pair), logits, "frozen")
    except ExplorerError as error:
        notice(t.error(error), alert=True)


def _own_head(visit: Visit, task: str, text: str, pair: str | None) -> None:
    """A checkpoint that has the head answers with it; its labels keep its own names."""
    say(visit.t("trained_task.own_head"))
    seen = cached.scene(visit.spec, text, pair).capture()
    if task == "pair":
        found = verdict(visit.handle, seen, 0)
        assert found is not None
        beside(visit.t, {"chances": _bars(visit, found.names, found.values)}, None)
    elif seen.token_logits is not None:
        logits = seen.token_logits[0, : seen.encoded.n_tokens].float().numpy()
        if task == "span":
            _answer(visit, Answer(seen.encoded, logits))
        else:
            labels = [str(visit.handle.config.id2label.get(at, at)) for at in range(logits.shape[1])]
            firsts = first_pieces(seen.encoded)
            best = [labels[at] if first else None for at, first in zip(logits.argmax(-1), firsts, strict=True)]
            _names(visit, seen.encoded, best)


def _said(visit: Visit, task: str, encoded: Encoded, found: Tensor, way: str) -> None:
    if task == "span":
        _answer(visit, Answer(encoded, found.numpy()))
    elif task == "pair":
        names = tuple(visit.t(f"trained_task.label.{label}") for label in LABELS)
        beside(visit.t, {"chances": _bars(visit, names, found.softmax(-1).tolist(), way)}, None)
        values({visit.t("trained_task.says"): names[int(found.argmax())]})
    else:
        _names(visit, encoded, list(said_tags(found, encoded)))


def _bars(visit: Visit, names: tuple[str, ...], shares: Sequence[float], way: str = "tuned") -> Figure:
    return chances(names, {way: shares}, visit.t, visit.palette)


def _answer(visit: Visit, info: Answer) -> None:
    t = visit.t
    pictures = {
        "places": places(info, t, visit.palette),
        "candidates": candidates(info, t, visit.palette),
    }
    beside(t, pictures, info, (3, 2))
    reading(t, info)
    numbers(t, info, "places", image=False)


def _names(visit: Visit, encoded: Encoded, found: list[str | None]) -> None:
    """Every piece; at the first of each word what is said of it."""
    t, shown = visit.t, []
    for token, special, tag in zip(encoded.tokens, encoded.special, found, strict=True):
        kind = "none" if tag in (None, "O") or special else "first" if tag.endswith("PER") else "second"
        words = "" if kind == "none" else t(f"trained_task.tag.{tag}") if tag in TAGS else str(tag)
        shown.append(Chip(token, kind, (words,)))
    chips(shown, t("trained_task.alt"))
    count = len(names_of(found))
    st.html(f'<p class="bx-reading">{explained(t, t("trained_task.names", n=count))}</p>')


def _road(visit: Visit, task: str, recipe: Recipe, asked: Watch | None) -> None:
    outputs, head = {"span": (2, "span"), "pair": (len(LABELS), "text"), "name": (len(TAGS), "token")}[task]
    info = road(visit.handle, outputs, recipe.layers, head)
    road_list(visit.t, info)
    reading(visit.t, info)
    numbers(visit.t, info, "road", image=False)


def _data(visit: Visit, task: str, recipe: Recipe, asked: Watch | None) -> None:
    """Every text, its truth, and where it counts."""
    t, found = visit.t, examples(task, recipe.seed)
    rows = {t("task_head.column.side"): [t(f"trained_task.side.{one.side}") for one in found]}
    rows[t(f"trained_task.first.{task}")] = [one.first for one in found]
    if task != "name":
        rows[t(f"trained_task.second.{task}")] = [one.second or "" for one in found]
    rows[t("trained_task.truth")] = [_truth(t, task, one) for one in found]
    st.dataframe(rows, width="stretch", height=480, hide_index=True)
    counts = {side: sum(one.side == side for one in found) for side in (LEARNT, *HELD_OUT)}
    st.html(f'<p class="bx-reading">{explained(t, t("trained_task.split", seed=recipe.seed, **counts))}</p>')


def _truth(t: Translator, task: str, one: Example) -> str:
    if task == "pair":
        return t(f"trained_task.label.{one.label}")
    if task == "span":
        return (one.second or "")[slice(*one.answer)] if one.answer else t("trained_task.no_answer")
    return " · ".join(f"{one.first[a:b]} ({t(f'trained_task.kind.{kind}')})" for a, b, kind in one.names)


_VIEWS = {"try": _try, "result": _result, "road": _road, "data": _data}
