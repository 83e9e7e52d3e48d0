"""The next-sentence page's numbers against transformers' own outputs, and by consequence."""

import copy

import numpy as np
import pytest
import torch

from explorer import ModelSpec, Scene, encode, load
from explorer.analysis.pretraining.masked import Recipe, choose
from explorer.analysis.pretraining.next_sentence import (
    MOST,
    Orders,
    PooledPath,
    follows,
    in_order,
    orders,
    pooled_path,
    segments,
    sentences,
)
from explorer.analysis.pretraining.seen_itself import seen_itself
from explorer.analysis.pretraining.two_losses import two_losses
from explorer.capture.heads import outputs
from explorer.capture.run import inputs
from explorer.errors import EmptyText, NoSecondText, SentencesUnfit
from tests.conftest import TINY, eager_copy

A, B = "The cat sat on the mat.", "It slept there all afternoon."


def reference(handle, first, second, segment_ids=None):
    """Probability that the second text follows, from transformers' own forward pass in eager mode."""
    encoded = encode(handle, first, second)
    model = copy.deepcopy(handle.model)
    model.set_attn_implementation("eager")
    ids = encoded.segments if segment_ids is None else segment_ids(encoded)
    with torch.no_grad():
        said = model(encoded.ids, attention_mask=encoded.mask, token_type_ids=ids)
    logits = said.seq_relationship_logits if "seq_relationship_logits" in said else said.logits
    return logits.softmax(-1)[0, 0].item()


@pytest.mark.parametrize("head", ["pretraining", "nsp"])
def test_path_ends_at_the_models_answer(head):
    handle = load(ModelSpec("config", "bert", overrides=TINY, head=head, seed=3))
    info = pooled_path(Scene(handle, A, B))
    assert info.probability == pytest.approx(reference(handle, A, B), abs=1e-6)
    assert info.difference < 1e-6
    np.testing.assert_allclose(np.tanh(info.linear), info.pooled, atol=1e-6)
    gap = info.parts.sum() + info.bias
    assert gap == pytest.approx(info.logits[0] - info.logits[1], abs=1e-5)
    assert 1 / (1 + np.exp(-gap)) == pytest.approx(info.probability, abs=1e-5)
    assert len(info.table()) == 24
    assert 1 <= info.reading()[1]["half"] <= 24


def test_every_order_is_one_run_of_the_model(tiny):
    listed = [A, B, "hi"]
    info = orders(tiny, listed)
    for i, first in enumerate(listed):
        for j, second in enumerate(listed):
            assert info.probs[i, j] == pytest.approx(reference(tiny, first, second), abs=1e-6)
    assert info.reading()[1]["of"] == 2 and info.reading()[1]["others"] == 4
    assert len(info.table()) == 9


def test_segments_are_the_only_change(tiny):
    info = segments(Scene(tiny, A, B))
    assert info.probs["own"] == pytest.approx(reference(tiny, A, B), abs=1e-6)
    assert info.probs["swapped"] == pytest.approx(reference(tiny, A, B, lambda e: 1 - e.segments), abs=1e-6)
    assert info.probs["all_a"] == pytest.approx(reference(tiny, A, B, lambda e: e.segments * 0), abs=1e-6)
    assert info.probs["all_b"] == pytest.approx(reference(tiny, A, B, lambda e: e.segments * 0 + 1), abs=1e-6)
    assert info.probs["all_a"] != pytest.approx(info.probs["all_b"], abs=1e-4)


def test_equal_segment_rows_make_no_difference(tiny):
    """By consequence: with both rows equal, no arrangement can change the answer."""
    model = copy.deepcopy(tiny.model)
    table = model.bert.embeddings.token_type_embeddings.weight
    table.data[1] = table.data[0]

    def equal(handle, encoded):
        with torch.no_grad():
            return dict(model(encoded.ids, token_type_ids=encoded.segments))

    info = segments(Scene(tiny, A, B), equal)
    assert len({round(p, 6) for p in info.probs.values()}) == 1
    assert info.reading()[0].endswith("small")
    assert follows(equal(tiny, encode(tiny, A, B))) == pytest.approx(info.probs["own"], abs=1e-6)


def test_lists_and_single_texts(tiny):
    assert sentences(" a \n\n b\n") == ["a", "b"]
    for text in ("", "one", "\n".join("abcdefg"[: MOST + 1])):
        with pytest.raises(SentencesUnfit):
            sentences(text)
    with pytest.raises(EmptyText):
        orders(tiny, ["a", "\x07"])
    with pytest.raises(NoSecondText):
        segments(Scene(tiny, A))
    with pytest.raises(NoSecondText):
        pooled_path(Scene(tiny, A))


