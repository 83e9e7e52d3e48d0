"""Blocks removed from MiniLM: labels by hand, likeness against single runs, the known destruction."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer import Variant, run
from explorer.analysis.probing import probe
from explorer.analysis.similarity import cka
from explorer.analysis.structure.removal import LABELS, Removal, Sweep, labelled, likeness, scores, states
from explorer.capture.states import hidden_states, together
from explorer.home import ASSETS

PAIRS = [tuple(pair) for pair in json.loads((ASSETS / "examples/passages.json").read_text("utf-8"))]
ALL = tuple(range(6))


@pytest.fixture(scope="module")
def own(minilm):
    return states(minilm, PAIRS)


@pytest.fixture(scope="module")
def bypassed(minilm):
    return states(minilm, PAIRS, Variant(without_ffn="all", ffn_mode="skip"))


def test_padding_changes_nothing(minilm):
    texts = together(minilm, PAIRS[:3])
    variant = Variant(without_ffn=(1,), ffn_mode="zero")
    found = hidden_states(minilm, texts, variant)
    for number, pair in enumerate(PAIRS[:3]):
        alone = run(minilm, *pair, variant=variant)
        for ours, theirs in zip(found, alone.hidden, strict=True):
            # A batch is multiplied in other blocks than one text: single precision differs in the sixth digit.
            torch.testing.assert_close(ours[number, : alone.encoded.n_tokens], theirs[0], atol=1e-5, rtol=1e-5)


def test_labels_by_hand(minilm):
    texts = together(minilm, [("The cat sat on a mat.", "It slept."), ("Dogs bark.", "The end.")])
    words = [token for one in texts for token, special in zip(one.tokens, one.special, strict=True) if not special]
    rows, names, groups = labelled(texts, "previous")
    assert rows == list(range(len(words)))
    assert [word for word, name in zip(words, names, strict=True) if name == "article"] == ["cat", "mat", "end"]
    assert groups == [0] * 10 + [1] * 6
    spaced = [replace(one, tokens=tuple("▁" + token for token in one.tokens)) for one in texts]
    assert labelled(spaced, "previous")[1] == names
    names = labelled(texts, "side")[1]
    assert [word for word, name in zip(words, names, strict=True) if name == "second"] == [
        "it",
        "slept",
        ".",
        "the",
        "end",
        ".",
    ]
    rows, names, _ = labelled(texts, "word")
    assert names == [words[row] for row in rows]
    assert set(names) >= {".", "the"}


def test_likeness_against_single_texts(minilm, own, bypassed):
    found = likeness(own, bypassed, ALL)
    cosines, before, after = [], [], []
    for pair in PAIRS:
        seen = run(minilm, *pair), run(minilm, *pair, variant=Variant(without_ffn="all", ffn_mode="skip"))
        a, b = (one.hidden[-1][0] for one in seen)
        cosines.append(float(torch.cosine_similarity(a.mean(0), b.mean(0), dim=0)))
        words = [not special for special in seen[0].encoded.special]
        before.append(a[words])
        after.append(b[words])
    assert found.cosine[-1] == pytest.approx(np.mean(cosines), abs=1e-5)
    assert found.cka[-1] == pytest.approx(cka(torch.cat(before), torch.cat(after), unbiased=True), abs=1e-5)
    assert found.cosine[0] == pytest.approx(1, abs=1e-6)


def test_all_blocks_destroy_it_and_one_does_not(minilm, own, bypassed):
    all_gone = likeness(own, bypassed, ALL)
    single = [likeness(own, states(minilm, PAIRS, Variant(without_ffn=(n,), ffn_mode="skip")), (n,)) for n in (0, 5)]
    assert all_gone.cosine[-1] < 0.2
    assert min(one.cosine[-1] for one in single) > 0.5
    key, facts = Sweep((*single, all_gone)).reading()
    assert key.endswith("sweep") and facts["worst"] == 1
    assert len(Sweep((*single, all_gone)).table()) == 3


def test_the_same_run_twice(own):
    same = likeness(own, own, ())
    assert same.cosine == pytest.approx(np.ones(7), abs=1e-6)
    assert same.cka == pytest.approx(np.ones(7), abs=1e-9)


@pytest.mark.parametrize("label", LABELS)
def test_probes_on_real_words(own, label):
    found = scores(own, label)
    assert len(found) == 7
    assert all(score.accuracy > score.majority > 0 for score in found[1:])
    assert all(score.control < score.accuracy for score in found)
    if label == "word":
        assert found[0].accuracy > 0.97, "the word is in its embedding"


def test_readings(own, bypassed):
    before, after = scores(own, "side"), scores(bypassed, "side")
    moved = Removal(likeness(own, bypassed, ALL), "side", before, after)
    assert moved.reading()[0] == "without_ffn.reading.moved", "the lesson says so"
    assert after[-1].accuracy > before[-1].accuracy
    same = Removal(likeness(own, own, ()), "side", before, before)
    assert same.reading()[0] == "without_ffn.reading.removed"
    assert len(moved.table()) == 7


def test_large_models_get_fewer_texts(minilm, monkeypatch):
    monkeypatch.setattr("explorer.analysis.structure.removal.BUDGET", 10 * 10_646_784)
    assert len(states(minilm, PAIRS).texts) == 10


def test_no_passage_is_learnt_from_and_judged(own):
    """Words of one passage resemble each other, so that a probe could know it again."""
    keep, names, groups = labelled(own.texts, "word")
    found, rows = scores(own, "word")[3], own.tokens[3][keep]
    assert found == probe(rows, names, groups=groups)
    assert found.n_test != probe(rows, names).n_test


def test_what_is_left_of_the_similarities(own, bypassed):
    """The lesson prints 0.19: rank correlation over all pairs of passages."""

    def ranks(seen):
        unit = torch.nn.functional.normalize(seen.means[-1], dim=-1)
        return (unit @ unit.T)[*torch.triu_indices(len(unit), len(unit), 1)].argsort().argsort().double()

    assert float(torch.corrcoef(torch.stack([ranks(own), ranks(bypassed)]))[0, 1]) == pytest.approx(0.19, abs=0.02)
