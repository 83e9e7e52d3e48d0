"""Masking in the trainings: the published shares, and never a special token."""

import torch

from explorer.training.batches import IGNORED, Batches
from explorer.training.setting import TrainingSetting
from explorer.training.tokenizer import SPECIAL, shipped


def test_shares_of_the_masking():
    batches = Batches(TrainingSetting(rate=0.15, batch=512, seed=5), shipped())
    n = chosen = masked = same = 0
    for _ in range(24):
        batch = batches.draw()
        seen = batch.ids[batch.chosen]
        n += int((batch.mask.bool()).sum())
        chosen += len(seen)
        masked += int((seen == 4).sum())
        same += int((seen == batch.labels).sum())
    assert n > 100_000
    # [CLS] and [SEP] are never chosen, so the share of all tokens is below 15 %. Three standard errors each.
    assert 0.11 < chosen / n < 0.15
    assert abs(masked / chosen - 0.8) < 3 * (0.8 * 0.2 / chosen) ** 0.5
    by_accident = 0.1 / (230 - len(SPECIAL))
    assert abs(same / chosen - 0.1 - by_accident) < 3 * (0.1 * 0.9 / chosen) ** 0.5


def test_special_tokens_are_never_touched():
    batches = Batches(TrainingSetting(rate=0.99, batch=64, pairs=True), shipped())
    batch = batches.draw()
    assert bool((batch.ids[:, 0] == 2).all())
    assert not bool(batch.chosen[:, 0].any())
    assert not bool(batch.chosen[batch.mask == 0].any())
    assert bool((batch.labels >= len(SPECIAL)).all())
    assert set(batch.follows.tolist()) == {0, 1, IGNORED}
    ends = batch.mask.sum(1) - 1
    assert bool((batch.ids[torch.arange(64), ends] == 3).all())


def test_a_seed_draws_one_batch():
    one, two, other = (Batches(TrainingSetting(seed=seed), shipped()).draw() for seed in (1, 1, 2))
    assert torch.equal(one.ids, two.ids)
    assert one.ids.shape != other.ids.shape or not torch.equal(one.ids, other.ids)
