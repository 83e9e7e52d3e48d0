"""Windows over a document, their joined vectors, their scores, their cost: by hand and by consequence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.analysis.structure.cost import flops, products, shape
from explorer.analysis.use.segment_memory import CACHED, SEEN, UNSEEN, reach
from explorer.analysis.use.window_cost import in_windows, whole, window_cost
from explorer.analysis.use.windows import (
    MAX_WINDOWS,
    attention_weights,
    cosine,
    joined,
    normalised,
    ranking,
    spans,
    windows,
)
from explorer.errors import StepTooLarge, TooManyWindows
from explorer.models.document import document


@given(st.integers(1, 3000), st.integers(1, 510), st.data())
def test_windows_cover_every_piece_in_order_and_none_is_idle(n, room, data):
    step = data.draw(st.integers(max(1, n // MAX_WINDOWS + 1) if n > room else 1, max(room, n // MAX_WINDOWS + 1)))
    if step > room:
        return
    found = spans(n, room, step)
    assert set().union(*(range(a, b) for a, b in found)) == set(range(n))
    assert all(0 < b - a <= room for a, b in found) and found[-1][1] == n
    assert all(b - a == room for a, b in found[:-1]), "only the last one may be shorter"
    assert len(found) == 1 or found[-2][1] < n, "the last window reads something that no other reads"


def test_the_squad_recipe_by_hand():
    assert spans(10, 4, 2) == ((0, 4), (2, 6), (4, 8), (6, 10))
    assert spans(11, 4, 2)[-1] == (8, 11)
    assert spans(1, 382, 128) == ((0, 1),)


def test_a_gap_and_a_flood_are_refused():
    with pytest.raises(StepTooLarge):
        spans(100, 10, 11)
    with pytest.raises(StepTooLarge):
        spans(100, 10, 0)
    with pytest.raises(TooManyWindows):
        spans(MAX_WINDOWS + 10, 10, 1)


def test_attention_pooling_with_equal_scores_is_the_mean_and_cold_it_is_the_best_window():
    vectors = np.random.default_rng(0).normal(size=(7, 5))
    even = joined(vectors, np.full(7, 0.3), 0.05)
    np.testing.assert_allclose(even["attention"], even["mean"], atol=1e-15)
    scores = np.array([0.1, 0.9, 0.2, 0.3, 0.1, 0.0, -0.5])
    np.testing.assert_allclose(joined(vectors, scores, 1e-3)["attention"], vectors[1], atol=1e-12)
    np.testing.assert_array_equal(even["max"], vectors.max(0))
    one = joined(vectors[:1], scores[:1], 0.1)
    assert all(np.array_equal(vector, vectors[0]) for vector in one.values())


def test_attention_weights_by_hand():
    np.testing.assert_allclose(attention_weights(np.array([0.0, np.log(3)]), 1.0), [0.25, 0.75], atol=1e-15)
    assert attention_weights(np.array([1e4, 0.0]), 1e-2).tolist() == [1.0, 0.0], "no overflow"


def test_cosine_of_a_zero_vector_is_no_nan():
    assert cosine(np.zeros((2, 3)), np.ones(3)).tolist() == [0.0, 0.0]


def test_excerpts_add_up_to_the_window(minilm):
    cut = windows(document(minilm, "one two three four five six seven eight nine ten"), 6, 3)
    assert cut.shared == 1 and cut.n_pieces == 10
    before, own, after, both = cut.excerpt(1)
    assert (before.strip(), own.strip(), after.strip(), both) == ("four", "five six", "seven", False)
    for at, (a, b) in enumerate(cut.spans):
        *parts, _ = cut.excerpt(at)
        assert "".join(parts) == cut.document.excerpt(a, b)
    tight = windows(cut.document, 8, 1)
    before, middle, after, both = tight.excerpt(2)
    assert both and (before.strip(), middle.strip(), after.strip()) == ("three", "four five six seven", "eight")


def test_ranking_finds_the_window_that_points_like_the_question(minilm):
    cut = windows(document(minilm, "one two three four five six seven eight nine ten"), 6, 3)
    vectors = np.eye(4, dtype=np.float64)[: len(cut.spans)]
    info = ranking(cut, vectors, "q", np.array([0.0, 2.0, 0.0, 0.0]), 0.1)
    assert info.order[0] == 1 and info.cosine[1] == 1.0
    assert info.table()["window"].tolist()[0] == 1
    assert info.whole["mean"] < info.whole["attention"] <= 1.0


def test_scores_over_all_windows_shrink_a_bad_windows_best_word(minilm):
    """Window 0 scores (1, 0), window 1 scores (0, -1): alone both best words get σ(1/τ), together they do not."""
    cut = windows(document(minilm, "alpha beta gamma delta"), 4, 2)
    states = [np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[0.0, 1.0], [-1.0, 0.0]])]
    info = normalised(cut, (0, 1), states, np.array([1.0, 0.0]), 1.0)
    e = np.e
    assert [b.word for b in info.best] == ["alpha", "gamma"]
    assert info.best[0].local == pytest.approx(e / (e + 1)) == pytest.approx(info.best[1].local)
    total = e + 1 + 1 + 1 / e
    assert info.best[0].overall == pytest.approx(e / total) and info.best[1].overall == pytest.approx(1 / total)
    assert sum(b.share for b in info.best) == pytest.approx(1.0)


def test_one_window_normalises_alike_both_ways(minilm):
    cut = windows(document(minilm, "alpha beta"), 4, 2)
    (best,) = normalised(cut, (0,), [np.eye(2)], np.array([1.0, 0.0]), 0.05).best
    assert best.local == best.overall and best.share == 1.0


def test_cost_of_windows_is_the_sum_of_their_runs(minilm):
    s = shape(minilm.config)
    cuts = spans(1000, 126, 50)
    expected = sum(products(flops(s, b - a + 2)) for a, b in cuts)
    assert in_windows(s, 1000, 128, 50, 2) == expected
    assert in_windows(s, 100, 128, 50, 2) == whole(s, 100, 2), "one window costs what the plain run costs"


def test_overlap_pays_only_from_some_length_on(minilm):
    s = shape(minilm.config)
    info = window_cost(s, 12_261, 384, 128, 2)
    assert info.crossover is not None and 2_000 < info.crossover < 12_261
    assert info.windows[-1] < info.one[-1] and info.windows[5] > info.one[5]
    # Linear against quadratic: ten times the length.
    assert in_windows(s, 100_000, 384, 128, 2) / in_windows(s, 10_000, 384, 128, 2) == pytest.approx(10, rel=0.03)
    assert len(info.table()) == len(info.lengths)


def test_who_sees_whom():
    info = reach(12, 4)
    assert (info.sees["one"] == SEEN).all()
    xl = info.sees["transformer_xl"]
    assert xl[5].tolist() == [CACHED] * 4 + [SEEN] * 2 + [UNSEEN] * 6, "the cache, and itself and what stands before it"
    assert info.sees["xlnet"][5].tolist() == [CACHED] * 4 + [SEEN] * 4 + [UNSEEN] * 4, "both sides of its own segment"
    assert xl[9].tolist() == [UNSEEN] * 4 + [CACHED] * 4 + [SEEN] * 2 + [UNSEEN] * 2, "one segment back, no further"
    assert (xl[:4] != CACHED).all() and (info.sees["windows"] != CACHED).all()
    assert info.sees["windows"][0].tolist() == [SEEN] * 8 + [UNSEEN] * 4
