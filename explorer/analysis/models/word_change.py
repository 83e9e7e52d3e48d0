"""A test by consequence: exchange one word and see which tokens' vectors move, layer by layer."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float

from explorer.analysis.attention.heads import kinds
from explorer.analysis.info import Message
from explorer.capture.changes.variant import Variant
from explorer.capture.facts import facts_of
from explorer.capture.progress import expected
from explorer.capture.records import Capture
from explorer.capture.run import run
from explorer.capture.scene import Scene
from explorer.models.encode import Encoded, encode

CAUSAL = Variant(causal=True)

# A relative change below this is rounding: float32 has seven digits, and sums of different length round differently.
MOVED = 1e-5


@dataclass(frozen=True, eq=False)
class WordChange:
    """The same exchange in two runs of the same weights.

    own, causal: ‖h' - h‖ / ‖h‖ of every state, (L + 1) x T; row 0 is the embedding, row l + 1 the output of layer l.
        NaN where a token has no counterpart. causal is None where the model is causal itself.
    before: how many tokens stand before the first that differs. old, new: the pieces that were exchanged.
    """

    tokens: tuple[str, ...]
    old: tuple[str, ...]
    new: tuple[str, ...]
    before: int
    own: Float[np.ndarray, "L1 T"]
    causal: Float[np.ndarray, "L1 T"] | None

    @property
    def labels(self) -> tuple[str, ...]:
        """The tokens, with what the exchanged one has become."""
        labels = list(self.tokens)
        if self.old:
            labels[self.before] += " → " + (_joined(self.new) or "∅")
        return tuple(labels)

    def table(self) -> pd.DataFrame:
        """One row for each state and token."""
        states, n = self.own.shape
        columns: dict[str, object] = {
            "state": np.repeat(["embedding", *(f"after layer {i}" for i in range(states - 1))], n),
            "position": np.tile(np.arange(n), states),
            "token": np.tile(self.tokens, states),
            "relative change, model as it is": self.own.ravel(),
        }
        if self.causal is not None:
            columns["relative change, causal mask"] = self.causal.ravel()
        return pd.DataFrame(columns)

    def reading(self) -> Message:
        """How many of the tokens before the exchange move, and whether any moves under the causal mask."""
        if not self.old and not self.new:
            return "who_sees_whom.change.same", {}
        if not self.before:
            return "who_sees_whom.change.first", {}
        earlier = self.own[:, : self.before]
        state, token = np.unravel_index(int(earlier.argmax()), earlier.shape)
        facts: dict[str, object] = {
            "old": " ".join(self.old), "new": " ".join(self.new) or "∅", "n": self.before,
            "moved": int((earlier[-1] > MOVED).sum()), "token": self.tokens[token], "layer": int(state) - 1,
            "most": float(earlier.max()),
        }  # fmt: skip
        if self.causal is None:
            return f"who_sees_whom.change.already.{self._held(earlier)}", facts
        masked = self.causal[:, : self.before]
        return f"who_sees_whom.change.{self._held(masked)}", facts | {"causal": float(masked.max())}

    @staticmethod
    def _held(earlier: Float[np.ndarray, "L1 n"]) -> str:
        largest = float(earlier.max())
        return "exact" if largest == 0 else "rounding" if largest < MOVED else "moves"


def _joined(pieces: tuple[str, ...]) -> str:
    """Pieces as they are read, whichever way a vocabulary marks where a word begins or goes on."""
    if any("␣" in piece for piece in pieces):
        return "".join(pieces).replace("␣", " ").strip()
    return " ".join(pieces).replace(" ##", "")


def exchanged(encoded: Encoded, index: int, word: str) -> tuple[str, str | None]:
    """Text and second text with the word at this token exchanged; a special token has none, so nothing changes."""
    kind = kinds(encoded)[index]
    if kind == "special":
        return encoded.text, encoded.pair
    of_word = [
        span
        for span, other, number in zip(encoded.offsets, kinds(encoded), encoded.words, strict=True)
        if other == kind and number == encoded.words[index]
    ]
    start, end = of_word[0][0], of_word[-1][1]
    text = encoded.text if kind == "A" else encoded.pair or ""
    changed = text[:start] + word + text[end:]
    return (changed, encoded.pair) if kind == "A" else (encoded.text, changed)


def word_change(scene: Scene, index: int, word: str) -> WordChange:
    """Run both texts, as the model is and, unless it is causal itself, under the causal mask.

    The shorter text is padded to the length of the longer: sums of equal length round alike, so that what must not
    move does not move at all.

    Raises:
        EmptyText, TextTooLong: as `encode`, for the changed text.
    """
    handle, encoded = scene.handle, scene.encoded
    texts = encoded.text, encoded.pair
    other = exchanged(encoded, index, word)
    # A decoder with an encoder below it: the first text is the encoder's and stays as it is.
    if encoded.source is not None:
        texts, other = (encoded.source.text, encoded.text), (encoded.source.text, other[0])
    changed = encode(handle, *other)
    length = max(encoded.n_tokens, changed.n_tokens)
    if encoded.n_tokens != changed.n_tokens:
        scene, changed = Scene(handle, encode(handle, *texts, length)), encode(handle, *other, length)
    before, after = _common(encoded.tokens, changed.tokens)
    ways = (Variant(),) if all(facts_of(handle).causal) else (Variant(), CAUSAL)
    with expected(2 * len(ways) * handle.dims.n_layers):
        runs = [(scene.capture(way), run(handle, changed, variant=way)) for way in ways]
    own, *causal = (_moved(first, second, before, after) for first, second in runs)
    return WordChange(
        tokens=encoded.tokens,
        old=encoded.tokens[before : encoded.n_tokens - after],
        new=changed.tokens[before : changed.n_tokens - after],
        before=before,
        own=own,
        causal=causal[0] if causal else None,
    )


def _common(a: tuple[str, ...], b: tuple[str, ...]) -> tuple[int, int]:
    """How many tokens are the same from the beginning, and how many of the rest from the end."""
    shorter = min(len(a), len(b))
    before = next((i for i in range(shorter) if a[i] != b[i]), shorter)
    after = next((i for i in range(shorter - before) if a[-1 - i] != b[-1 - i]), shorter - before)
    return before, after


def _moved(seen: Capture, changed: Capture, before: int, after: int) -> Float[np.ndarray, "L1 T"]:
    """Relative change of each state of each token of the first run."""
    n, m = seen.encoded.n_tokens, changed.encoded.n_tokens
    here = torch.arange(n)
    there = torch.where(here < n - after, here, here + m - n)
    # Exchanged pieces are compared one by one where there are as many of them; else they have no counterpart.
    known = (here < before) | (here >= n - after) | torch.tensor(n == m)
    rows = []
    for first, second in zip(seen.hidden, changed.hidden, strict=True):
        a, b = first[0, :n].cpu(), second[0].cpu()[there.clamp(0, m - 1)]
        rows.append(torch.where(known, (b - a).norm(dim=-1) / a.norm(dim=-1), torch.nan))
    return torch.stack(rows).float().numpy()
