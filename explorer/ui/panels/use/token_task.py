"""A label for every token: the probe over the layers, and its answers on a text."""

import csv
import html
import json
from dataclasses import dataclass
from random import Random

import streamlit as st

from explorer.analysis.use.token_labels import FROM_TEXT, Labels, by_lot, is_foreign, of_words
from explorer.analysis.use.token_task import (
    Marked,
    Read,
    Tokens,
    TokenScores,
    fitted,
    marked,
    read,
    token_scores,
    tokens,
)
from explorer.figures.use.token_task import score_lines
from explorer.home import ASSETS
from explorer.i18n import Translator
from explorer.models.encode import Encoded, encode
from explorer.models.spec import ModelSpec
from explorer.training.grammar import Clause
from explorer.training.languages import LANGUAGES
from explorer.training.role_texts import WORD_TASKS, role_texts, word_labels
from explorer.ui.parts import controls
from explorer.ui.parts.chips import Chip, chips
from explorer.ui.parts.show import reading, show
from explorer.ui.parts.text_lists import layers_passed
from explorer.ui.shell import cached, examples, state
from explorer.ui.shell.page import Visit, notice

TASKS = ("before", "capital", "lot", "punctuation", "piece", "sentence", *WORD_TASKS)
# What can be asked of Chinese: it has no capitals, and no spaces between words.
OF_CHINESE = ("before", "punctuation", "sentence", *WORD_TASKS)
# Pairs made of the intents' texts beside the written ones; sentences of the small language, and one more to be shown.
PAIRS, ROLES, DRAWN = 60, 100, 11
TRIES = {
    "token_task.try.before": ("labels", {"what": "token", "task": "before"}),
    "token_task.try.lot": ("labels", {"what": "token", "task": "lot"}),
    "token_task.try.role": ("labels", {"what": "token", "task": "role"}),
    "token_task.try.number": ("labels", {"what": "token", "task": "number"}),
    "token_task.try.random": ("labels", {"what": "token", "task": "before", "model": "minilm-random"}),
    "token_task.compare": ("compare", {}),
}
HELD_BYTES = 96 * 2**20


@dataclass(frozen=True)
class Corpus:
    """Texts, or pairs of them, with what the labels need beyond them: for the small language, its clauses."""

    texts: tuple[str | tuple[str, str], ...]
    clauses: tuple[Clause, ...] = ()

    def labels(self, task: str, encoded: tuple[Encoded, ...]) -> list[Labels]:
        """A label for every token of every text."""
        if not self.clauses:
            return [FROM_TEXT[task](one) for one in encoded]
        return [of_words(one, word_labels(own, task)) for one, own in zip(encoded, self.clauses, strict=True)]


@cached.few(8)
def corpus(name: str) -> Corpus:
    """Pairs as they are written ("text", "zh"), with capitals by lot ("lot"), or a small language ("toy", "toy_zh")."""
    if name in LANGUAGES:
        clauses = role_texts(ROLES, DRAWN, LANGUAGES[name])
        return Corpus(tuple(clause.text for clause in clauses), clauses)
    pairs = _chinese() if name == "zh" else _pairs()
    if name == "lot":
        pairs = [(by_lot(a, 0), by_lot(b, 0)) for a, b in pairs]
    return Corpus(tuple(pairs))


def _name(task: str, speaks: str | None) -> str:
    """The corpus of a task, in the language of the texts for the model."""
    if task in WORD_TASKS:
        return "toy_zh" if speaks in ("zh", "toy_zh") else "toy"
    return speaks if speaks == "zh" else "lot" if task == "lot" else "text"


def _chinese() -> list[tuple[str, str]]:
    found = json.loads((ASSETS / "examples/passages.zh.json").read_text(encoding="utf-8"))
    return [(first, second) for first, second in found]


def _pairs() -> list[tuple[str, str]]:
    lines = (ASSETS / "examples/token_texts.txt").read_text(encoding="utf-8").splitlines()
    written = [(a.strip(), b.strip()) for a, _, b in (line.partition("|") for line in lines)]
    with (ASSETS / "examples/intents.csv").open(encoding="utf-8") as file:
        _, *rows = csv.reader(file)
    texts = [text for text, _ in rows]
    Random(0).shuffle(texts)
    return written + list(zip(texts[:PAIRS], texts[PAIRS : 2 * PAIRS], strict=True))


@cached.bounded(HELD_BYTES)
def seen(spec: ModelSpec, name: str) -> Read:
    """The states of a corpus: 20 MB for the embedded model."""
    return read(cached.model(spec), corpus(name).texts)


