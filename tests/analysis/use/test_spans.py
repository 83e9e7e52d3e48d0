"""Legal spans, the best of them and their shares against a search over all pairs; spans of characters."""

import numpy as np
import pytest

from explorer.analysis.use.answer import Answer
from explorer.analysis.use.spans import LONGEST, NONE, Window, best_span, best_spans, legal, shared, span_of, window
from explorer.models.encode import encode

PASSAGE = "Ada planted the pear tree in 1902. Emil felled it."


def test_legal_spans_are_those_of_two_loops():
    of = Window(5, 30, 33)
    found = {(int(a), int(b)) for a, b in zip(*np.nonzero(legal(of)), strict=True)}
    assert found == {(a, b) for a in range(5, 30) for b in range(a, min(a + LONGEST, 30))}


@pytest.mark.parametrize("seed", range(20))
def test_best_spans_are_those_of_a_search(seed):
    """As SQuAD's programs find them: every start with every end, kept if legal, sorted by the sum."""
    logits = np.random.default_rng(seed).normal(size=(40, 2)) * 3
    of = Window(7, 39, 40)
    listed = [
        (logits[start, 0] + logits[end, 1], start, end)
        for start in range(7, 39)
        for end in range(7, 39)
        if start <= end < start + LONGEST
    ]
    wanted = sorted(listed, reverse=True)[:5]
    assert best_spans(logits, of, 5) == [(start, end, pytest.approx(value)) for value, start, end in wanted]


def test_no_answer_must_be_beaten():
    logits = np.zeros((6, 2))
    logits[3, 0], logits[4, 1] = 2.0, 1.0
    of = Window(2, 5, 6)
    assert best_span(logits, of) == (3, 4)
    logits[0] = 1.5  # 3 in all, as much as the best span
    assert best_span(logits, of) == NONE
    assert best_span(logits, Window(0, 0, 6)) == NONE


def test_an_answer_of_characters(minilm):
    encoded = encode(minilm, "When was the tree planted?", PASSAGE)
    start = PASSAGE.index("in 1902")
    first, last = span_of(encoded, (start, start + 7))
    assert (
        encoded.tokens[first] == "in"
        and Answer(encoded, np.zeros((encoded.n_tokens, 2))).text(first, last) == "in 1902"
    )
    assert span_of(encoded, None) == NONE
    of = window(encoded)
    assert encoded.tokens[of.first] == "ada" and encoded.tokens[of.last - 1] == "." and encoded.special[of.last]
    assert window(encode(minilm, "alone")) == Window(0, 0, 3)


def test_shared_by_hand():
    assert shared((3, 5), (4, 9)) == (2, 3, 6)
    assert shared(NONE, (4, 9)) == (0, 0, 6) and shared((1, 2), NONE) == (0, 2, 0)
    assert shared((1, 2), (3, 4))[0] == 0


def test_shares_of_all_legal_spans(minilm):
    encoded = encode(minilm, "Who felled it?", PASSAGE)
    logits = np.random.default_rng(0).normal(size=(encoded.n_tokens, 2))
    info, of = Answer(encoded, logits), window(encoded)
    sums = {
        (a, b): logits[a, 0] + logits[b, 1]
        for a in range(of.first, of.last)
        for b in range(a, min(of.last, a + LONGEST))
    }
    total = sum(np.exp(value) for value in sums.values()) + np.exp(logits[0].sum())
    for one in info.candidates:
        wanted = logits[0].sum() if one.text is None else sums[one.first, one.last]
        assert one.score == pytest.approx(wanted) and one.share == pytest.approx(np.exp(wanted) / total)
    assert [one.score for one in info.candidates] == sorted((one.score for one in info.candidates), reverse=True)
