"""Vectors as strips of coloured cells: signed values around white, probabilities from white to full."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from explorer.ui.browser import register

_component = register("strips")


@runtime_checkable
class Vector(Protocol):
    """What a strip needs: a name, whose colour the name has, the values, the part that is framed."""

    @property
    def name(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def values(self) -> Float[np.ndarray, " N"]: ...
    @property
    def marked(self) -> tuple[int, int] | None: ...


def strips(vectors: Sequence[Vector], *, key: str, tokens: Sequence[str], chosen: int) -> None:
    """Draw the vectors below each other; those as long as the text are labelled with its tokens, `chosen` framed.

    Signed vectors that are compared (query, key, value, their products) each have their own symmetric range, written
    at the side, because their sizes differ by orders.
    """
    data = {
        "tokens": list(tokens),
        "chosen": chosen,
        "strips": [
            {
                "name": vector.name,
                "role": vector.role,
                "marked": vector.marked,
                "values": [None if not np.isfinite(x) else float(f"{x:.5g}") for x in vector.values],
            }
            for vector in vectors
        ],
    }
    _component(key=f"strips-{key}", data=data)