@cached.few(8)
def labelled(spec: ModelSpec, task: str, speaks: str | None) -> Tokens:
    """The tokens of a task with their states: copies out of what `seen` holds, 16 MB each for the embedded model."""
    name = _name(task, speaks)
    held = seen(spec, name)
    return tokens(held, corpus(name).labels(task, held[0]))


@cached.few(64)
def scores(spec: ModelSpec, task: str, seed: int, speaks: str | None = None) -> TokenScores:
    """The probe at every depth."""
    return token_scores(labelled(spec, task, speaks), task, seed, 0)


def offered(visit: Visit) -> tuple[str, ...]:
    """All tasks; of a model that reads one text (GPT) not that of two; of one whose vocabulary does not have the words
    of the texts, those of the small language."""
    some = [encode(visit.handle, *pair) for pair in corpus(_name("before", visit.speaks)).texts[:4]]
    if visit.speaks in LANGUAGES or (visit.speaks is None and is_foreign(some)):
        return WORD_TASKS
    tasks = TASKS if visit.speaks is None else OF_CHINESE
    return tasks if some[0].sentence_b is not None else tuple(task for task in tasks if task != "sentence")


def about(visit: Visit, task: str) -> str:
    """The key of the sentence on a task: those on words give examples, which are Chinese where the words are."""
    chinese = task in WORD_TASKS and _name(task, visit.speaks) == "toy_zh"
    return f"token_task.what.{task}" + (".zh" if chinese else "")


def chosen(visit: Visit) -> tuple[str, int, int]:
    """Task, layers passed, seed of the split; in the strip."""
    task = controls.listed(visit.t, "token_task", "task", offered(visit))
    with controls.more(visit.t):
        depth = layers_passed(visit, "at", middle=True)
        seed = state.slider(visit.t("token_task.seed"), range(21), "seed", 0, width=200)
    return task, depth, int(seed)


def lines(visit: Visit, task: str, depth: int, seed: int) -> None:
    """The probe over the layers, with its two baselines."""
    found = scores(visit.spec, task, seed, visit.speaks)
    info = TokenScores(task, depth, found.scores, found.n_texts)
    show(visit.t, score_lines(info, visit.t, visit.palette), info, "token-scores")


def on_text(visit: Visit, task: str, depth: int, seed: int) -> None:
    """The probe's answers on the visitor's text, or for the roles on a fresh sentence of the small language."""
    t = visit.t
    text, pair, clause = _shown(visit, task)
    probe, classes = fitted(labelled(visit.spec, task, visit.speaks), seed, depth)
    capture = cached.scene(visit.spec, text, pair).capture()
    encoded = capture.encoded
    labels = of_words(encoded, word_labels(clause, task)) if clause else FROM_TEXT[task](encoded)
    info = marked(encoded, capture.states[depth][0, : encoded.n_tokens], labels, probe, classes)
    st.html(f"<h2>{html.escape(t('token_task.fresh.role' if clause else 'token_task.fresh'))}</h2>")
    _chips(t, info)
    reading(t, info)


def _shown(visit: Visit, task: str) -> tuple[str, str | None, Clause | None]:
    if task in WORD_TASKS:
        name = _name(task, visit.speaks)
        known = set(corpus(name).texts)
        clause = next(c for c in role_texts(ROLES, DRAWN + 1, LANGUAGES[name]) if c.text not in known)
        return clause.text, None, clause
    parts = {part.casefold() for pair in corpus(_name("before", visit.speaks)).texts for part in pair}
    text, pair = visit.text, visit.pair
    if {text.strip().casefold(), (pair or "").strip().casefold()} & parts:
        notice(visit.t("token_task.learnt"))
        text, pair = examples.page_text("labelled", visit.speaks), None
    if task == "lot":
        text, pair = by_lot(text, 1), None if pair is None else by_lot(pair, 1)
    return text, pair, None


def _chips(t: Translator, info: Marked) -> None:
    """Every token with the probe's answer, and the truth where that is another."""
    found = []
    for token, label, answer, right in zip(info.encoded.tokens, info.labels, info.predicted, info.right, strict=True):
        kind = {True: "right", False: "wrong", None: "none"}[right]
        said = "" if answer is None else t(f"token_task.label.{answer}")
        mark = {True: "✓ ", False: "✗ ", None: ""}[right]
        true = "" if right is not False else t("token_task.true", label=t(f"token_task.label.{label}"))
        found.append(Chip(token, kind, (f"{mark}{said}", true)))
    chips(found, t("token_task.alt"))
