"""Patterns and rollout against matrices worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from explorer import Scene, Variant
from explorer.analysis.attention.patterns import (
    PATTERNS,
    HeadScores,
    measures,
    patterns,
    punctuation,
    same_token,
    weight_on,
)
from explorer.analysis.attention.rollout import rolled, rollout
from explorer.models.handle import ModelHandle

TEXT = "The cat sees the other cat."


def test_weight_on_marked_keys_is_a_mean_over_queries_that_have_one() -> None:
    probs = np.array([[[0.2, 0.3, 0.5], [0.1, 0.9, 0.0], [0.6, 0.2, 0.2]]], np.float32)
    mask = np.array([[False, True, True], [False, False, False], [True, False, False]])
    np.testing.assert_allclose(weight_on(probs, mask), [(0.8 + 0.6) / 2], atol=1e-7)
    assert np.isnan(weight_on(probs, np.zeros((3, 3), bool))).all()


def test_measures_equal_the_diagonals_of_the_matrices(minilm: ModelHandle) -> None:
    seen = Scene(minilm, TEXT)
    probs, n = seen.layer(2).probs[0].numpy(), seen.encoded.n_tokens
    found = measures(seen).scores
    for head, p in enumerate(probs):
        expected = {
            "previous": p.diagonal(-1).mean(),
            "next": p.diagonal(1).mean(),
            "self": p.diagonal().mean(),
            "first": p[:, 0].mean(),
            "largest": p.max(1).mean(),
            "broad": -(p * np.log(np.maximum(p, 1e-30))).sum(1).mean() / np.log(n),
        }
        for name, value in expected.items():
            assert found[name][2, head] == pytest.approx(value, abs=1e-6), name


def test_the_first_head_of_the_default_text_looks_back(minilm: ModelHandle) -> None:
    seen = Scene(minilm, "The animal didn't cross the street because it was too tired.")
    assert measures(seen).strongest("previous") == (0, 2)
    assert measures(seen).order("previous")[0] == 2


def test_all_patterns_by_another_route(minilm: ModelHandle) -> None:
    seen = Scene(minilm, TEXT)
    info = patterns(seen)
    assert tuple(info.scores) == PATTERNS
    assert seen.encoded.tokens == ("[CLS]", "the", "cat", "sees", "the", "other", "cat", ".", "[SEP]")
    p = seen.layer(4).probs[0, 3].numpy()
    assert info.scores["separator"][4, 3] == pytest.approx(p[:, 8].mean(), abs=1e-6)
    assert info.scores["punctuation"][4, 3] == pytest.approx(p[:, 7].mean(), abs=1e-6)
    twins = (p[1, 4] + p[4, 1] + p[2, 6] + p[6, 2]) / 4
    assert info.scores["same"][4, 3] == pytest.approx(twins, abs=1e-6)
    assert len(info.table()) == 72


def test_the_base_is_what_an_even_head_scores(minilm: ModelHandle) -> None:
    """Of a network whose queries are zero every head is even: nothing is left of any pattern, mask or no mask."""
    for variant in (Variant(scale=0.0), Variant(scale=0.0, causal=True)):
        seen = Scene(minilm, TEXT, variant=variant)
        info = patterns(seen)
        for name in PATTERNS:
            np.testing.assert_allclose(info.above(name), 0, atol=1e-6, err_msg=name)
    info = patterns(Scene(minilm, TEXT))
    assert info.base["separator"] == pytest.approx(1 / 9) and info.base["broad"] == pytest.approx(1)
    assert info.above("previous")[0, 2] == pytest.approx(info.scores["previous"][0, 2] - 1 / 9)
    narrow = info.furthest("broad")
    assert info.scores["broad"][narrow] == info.scores["broad"].min()


def test_one_token_has_no_twin_and_no_punctuation(minilm: ModelHandle) -> None:
    seen = Scene(minilm, "hi")
    info = patterns(seen)
    assert np.isnan(info.scores["same"]).all() and not punctuation(seen.encoded).any()
    assert np.isfinite(info.scores["previous"]).all() and not same_token(seen.encoded).any()
    key, facts = info.reading()
    assert key == "patterns.reading" and np.isfinite(facts["next"])


def test_under_a_causal_mask_nobody_looks_ahead(minilm: ModelHandle) -> None:
    seen = Scene(minilm, TEXT, variant=Variant(causal=True))
    assert measures(seen).reading()[0] == "patterns.reading.causal"
    assert measures(Scene(minilm, TEXT)).reading()[0] == "patterns.reading"


def test_strongest_ignores_what_cannot_occur() -> None:
    scores = HeadScores({"self": np.array([[np.nan, 0.2], [0.7, np.nan]], np.float32)})
    assert scores.strongest("self") == (1, 0) and scores.order("self")[:2] == [2, 1]


def test_rollout_by_hand() -> None:
    first, second = np.array([[0.5, 0.5], [0.0, 1.0]]), np.array([[1.0, 0.0], [1.0, 0.0]])
    np.testing.assert_allclose(rolled([first, second], residual=False), [[0.5, 0.5], [0.5, 0.5]], atol=1e-12)
    # ½A + ½I: [[.75 .25] [0 1]], then [[1 0] [.5 .5]] · that.
    np.testing.assert_allclose(rolled([first, second], residual=True), [[0.75, 0.25], [0.375, 0.625]], atol=1e-12)
    np.testing.assert_array_equal(rolled([np.eye(3)] * 4, residual=True), np.eye(3))


def test_rollout_of_one_layer_is_its_mean_attention(minilm: ModelHandle) -> None:
    seen = Scene(minilm, TEXT)
    one = rollout(seen, 0, residual=False)
    np.testing.assert_allclose(one.flow, seen.layer(0).probs[0].mean(0).numpy(), atol=1e-6)
    both = rollout(seen, 1, residual=True)
    np.testing.assert_allclose(both.flow.sum(1), 1, atol=1e-6)
    assert replace(both, layer=1).reading()[1]["layer"] == 1
