"""One token more than the model has positions: tried for real."""

import copy

import torch

from explorer.capture.active import Recorder
from explorer.capture.changes.variant import Variant
from explorer.capture.run import forward_pass
from explorer.models.handle import ModelHandle

# Of what PyTorch says; its messages are a line or two.
LONGEST = 300


def one_too_many(handle: ModelHandle) -> tuple[str, str] | None:
    """The model's first stack is given `n_ctx + 1` tokens: name and words of the error that stops it, None without one.

    On the processor: a look-up outside a table ends every later computation of an accelerator.

    Raises:
        NoWeights: for a model of kind `meta`.
    """
    handle.require_weights()
    n = handle.dims.n_ctx + 1
    model = handle.base if handle.device.type == "cpu" else copy.deepcopy(handle.base).cpu()
    given = {"input_ids": torch.zeros, "attention_mask": torch.ones, "token_type_ids": torch.zeros}
    inputs = {name: make(1, n, dtype=torch.long) for name, make in given.items() if name in handle.sites.takes}
    inputs["input_ids"] += (handle.config.pad_token_id or 0) + 1  # any token but padding, which has no place
    try:
        with forward_pass(Recorder(Variant()), n):
            model(**inputs)
    except (IndexError, RuntimeError) as error:
        return type(error).__name__, str(error)[:LONGEST]
    return None
