"""The numbers behind the thirteen questions: by hand, by consequence, and the facts that the answers state."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer import Scene, load, replay, run
from explorer.analysis.pretraining.masked import LEFT
from explorer.analysis.questions import (
    additive,
    beyond,
    block_sizes,
    cls_token,
    lookup_tables,
    mask_rates,
    nonlinear,
    self_weight,
    softmax_shift,
    unscaled_example,
)
from explorer.analysis.questions.windows_rejoined import rejoined, small_windows
from explorer.analysis.structure.parameters import counted, parameters
from explorer.analysis.use.windows import windows
from explorer.capture.changes.linear import EXCHANGED
from explorer.capture.windows import window_vectors
from explorer.errors import NotInThisModel
from explorer.i18n import Translator
from explorer.models.document import document
from explorer.models.families import FAMILIES
from explorer.models.presets import PRESETS
from explorer.models.registry import OFFERS
from explorer.models.sites import stacks

TEXT = "The animal didn't cross the street because it was too tired."


@pytest.fixture(scope="module")
def seen(minilm):
    return run(minilm, TEXT)


@pytest.fixture(scope="module")
def layers(minilm, seen):
    return [replay(minilm, seen, number) for number in range(6)]


@pytest.fixture(scope="module")
def decoder():
    handle = load(OFFERS["gpt2-random"])
    seen = run(handle, TEXT)
    return handle, seen, [replay(handle, seen, number) for number in range(6)]


def test_self_weight_without_matrices(minilm, seen, layers):
    info = self_weight.self_weight(Scene.of(minilm, seen))
    x = layers[2].input[0].double()
    by_hand = (x @ x.T / 384**0.5).softmax(-1).diagonal().mean()
    assert info.wide[2] == pytest.approx(float(by_hand), abs=1e-5)
    heads = x.view(-1, 12, 32).transpose(0, 1)
    narrow = (heads @ heads.mT / 32**0.5).softmax(-1).diagonal(dim1=1, dim2=2).mean()
    assert info.narrow[2] == pytest.approx(float(narrow), abs=1e-5)
    assert (info.wide > info.narrow).all() and (info.narrow > info.trained).all()


def test_self_weights_of_the_fact_sheet(minilm):
    """128 tokens: 0.40 to 0.64 as one head, 0.03 to 0.07 in twelve, 0.014 to 0.044 trained; for another text."""
    words = "the river rose by night and an old bridge fell while people in town were asleep under their roofs "
    info = self_weight.self_weight(Scene(minilm, " ".join((words * 9).split()[:126])))
    assert info.even == pytest.approx(1 / 128)
    assert info.narrow.max() < 0.1 < 2 * info.trained.max() + 0.1 and info.wide.mean() > 3 * info.narrow.mean()


def test_self_weight_of_a_decoder_respects_its_mask_and_its_layernorm(decoder):
    """x is what the projections read, LayerNorm of the layer's input; a token sees itself and what is before it."""
    handle, seen, layers = decoder
    info, n = self_weight.self_weight(Scene.of(handle, seen)), seen.encoded.n_tokens
    x = handle.layers[2].ln_1(layers[2].input[0]).detach().double()
    later = torch.ones(n, n, dtype=torch.bool).triu(1)
    by_hand = (x @ x.T / 384**0.5).masked_fill(later, -torch.inf).softmax(-1).diagonal().mean()
    assert info.wide[2] == pytest.approx(float(by_hand), abs=1e-5)
    assert info.even == pytest.approx(np.mean([1 / at for at in range(1, n + 1)]))
    assert info.trained.mean() == pytest.approx(info.even, abs=0.02), "random heads look evenly at what they may see"


def test_a_decoder_has_no_segments_no_pooler_and_a_first_token_alone(decoder):
    handle, seen, _ = decoder
    scene = Scene.of(handle, seen)
    info = lookup_tables.rows(scene)
    assert info.used == (seen.encoded.n_tokens, 0) and len(info.positions) == 512 and len(info.segments) == 0
    assert info.reading()[0].endswith("limits_one") and len(info.table()) == 512
    bare = nonlinear.nonlinear(scene)
    assert bare.reading()[0].endswith("nonlinear_bare") and np.isnan(bare["model"].pooled)
    assert cls_token.cls_token(scene).reading()[0].endswith("cls_left")


def test_ranks_fall_without_gelu_and_softmax(minilm, seen):
    info = nonlinear.nonlinear(Scene.of(minilm, seen))
    assert info["model"].distance < 1e-6 and info["model"].rank == pytest.approx(8.63, abs=0.01)
    assert info["gelu"].rank < 1.1 and info["softmax"].rank < 1.5 and info["layernorm"].rank < 2
    assert info["tanh"].distance < 1e-6 < info["tanh"].pooled < 1e-4, "only the pooled vector can tell"
    assert np.isnan(info["all"].distance) and np.isnan(info["all"].rank), "overflow is told, not hidden"
    assert info["model"].bend > 0.5 and info["linear"].bend < 1e-4  # float32 with values of tens of thousands
    assert len(info.table()) == len(nonlinear.WAYS)


