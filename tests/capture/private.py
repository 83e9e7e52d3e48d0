"""Independent references: a private eager copy of a model's weights, changed by hand instead of by a Variant."""

import torch
from transformers import AutoModel, AutoModelForPreTraining, PreTrainedModel

from explorer import Encoded, ModelHandle


def eager_copy(handle: ModelHandle) -> PreTrainedModel:
    """A model of its own with the same weights, run by transformers' eager attention and without our hooks."""
    factory = AutoModelForPreTraining if handle.spec.head == "pretraining" else AutoModel
    config = type(handle.config).from_dict(handle.config.to_dict())
    model = factory.from_config(config, attn_implementation="eager", dtype=torch.float32)
    model.load_state_dict(handle.model.state_dict())
    return model.eval().requires_grad_(False)


def outputs(model: PreTrainedModel, encoded: Encoded, mask: torch.Tensor | None = None) -> dict:
    """Everything that transformers reports of one forward pass."""
    with torch.no_grad():
        return model(
            input_ids=encoded.ids,
            attention_mask=encoded.mask if mask is None else mask,
            token_type_ids=encoded.segments,
            output_attentions=True,
            output_hidden_states=True,
        )


def same(ours: torch.Tensor, reference: torch.Tensor) -> None:
    """Equal up to 1e-6; the difference is 0 except where a kernel's order depends on the address of a weight."""
    torch.testing.assert_close(ours, reference, atol=1e-6, rtol=1e-6)
