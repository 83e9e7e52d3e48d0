"""The poster: one token's way through the model as a drawing, every strip a vector of this run."""

import numpy as np
import streamlit as st

from explorer.analysis.attention.heads import kinds
from explorer.analysis.start.journey import Journey, Station, telling_head
from explorer.capture.scene import Scene
from explorer.i18n import Translator
from explorer.models.encode import Encoded
from explorer.ui.browser import register
from explorer.ui.browser.journey_weight import described, numbers
from explorer.ui.browser.kit import framed
from explorer.ui.shell import navigation, state
from explorer.ui.shell.page import Visit

_component = register(
    "journey", "journey_layout", "journey_ink", "journey_weight", "journey_scenes", "journey_player", "journey_stage",
    "journey_parts",
)  # fmt: skip

# The page that a station opens.
EXPLAINED_BY = {
    "pieces": "tokens",
    "word": "sum",
    "position": "positions",
    "segment": "sum",
    "embedding_sum": "sum",
    "embedding": "sum",
    "q": "steps",
    "k": "steps",
    "v": "steps",
    "scores": "scaling",
    "probs": "heads",
    "context": "reshape",
    "attn_out": "steps",
    "attn_norm": "parameters",
    "attn_sum": "parameters",
    "ffn_act": "parameters",
    "ffn_out": "cost",
    "hidden": "atlas",
    "pooled": "parameters",
}

# The stations that open in place, and the step of one weight that they open at: "" begins and plays.
UNFOLDS = {"probs": "", "q": "product", "k": "product", "v": "value", "attn_out": "output"}

# What is drawn at most, so that the message stays small: pieces and layers around the chosen ones, values of a vector.
PIECES, LAYERS, VALUES, STATE_VALUES = 19, 24, 4096, 1024
# What a pre-LN layer's blocks read: between two strips, drawn as the letters LN; the table has the numbers.
NORMED = ("attn_in", "ffn_in")
LABELS = (
    "pieces", "embeddings", "layers", "outputs", "head", "attention", "ffn", "above", "below", "no_head", "turned",
    "probability", "cell", "opens", "choose", "open_layer", "choose_head", "layer_name", "head_name", "download",
    "part", "matrix_name", "legend_signed", "start", "tour_back", "tour_next", "tour_leave", "unfold",
    "unfolds",
)  # fmt: skip
NAMES = (
    "word", "position", "segment", "embedding_sum", "embedding", "q", "k", "v", "context", "attn_out", "attn_norm",
    "attn_sum", "ffn_act", "ffn_out", "hidden", "pooled", "input",
)  # fmt: skip


def title(visit: Visit) -> str:
    """The key of the page's title: BERT is named where the model is one."""
    return "journey.title" if visit.handle.of_bert_family else "journey.title.other"