@pytest.mark.parametrize("name", FAMILIES)
def test_what_is_left_is_linear_or_the_comparison_is_refused(name):
    """Where softmax is not exchanged, or a gate multiplies, "linear" would not be: nothing is drawn."""
    for stack in stacks(FAMILIES[name].source):
        scene = Scene(load(replace(FAMILIES[name], stack=stack)), TEXT)
        if FAMILIES[name].source not in EXCHANGED:
            with pytest.raises(NotInThisModel, match="not_exchanged"):
                nonlinear.nonlinear(scene)
            continue
        info = nonlinear.nonlinear(scene)
        assert info["linear"].bend < 1e-4 < info["model"].bend
        assert info["softmax"].distance > 0.01 < info["gelu"].distance


@pytest.mark.parametrize("name", ["minilm", *FAMILIES])
def test_one_token_more_than_positions(name, minilm):
    """Every table of positions ends the run before its first layer; DeBERTa's is not added to anything."""
    handle = minilm if name == "minilm" else load(FAMILIES[name])
    if handle.sites.position is None:
        return
    info, layers = beyond.beyond(handle), []
    hook = handle.layers[0].register_forward_pre_hook(lambda *_: layers.append(1))
    try:
        again = beyond.beyond(handle)
    finally:
        hook.remove()
    runs = name == "deberta-v2-random"
    assert info == again and bool(layers) == runs and (info.kind == "") == runs
    assert runs or str(info.tried) in info.said or "out of range" in info.said
    assert info.reading()[0].endswith("_runs") == runs


def test_the_feed_forward_block_is_not_additive(minilm, seen, layers):
    """By hand with the layer's own modules; without biases and activation the two sides are one."""
    info = additive.additive(Scene.of(minilm, seen), 2, 4, 5)
    layer, (x, y) = minilm.layers[2], layers[2].attn_norm[0, [4, 5]]
    with torch.no_grad():
        f0, fx, fy, fxy = (
            layer.output.dense(torch.nn.functional.gelu(layer.intermediate.dense(v))) for v in (0 * x, x, y, x + y)
        )
    off = float((fxy - fx - fy + f0).norm() / (fxy - f0).norm())
    assert info.reading()[1]["off"] == pytest.approx(off, rel=1e-4) and off > 0.2
    assert info.reading()[1]["straight"] < 1e-5
    assert info.bent == pytest.approx((0.841345, -0.158655, 0), abs=1e-6)


def test_the_textbook_example_with_and_without_the_scale():
    """a = 1 and a = 8: the fact sheet's numbers, and the Jacobian's largest eigenvalue by numpy."""
    facts = unscaled_example.unscaled_example(64).reading()[1]
    p = 1 / (1 + 2 * np.exp(-8))
    row = np.array([(1 - p) / 2, (1 - p) / 2, p])
    without = np.linalg.eigvalsh(np.diag(row) - np.outer(row, row)).max()
    assert facts["slope"] == pytest.approx(0.36631, abs=5e-6) and facts["p"] == pytest.approx(0.5761, abs=5e-5)
    assert facts["slope_without"] == pytest.approx(without) and facts["p_without"] == pytest.approx(p)


def test_nothing_looks_at_itself_across_two_texts():
    scene = Scene(load(replace(FAMILIES["t5-random"], stack="cross")), TEXT)
    with pytest.raises(NotInThisModel, match="cross_square"):
        self_weight.self_weight(scene)


def test_effective_rank_by_hand():
    two = torch.tensor([[1.0, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]])
    assert nonlinear.effective_rank(two) == pytest.approx(2.0)
    assert nonlinear.effective_rank(torch.tensor([[1.0, 2.0], [-1.0, -2.0]])) == pytest.approx(1.0)
    assert nonlinear.effective_rank(torch.ones(3, 4)) == 0.0
    assert np.isnan(nonlinear.effective_rank(torch.full((2, 2), float("inf"))))


