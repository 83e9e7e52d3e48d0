"""Probes against scikit-learn, by consequence, and at chance where there is nothing to read."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from explorer.analysis.probing import METHODS, RIDGE, coded, fit, judge, probe, probe_layers, split
from explorer.errors import ProbeImpossible


def clusters(n, d, classes, spread, seed=0):
    """Examples around one centre a class, with columns of very different sizes."""
    made = torch.Generator().manual_seed(seed)
    labels = torch.arange(n) % classes
    centres = torch.randn(classes, d, generator=made)
    features = (centres[labels] + spread * torch.randn(n, d, generator=made)) * torch.logspace(-2, 2, d) + 3
    return features, labels.numpy()


def theirs(method, n):
    model = RidgeClassifier(alpha=RIDGE * n) if method == "ridge" else LogisticRegression(max_iter=300)
    return make_pipeline(StandardScaler(), model)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("n", "d", "classes"), ((400, 12, 5), (60, 100, 3), (200, 10, 2)))
def test_against_scikit_learn(method, n, d, classes):
    features, labels = clusters(n, d, classes, 1.5)
    parts = split(n, seed=4)
    reference = theirs(method, len(parts.train)).fit(features[parts.train].double().numpy(), labels[parts.train])
    score = probe(features, labels, method, seed=4)
    expected = reference.score(features[parts.test].double().numpy(), labels[parts.test])
    assert score.accuracy == pytest.approx(expected, abs=1e-12)
    fitted = fit(features[parts.train], labels[parts.train], classes, method)
    scores, decision = fitted.scores(features), reference.decision_function(features.double().numpy())
    if classes == 2:
        scores = scores[:, 1] - scores[:, 0] if method == "logistic" else scores[:, 1]
    assert np.abs(scores - decision).max() < 1e-8


@pytest.mark.parametrize("method", METHODS)
def test_what_is_there_is_read_and_the_control_is_at_chance(method):
    features, labels = clusters(1200, 8, 4, 0.3)
    score = probe(features, labels, method)
    assert score.accuracy > 0.97
    # 300 held-out examples at a chance of 1/4: three standard errors are 0.075.
    assert abs(score.control - 0.25) < 0.075
    assert score.majority < 0.3


def test_noise_has_nothing_to_read():
    features, (_, labels) = torch.randn(1000, 10, generator=torch.Generator().manual_seed(1)), clusters(1000, 2, 2, 1)
    score = probe(features, labels)
    assert abs(score.accuracy - 0.5) < 0.1


def test_more_columns_than_examples_learns_noise_by_heart_but_is_judged_on_others():
    features, labels = torch.randn(80, 200, generator=torch.Generator().manual_seed(1)), np.arange(80) % 2
    assert (fit(features, labels, 2).predicted(features) == labels).all()
    assert probe(features, labels).accuracy < 0.8


def test_majority():
    labels = np.array([0] * 90 + [1] * 10)
    parts = split(100)
    score = judge(torch.zeros(100, 3), labels, 2, parts)
    assert score.majority == score.accuracy == (labels[parts.test] == 0).mean()


def test_divisions():
    parts = split(101, seed=3, held_out=0.2)
    assert len(parts.test) == 20 and len(parts.train) == 81
    assert not set(parts.train) & set(parts.test)
    assert (split(101, seed=3, held_out=0.2).test == parts.test).all()
    assert (split(101, seed=4, held_out=0.2).test != parts.test).any()
    groups = np.repeat(np.arange(10), 7)
    apart = split(70, groups=groups.tolist())
    assert not set(groups[apart.train]) & set(groups[apart.test])


def test_same_seed_same_score_on_all_layers():
    features, labels = clusters(100, 6, 3, 1)
    scores = probe_layers([features, features, features * 0], labels, seed=2)
    assert scores[0] == scores[1] == probe(features, labels, seed=2)
    assert scores[2].accuracy < scores[0].accuracy


def test_words_as_labels():
    assert coded(["b", "a", "b"])[0] == ("a", "b")
    assert coded(["b", "a", "b"])[1].tolist() == [1, 0, 1]


@pytest.mark.parametrize("labels", ([], ["a"], ["a"] * 20))
def test_nothing_to_probe(labels):
    with pytest.raises(ProbeImpossible):
        probe(torch.randn(len(labels), 3), labels)
    with pytest.raises(ProbeImpossible):
        probe(torch.randn(2, 3), [0, 1], groups=[5, 5])


def test_the_majority_is_the_training_halfs():
    """Where the held-out part has another most frequent class, guessing the known one is what there is to beat."""
    parts = split(100)
    labels = np.zeros(100, dtype=int)
    labels[parts.test] = labels[parts.train[:35]] = 1
    labels[parts.test[:3]] = 0
    assert judge(torch.zeros(100, 3), labels, 2, parts).majority == pytest.approx(3 / len(parts.test))
