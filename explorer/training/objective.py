"""What is minimised: the two losses of BERT's pre-training (Devlin et al. 2019, section 3.1)."""

from typing import Any

from torch import Tensor
from torch.nn.functional import cross_entropy

from explorer.training.batches import Batch


def losses(model: Any, batch: Batch) -> tuple[Tensor, Tensor | None]:
    """Mean masked-word loss over the chosen tokens, and the next-sentence loss if the batch has pairs, in nats.

    The head is applied to the chosen positions alone: the others do not count, and it is half of the work.
    """
    states, pooled = model.bert(
        input_ids=batch.ids, token_type_ids=batch.segments, attention_mask=batch.mask, return_dict=False
    )[:2]
    words = cross_entropy(model.cls.predictions(states[batch.chosen]), batch.labels)
    if not bool((batch.follows >= 0).any()):
        return words, None
    return words, cross_entropy(model.cls.seq_relationship(pooled), batch.follows)
