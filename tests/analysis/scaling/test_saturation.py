"""Maps, sweeps and the head panel: the printed synthetic table, known consequences, and the model's own numbers."""

import math

import numpy as np
import pytest
import torch

from explorer import Scene, Variant, encode, load, run
from explorer.analysis.jacobian import jacobian_spectral
from explorer.analysis.measures import MEASURES, HeadMeasures, row_measures
from explorer.analysis.scaling.drawn_vectors import synthetic_scores, synthetic_sweep
from explorer.analysis.scaling.gradients import gradient_norms
from explorer.analysis.scaling.saturation import saturation_map
from explorer.analysis.scaling.scaling import head_both_ways, valid_factor
from explorer.analysis.scaling.score_variance import score_variance
from explorer.analysis.scaling.whole_network import network_change
from explorer.errors import FactorInvalid
from tests.architectures import tiny_model

SENTENCE = "The animal didn't cross the street because it was too tired."


def test_synthetic_table():
    """Printed: d = 64 entropy .90 → .14, over 0.9 0 → 40 %, dead 0 → 5.6 %; d = 1024 .03, 83 %, 53 %; 128 keys.

    Tolerances are sampling errors: 4096 rows, whose keys are shared by 32 at a time, vary by about 2 points.
    """
    sweep = synthetic_sweep(64, 128, 4096, seed=1)
    at = {d: i for i, d in enumerate(sweep.widths)}
    for d, entropy, peaked, dead in ((64, 0.14, 0.40, 0.056), (1024, 0.03, 0.83, 0.53)):
        i = at[d]
        assert sweep.unscaled["entropy"][i] == pytest.approx(entropy, abs=0.01)
        assert sweep.unscaled["peaked"][i] == pytest.approx(peaked, abs=0.02)
        assert sweep.unscaled["dead"][i] == pytest.approx(dead, abs=0.02)
        assert sweep.scaled["entropy"][i] == pytest.approx(0.90, abs=0.01)
        assert sweep.scaled["peaked"][i] == sweep.scaled["dead"][i] == 0
        assert sweep.unscaled["variance"][i] == pytest.approx(1, abs=0.03)
    assert sweep.scaled["max_prob"][at[64]] == pytest.approx(0.07, abs=0.01)
    assert sweep.unscaled["max_prob"][at[64]] == pytest.approx(0.77, abs=0.02)
    assert len(sweep.table()) == 11


def test_the_mean_jacobian_norm_is_no_measure_of_saturation():
    """Printed: d = 64, 128 keys: mean ‖J‖_2 is 0.065 scaled and 0.205 unscaled. Tolerance: sampling, 1024 rows."""
    products = synthetic_scores(64, 128, 1024)
    assert jacobian_spectral((products / 8).softmax(-1)).mean().item() == pytest.approx(0.065, abs=0.005)
    assert jacobian_spectral(products.softmax(-1)).mean().item() == pytest.approx(0.205, abs=0.01)


def test_scores_of_drawn_vectors_repeat_with_the_seed():
    assert torch.equal(synthetic_scores(8, 5, 40, 3), synthetic_scores(8, 5, 40, 3))
    assert synthetic_scores(8, 5, 40).shape == (40, 5)
    assert synthetic_scores(1, 2, 1).isfinite().all()


def test_uniform_and_one_key_rows():
    flat = row_measures(torch.full((2, 3, 4), 0.25), torch.zeros(2, 3, 4), 8)
    assert flat["entropy"].tolist() == pytest.approx([1, 1])
    assert flat["keys"].tolist() == pytest.approx([4, 4])
    one = row_measures(torch.ones(2, 1, 1), torch.zeros(2, 1, 1), 8)
    assert all(value.isfinite().all() for value in one.values())


@pytest.mark.parametrize("name", ["minilm", "t5", "xlnet", "gpt2"])
@pytest.mark.parametrize(
    "variant", [Variant(), Variant(scale=8.0), Variant(causal=True)], ids=["own", "large", "causal"]
)
def test_one_pass_over_the_scores_measures_what_whole_matrices_do(name, variant, minilm):
    """In a padded text, in whose rows the padding does not count. Bounds: those that `HeadMeasures` states."""
    handle = minilm if name == "minilm" else tiny_model(name)
    scene = Scene(handle, encode(handle, SENTENCE, pad_to=30), variant=variant)
    n, look = scene.encoded.n_tokens, HeadMeasures(scene.encoded.n_tokens)
    assert n < 30
    scene.show(look)
    for number, layer in enumerate(scene.layers()):
        probs, dots = layer.probs[0, :, :n, :n], layer.q[0, :, :n] @ layer.k[0, :, :n].mT
        for measure, slow in row_measures(probs, dots, layer.q.shape[-1]).items():
            close = 1e-5 if measure in ("entropy", "keys", "variance") else 1e-6
            np.testing.assert_allclose(look.of()[measure][number], slow, rtol=close, atol=close)
            alone = HeadMeasures(n, names=(measure,))
            scene.show(alone)
            np.testing.assert_array_equal(alone.of()[measure], look.of()[measure])
        assert look.factors[number] == layer.factor


