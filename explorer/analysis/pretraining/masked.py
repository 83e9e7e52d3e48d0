"""The masking recipe of BERT's pre-training: which tokens are chosen, what the model sees there, what counts.

Devlin et al. 2019, section 3.1 and appendix A.1. Each token is chosen on its own, as in transformers'
DataCollatorForLanguageModeling; google-research/bert chooses exactly round(rate · n) of them.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor
from torch.nn.functional import cross_entropy

from explorer.analysis.info import Message
from explorer.capture.heads import outputs
from explorer.capture.scene import Scene
from explorer.errors import MaskSharesInvalid, NoMaskToken
from explorer.models.encode import Encoded, named
from explorer.models.handle import ModelHandle

# What becomes of a token; the place in the tuple is its code.
FATES = ("left", "masked", "random", "kept")
LEFT, MASKED, RANDOM, KEPT = range(4)


@dataclass(frozen=True)
class Recipe:
    """rate: share of the tokens that are chosen; mask, random: shares of the chosen ones; the rest stays as it is.

    Raises:
        MaskSharesInvalid: for a share outside 0 … 1, or when mask and random are more than all.
    """

    rate: float | int = 0.15
    mask: float | int = 0.8
    random: float | int = 0.1

    def __post_init__(self) -> None:
        for share in (self.rate, self.mask, self.random, self.mask + self.random):
            if not -1e-9 <= share <= 1 + 1e-9:  # also refuses nan
                raise MaskSharesInvalid(found=f"{self.mask:.0%} + {self.random:.0%}", allowed="100%")

    @property
    def kept(self) -> float:
        """Share of the chosen tokens that the model sees unchanged."""
        return max(0.0, 1.0 - self.mask - self.random)

    @property
    def net(self) -> tuple[float, float, float, float]:
        """Expected shares of all tokens, in the order of `FATES`."""
        return 1 - self.rate, self.rate * self.mask, self.rate * self.random, self.rate * self.kept


@dataclass(frozen=True, eq=False)
class Choice:
    """One draw. seen: what the model reads; targets: what it ought to say there; fates: codes into `FATES`."""

    seen: Encoded
    targets: Int[Tensor, " T"]
    fates: UInt8[Tensor, " T"]

    @property
    def places(self) -> list[int]:
        """Positions at which the loss is counted."""
        return [int(i) for i in self.fates.nonzero()[:, 0]]


def mask_id(handle: ModelHandle) -> int:
    """Id of the token that hides a word.

    Raises:
        NoMaskToken: when the vocabulary has none, as in models that write from left to right.
    """
    if handle.mask_id is None:
        raise NoMaskToken(found=handle.spec.source)
    return handle.mask_id


def fates(may: Bool[Tensor, " N"], recipe: Recipe, generator: torch.Generator | None = None) -> UInt8[Tensor, " N"]:
    """What becomes of each token; may: False for those that are never chosen (special tokens, padding)."""
    chosen = torch.rand(len(may), generator=generator) < recipe.rate
    how = torch.rand(len(may), generator=generator)
    fate = torch.full((len(may),), KEPT, dtype=torch.uint8)
    fate[how < recipe.mask + recipe.random] = RANDOM
    fate[how < recipe.mask] = MASKED
    fate[~(chosen & may)] = LEFT
    return fate


def choose(handle: ModelHandle, encoded: Encoded, recipe: Recipe, seed: int) -> Choice:
    """One draw of the recipe on a text. A random token is any of the vocabulary, the same one included.

    Raises:
        NoMaskToken: as `mask_id`.
    """
    generator = torch.Generator().manual_seed(seed)
    fate = fates(maskable(handle, encoded), recipe, generator)
    drawn = torch.randint(handle.dims.n_vocab, (encoded.n_tokens,), generator=generator)
    targets = encoded.ids[0, : encoded.n_tokens].cpu()
    ids = torch.where(fate == RANDOM, drawn, targets)
    ids[fate == MASKED] = mask_id(handle)
    return Choice(with_ids(handle, encoded, ids), targets, fate)


def hide(handle: ModelHandle, encoded: Encoded, places: list[int]) -> Encoded:
    """The text with the mask token at these positions.

    Raises:
        NoMaskToken: as `mask_id`.
    """
    ids = encoded.ids[0, : encoded.n_tokens].cpu().clone()
    ids[places] = mask_id(handle)
    return with_ids(handle, encoded, ids)


def with_ids(handle: ModelHandle, encoded: Encoded, ids: Int[Tensor, " T"]) -> Encoded:
    """The same places with other tokens in them."""
    old = encoded.ids[0, : encoded.n_tokens].tolist()
    new = ids.tolist()
    rows = zip(encoded.tokens, named(handle, new), old, new, strict=True)
    tokens = tuple(token if a == b else name for token, name, a, b in rows)
    whole = encoded.ids.clone()
    whole[0, : len(new)] = ids.to(whole.device)
    return replace(encoded, ids=whole, tokens=tokens)


def maskable(handle: ModelHandle, encoded: Encoded) -> Bool[Tensor, " T"]:
    """Every place but those of special tokens, also of typed ones; an unknown piece is a word like any other."""
    added = handle.tokenizer.get_added_tokens_decoder().values()
    special = {token.content for token in added if token.special} - {handle.unknown}
    pairs = zip(encoded.special, encoded.tokens, strict=True)
    return torch.tensor([not flag and token not in special for flag, token in pairs], dtype=torch.bool)


@dataclass(frozen=True, eq=False)
class Masked:
    """What one draw has cost. losses: -log p of the true token in nats, nan where nothing is counted."""

    recipe: Recipe
    tokens: tuple[str, ...]
    seen: tuple[str, ...]
    fates: tuple[str, ...]
    losses: Float[np.ndarray, " T"]
    n_vocab: int

    @property
    def n_chosen(self) -> int:
        """Tokens at which the loss is counted."""
        return int(np.isfinite(self.losses).sum())

    @property
    def loss(self) -> float | None:
        """Mean over the chosen tokens; None when none is chosen."""
        return float(np.nanmean(self.losses)) if self.n_chosen else None

    def table(self) -> pd.DataFrame:
        """One row for each token."""
        return pd.DataFrame(
            {
                "position": range(len(self.tokens)),
                "token": self.tokens,
                "what the model sees": self.seen,
                "what became of it": self.fates,
                "loss (nats)": self.losses,
            }
        )

    def reading(self) -> Message:
        """How many were chosen, and the loss, beside that of guessing evenly."""
        if not self.n_chosen:
            return f"masked.reading.recipe.{'zero' if self.recipe.rate == 0 else 'none'}", {}
        counts: dict[str, object] = {name: self.fates.count(name) for name in FATES[1:]}
        facts = {
            "n": self.n_chosen,
            "of": sum(fate != "special" for fate in self.fates),
            "loss": self.loss,
            "even": math.log(self.n_vocab),
        }
        blind = self.fates.count("left") == 0 and self.fates.count("masked") == self.n_chosen
        return f"masked.reading.recipe.{'blind' if blind else 'some'}", {**counts, **facts}


def masked(scene: Scene, recipe: Recipe, seed: int) -> Masked:
    """What one draw of the recipe on a text costs the model.

    Raises:
        NoMaskToken: as `mask_id`.
    """
    handle, encoded = scene.handle, scene.encoded
    drawn = choose(handle, encoded, recipe, seed)
    says = outputs(handle, drawn.seen)
    logits = says.get("prediction_logits", says.get("logits"))
    assert logits is not None
    losses = np.full(encoded.n_tokens, np.nan, dtype=np.float32)
    places = drawn.places
    if places:
        said = logits[0, places].float().cpu()
        losses[places] = cross_entropy(said, drawn.targets[places], reduction="none").numpy()
    names = tuple(
        FATES[code] if may else "special"
        for code, may in zip(drawn.fates.tolist(), maskable(handle, encoded).tolist(), strict=True)
    )
    return Masked(recipe, encoded.tokens, drawn.seen.tokens, names, losses, handle.dims.n_vocab)


@dataclass(frozen=True)
class Shares:
    """What became of many tokens, beside what the recipe expects."""

    recipe: Recipe
    n: int
    found: tuple[float, ...]
    expected: tuple[float, ...]

    def table(self) -> pd.DataFrame:
        """One row for each fate."""
        errors = [math.sqrt(p * (1 - p) / self.n) for p in self.expected]
        return pd.DataFrame(
            {
                "fate": FATES,
                "found (share of all tokens)": self.found,
                "expected (share of all tokens)": self.expected,
                "sampling error (one standard deviation)": errors,
            }
        )

    def reading(self) -> Message:
        """The three net shares, and how far they are from the expected ones."""
        off = max(abs(a - b) for a, b in zip(self.found, self.expected, strict=True))
        facts: dict[str, object] = dict(zip(FATES, self.found, strict=True))
        return "masked.reading.shares", facts | {"tokens": self.n, "off": 100 * off}


def shares(recipe: Recipe, n: int, seed: int) -> Shares:
    """Draw the recipe for n tokens, none of them special."""
    drawn = fates(torch.ones(n, dtype=torch.bool), recipe, torch.Generator().manual_seed(seed))
    found = torch.bincount(drawn.long(), minlength=len(FATES)) / n
    return Shares(recipe, n, tuple(found.tolist()), recipe.net)
