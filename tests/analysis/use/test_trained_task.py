"""Scores and intervals against statsmodels' and seqeval's definitions by hand, baselines by hand."""

import numpy as np
import pytest
import torch

from explorer.analysis.use.task_texts import Example
from explorer.analysis.use.trained_task import (
    TAGS,
    TaskScores,
    by_probe,
    by_word,
    fit_states,
    name_counts,
    names_of,
    overlap_features,
    overlap_span,
    said_tags,
    score,
    span_counts,
    tags,
    tokens_shared,
)
from explorer.models.encode import encode


def test_share_and_wilsons_interval():
    """44 of 100: scipy's own interval of a proportion."""
    from scipy.stats import binomtest

    found = score(np.array([[1, 1, 1]] * 44 + [[0, 1, 1]] * 56))
    wanted = binomtest(44, 100).proportion_ci(method="wilson")
    assert found.value == 0.44 and found.n == 100
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), abs=1e-5)  # 1.96 for the quantile


def test_f1_by_hand_and_an_interval_around_it():
    """Two of three found names are right, of four true ones: 2·2 / (3 + 4)."""
    found = score(np.array([[1, 1, 2], [1, 2, 1], [0, 0, 1]] * 20))
    assert found.value == pytest.approx(4 / 7) and 0.4 < found.low < 4 / 7 < found.high < 0.75


def test_names_as_the_conll_script_counts_them():
    said = ("O", "B-PER", "I-PER", None, "I-LOC", "O", "I-PER", "B-PER")
    assert names_of(said) == {(1, 2, "PER"), (3, 3, "LOC"), (5, 5, "PER"), (6, 6, "PER")}
    true = ("O", "B-PER", "I-PER", None, "B-LOC", "O", "O", "B-PER")
    assert name_counts([said], [true]).tolist() == [[3, 4, 3]]


def test_tags_stand_at_the_first_pieces(minilm):
    text = "Ottilie met Mr Boateng in Ghana."
    encoded = encode(minilm, text)
    marks = [(0, 7, "PER"), (12, 22, "PER"), (26, 31, "LOC")]
    found = [(token, tag) for token, tag in zip(encoded.tokens, tags(encoded, marks), strict=True) if tag]
    assert [tag for _, tag in found] == ["B-PER", "O", "B-PER", "I-PER", "O", "B-LOC", "O"]
    assert not any(token.startswith("##") for token, _ in found)


def test_overlap_by_hand(minilm):
    encoded = encode(minilm, "Who painted the wall?", "Anna slept. The wall was painted by old Mr Kern.")
    first, last = overlap_span(encoded)
    assert encoded.tokens[first : last + 1] == ("by", "old", "mr", "kern")
    features = overlap_features(Example("learnt", "The cat is not here.", "The cat sleeps"))
    assert features == [2 / 5, 2 / 3, 1.0, 0.0, 3.0]


def test_words_by_heart(minilm):
    texts = ("Rose met Rose", "a rose", "Rose and Tom")
    encoded = [encode(minilm, text) for text in texts]
    true = [tags(encoded[0], [(0, 4, "PER"), (9, 13, "PER")]), tags(encoded[1], ()), tags(encoded[2], ())]
    assert by_word(encoded, true, [True, True, False]) == [["B-PER", "O", "O"]], "“tom” was never seen"


def test_the_probe_reads_what_is_there_and_only_the_texts_to_learn_from():
    true = [("O", "B-PER", None), ("B-LOC", "O", None), ("B-PER", "B-LOC", None)] * 6
    place = {"O": 0, "B-PER": 1, "B-LOC": 2}
    states = [torch.eye(4)[[place[tag] if tag else 3 for tag in one]] + 0.01 for one in true]
    learnt = [at < 12 for at in range(18)]
    fitted = fit_states(states, true, learnt)
    assert by_probe(fitted, states, true, learnt) == [[tag for tag in one if tag] for one in true[12:]]


def test_said_tags(minilm):
    encoded = encode(minilm, "Boateng sleeps")
    logits = torch.zeros(encoded.n_tokens, len(TAGS))
    logits[1, TAGS.index("B-PER")] = 1
    assert [tag for tag in said_tags(logits, encoded) if tag] == ["B-PER", "O"]


def test_the_f1_of_squad():
    assert tokens_shared([(3, 5), (0, 0), (2, 2)], [(4, 5), (0, 0), (0, 0)]) == pytest.approx((4 / 5 + 1 + 0) / 3)
    assert span_counts([(3, 5), (0, 0)], [(4, 5), (0, 0)])[:, 0].tolist() == [0, 1]


def test_ahead_is_more_than_chance_on_the_same_texts():
    held = tuple(Example(side, "x") for side in ("words", "templates", "written") for _ in range(40))
    one = np.array([[1, 1, 1], [0, 1, 1]] * 60)
    better, same = np.ones_like(one), one.copy()
    assert TaskScores("span", 0, 9, held, {"none": one, "tuned": better}).reading()[0].endswith(".ahead")
    assert TaskScores("span", 0, 9, held, {"none": one, "tuned": same}).reading()[0].endswith(".even")
    assert TaskScores("span", 0, 9, held, {"none": better, "tuned": one}).reading()[0].endswith(".behind")
