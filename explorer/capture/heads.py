"""Task heads on their own: applied to any hidden state, and whole runs of which only the outputs are kept."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from transformers.modeling_outputs import BaseModelOutputWithPooling

from explorer.capture.active import Recorder
from explorer.capture.run import forward_pass, inputs
from explorer.capture.variant import Variant
from explorer.models.encode import Encoded
from explorer.models.handle import ModelHandle, part, sharing_copy


class _Given(nn.Module):
    """Stands where the base model stood and returns one hidden state, whatever it is asked."""

    def __init__(self, hidden: Tensor) -> None:
        super().__init__()
        self.hidden = hidden

    def forward(self, *args: Any, **kwargs: Any) -> BaseModelOutputWithPooling:
        # The second head of a pre-training model reads the first place; what it says is not used.
        return BaseModelOutputWithPooling(last_hidden_state=self.hidden, pooler_output=self.hidden[:, 0])


def mlm_logits(handle: ModelHandle, hidden: Float[Tensor, "B T D"]) -> Float[Tensor, "B T V"]:
    """The masked-word head of the model on any hidden state, not only on the last.

    Works for every architecture, because no head is named: a clone that shares all weights gets a base model which
    returns `hidden`. The shared model is not touched.
    """
    head = sharing_copy(handle.model, {id(handle.base): _Given(hidden)})
    with forward_pass(Recorder(Variant(), reduce=False)):
        output = head(input_ids=torch.zeros(hidden.shape[:2], dtype=torch.long, device=hidden.device))
    logits: Tensor = output["prediction_logits"] if "prediction_logits" in output else output["logits"]
    return logits


def as_heads_read(handle: ModelHandle, hidden: Float[Tensor, "B T D"]) -> Float[Tensor, "B T D"]:
    """A layer's output as a head would get it: through the norm that pre-LN models have before their heads."""
    norm = part(handle.base, handle.sites.final_norm)
    if norm is None:
        return hidden
    with forward_pass(Recorder(Variant(), reduce=False)):
        return norm(hidden)  # type: ignore[no-any-return]


def outputs(handle: ModelHandle, encoded: Encoded) -> dict[str, Tensor]:
    """What the heads say, and nothing of the inside: for many runs of which one number each is wanted.

    Raises:
        NoWeights: for a model of kind `meta`.
    """
    handle.require_weights()
    with forward_pass(Recorder(Variant(), reduce=False)):
        return dict(handle.model(**inputs(encoded)))
