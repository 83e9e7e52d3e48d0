"""Which word, layer and head a lesson follows through a text: found on the text, so that every text has its own."""

from collections.abc import Callable
from dataclasses import dataclass

from explorer.analysis.scaling.saturation import UNSCALED, saturation_map
from explorer.analysis.start.journey import LOOKED_AT, telling_head
from explorer.capture.offered import reason_against
from explorer.capture.scene import Scene


@dataclass(frozen=True)
class Place:
    """A token's position, a layer and a head of it, counted from 0."""

    token: int
    layer: int
    head: int

    def choices(self) -> dict[str, object]:
        """As they stand in the address."""
        return {"token": self.token, "layer": self.layer, "head": self.head}


def word(scene: Scene) -> int:
    """The word that is followed unless another one is chosen: two thirds through the text, not its last token."""
    n = scene.encoded.n_tokens
    return max(min(2 * n // 3, n - 2), 0)


def telling(scene: Scene, token: int) -> Place:
    """The head that sends the word most to one word beyond its neighbours."""
    return Place(token, *telling_head(scene, token))


def unscaled(scene: Scene, token: int) -> Place:
    """The head whose rows lose most of their entropy without the scale; the telling one in a long text, and in a model
    that has no scale to lose."""
    if scene.encoded.n_tokens > LOOKED_AT or reason_against(scene.handle, UNSCALED) is not None:
        return telling(scene, token)
    return Place(token, *saturation_map(scene).most_changed)


def sink(scene: Scene, token: int) -> Place:
    """The head that looks most at the first token, from all others."""
    n, n_heads = scene.encoded.n_tokens, scene.handle.dims.n_heads
    shares = scene.heads().to_first[:, 0, :, 1:n].mean(-1)
    return Place(token, *divmod(int(shares.flatten().argmax()), n_heads))


# By the name that a lesson gives under `follow`.
PLACES: dict[str, Callable[[Scene, int], Place]] = {"telling": telling, "unscaled": unscaled, "sink": sink}
