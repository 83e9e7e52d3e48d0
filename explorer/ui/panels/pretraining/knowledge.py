"""The panel of the masked-word page that asks what the model knows: sentences of one kind, filled by it."""

import html
from collections.abc import Callable

import numpy as np
import streamlit as st

from explorer.analysis.pretraining import knowledge as analysis
from explorer.analysis.pretraining.knowledge import COMPARED, GAP, Knowledge
from explorer.models.registry import language
from explorer.models.spec import ModelSpec
from explorer.ui.parts import controls
from explorer.ui.parts.guess_table import guess_table
from explorer.ui.parts.show import say, show
from explorer.ui.shell import cached
from explorer.ui.shell.navigation import link
from explorer.ui.shell.page import Visit


@cached.few(64)
def known(spec: ModelSpec, kind: str) -> Knowledge:
    """The sentences of a kind, filled by this model."""
    return analysis.knowledge(cached.model(spec), kind)


def knows(visit: Visit) -> None:
    """A table of sentences with the model's guesses, and each as a text to go on with."""
    t = visit.t
    with controls.strip():
        kind = controls.choice(t, "masked", "about", analysis.kinds(), bare=True)
    info = known(visit.spec, kind)
    show(t, lambda: st.html(_table(visit, info)), info, f"knowledge-{kind}")
    if kind in (COMPARED, "negation"):
        say(t(f"knowledge.note.{kind}"))
    st.html(f"<h2>{html.escape(t('knowledge.open'))}</h2>")
    mask = visit.handle.special_names["mask"]
    with st.container(horizontal=True):
        for one in info.filled:
            link("masked", one.text, {"show": "guess", "text": one.text.replace(GAP, mask)}, "edit")


@cached.few(64)
def _speaks(spec: ModelSpec) -> bool:
    """Asked at every click: a hundred words are looked up in the vocabulary once."""
    return language(spec) is None and analysis.speaks(cached.model(spec))


def views(visit: Visit) -> dict[str, Callable[[Visit], None]]:
    """Nothing for a model of another language: the sentences are English."""
    return {"knows": knows} if _speaks(visit.spec) else {}


def _table(visit: Visit, info: Knowledge) -> str:
    names = [one.text for one in info.filled]
    rows = [one.accepted if info.kind == COMPARED else one.best for one in info.filled]
    marked = [
        [f"✓ {word}" if info.kind != COMPARED and rank == one.right else word for rank, (word, _) in enumerate(row, 1)]
        for one, row in zip(info.filled, rows, strict=True)
    ]
    probs = np.array([[share for _, share in row] for row in rows], dtype=np.float32)
    columns = [word for word, _ in rows[0]] if info.kind == COMPARED else ()
    return guess_table(visit.t, names, marked, probs, None, visit.palette, columns)
