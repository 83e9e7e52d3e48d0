"""Stored heads answer as the stored results say of the same texts, judged by the task's own rules."""

import numpy as np
import pytest

from explorer.analysis.probing import Split
from explorer.analysis.use.task_head import softmax, stratified
from explorer.analysis.use.trained_task import WAYS, tuned_counts
from explorer.capture.load import load
from explorer.models.encode import encode
from explorer.models.registry import OFFERS
from explorer.models.spec import ModelSpec
from explorer.training import frozen_heads, three_tasks, two_ways
from explorer.ui.shell.examples import page_text

FEW = 5


def test_a_text_gets_the_stored_probabilities(minilm):
    data = two_ways.example()
    kept = two_ways.stored(minilm.spec, data, two_ways.POOLING, two_ways.RECIPE)
    head = frozen_heads.stored(minilm.spec, "text")
    held = stratified(data.codes, two_ways.RECIPE.seed).test[:FEW]
    found = [softmax(frozen_heads.said(minilm, "text", head, data.texts[at])[None].numpy())[0] for at in held]
    np.testing.assert_allclose(found, kept.outcomes["frozen"].probabilities[:FEW], atol=2e-3)


@pytest.mark.parametrize("name", ["mini-bert", "minilm"])
def test_one_word_of_the_first_sentence_decides_the_label(name):
    handle, names = load(OFFERS[name]), two_ways.example().names
    head = frozen_heads.stored(handle.spec, "text")
    for text, label, least in (("try", "flight", 0.9), ("try_other", "route", 0.75)):
        said = frozen_heads.said(handle, "text", head, page_text(text, None))
        assert softmax(said[None].numpy())[0][names.index(label)] > least


@pytest.mark.parametrize("task", frozen_heads.TASKS[1:])
def test_a_task_gets_the_stored_answers(minilm, task):
    info = three_tasks.stored(minilm.spec, task, three_tasks.RECIPES[task])[0]
    head = frozen_heads.stored(minilm.spec, task)
    rows = [at for at, one in enumerate(info.held) if one.side == "written"][:FEW]
    few = tuple(info.held[at] for at in rows)
    encoded = tuple(encode(minilm, one.first, one.second) for one in few)
    of = three_tasks.Material(task, few, encoded, Split(np.arange(0), np.arange(FEW), 0))
    logits = [frozen_heads.said(minilm, task, head, one.first, one.second) for one in few]
    assert [one.shape[:-1] for one in logits] == [() if task == "pair" else (e.n_tokens,) for e in encoded]
    wanted = info.counts[WAYS[task][-2]][rows]
    assert wanted[:, 0].sum() > 0, "else all that is wrong would pass"
    assert tuned_counts(task, logits, encoded, of.true, few).tolist() == wanted.tolist()


def test_what_was_made_from_other_texts_is_not_used(minilm, monkeypatch):
    assert frozen_heads.stored(ModelSpec("config", "bert"), "text") is None
    monkeypatch.setattr(two_ways, "EXAMPLES", {None: two_ways.EXAMPLES["zh"]})
    assert frozen_heads.stored(minilm.spec, "text") is None
    assert frozen_heads.stored(minilm.spec, "pair") is not None
