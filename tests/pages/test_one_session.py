"""One visitor, one session: every page after every other page, with a word, a row, a layer and a head chosen."""

from itertools import pairwise

import pytest
import streamlit as st
from plotly.graph_objects import Figure

from explorer.ui.shell.names import FOLLOWED, FRAME, OWN
from explorer.ui.shell.navigation import PAGES
from tests.conftest import ROOT, page_text

CHOSEN = {"model": "toy-bert", "token": "2", "layer": "2", "head": "1", "off": "0.1"}


def tour(count: int) -> list[int]:
    """Every ordered pair of different numbers below `count`, one after the other, each once (Hierholzer)."""
    left = {i: [j for j in range(count) if j != i] for i in range(count)}
    stack, path = [0], []
    while stack:
        if left[stack[-1]]:
            stack.append(left[stack[-1]].pop())
        else:
            path.append(stack.pop())
    return path[::-1]


def test_the_tour_has_every_pair_once():
    path = tour(5)
    pairs = list(pairwise(path))
    assert len(pairs) == len(set(pairs)) == 20 and all(a != b for a, b in pairs)


@pytest.fixture
def unstyled(monkeypatch):
    """Pictures without their axes and titles: styling them is nine tenths of the time, and no state is in it."""
    for name in ("layout", "xaxes", "yaxes", "traces", "annotations"):
        monkeypatch.setattr(Figure, f"update_{name}", lambda figure, *_, **__: figure)
    for name in ("annotation", "shape", "hline", "vline"):
        monkeypatch.setattr(Figure, f"add_{name}", lambda figure, *_, **__: figure)
    monkeypatch.setattr(st, "plotly_chart", lambda *_, **__: None)


def test_every_page_after_every_other(app, unstyled):
    first, *rest = tour(len(PAGES))
    test = app(f"{PAGES[first].section}/{PAGES[first].name}", **CHOSEN)
    assert len(rest) == len(PAGES) * (len(PAGES) - 1)
    before = PAGES[first].name
    for number in rest:
        entry = PAGES[number]
        test.query_params.clear()  # as the menu does
        test.switch_page(str(ROOT / entry.path)).run()
        where = f"{before} → {entry.name}"
        assert not test.exception, where
        said = page_text(test)
        assert "bx-alert" not in said, (where, said)
        here = dict(test.query_params)
        assert {name: here.get(name) for name in CHOSEN} == CHOSEN, where
        assert set(here) <= set(FRAME) | set(FOLLOWED) | set(OWN[entry.name]), where
        before = entry.name
