"""Both losses against transformers' own, which gets every position with a label or the mark for "not counted"."""

from dataclasses import replace

import pytest
import torch

from explorer.training.batches import IGNORED, Batches
from explorer.training.model import fresh
from explorer.training.objective import losses
from explorer.training.setting import TrainingSetting
from explorer.training.tokenizer import shipped

SETTING = TrainingSetting(layers=1, batch=16, seed=6)


@pytest.mark.parametrize("pairs", [False, True])
def test_losses_are_those_of_transformers(pairs):
    setting = replace(SETTING, pairs=pairs)
    model = fresh(setting, shipped().get_vocab_size()).eval()
    batch = Batches(setting, shipped()).draw()
    assert not batch.mask.all(), "padding must not count"
    labels = torch.full_like(batch.ids, IGNORED)
    labels[batch.chosen] = batch.labels
    with torch.no_grad():
        words, follows = losses(model, batch)
        said = model(
            batch.ids, attention_mask=batch.mask, token_type_ids=batch.segments, labels=labels,
            next_sentence_label=batch.follows,
        )  # fmt: skip
    if not pairs:
        assert follows is None
        mean = torch.nn.functional.cross_entropy(said.prediction_logits.flatten(0, 1), labels.flatten())
        assert words.item() == pytest.approx(mean.item(), abs=1e-6)
        return
    assert (words + follows).item() == pytest.approx(said.loss.item(), abs=1e-5)  # a sum of about 7
    mean = torch.nn.functional.cross_entropy(said.seq_relationship_logits, batch.follows)
    assert follows.item() == pytest.approx(mean.item(), abs=1e-6)
