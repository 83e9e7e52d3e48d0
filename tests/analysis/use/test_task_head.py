"""The split, the baseline, the outcome by hand, the road against the library's own class."""

import numpy as np
import pytest
import torch
from transformers import BertForSequenceClassification

from explorer import ModelSpec, load
from explorer.analysis.probing import Split
from explorer.analysis.use.labelled_texts import LabelledTexts
from explorer.analysis.use.task_head import Outcome, frozen, majority, road, softmax, stratified
from tests.conftest import TINY

DATA = LabelledTexts(tuple("abcdefgh"), ("x", "x", "x", "y", "y", "y", "z", "z"))


@pytest.mark.parametrize("seed", range(5))
def test_split(seed):
    codes = np.repeat([0, 1, 2], [10, 2, 40])
    parts = stratified(codes, seed)
    assert sorted([*parts.train, *parts.test]) == list(range(52))
    assert np.bincount(codes[parts.test]).tolist() == [3, 1, 12]
    again = stratified(codes, seed)
    assert np.array_equal(parts.test, again.test) and not np.array_equal(parts.test, stratified(codes, seed + 1).test)


def test_majority_is_learnt_from_the_texts_to_learn_from():
    codes = np.array([0, 0, 0, 1, 1, 1])
    assert majority(codes, Split(np.array([0, 1, 3]), np.array([2, 4, 5]), 0)) == pytest.approx(1 / 3)
    most_of_all = np.array([0, 0, 1, 1, 1])
    assert majority(most_of_all, Split(np.array([0, 1, 2]), np.array([3, 4]), 0)) == 0, "label 1 is seen once only"


def test_outcome_by_hand():
    parts = Split(np.array([0, 1, 3, 4, 6]), np.array([2, 5, 7]), 0)
    outcome = Outcome(DATA, parts, np.array([[0.8, 0.1, 0.1], [0.6, 0.3, 0.1], [0.1, 0.2, 0.7]]), 9)
    assert outcome.accuracy == pytest.approx(2 / 3)
    assert outcome.confusion.tolist() == [[1, 0, 0], [1, 0, 0], [0, 0, 1]]
    key, facts = outcome.reading()
    assert key.endswith("confusion") and facts["label"] == "y" and facts["wrong"] == "x" and facts["times"] == 1
    assert outcome.table()["right"].tolist() == [True, False, True]


def test_frozen_never_sees_the_held_out_texts():
    """Other vectors and other labels for them change nothing in what is fitted."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(8, 5))
    parts = Split(np.array([0, 1, 3, 4, 6]), np.array([2, 5, 7]), 0)
    first, fitted = frozen(DATA, parts, vectors)
    assert first.parameters == 3 * (5 + 1)
    moved = vectors.copy()
    moved[parts.test] = 1e3
    other, again = frozen(DATA, parts, moved)
    assert np.array_equal(fitted.weight, again.weight) and np.array_equal(fitted.mean, again.mean)
    assert not np.array_equal(first.probabilities, other.probabilities)


@pytest.mark.parametrize("names", ["xyz", "xy"])
def test_frozen_is_scikit_learns_pipeline(names):
    """StandardScaler and LogisticRegression, both fitted on the part to learn from; as many numbers as they train."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rng = np.random.default_rng(1)
    data = LabelledTexts(tuple(str(n) for n in range(30)), tuple(names[n % len(names)] for n in range(30)))
    vectors, parts = rng.normal(size=(30, 6)), stratified(data.codes, 4)
    outcome, _ = frozen(data, parts, vectors)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300))
    pipeline.fit(vectors[parts.train], data.codes[parts.train])
    np.testing.assert_allclose(outcome.probabilities, pipeline.predict_proba(vectors[parts.test]), atol=1e-6)
    assert outcome.parameters == pipeline[-1].coef_.size + pipeline[-1].intercept_.size


def test_softmax():
    scores = np.array([[1.0, 2.0, 1e3], [0, 0, 0]])
    assert np.abs(softmax(scores) - torch.tensor(scores).softmax(-1).numpy()).max() <= 1e-12


def test_road_counts_what_the_library_builds():
    handle = load(ModelSpec("config", "bert", overrides=TINY, head="pretraining", seed=3))
    info = road(handle, 14, 2)
    config = type(handle.config).from_dict(handle.config.to_dict() | {"num_labels": 14})
    model = BertForSequenceClassification(config)
    assert sum(s.parameters for s in info.stations) == sum(p.numel() for p in model.parameters())
    top = [*model.bert.encoder.layer[1:].parameters(), *model.bert.pooler.parameters(), *model.classifier.parameters()]
    assert info.trained == sum(p.numel() for p in top) and info.new == 24 * 14 + 14
    assert {s.name for s in road(handle, 3, 0).stations} == {s.name for s in info.stations} - {"top"}