def place(scene: Scene) -> tuple[int, int, int]:
    """Chosen token, layer and head from the URL; at first a piece with words before and after it, a telling head."""
    encoded, dims = scene.encoded, scene.handle.dims
    token = state.number("token", min(2 * encoded.n_tokens // 3, encoded.n_tokens - 2), 0, encoded.n_tokens - 1)
    layer, head = telling_head(scene, token)
    layer = state.number("layer", layer, 0, dims.n_layers - 1)
    return token, layer, state.number("head", head, 0, dims.n_heads - 1)


def flow(info: Journey, encoded: Encoded, t: Translator) -> None:
    """Draw the journey; token, layer and head that are clicked go to the URL, a clicked station opens its page."""
    key = "journey-flow"
    chosen = _component(
        key=key,
        data=payload(info, encoded, t),
        on_token_change=lambda: state.follow(key, "token", "token"),
        on_layer_change=lambda: state.follow(key, "layer", "layer"),
        on_head_change=lambda: state.follow(key, "head", "head"),
        on_page_change=lambda: None,
    )
    if chosen.page in _pages():
        here = state.links(chosen.page, {"layer": info.layer, "head": info.head, "token": info.token})
        st.switch_page(navigation.path(chosen.page), query_params=here)


def payload(info: Journey, encoded: Encoded, t: Translator) -> bytes:
    """Length of the header, the header as JSON, then every drawn vector and the matrix as float32."""
    first, last = _window(info.token, len(info.tokens), PIECES)
    first_layer, last_layer = _window(info.layer, info.n_layers, LAYERS)
    drawn = [s for s in info.stations if s.name != "hidden" or _is_drawn(s, first_layer, last_layer)]
    drawn = [s for s in drawn if s.name not in NORMED]
    arrays = [_values(s) for s in drawn] + [info.matrix.ravel()]
    row = info.row
    header: dict[str, object] = {
        "stations": [_described(s, t, len(values), info) for s, values in zip(drawn, arrays, strict=False)],
        "pages": EXPLAINED_BY,
        "titles": {page: t(f"nav.{page}") for page in {*EXPLAINED_BY.values(), "steps"}},
        "tokens": list(info.tokens[first:last]),
        "kinds": kinds(encoded)[first:last],
        "weights": [round(float(w), 6) for w in info.attention[first:last]],
        "target": info.target,
        "targetToken": info.tokens[info.target],
        "first": first,
        "firstLayer": first_layer,
        "lastLayer": last_layer,
        "nTokens": len(info.tokens),
        "side": len(info.matrix),
        "turns": [round(turn, 4) for turn in info.turns],
        "t": _words(t, info),
        "alternative": alternative(info, t),
        "pre": info.pre_norm,
        "said": _said(info, t),
        "words": info.words is not None,
        "rows": _rows(info, t),
        "tour": [t(key, **facts) for key, facts in info.tour()],
        "weight": None if row is None else described(row, info.tokens, info.tokens, t) | {"key": info.target},
        "unfolds": {name: step for name, step in UNFOLDS.items() if row is not None and step in ("", *row.steps)},
        "model": info.model if info.trained else t("journey.untrained", model=info.model),
    } | {
        name: getattr(info, name)
        for name in (
            "token",
            "layer",
            "head",
            "d_head",
            "n_layers",
            "n_heads",
            "step",
            "formula",
            "entrance",
        )
    }
    body = b"".join(np.ascontiguousarray(a, "<f4").tobytes() for a in arrays)
    return framed(header, body if row is None else body + numbers(row))


def _said(info: Journey, t: Translator) -> str:
    """What the rows of the outputs are."""
    if info.words is None and info.verdict is not None:
        rule = ".score" if info.verdict.rule == "score" or len(info.verdict.names) == 1 else f".{info.verdict.rule}"
        return t(f"journey.said.{info.verdict.about}{rule if info.verdict.names else ''}")
    return t("journey.next") if info.next_word else t("journey.predicted")


def _rows(info: Journey, t: Translator) -> list[tuple[str, float | None, str]]:
    """Name, length of the bar from 0 to 1 (None for a number that is no probability), and the number as text."""
    rows: list[tuple[str, float | None, str]] = [(name, share, _percent(share)) for name, share in info.words or ()]
    said = info.verdict if info.words is None else None
    if said is not None and len(said.names) == 1:
        label = said.names[0] if said.names[0] != "LABEL_0" else t("journey.score")
        share = said.values[0] if said.rule == "sigmoid" else None
        rows.append((label, share, f"{said.scores[0]:.2f}" if share is None else f"{share:.3f}"))
        if share is not None:
            rows.append((t("journey.raw"), None, f"{said.scores[0]:.2f}"))
    elif said is not None and said.names:
        bars = said.rule != "score"
        rows += [
            (name, value if bars else None, _percent(value) if bars else f"{value:.2f}")
            for name, value in info.labels()
        ]
    elif said is not None:
        names = ("starts", "ends") if said.about == "answer" else ("replaced",)
        rows += [(t(f"journey.{n}"), share, _percent(share)) for n, share in zip(names, said.values, strict=True)]
    if info.follows is not None:
        rows.append((t("journey.follows"), info.follows, _percent(info.follows)))
    return rows


def _percent(share: float) -> str:
    return "< 0.1%" if share < 0.0005 else f"{100 * share:.{1 if share < 0.1 else 0}f}%"


def _words(t: Translator, info: Journey) -> dict[str, str]:
    """Labels, and the names of the stations; what enters the first layer as it is has not been normed."""
    names = {name: t(f"journey.name.{name}") for name in NAMES}
    if info.entrance == "plain":
        names["embedding"] = names["input"]
    labels = {name: t(f"journey.{name}") for name in LABELS}
    even = ".even" if info.reading()[0] == "journey.reading.even" else ""
    labels["from"] = t(f"journey.from{even}")
    labels["folded"] = t("journey.folded", token=info.tokens[info.token], width=len(info.stations[0].values))
    if not any(station.name == "pooled" for station in info.stations):
        labels["no_head"] = t("journey.no_head.states")
    return labels | {f"name.{name}": word for name, word in names.items()}


def alternative(info: Journey, t: Translator) -> str:
    """The picture in words, for those who hear it: every station with its shape."""
    key, facts = info.reading()
    stations = "; ".join(f"{s.name} {s.shape}" for s in info.stations if s.name != "hidden" or s.layer == info.layer)
    return t("journey.alternative", token=info.tokens[info.token], stations=stations) + " " + t(key, **facts)


def _described(station: Station, t: Translator, n_drawn: int, info: Journey) -> dict[str, object]:
    about = f"journey.about.{station.name}"
    if station.name == "embedding" and info.entrance != "norm":
        about += f".{info.entrance}"
    if info.pre_norm and station.name == "hidden":
        about += ".pre"
    return {
        "name": station.name,
        "layer": station.layer,
        "shape": station.shape,
        "limit": station.limit,
        "drawn": n_drawn,
        "total": len(station.values),
        "about": t(about, first=info.tokens[0]) if station.name == "pooled" else t(about),
    }


def _values(station: Station) -> np.ndarray:
    return station.values[: STATE_VALUES if station.name == "hidden" else VALUES]


def _is_drawn(station: Station, first: int, last: int) -> bool:
    """Layers of the window, and the one before it, which is the open layer's input when that is the first."""
    return station.layer is not None and first - 1 <= station.layer < last


def _window(chosen: int, count: int, room: int) -> tuple[int, int]:
    first = min(max(chosen - room // 2, 0), max(count - room, 0))
    return first, min(first + room, count)


def _pages() -> set[str]:
    return {entry.name for entry in navigation.PAGES} - {"journey"}