def test_what_the_matrix_says_in_words():
    """Rows are first texts: 0 → 1 is taken for neighbours, 1 → 0 is not."""
    probs = np.array([[0.9, 0.8, 0.1], [0.2, 0.3, 0.4], [0.6, 0.3, 0.1]], dtype=np.float32)
    _, facts = Orders(("a", "b", "c"), probs).reading()
    assert facts == {"listed": 1, "of": 2, "other": 1, "others": 4, "self": 1, "n": 3, "back": 0, "far": 1, "fars": 2}


def test_what_the_path_says_in_words():
    """By hand: |4| of 4 + 3 + 2 + 1 is less than half, with |-3| it is more; two of four are beyond 0.99."""
    parts = np.array([1, -3, 4, 2], dtype=np.float32)
    pooled = np.array([0.995, -0.999, 0.6, 0.98], dtype=np.float32)
    info = PooledPath(parts, parts, pooled, parts, parts, (1.0, -3.0), 0.0, 0.982, 0.0)
    key, facts = info.reading()
    assert key == "next_sentence.reading.yes"
    assert (facts["half"], facts["saturated"], facts["gap"]) == (2, 0.5, 4.0)


def test_sentence_order_is_alberts_own_answer():
    """Output 0 of its second head means that the two stand in their order."""
    sizes = {**TINY, "embedding_size": 16, "num_hidden_groups": 1}
    handle = load(ModelSpec("config", "albert", overrides=sizes, head="pretraining", seed=3))
    encoded = encode(handle, "one two three", "four five")
    with torch.no_grad():
        said = eager_copy(handle)(**inputs(encoded))
    assert in_order(outputs(handle, encoded)) == pytest.approx(float(said.sop_logits.softmax(-1)[0, 0]), abs=1e-6)
    assert in_order({"logits": said.sop_logits}) is None


def test_topic_is_said_only_where_neighbours_are_taken_both_ways_and_others_are_not():
    near = np.array([[0.9, 0.8, 0.1], [0.7, 0.9, 0.8], [0.2, 0.6, 0.9]], dtype=np.float32)
    key, facts = Orders(("a", "b", "c"), near).reading()
    assert key == "next_sentence.reading.orders.topic" and facts["back"] == 2 and facts["far"] == 0
    anything = np.full((3, 3), 0.9, dtype=np.float32)
    assert Orders(("a", "b", "c"), anything).reading()[0] == "next_sentence.reading.orders"
    assert Orders(("a", "b"), near[:2, :2]).reading()[0] == "next_sentence.reading.orders"


def test_the_loss_of_pre_training_is_the_sum_of_two(tiny):
    """Against the loss that `BertForPreTraining` gives for the same words and B as the next text."""
    scene = Scene(tiny, A, B)
    info, encoded = two_losses(scene), scene.encoded
    drawn = next(one for seed in range(9) if (one := choose(tiny, encoded, Recipe(), seed)).places)
    labels = torch.full_like(encoded.ids, -100)
    labels[0, drawn.places] = drawn.targets[drawn.places]
    with torch.no_grad():
        said = tiny.model(
            drawn.seen.ids, attention_mask=encoded.mask, token_type_ids=encoded.segments, labels=labels,
            next_sentence_label=torch.zeros(1, dtype=torch.long),
        )  # fmt: skip
    assert info.words + info.sentence == pytest.approx(float(said.loss), abs=1e-5)
    assert info.chosen == len(drawn.places) and info.words > 0 < info.sentence


def test_a_word_that_sees_itself_is_copied(tiny):
    """Against the model's own output with the word in the text and with [MASK] in its place."""
    scene = Scene(tiny, A)
    ids = scene.encoded.ids.clone()
    ids[0, 3] = tiny.mask_id
    hidden = Scene(tiny, "The cat [MASK] on the mat.")
    info = seen_itself(scene, hidden, 3)
    with torch.no_grad():
        shares = [tiny.model(one).prediction_logits[0, 3].softmax(-1) for one in (scene.encoded.ids, ids)]
    own = scene.encoded.ids[0, 3]
    assert (info.seen, info.hidden) == pytest.approx([float(share[own]) for share in shares], abs=1e-5)
    assert seen_itself(hidden, hidden, 3) is None, "where the visitor typed the mask nothing is known"
