"""What a head with labels says, held against the pipeline of transformers: a softmax, a sigmoid each, or a number."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer, BertForSequenceClassification, BertForTokenClassification, pipeline

from explorer import ModelSpec, Scene, load, run
from explorer.capture.heads import rule_of, verdict
from explorer.errors import ConfigUnbuildable
from explorer.i18n import LANGUAGES, Translator
from explorer.models.menu import in_folders
from explorer.ui.browser.journey import _rows, _said
from tests.checkpoints import SIZES, checkpoint, rewrite_config

TEXT = "The animal did not cross the street"
SIGMOID, IDENTITY = "torch.nn.modules.activation.Sigmoid", "torch.nn.modules.linear.Identity"

# Configuration, number of labels, the rule.
RULES = {
    "several labels": ({}, 3, "softmax"),
    "two labels": ({}, 2, "softmax"),
    "single_label_classification": ({"problem_type": "single_label_classification"}, 3, "softmax"),
    "multi_label_classification": ({"problem_type": "multi_label_classification"}, 3, "sigmoid"),
    "regression of one number": ({"problem_type": "regression"}, 1, "score"),
    "regression of several": ({"problem_type": "regression"}, 3, "score"),
    "one label": ({}, 1, "sigmoid"),
    "a reranker that says nothing": ({"sentence_transformers": {"version": "5.0"}}, 1, "sigmoid"),
    "a reranker with a sigmoid": ({"sentence_transformers": {"activation_fn": SIGMOID}}, 1, "sigmoid"),
    "a reranker with its score": ({"sentence_transformers": {"activation_fn": IDENTITY}}, 1, "score"),
    "an older reranker": ({"sbert_ce_default_activation_function": IDENTITY}, 1, "score"),
    "an older one with a sigmoid": ({"sbert_ce_default_activation_function": SIGMOID}, 1, "sigmoid"),
    "inference by a cross-encoder": ({"sentence_transformers": {"activation_fn": IDENTITY}}, 3, "softmax"),
    "a function that nobody imports": ({"sbert_ce_default_activation_function": "evil.module.Run"}, 1, "score"),
}


@pytest.mark.parametrize("case", RULES)
def test_rule(case):
    fields, n_labels, rule = RULES[case]
    assert rule_of(SimpleNamespace(**{"problem_type": None, **fields}), n_labels) == rule


def classifier(folder, n_labels, built=BertForSequenceClassification, **fields):
    torch.manual_seed(n_labels)
    sizes = {**SIZES, "num_labels": n_labels}
    folder.mkdir(parents=True)
    model = built(built.config_class(**sizes))
    model.classifier.weight.data *= 40  # far from a half
    model.save_pretrained(folder)
    source = checkpoint(folder.parent.parent / "source")
    (folder / "tokenizer.json").write_bytes((source / "tokenizer.json").read_bytes())
    rewrite_config(folder, **fields)
    return folder


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_MODELS", str(tmp_path / "root"))
    return tmp_path / "root"


@pytest.mark.parametrize("problem", [None, "regression", "multi_label_classification", "single_label_classification"])
@pytest.mark.parametrize("n_labels", [1, 2, 3])
def test_as_the_library_s_pipeline(root, n_labels, problem):
    folder = classifier(root / "m", n_labels, problem_type=problem)
    spec, error = in_folders()["m"]
    if (n_labels, problem) == (1, "single_label_classification"):  # the library itself builds no such configuration
        assert isinstance(error, ConfigUnbuildable)
        return
    assert error is None and spec.head == "classification"
    handle = load(spec)
    found = verdict(handle, run(handle, TEXT), 1)
    theirs = pipeline("text-classification", str(folder), tokenizer=AutoTokenizer.from_pretrained(folder))
    expected = {answer["label"]: answer["score"] for answer in theirs(TEXT, top_k=None)}
    assert dict(zip(found.names, found.values, strict=True)) == pytest.approx(expected, abs=1e-5)
    assert found.about == "text"


def test_a_single_label_is_never_certain_by_being_alone(root):
    """The kind of the fault: a softmax over one number is 1, whatever the number."""
    classifier(root / "m", 1)
    handle = load(in_folders()["m"][0])
    texts = (TEXT, "hi", "no rain at all, they said, and it rained for a week")
    scores = [verdict(handle, run(handle, text), 1) for text in texts]
    assert len({round(found.scores[0], 4) for found in scores}) == 3
    assert all(0 < found.values[0] < 1 for found in scores)
    assert [found.values[0] for found in scores] == pytest.approx([1 / (1 + np.exp(-f.scores[0])) for f in scores])


def test_token_labels_are_of_the_followed_token(root):
    classifier(root / "m", 3, BertForTokenClassification)
    handle = load(in_folders()["m"][0])
    seen = run(handle, TEXT)
    said = [verdict(handle, seen, token) for token in (1, 4)]
    for token, found in zip((1, 4), said, strict=True):
        assert found.about == "token" and found.values == pytest.approx(
            seen.token_logits[0, token].softmax(-1).tolist(), abs=1e-6
        )
    assert said[0].values != said[1].values


def test_starts_and_ends_of_an_answer_are_shares_of_the_places():
    sizes = {**SIZES, "vocab_size": 99}
    handle = load(ModelSpec("config", "bert", overrides=sizes, head="qa", seed=2))
    seen = run(handle, TEXT)
    found = [verdict(handle, seen, token) for token in range(seen.encoded.n_tokens)]
    assert np.sum([f.values for f in found], axis=0) == pytest.approx([1, 1], abs=1e-5)


def test_electra_says_whether_a_token_was_replaced():
    sizes = {**SIZES, "vocab_size": 99, "embedding_size": 24}
    handle = load(ModelSpec("config", "electra", overrides=sizes, head="pretraining", seed=2))
    seen = run(handle, TEXT)
    found = verdict(handle, seen, 3)
    assert found.about == "replaced" and found.values == pytest.approx([float(seen.token_logits[0, 3, 0].sigmoid())])


CASES = {
    "one label": (1, {}, BertForSequenceClassification),
    "a score": (1, {"problem_type": "regression"}, BertForSequenceClassification),
    "several scores": (3, {"problem_type": "regression"}, BertForSequenceClassification),
    "labels each by itself": (3, {"problem_type": "multi_label_classification"}, BertForSequenceClassification),
    "classes": (3, {}, BertForSequenceClassification),
    "a label a token": (3, {}, BertForTokenClassification),
}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("case", CASES)
def test_rows_of_the_journey(root, lang, case):
    """No bar and no per cent for what is no probability; never “LABEL_0 100%”."""
    from explorer.analysis.start.journey import journey

    n_labels, fields, built = CASES[case]
    classifier(root / "m", n_labels, built, **fields)
    handle = load(in_folders()["m"][0])
    seen = run(handle, TEXT)
    info, t = journey(Scene.of(handle, seen), 0, 1, 0), Translator(lang)
    rows = _rows(info, t)
    assert not any(name == "LABEL_0" and text.startswith("100") for name, _, text in rows)
    shares = [share for _, share, _ in rows if share is not None]
    if info.verdict.rule == "score":
        assert shares == [] and not any("%" in text for _, _, text in rows)
    elif info.verdict.rule == "softmax":
        assert sum(shares) == pytest.approx(1, abs=1e-5)
    assert all(0 <= share <= 1 for share in shares)
    assert _said(info, t) and json.dumps(rows)
