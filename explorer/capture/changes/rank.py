"""What becomes of the word vectors without skip connections, feed-forward blocks or LayerNorm, layer by layer.

Dong, Cordonnier & Loukas 2021, "Attention is not all you need". Each layer is copied for the moment in double
precision: the vectors become equal faster than single precision can tell, and the shared model is not touched.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import torch
from jaxtyping import Float
from torch import Tensor, nn

from explorer.capture import progress
from explorer.capture.active import Recorder
from explorer.capture.changes.variant import Variant
from explorer.capture.run import forward_pass
from explorer.errors import NotInThisModel
from explorer.models.handle import ModelHandle

# Architectures whose layers are built as BERT's, LayerNorm after the sum; `_layer` names their modules.
BUILT_AS_BERT = ("bert", "camembert", "electra", "roberta", "xlm-roberta")

# Eight networks at once in double precision: a second or two for a small model.
MAX_PIECES = 128


@dataclass(frozen=True, order=True)
class Kept:
    """Which parts of every layer are kept beside attention itself."""

    skips: bool = True
    ffn: bool = True
    norm: bool = True


ALL_KEPT, ATTENTION_ALONE = Kept(), Kept(skips=False, ffn=False, norm=False)
COMBINATIONS = tuple(Kept(*kept) for kept in product((True, False), repeat=3))


def built_as_bert(handle: ModelHandle) -> bool:
    """Whether the layers of this model have BERT's parts in BERT's order."""
    return handle.config.model_type in BUILT_AS_BERT and not getattr(handle.config, "is_decoder", False)


def states_by_layer(handle: ModelHandle, entering: Float[Tensor, "B T D"]) -> Iterator[Float[Tensor, "C T D"]]:
    """The word vectors under each of `COMBINATIONS`: first what enters layer 0, then what each layer returns.

    Removed in all layers at once. entering: what enters layer 0 in the run, of which the first text is taken, and of a
    long one the first `MAX_PIECES` word pieces only. In double precision.

    Raises:
        NotInThisModel: for a model whose layers are not built as BERT's.
    """
    if not built_as_bert(handle):
        raise NotInThisModel(model=handle.config.model_type, reason="other_layers")
    states = entering[:1, :MAX_PIECES].double().expand(len(COMBINATIONS), -1, -1)
    yield states
    for layer in handle.layers:
        private = copy.deepcopy(layer).double()
        # The recorder keeps nothing; with it attention is the house's own function, as in every other run.
        with forward_pass(Recorder(Variant())):
            states = _layer(private, states)
        del private  # or two layers would be there while the next one is copied
        progress.passed(len(COMBINATIONS))
        yield states


def _layer(layer: nn.Module, x: Float[Tensor, "C T D"]) -> Float[Tensor, "C T D"]:
    part = layer.get_submodule
    context, _ = part("attention.self")(x, None)
    attended = _joined(part("attention.output.dense")(context), x, part("attention.output.LayerNorm"))
    with_ffn = _flags("ffn", x)
    made = part("output.dense")(part("intermediate")(attended[with_ffn]))
    out = attended.clone()
    out[with_ffn] = _joined(made, attended[with_ffn], part("output.LayerNorm"), with_ffn)
    return out


def _joined(branch: Tensor, x: Tensor, norm: nn.Module, rows: Tensor | None = None) -> Tensor:
    """What a block hands on: its branch, with what it read where skips are kept, normalised where that is kept."""
    skips, normed = (_flags(name, x, rows)[:, None, None] for name in ("skips", "norm"))
    summed = branch + x * skips
    return torch.where(normed, norm(summed), summed)


def _flags(name: str, like: Tensor, rows: Tensor | None = None) -> Tensor:
    """For each combination (of these rows) whether it keeps the part."""
    flags = torch.tensor([getattr(kept, name) for kept in COMBINATIONS], device=like.device)
    return flags if rows is None else flags[rows]
