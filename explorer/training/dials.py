"""What the instruments of a training read at one step, as plain numbers. No torch in here: pages import it."""

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Dials:
    """Each field has a number for every layer.

    w_q, w_k, w_v: Euclidean norm of the loss's gradient with respect to the weights, before gradients are clipped.
    entropy: of the rows, in shares of its largest value, log(number of keys that the row sees); mean over heads.
    largest: score that enters the softmax; dead: share of rows through which practically no gradient passes.
    A row that sees one key alone (the first of a causal model) counts in neither entropy nor dead.
    """

    w_q: tuple[float, ...]
    w_k: tuple[float, ...]
    w_v: tuple[float, ...]
    entropy: tuple[float, ...]
    largest: tuple[float, ...]
    dead: tuple[float, ...]


NAMES = tuple(field.name for field in fields(Dials))
