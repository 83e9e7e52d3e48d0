"""One attention weight as the stage draws it: the row's numbers as bytes, the sentences of its steps as templates.

The numbers in the sentences are filled in by journey_weight.js, because a visitor chooses another key in the browser.
"""

from collections.abc import Sequence

import numpy as np

from explorer.analysis.attention.head_row import HeadRow
from explorer.i18n import Translator

WORDS = ("title", "hint", "play", "pause", "back", "next", "slow", "project", "head", "heads")


def described(row: HeadRow, tokens: Sequence[str], keys: Sequence[str], t: Translator) -> dict[str, object]:
    """The header: sizes, tokens, words. tokens: of the text that asks; keys: of the one that is looked at."""
    scores = row.scores[np.isfinite(row.scores)]
    say = {name: t(f"steps.say.{name}") for name in row.steps}
    for name, own in (("scale", row.scaling), ("project", "rotary"), ("residual", "normed"), ("softmax", "masked")):
        if name in row.steps and (name != "scale" or own != "root"):
            say[f"{name}.{own}"] = t(f"steps.say.{name}.{own}")
    say |= {f"tell.{name}": t(f"steps.tell.{name}") for name in WORDS}
    say |= {"tell.out": t("journey.name.attn_out"), "tell.state": t("journey.name.input")}
    return {
        "steps": row.steps,
        "name": {name: t(f"steps.name.{name}") for name in row.steps},
        "say": say,
        "query": row.query,
        "queryToken": tokens[row.query],
        "at": row.at,
        "tokens": [keys[j] for j in row.at],
        "visible": row.visible,
        "nKeys": row.n_keys,
        "nVisible": row.n_visible,
        "rest": row.n_keys - len(row.at),
        "restWeight": row.rest_weight,
        "top": float(scores.max()) if len(scores) else 0.0,
        "width": len(row.q),
        "valueWidth": row.v.shape[1],
        "heads": row.n_heads,
        "head": row.head,
        "out": len(row.attn_out),
        "shown": row.shown,
        "shift": row.shift,
        "mixes": row.mixing is not None,
        "adds": row.total is not None,
        "normed": row.normed,
        "factor": row.factor,
        "scaling": row.scaling,
        "rotary": row.rotary,
    }


def numbers(row: HeadRow) -> bytes:
    """The body: what `weighed` takes apart again, as float32."""
    parts = [row.q, row.k, row.v, row.dots, row.added, row.scores, row.weights, row.rest_value, row.joined]
    parts += [part for part in (row.mixing, row.attn_out, row.state) if part is not None]
    return b"".join(np.ascontiguousarray(part, "<f4").tobytes() for part in parts)