def test_map_agrees_with_the_runs_own_reductions(minilm):
    seen = run(minilm, SENTENCE)
    n = seen.encoded.n_tokens
    scene = Scene.of(minilm, seen)
    found, heads = saturation_map(scene), scene.heads()
    assert set(found.own) == set(MEASURES)
    np.testing.assert_allclose(found.own["max_prob"], heads.max_prob[:, 0].mean(-1), atol=1e-6)
    np.testing.assert_allclose(found.own["trace"], heads.trace_jacobian[:, 0].mean(-1), atol=1e-6)
    np.testing.assert_allclose(found.own["entropy"] * math.log(n), heads.entropy[:, 0].mean(-1), atol=1e-5)
    changed = Scene(minilm, SENTENCE, variant=Variant(scale="none")).heads()
    through = saturation_map(scene, "end-to-end")
    np.testing.assert_allclose(through.changed["max_prob"], changed.max_prob[:, 0].mean(-1), atol=1e-6)
    np.testing.assert_allclose(found.changed["max_prob"][0], through.changed["max_prob"][0], atol=1e-6)
    assert np.abs(found.changed["max_prob"][1:] - through.changed["max_prob"][1:]).max() > 0.01


def test_post_hoc_and_end_to_end_have_different_columns(minilm):
    post_hoc = saturation_map(Scene(minilm, "hi")).table()
    through = saturation_map(Scene(minilm, "hi"), "end-to-end").table()
    assert [c for c in post_hoc if "post-hoc" in c]
    assert [c for c in through if "end-to-end" in c]
    assert not {c for c in post_hoc if "without" in c} & set(through)


def test_every_table_says_which_way_a_changed_number_came_about(minilm):
    scene = Scene(minilm, "hi")
    head = head_both_ways(scene, 1, 0, 1.0).table()
    network = network_change(scene, 1.0, tuple(range(6))).table()
    gradients = gradient_norms(scene).table()
    assert sum("post-hoc" in column for column in head) == 2
    assert not any("end-to-end" in column for column in head)
    for table in (network, gradients):
        assert any("end-to-end" in column for column in table)
        assert not any("post-hoc" in column for column in table)


def test_padding_is_left_out(minilm):
    short, padded = encode(minilm, SENTENCE), encode(minilm, SENTENCE, pad_to=40)
    a, b = saturation_map(Scene(minilm, short)), saturation_map(Scene(minilm, padded))
    for name in MEASURES:
        # The dead share counts rows, and padding changes sums in the last bits.
        np.testing.assert_allclose(a.own[name], b.own[name], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(a.changed[name], b.changed[name], rtol=1e-4, atol=1e-5)


def test_unscaled_equals_temperature_one_over_root_d(minilm):
    seen = Scene(minilm, SENTENCE)
    cold = seen.layer(3, Variant(temperature=32**-0.5))
    info = head_both_ways(seen, 3, 4, 1.0)
    # The order of two float32 multiplications differs.
    np.testing.assert_allclose(info.changed, cold.probs[0, 4], atol=1e-5)
    assert info.difference == 0
    assert info.reading()[0] == "scaling.reading.sharper"
    assert head_both_ways(seen, 3, 4, 32**-0.5).reading()[0] == "scaling.reading.same"
    flat = head_both_ways(seen, 3, 4, 1 / 32)
    assert flat.reading()[0] == "scaling.reading.flatter"
    assert flat.keys[1] > flat.keys[0]
    assert len(info.table()) == seen.encoded.n_tokens**2


def test_variance_of_real_heads_and_of_drawn_vectors(minilm):
    scene = Scene(minilm, SENTENCE)
    info = score_variance(scene)
    np.testing.assert_allclose(info.drawn, info.widths, rtol=0.05)  # sampling error of 1024 queries
    scores = (scene.layer(2).scores[0, 5] * math.sqrt(32)).numpy()
    assert info.heads[2, 5] == pytest.approx(scores.var(), rel=1e-5)
    assert info.reading()[1]["slope"] == pytest.approx(1, abs=0.02)
    assert len(info.table()) == 11 + 72


def test_random_bert_is_not_the_textbook_picture():
    from explorer.models.registry import OFFERS

    handle = load(OFFERS["minilm-random"])
    found = saturation_map(Scene(handle, SENTENCE))
    assert found.own["entropy"].mean() > 0.98
    assert found.changed["peaked"].mean() < 0.05


@pytest.mark.parametrize("text", ("0", "-1", "nan", "1e9", "inf", "x"))
def test_factors_that_no_slider_has(text):
    with pytest.raises(FactorInvalid):
        valid_factor(text, 0.5, 1 / 32)


def test_factors_that_it_has():
    assert valid_factor(None, 0.5, 1 / 32) == 0.5
    assert valid_factor("1", 0.5, 1 / 32) == 1
    assert valid_factor("0.03125", 0.5, 1 / 32) == 1 / 32


def test_a_factor_of_six_digits_is_the_models_own(minilm):
    """A link carries no more; the reading must not speak of a temperature of 1.0000001."""
    scene = Scene(minilm, SENTENCE)
    layer = scene.layer(2)
    info = head_both_ways(scene, 2, 3, float(f"{layer.factor:.6g}"))
    assert float(f"{layer.factor:.6g}") != layer.factor == info.factor
    assert info.reading()[0] == "scaling.reading.same"
