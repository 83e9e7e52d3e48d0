"""Attention alone, and with each other part given back: what becomes of the words (rank collapse)."""

from dataclasses import replace

import streamlit as st

from explorer.analysis.structure.rank_collapse import rank_paths
from explorer.capture.changes.rank import MAX_PIECES, Kept, built_as_bert
from explorer.figures.structure import rank_collapse as draw
from explorer.home import ASSETS
from explorer.ui.parts import controls
from explorer.ui.parts.show import beside, check, panel_title, show
from explorer.ui.shell import cached
from explorer.ui.shell.model_choice import FIRST, name_of
from explorer.ui.shell.page import Visit, notice, remarks
from explorer.ui.shell.text_notices import of_text, suggested

PARTS, WORDS = ("skips", "ffn", "norm"), ("without", "with")


collapse = cached.few(16)(rank_paths)  # the text through all eight networks


def _kept(visit: Visit) -> Kept:
    """What the visitor keeps; at first nothing but attention."""
    return Kept(**{part: controls.choice(visit.t, "rank_collapse", part, WORDS) == "with" for part in PARTS})


def _only(*parts: str) -> dict[str, str]:
    """The state of a link that keeps these parts."""
    return {"part": "alone"} | {part: WORDS[part in parts] for part in PARTS}


def tries(visit: Visit) -> dict[str, tuple[str, dict[str, str]]]:
    """Links that keep one part or two, and one with a longer text."""
    return {
        "rank_collapse.try.skips": ("take_away", _only("skips")),
        "rank_collapse.try.both": ("take_away", _only("ffn", "norm")),
        "rank_collapse.try.text": ("take_away", {"text": _paragraph(), **_only()}),
    }


def panel(visit: Visit) -> None:
    """The cosines of the words, layer by layer; then residuals and mean cosines over the layers."""
    t = visit.t
    with controls.strip():
        chosen = _kept(visit)
    if not built_as_bert(visit.handle):
        notice(t("rank_collapse.other", model=name_of(t, visit.spec)), alert=True)
        read = cached.scene(FIRST, visit.text, visit.pair).encoded
        said = of_text(t, read, cached.model(FIRST).dims.n_ctx, None)
        visit = replace(visit, spec=FIRST, remarks=tuple(said), suggests=suggested(read))
        panel_title(t("heads_offered.instead", model=name_of(t, FIRST)))
    remarks(visit)
    with st.spinner(t("rank_collapse.working")):
        info = replace(collapse(visit.scene), chosen=chosen)
    if info.difference is None:
        notice(t("rank_collapse.cut", allowed=MAX_PIECES))
    figures = {"residual": draw.paths(info, t, visit.palette), "cosine": draw.mean_cosines(info, t, visit.palette)}
    words = {"words": draw.matrices(info, t, visit.palette)}
    show(t, lambda: beside(t, words, info), info, "rank-collapse")
    if info.difference is not None:
        check(t, info.difference)
    beside(t, figures, info, (3, 2))


def _paragraph() -> str:
    """A text of a hundred word pieces, on which the paths look as in the literature."""
    return (ASSETS / "examples" / "island.txt").read_text(encoding="utf-8").strip()
