"""Runs with another table of position vectors, or with the tokens in another order; the shared model is not touched."""

from dataclasses import replace

from jaxtyping import Float
from torch import Tensor, nn

from explorer.capture import progress
from explorer.capture.active import Recorder
from explorer.capture.changes.variant import Variant
from explorer.capture.run import forward_pass, inputs
from explorer.errors import NotInThisModel
from explorer.models.encode import Encoded
from explorer.models.handle import ModelHandle, part, sharing_copy


def last_hidden(
    handle: ModelHandle, encoded: Encoded, table: Float[Tensor, "P E"] | None = None, order: list[int] | None = None
) -> Float[Tensor, "B T D"]:
    """What the model gives out, `last_hidden_state` of transformers: normalised once more in pre-LN models.

    table: replaces the position vectors of the text's places; None leaves them. Zeros are a model without positions.
    order: place of the new text → place in the old one; word pieces and their segments travel, positions do not.

    Raises:
        NoWeights: for a model of kind `meta`.
        NotInThisModel: for another table where there is none.
    """
    handle.require_weights()
    if order is not None:
        encoded = replace(encoded, ids=encoded.ids[:, order], segments=encoded.segments[:, order])
    model = handle.model if table is None else _with_table(handle, table)
    recorder = Recorder(Variant(), stack=handle.stack)
    with progress.expected(handle.dims.n_layers), forward_pass(recorder, encoded.ids.numel()):
        model(**inputs(encoded))
    return recorder.last


def _with_table(handle: ModelHandle, table: Float[Tensor, "P E"]) -> nn.Module:
    """A clone that shares every other weight with the model."""
    clone: nn.Module = sharing_copy(handle.model)
    position = part(clone.base_model, handle.sites.position)  # type: ignore[arg-type]
    if position is None or handle.sites.order == "both":
        raise NotInThisModel(model=handle.config.model_type, reason=f"order_{handle.sites.order}")
    weight, first = position.get_parameter("weight").detach().clone(), handle.dims.first_row
    weight[first : first + len(table)] = table.to(weight)
    position.weight = nn.Parameter(weight, requires_grad=False)
    return clone
