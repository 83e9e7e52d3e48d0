"""Masking in the trainings: the published shares, and never a special token."""

from random import Random

import torch

from explorer.training.batches import IGNORED, Batches, padded
from explorer.training.grammar import pair
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


def test_pairs_in_a_batch():
    """Segments count the clauses; 0 means "follows", as in transformers; a pair is masked half as much."""
    batches = Batches(TrainingSetting(rate=0.8, pairs=True), shipped())
    rng = Random(3)
    drawn = [pair(rng, follows=bool(n % 2)) for n in range(600)]
    lines = [batches.line([a, b], follows, stop=True) for a, b, follows in drawn]
    lines += [batches.line([a], stop=True) for a, _, _ in drawn]
    batch = batches.masked(lines)
    assert batch.follows.tolist() == [1, 0] * 300 + [IGNORED] * 600
    first, second, _ = drawn[0]
    ends = len(first.words) + 3, len(first.words) + len(second.words) + 5  # [CLS] words . [SEP], words . [SEP]
    assert batch.segments[0, : ends[1]].tolist() == [0] * ends[0] + [1] * (ends[1] - ends[0])
    assert batch.mask[0].sum() == ends[1] and not batch.segments[600].any()
    free = padded(lines)[0] >= len(SPECIAL)
    for rows, rate in ((slice(0, 600), 0.4), (slice(600, 1200), 0.8)):
        n = int(free[rows].sum())
        assert abs(int(batch.chosen[rows].sum()) / n - rate) < 4 * (rate * (1 - rate) / n) ** 0.5
