"""Cutting a projection into heads: both ways agree, and the model's own cut gives the model's own maps."""

import pytest
import torch

from explorer import Scene
from explorer.analysis.structure.contrast import Contrast
from explorer.analysis.structure.parameters import parameters
from explorer.analysis.structure.reshape import batched, divisors, looped, reshape
from explorer.models.presets import PRESETS


@pytest.mark.parametrize("heads", [1, 2, 12, 48])
def test_batched_equals_loop(heads):
    generator = torch.Generator().manual_seed(heads)
    q, k, v = torch.randn(3, 7, 48, generator=generator, dtype=torch.float64)
    context, probs = batched(q, k, v, heads)
    torch.testing.assert_close(context, looped(q, k, v, heads), atol=1e-12, rtol=0)
    assert probs.shape == (heads, 7, 7)
    torch.testing.assert_close(probs.sum(-1), torch.ones(heads, 7, dtype=torch.float64))


def test_the_model_s_own_cut_is_the_model(minilm):
    info = reshape(Scene(minilm, "The keys to the cabinet are on the table."), 3, 12)
    assert info.to_model is not None and info.to_model < 1e-6
    assert info.difference < 1e-6
    assert info.reading()[0] == "reshape.reading"


@pytest.mark.parametrize("heads", [1, 384])
def test_parameters_do_not_depend_on_heads(minilm, heads):
    info = reshape(Scene(minilm, "hi"), 0, heads)
    assert info.parameters == 4 * (384**2 + 384)
    assert info.d_head * info.heads == 384 and info.maps.shape[0] == heads
    assert info.to_model is None and info.reading()[0] == "reshape.reading.changed"
    assert [shape for *_, shape in info.steps()][1] == f"{len(info.tokens)} × {heads} × {384 // heads}"


def test_divisors():
    assert divisors(12) == (1, 2, 3, 4, 6, 12)


def test_contrast():
    a, b = (parameters(PRESETS[name].fields) for name in ("bert-base", "distilbert"))
    info = Contrast((a, b), ("BERT base", "DistilBERT"))
    lines = dict(info.lines)
    assert lines["parameters.total"] == (109_482_240, 66_362_880)
    assert lines["sizes.ffn"] == (3_072, 3_072) and lines["sizes.layers"] == (12, 6)
    parts = [line for what, line in lines.items() if what.startswith("contrast.part.")]
    assert tuple(map(sum, zip(*parts, strict=True))) == (a.total, b.total)
    key, facts = info.reading()
    assert key == "contrast.reading.ffn" and facts["difference"] == 66_362_880 - 109_482_240
    assert info.table().iloc[-1].tolist() == ["parameters.total", 109_482_240, 66_362_880, 66_362_880 - 109_482_240]


def test_of_more_than_two_the_largest_is_read_beside_the_smallest():
    titles = ("bert-base", "bert-large", "distilbert", "gpt")
    info = Contrast(tuple(parameters(PRESETS[name].fields) for name in titles), titles)
    facts = info.reading()[1]
    assert (facts["a"], facts["b"]) == ("distilbert", "bert-large")
    assert facts["ratio"] == pytest.approx(335_141_888 / 66_362_880)
