"""The small models of the page on intermediate layers: measured as described, and stored as measured."""

import json
from dataclasses import asdict, replace
from random import Random

import numpy as np
import pytest
import torch

from explorer.analysis.probing import coded, fit
from explorer.analysis.similarity import cka
from explorer.analysis.structure.without_ffn import KINDS, PROBED, Alike
from explorer.models.altered_bert import n_parameters
from explorer.training.grammar import sentence
from explorer.training.languages import ENGLISH
from explorer.training.loop import Training
from explorer.training.miniature import (
    RATES,
    SENTENCE_SEED,
    SETTING,
    STORED,
    hidden_states,
    miniature,
    of_tokens,
    sentences,
    side_by_side,
    stored,
    write,
)
from explorer.training.tokenizer import shipped

SHORT = replace(SETTING, steps=4, layers=1, batch=4)


def test_the_hidden_verb():
    read = sentences(64)
    mask, end = (shipped().token_to_id(name) for name in ("[MASK]", "[SEP]"))
    rng = Random(SENTENCE_SEED)
    for ids, real, verb, subject, number in zip(read.ids, read.mask, read.verb, read.subject, read.number, strict=True):
        assert sentence(rng).words[int(verb) - 1] == ENGLISH.nouns[subject][2 + number], "[CLS] stands before the words"
        found = ids[: int(real.sum())].tolist()
        first, last = int(verb), len(found) - 1
        assert found[last] == end
        assert all(one == mask for one in found[first:last]) and mask not in found[:first]
        words = [shipped().id_to_token(one) for one in found[:first]]
        assert ENGLISH.nouns[subject][number] in words, "the animal itself is still to be seen"


def test_states_and_probes_are_of_the_right_rows():
    """A model is not needed: states that hold the truth at the verb, and nothing elsewhere."""
    read = sentences(200)
    planted = torch.zeros(*read.ids.shape, 16)
    for row, (verb, subject) in enumerate(zip(read.verb, read.subject, strict=True)):
        planted[row, verb, subject] = 1
    from explorer.training.miniature import probes

    found = probes([planted, torch.zeros_like(planted)], read)
    assert found["subject"][0].accuracy == 1.0
    assert found["subject"][1].accuracy < 0.2
    assert found["number"][0].n_classes == 2


def test_tokens_leave_padding_out():
    read = sentences(32)
    states = hidden_states(Training(SHORT).model, read)
    assert len(states) == 2
    rows = of_tokens(states, read)
    assert len(rows[0]) == int(read.mask.sum()) < read.ids.numel()
    assert torch.equal(rows[1][: int(read.mask[0].sum())], states[1][0][read.mask[0].bool()])


@pytest.fixture(scope="module")
def models():
    return list(miniature(SHORT, seeds=1))


def test_all_models_of_a_setting(models):
    assert [model.kind for model in models] == ["full", "without", "unscaled", "untrained"]
    reference, without = models[:2]
    assert reference.alike == pytest.approx((1, 1))
    trained = [s.model for s, _, _ in side_by_side((SHORT, replace(SHORT, seed=1, ffn=False)))]
    rows = [of_tokens(hidden_states(model, sentences()), sentences()) for model in trained]
    assert without.cka[0][1] == pytest.approx(cka(rows[0][0], rows[1][1]), abs=1e-9)
    assert without.parameters == n_parameters(trained[1])
    assert reference.in_layers - without.in_layers == 128 * 512 + 512 + 512 * 128 + 128 + 2 * 128
    assert models[-1].loss > 5, "untrained: about log(vocabulary)"
    assert {model.seed for model in models if model is not reference} == {1}, "none began as the reference did"


def test_written_and_read_again(models, tmp_path):
    path = tmp_path / "small.json"
    write(models, SHORT, path)
    found = stored(SHORT.learning_rate, path)
    assert [model.kind for model in found.models] == [model.kind for model in models]
    assert found.models[1].curve[0] == pytest.approx(models[1].curve[0], rel=1e-4)  # five digits are written
    assert found.models[1].probes["number"][1].n_test == 256
    assert len(found.table()) == 4 * 2
    assert not stored(0.5, path).models


def test_what_is_stored():
    made = json.loads(STORED.read_text("utf-8"))["made"]
    assert made["setting"] == asdict(SETTING)
    for rate in RATES:
        info = stored(rate)
        assert {model.kind for model in info.models} == set(KINDS)
        for model in info.models:
            assert all(0 <= value <= 1 + 1e-9 for row in model.cka for value in row)
            assert set(model.probes) == set(PROBED)
            # At the embedding of [MASK] there is nothing to read; 16 animals, 256 held-out sentences.
            assert model.probes["subject"][0].accuracy < 0.12
            assert max(score.control for score in model.probes["subject"]) < 0.15
        alike = Alike(info)
        assert alike.reading()[0] == "without_ffn.reading.blind", "the lesson says so"
        assert info.mean("without", "parameters") / info.mean("full", "parameters") == pytest.approx(0.445, abs=0.01)
        assert info.mean("without", "milliseconds") < 0.7 * info.mean("full", "milliseconds")


def test_the_order_depends_on_the_learning_rate():
    """What the lesson prints."""
    assert stored(0.001).reading()[0].endswith("worse")
    assert stored(0.002).reading()[0].endswith("overlap")


def test_readings():
    info = stored(0.002)
    better = replace(info, models=tuple(replace(m, loss=m.loss - 5 * (m.kind == "without")) for m in info.models))
    assert better.reading()[0].endswith("better")
    seen = tuple(replace(m, cka=((0.1,) * 3,) * 3) if m.kind == "unscaled" else m for m in info.models)
    assert Alike(replace(info, models=seen)).reading()[0].endswith("seen")


def test_a_probe_needs_no_scikit_learn_to_be_right():
    labels = np.arange(90) % 3
    features = torch.eye(3)[labels] + 0.01
    assert (fit(features, coded(labels)[1], 3).predicted(features) == labels).all()