def test_the_identity_itself_is_straight():
    x = torch.randn(4, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert nonlinear._bend(2 * x + 1, torch.ones_like(x), x + 1) == pytest.approx(0, abs=1e-15)
    assert nonlinear._bend(x**2, 0 * x, (x / 2) ** 2) == pytest.approx(0.5)


def test_adding_a_constant_changes_nothing_and_multiplying_does(minilm, seen, layers):
    info = softmax_shift.shifted(Scene.of(minilm, seen), 2, 0)
    assert info.difference < 1e-12
    np.testing.assert_allclose(info.own, layers[2].probs[0, 0, info.query].numpy(), atol=1e-6)
    assert info.stretched.max() > info.own.max() and info.stretched.sum() == pytest.approx(1)
    np.testing.assert_allclose(
        softmax_shift.softmax(np.array([1000.0, 1000, 1001])), [0.2119, 0.2119, 0.5761], atol=5e-5
    )
    np.testing.assert_allclose(softmax_shift.softmax(np.array([10.0, 10, 20]))[2], 0.9999092, atol=5e-8)


def test_blocks_are_counted_as_the_model_has_them(minilm, seen, layers):
    info = block_sizes.block_sizes(Scene.of(minilm, seen))
    layer = minilm.layers[0]
    assert info.attention_parameters == sum(p.numel() for p in layer.attention.parameters())
    assert info.ffn_parameters == sum(p.numel() for m in (layer.intermediate, layer.output) for p in m.parameters())
    assert info.ffn[3] == pytest.approx(float(layers[3].ffn_out[0].norm(dim=1).mean()), rel=1e-6)


def test_counts_of_bert_large(minilm):
    fields = PRESETS["bert-large"].fields
    info = lookup_tables.large(parameters(fields), parameters(fields, "pretraining"), "340M", "the the cat")
    assert (info.body, info.with_heads) == (335_141_888, 336_226_108)
    assert sum(count for _, count in info.parts) == info.body and info.used == 4


def test_tied_words(minilm, tiny):
    info = lookup_tables.shared(Scene(minilm, TEXT), parameters(minilm.config, "mlm"))
    assert info.entries[0] == info.token == "because" and info.own
    table = minilm.base.embeddings.word_embeddings.weight
    assert info.products[0] == pytest.approx(
        float(table[minilm.tokenizer.token_to_id("because")].norm() ** 2), rel=1e-5
    )
    assert info.printed - info.total == 30_522 * 384 + 30_522, "the table and the bias of the decoder"
    assert counted(tiny.model).printed > counted(tiny.model).total


def test_rows_used(minilm):
    info = lookup_tables.rows(Scene(minilm, "hi", "you"))
    assert info.used == (5, 2) and (len(info.positions), len(info.segments)) == (512, 2)


def test_cls(minilm, seen, layers):
    info = cls_token.cls_token(Scene.of(minilm, seen))
    assert info.weights.sum() == pytest.approx(1, abs=1e-5)
    assert info.pooled is not None and abs(info.pooled) < 0.99, "the pooled vector is not the state"
    assert info.reading()[0].endswith("reading.cls")
    first = layers[-1].probs[0, :, 0].mean(0)
    np.testing.assert_allclose(info.weights, first.numpy(), atol=1e-7)


def test_more_is_hidden_at_higher_rates_and_the_same_stays_hidden(minilm):
    info = mask_rates.mask_rates(Scene(minilm, TEXT))
    assert list(info.chosen) == sorted(info.chosen) and info.chosen[-1] > info.chosen[0]
    for low, high in zip(info.fates, info.fates[1:], strict=False):
        assert all(b == a for a, b in zip(low, high, strict=True) if a != LEFT)
    assert all(row[0] == row[-1] == LEFT for row in info.fates), "[CLS] and [SEP] are never chosen"


def test_one_window_rejoined_is_the_whole(minilm, seen):
    found = document(minilm, TEXT)
    whole = seen.hidden[-1][0].mean(0).numpy()
    for width, step, exact in ((40, 10, True), (*small_windows(len(found.ids), 2), False)):
        cut = windows(found, width, step)
        vectors = torch.cat(list(window_vectors(minilm, found, cut.spans))).numpy()
        info = rejoined(cut, vectors, whole)
        assert (info.joined["mean"] > 1 - 1e-6) == exact
        assert (len(cut.spans) == 1) == exact and len(info.table()) == len(cut.spans) + 3


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_answers_state_the_facts(language):
    """Numbers of the fact sheet that an answer gives must be given rightly in both languages."""
    t = Translator(language)
    stated = {
        "rate": ("12", "1.5", "40"),
        "limits": ("512", "2"),
        "cls": ("29.19", "54.81", "61.32"),
        "cost": ("2.70", "10.00"),
        "ffn": ("512-2048-512", "4,723,968", "7,087,872"),
        "large": ("335,141,888", "336,226,108", "109,482,240", "110,106,428", "102,267,648"),
        "saturate": ("0.9999", "1001"),
        "long": ("384", "128"),
    }
    for name, numbers in stated.items():
        text = " ".join(t(f"questions.answer.{name}.{number}") for number in (1, 2, 3))
        assert all(re.search(rf"(?<![\d.]){re.escape(number)}", text) for number in numbers), name
