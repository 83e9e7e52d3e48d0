"""The parts of the attention pages: which matrix is chosen, the matrix or its lines, one query's row."""

from functools import partial

from explorer.analysis.attention.heads import (
    HeadMatrix,
    between,
    head_matrix,
    merged,
    query_row,
    without_special,
)
from explorer.analysis.attention.patterns import measures
from explorer.analysis.attention.rollout import rollout
from explorer.i18n import Translator
from explorer.models.registry import language
from explorer.ui.browser.bars import bars, share
from explorer.ui.browser.lines import lines
from explorer.ui.browser.matrix import Intensity, matrix
from explorer.ui.parts import controls
from explorer.ui.parts.show import numbers, reading
from explorer.ui.shell import followed, state
from explorer.ui.shell.page import Visit

# The first fits a laptop under two lines of controls; the second beside all heads.
HEIGHT, BESIDE = 470, 400
OF = ("head", "layer", "model", "rollout")
VIEWS = ("matrix", "lines", "bertviz")
INTENSITIES: tuple[Intensity, ...] = ("linear", "sqrt")
PARTS = ("all", "AA", "AB", "BA", "BB")

# A head is said to look at a neighbour that gets more than half of its weight.
MOSTLY = 0.5
# A question and its answer, and a head of MiniLM that goes from one to the other.
PAIR = {
    "model": "minilm",
    "text": "How many people live in Paris?",
    "pair": "About two million people live in the city itself.",
    "part": "AB",
    "layer": "2",
    "head": "1",
}


def tries(visit: Visit) -> dict[str, tuple[str, dict[str, str]]]:
    """The links for this model and text: heads that do on it what the link says."""
    found: dict[str, tuple[str, dict[str, str]]] = {}
    scores = measures(visit.scene)
    for name, keys in {"previous": {"heads.try.previous": "matrix"}, "next": NEXT}.items():
        layer, head = scores.strongest(name)
        if scores.scores[name][layer, head] > MOSTLY:
            at = {"layer": str(layer), "head": str(head)}
            found |= {key: ("heads", {**at, "of": "head", "view": view}) for key, view in keys.items()}
    if any(visit.scene.keys.special):
        found["heads.try.rest"] = ("heads", {"bare": "true", "strength": "sqrt"})
    if language(visit.spec) is None:
        found["heads.try.pair"] = ("heads", PAIR)
    return found | {"heads.try.rollout": ("heads", {"of": "rollout"})}


NEXT = {"heads.try.lines": "lines", "heads.try.bertviz": "bertviz"}


def chosen_of() -> str:
    """What is looked at: one head, a mean, or what the layers make of one another."""
    return state.current("of", OF, OF[0])


def chosen_view(visit: Visit, of: str) -> str:
    """What of the model is drawn, and how: as a matrix, as lines, or as BertViz draws it."""
    bertviz = of != "rollout" and state.current("view", VIEWS, VIEWS[0]) == "bertviz"
    # BertViz draws no mean: it lays heads over each other, or side by side.
    controls.choice(visit.t, "bertviz" if bertviz else "heads", "of", OF, bare=True)
    return VIEWS[0] if of == "rollout" else controls.choice(visit.t, "heads", "view", VIEWS, bare=True)


def chosen_matrix(visit: Visit, layer: int, head: int, of: str) -> HeadMatrix:
    """What few visitors change, and the matrix that is asked for."""
    t, encoded = visit.t, visit.scene.encoded
    with controls.more(t):
        part = controls.choice(t, "heads", "part", PARTS, bare=True) if encoded.sentence_b is not None else "all"
        words = state.toggle(t("heads.words"), "words")
        special = any(encoded.special) or any(visit.scene.keys.special)
        bare = special and state.toggle(t("heads.bare"), "bare")
    info = head_matrix(visit.scene, None if of == "model" else layer, head if of == "head" else None)
    if words:
        info = merged(info, encoded, visit.scene.keys if info.other_text else None)
    if part != "all":
        info = between(info, part[0], part[1])
    elif bare:
        info = without_special(info)
    row = state.chosen("row")  # of this picture, in a link from before
    if row is not None:
        state.adopt({"token": info.queries.at[min(max(row, 0), len(info.queries.at) - 1)]})
    return info


def draw_matrix(visit: Visit, info: HeadMatrix, view: str, height: int = HEIGHT) -> int:
    """The picture with its reading and numbers; returns the row of the followed word."""
    t, at = visit.t, info.queries.at
    row = followed.row(at, visit.scene.encoded, len(at) // 2)
    choose = partial(followed.choose, at)
    if view == "lines":
        lines(info.probs, info.queries, info.keys, key="head", chosen=row, choose=choose, height=height)
    else:
        strength: Intensity = state.current("strength", INTENSITIES, "linear")
        matrix(
            info.probs, info.visible, info.queries.tokens, info.keys.tokens, scale="attention", low=0, high=1,
            key="head", param=None, chosen=row, choose=choose, label=t("heads.alt"), height=height,
            kinds_q=list(info.queries.kinds), kinds_k=list(info.keys.kinds), intensity=strength,
        )  # fmt: skip
        controls.choice(t, "heads", "strength", INTENSITIES)
    reading(t, info)
    numbers(t, info, "head", False)
    return row


def draw_row(t: Translator, info: HeadMatrix, row: int) -> None:
    """Where one query's attention goes, as bars, a sentence and a table."""
    one = query_row(info, row)
    bars(one.strongest(16), key="row", title=t("heads.row_title", token=one.token), high=1, written=share)
    reading(t, one)
    numbers(t, one, "row", False)


def draw_rollout(visit: Visit, last: int) -> None:
    """What the layers up to `last` make of one another's attention: states down, input tokens across."""
    residual = state.toggle(visit.t("rollout.residual"), "residual", True)
    info = rollout(visit.scene, last, residual)
    tokens, kinds = info.tokens.tokens, list(info.tokens.kinds)
    matrix(
        info.flow, None, tokens, tokens, scale="attention", low=0, high=1, key="rollout", param="token", chosen=None,
        label=visit.t("rollout.alt"), height=HEIGHT, kinds_q=kinds, kinds_k=kinds,
    )  # fmt: skip
    reading(visit.t, info)
    numbers(visit.t, info, "rollout", False)
