"""Heads of tokens and spans against the library's own classes, held-out texts apart, a training that learns."""

import numpy as np
import pytest
import torch
from transformers import BertForQuestionAnswering, BertForTokenClassification

from explorer import load, run
from explorer.analysis.use import task_texts
from explorer.analysis.use.spans import NONE, Window
from explorer.analysis.use.trained_task import WAYS, TaskScores
from explorer.errors import NotInThisModel
from explorer.models.spec import ModelSpec
from explorer.training.fine_tune import Network, Recipe, below, padded, said
from explorer.training.goals import IGNORED, Spans, TokenClasses
from explorer.training.three_tasks import Simple, Trained, material, n_steps, three_tasks

PAIRS = [("who?", "the cat sat."), ("where did it sit", "on a mat of many, many colours, they say")]


@pytest.mark.parametrize(("kind", "n"), [(BertForQuestionAnswering, 2), (BertForTokenClassification, 5)])
def test_the_head_on_every_token_is_the_librarys(tiny, kind, n):
    network = Network(tiny, 2, n, torch.Generator().manual_seed(0), pooled=False).eval()
    config = type(tiny.config).from_dict(tiny.config.to_dict() | {"num_labels": n})
    reference = kind._from_config(config, attn_implementation="eager").eval()
    reference.bert.load_state_dict(tiny.base.state_dict(), strict=False)
    head = reference.qa_outputs if n == 2 else reference.classifier
    head.load_state_dict(network.classifier.state_dict())
    for pair in PAIRS:
        encoded = run(tiny, *pair).encoded
        with torch.no_grad():
            output = reference(encoded.ids, encoded.mask, encoded.segments)
        theirs = torch.stack([output.start_logits, output.end_logits], -1) if n == 2 else output.logits
        assert float((said(tiny, network, pair) - theirs[0]).abs().max()) <= 1e-6


def test_the_loss_of_spans_is_the_librarys(tiny):
    """With padding in the batch; BertForQuestionAnswering of each text alone, its mean."""
    network = Network(tiny, 1, 2, torch.Generator().manual_seed(1), pooled=False).eval()
    config = type(tiny.config).from_dict(tiny.config.to_dict())
    reference = BertForQuestionAnswering._from_config(config, attn_implementation="eager").eval()
    reference.bert.load_state_dict(tiny.base.state_dict(), strict=False)
    reference.qa_outputs.load_state_dict(network.classifier.state_dict())
    encoded = [run(tiny, *pair).encoded for pair in PAIRS]
    goal = Spans(((4, 5), NONE), tuple(Window(3, e.n_tokens - 1, e.n_tokens) for e in encoded))
    with torch.no_grad():
        ours = goal.loss(network(*padded(below(tiny, PAIRS, 1))), np.array([0, 1]))
    theirs = [
        reference(
            e.ids, e.mask, e.segments, start_positions=torch.tensor([first]), end_positions=torch.tensor([last])
        ).loss
        for e, (first, last) in zip(encoded, goal.spans, strict=True)
    ]
    assert float(ours) == pytest.approx(float(torch.stack(theirs).mean().detach()), abs=1e-6)


def test_the_loss_of_tokens_counts_those_that_are_asked():
    logits = torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(0))
    goal = TokenClasses((np.array([IGNORED, 2, 0]), np.array([IGNORED, 1, IGNORED, IGNORED])), 3)
    each = [-logits.log_softmax(-1)[row, at, code] for row, at, code in ((0, 1, 2), (0, 2, 0), (1, 1, 1))]
    assert float(goal.loss(logits, np.array([0, 1]))) == pytest.approx(float(sum(each) / 3), abs=1e-6)


@pytest.fixture
def few(monkeypatch):
    """A tenth of the questions: the test is about the way, not the result."""
    monkeypatch.setattr(task_texts, "QUESTIONS", {"learnt": 24, "words": 8, "templates": 8})
    task_texts.examples.cache_clear()
    yield
    task_texts.examples.cache_clear()


@pytest.mark.parametrize("task", ["span", "pair", "name"])
def test_every_way_is_there_and_in_order(tiny, few, task):
    recipe = Recipe(layers=1, epochs=1, batch=64)
    events = list(three_tasks(tiny, task, recipe))
    of = material(tiny, task, 0)
    counts = {e.way: e.counts for e in events if isinstance(e, Simple)}
    end = events[-1]
    assert isinstance(end, Trained)
    held = tuple(of.examples[at] for at in of.parts.test)
    info = TaskScores(task, 0, len(of.parts.train), held, counts | {"tuned": end.counts})
    assert tuple(info.counts) == WAYS[task] and all(len(c) == len(held) for c in info.counts.values())
    assert sum(type(e).__name__ == "Step" for e in events) == n_steps(task, recipe, 0)
    assert len(end.tuned.outputs) == len(held)


def test_a_model_that_reads_one_text_is_refused_two(few):
    handle = load(ModelSpec("config", "gpt2", overrides={"n_embd": 24, "n_layer": 2, "n_head": 2}, seed=3))
    with pytest.raises(NotInThisModel):
        next(three_tasks(handle, "span", Recipe()))


def test_names_are_learnt(minilm):
    """Two layers, two passes: far above a list of words, on names that were never seen."""
    events = list(three_tasks(minilm, "name", Recipe(layers=1, epochs=2, rate=3e-4)))
    of = material(minilm, "name", 0)
    held = tuple(of.examples[at] for at in of.parts.test)
    counts = {e.way: e.counts for e in events if isinstance(e, Simple)} | {"tuned": events[-1].counts}
    scores = TaskScores("name", 0, len(of.parts.train), held, counts).scores
    assert scores["tuned"]["words"].value > 0.7 and scores["words"]["words"].value < 0.2
    assert scores["tuned"]["written"].low > scores["words"]["written"].high
