"""One head with the model's factor and with another one; the slider lives in the browser, so nothing waits."""

import json
import struct

import numpy as np

from explorer.analysis.scaling.scaling import HeadBothWays
from explorer.i18n import Translator
from explorer.ui.browser import digest, follow, register, told

_component = register("both_ways")
_WORDS = (
    "factor", "same", "temperature", "own", "changed", "difference", "probs", "scores", "spread", "score", "row",
    "product", "label", "near",
)  # fmt: skip


def both_ways(info: HeadBothWays, t: Translator, row: int, key: str = "both-ways") -> None:
    """Draw it. The factor and the row that the visitor chooses stand in the URL as `factor` and `token`."""
    d = info.d_head
    marks = [
        {"at": 1 / d, "name": "1/d", "note": t("scaling.mark.d")},
        {"at": d**-0.5, "name": "1/√d", "note": t("scaling.mark.root")},
        {"at": 1, "name": "1", "note": t("scaling.mark.one")},
    ]
    header: dict[str, object] = {
        "tokens": info.tokens, "own": info.own_factor, "low": min(1 / d, info.own_factor), "marks": marks,
        "words": {word: t(f"scaling.{word}") for word in _WORDS},
    }  # fmt: skip
    header |= told(key, digest(header, info.products.tobytes(), info.added.tobytes()), factor=info.factor, row=row)
    _component(
        key=key,
        data=_pack(header, info.products, info.added),
        on_factor_change=follow(key, "factor", "factor"),
        on_row_change=follow(key, "token", "row"),
    )


def _pack(header: dict[str, object], *numbers: np.ndarray) -> bytes:
    """uint32 header length, JSON, float32 numbers."""
    text = json.dumps(header).encode()
    return struct.pack("<I", len(text)) + text + b"".join(each.astype("<f4").tobytes() for each in numbers)
