"""A model with QK-norm whose scale is moved into the gains of its norms: another factor, the same network.

Gemma 4 multiplies q·k by 1 after its norms, Gemma 3 by 1/√c: `scaling` of the attention modules in transformers'
`modeling_gemma3.py`, whose norms multiply by 1 + weight, and in `modeling_qwen3.py`, whose norms multiply by weight.
"""

from typing import Any

from jaxtyping import Float
from torch import Tensor, nn

from explorer.capture import progress
from explorer.capture.active import Recorder
from explorer.capture.changes.variant import Variant
from explorer.capture.run import forward_pass, inputs
from explorer.errors import NotInThisModel
from explorer.models.encode import Encoded
from explorer.models.handle import ModelHandle, layers_of, sharing_copy

# What the norms of q and k add to their weight before they multiply by it.
ADDED = {"gemma3_text": 1.0, "qwen3": 0.0}


def last_states(handle: ModelHandle, encoded: Encoded, moved: bool) -> Float[Tensor, "B T D"]:
    """What the model gives out; moved: of a copy that multiplies q·k by 1, with √factor in the gains of q and of k.

    Raises:
        NotInThisModel: for a model without QK-norm.
    """
    if handle.config.model_type not in ADDED:
        raise NotInThisModel(model=handle.config.model_type, reason="no_qk_norm")
    base = sharing_copy(handle.base)
    if moved:
        for layer in layers_of(base, handle.sites, handle.dims):
            _move(layer.get_submodule(handle.sites.attention), ADDED[handle.config.model_type])
    with progress.expected(handle.dims.n_layers), forward_pass(Recorder(Variant()), encoded.ids.numel()):
        found: Tensor = base(**inputs(encoded)).last_hidden_state
    return found


def _move(attention: Any, added: float) -> None:
    root = float(attention.scaling) ** 0.5
    attention.scaling = 1.0
    for name in ("q_norm", "k_norm"):
        norm = attention.get_submodule(name)
        weight = (norm.get_parameter("weight") + added) * root - added
        norm.weight = nn.Parameter(weight.detach(), requires_grad=False)
