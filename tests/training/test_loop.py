"""The loop learns, repeats itself, and its two switches do what they say."""

from dataclasses import replace

import pytest
import torch
from torch.nn.functional import cross_entropy

from explorer import Variant, run
from explorer.errors import TrainingInvalid
from explorer.models.altered_bert import n_parameters
from explorer.training.batches import IGNORED, Batches
from explorer.training.loop import Training, rate_at, trained
from explorer.training.model import fresh
from explorer.training.setting import TrainingSetting
from explorer.training.tokenizer import shipped

SHORT = TrainingSetting(steps=40, layers=1, batch=16)


def test_the_loss_falls():
    records = list(Training(replace(SHORT, pairs=True)).steps())
    assert [record.step for record in records] == list(range(1, 41))
    first, last = (sum(r.loss for r in part) / 5 for part in (records[:5], records[-5:]))
    assert first > 5.0, "about log(230) at first"
    assert last < first - 1.0
    assert records[-1].accuracies.next_sentence is not None
    assert records[0].accuracies is None


def test_a_setting_has_one_curve():
    one, two = ([r.loss for r in Training(SHORT).steps()] for _ in range(2))
    assert one == two
    assert [r.loss for r in Training(replace(SHORT, seed=1)).steps()] != one


def test_warm_up_and_decay():
    assert rate_at(1, 800) == pytest.approx(1 / 50)
    assert rate_at(50, 800) == 1.0
    assert rate_at(425, 800) == pytest.approx(0.5, abs=0.01)
    assert 0 < rate_at(800, 800) < 0.01
    assert rate_at(5, 10) == 0.5


def test_without_the_scale_means_a_factor_of_one():
    """The same weights: scores √d times as large."""
    scaled, unscaled = (trained(replace(SHORT, scale=scale, steps=2)) for scale in ("sqrt_d", "none"))
    text = "That slow wolf howls."
    with torch.no_grad():
        for a, b in zip(scaled.model.parameters(), unscaled.model.parameters(), strict=True):
            b.copy_(a)
    as_if = run(scaled, text, variant=Variant(scale="none"))
    seen = run(unscaled, text)
    assert torch.equal(as_if.hidden[-1], seen.hidden[-1])
    assert not torch.allclose(run(scaled, text).hidden[-1], seen.hidden[-1])


def test_without_the_feed_forward_block():
    """As many parameters fewer as the block has, and the layer returns what attention returned."""
    with_ffn, without = fresh(SHORT, 230), fresh(replace(SHORT, ffn=False), 230)
    block = 128 * 512 + 512 + 512 * 128 + 128 + 2 * 128
    assert n_parameters(with_ffn) - n_parameters(without) == block
    handle = trained(replace(SHORT, ffn=False, steps=2))
    seen = run(handle, "That slow wolf howls.")
    skipped = run(handle, "That slow wolf howls.", variant=Variant(without_ffn="all", ffn_mode="skip"))
    assert torch.equal(seen.hidden[-1], skipped.hidden[-1])


def test_more_width_a_head_is_no_more_parameters():
    counts = {n_parameters(fresh(TrainingSetting(d_head=d), 230)) for d in (16, 32, 64, 128)}
    assert len(counts) == 1


@pytest.mark.parametrize(
    "wrong",
    [{"scale": "twice"}, {"d_head": 60}, {"d_head": 0}, {"layers": 99}, {"steps": 0}, {"seed": -1}, {"rate": 0.0},
     {"init_std": float("nan")}, {"learning_rate": 10.0}],
    ids=str,
)  # fmt: skip
def test_settings_out_of_range(wrong):
    with pytest.raises(TrainingInvalid):
        TrainingSetting(**wrong)


def test_the_key_names_the_setting():
    assert TrainingSetting().key == TrainingSetting(scale="sqrt_d").key
    assert TrainingSetting().key != TrainingSetting(ffn=False).key


@pytest.mark.parametrize("pairs", [False, True])
def test_steps_are_those_of_a_loop_written_out(pairs):
    """transformers' own loss, gradients shortened to length 1 by hand, a rate that is set before every step."""
    setting = replace(SHORT, steps=5, pairs=pairs, learning_rate=0.004)
    model, batches = fresh(setting, shipped().get_vocab_size()).train(), Batches(setting, shipped())
    optimizer = torch.optim.AdamW(model.parameters(), lr=1.0, weight_decay=0.01)
    expected, longest = [], 0.0
    for share in (0.2, 0.4, 0.6, 0.8, 1.0):  # five steps are all warm-up
        batch = batches.draw()
        labels = torch.full_like(batch.ids, IGNORED)
        labels[batch.chosen] = batch.labels
        said = model(batch.ids, attention_mask=batch.mask, token_type_ids=batch.segments)
        words = cross_entropy(said.prediction_logits.flatten(0, 1), labels.flatten())
        follows = cross_entropy(said.seq_relationship_logits, batch.follows) if pairs else 0 * words
        optimizer.zero_grad()
        (words + follows).backward()
        found = [p.grad for p in model.parameters() if p.grad is not None]
        norm = sum(g.square().sum() for g in found).sqrt()
        for gradient in found:
            gradient.mul_(min(1.0, 1.0 / norm.item()))
        longest = max(longest, norm.item())
        optimizer.param_groups[0]["lr"] = 0.004 * share
        optimizer.step()
        expected.append((words.item(), 0.004 * share))
    assert longest > 1.5, "else nothing was shortened"
    records = list(Training(setting).steps())
    # Adam divides by the gradient's own size, which makes rounding errors of small gradients large.
    assert [r.loss for r in records] == pytest.approx([loss for loss, _ in expected], abs=1e-4)
    assert [r.learning_rate for r in records] == pytest.approx([rate for _, rate in expected])
    assert (records[0].next_sentence is not None) == pairs
