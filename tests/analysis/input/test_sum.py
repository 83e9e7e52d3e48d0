"""The sum, its one-hot product and LayerNorm against PyTorch's own, on the real model."""

import numpy as np
import pytest
import torch

from explorer import Scene
from explorer.analysis.input.apart import directions, taken_apart
from explorer.analysis.input.small_one_hots import PLACE, TEXT, WORD, small_one_hots
from explorer.analysis.input.sum import normalised, one_hot, one_hot_product, part_norms, token_sum

PAIR = ("The cat sat on the mat.", "It slept there all afternoon.")


@pytest.fixture(scope="module")
def seen(minilm):
    return Scene(minilm, *PAIR)


def test_the_parts_are_rows_of_the_tables(minilm, seen):
    tables = minilm.model.embeddings
    info = token_sum(seen, 4)
    assert np.array_equal(info.word, tables.word_embeddings.weight[seen.encoded.ids[0, 4]].numpy())
    assert np.array_equal(info.position, tables.position_embeddings.weight[4].numpy())
    assert np.array_equal(info.segment, tables.token_type_embeddings.weight[0].numpy())
    assert np.abs(info.word + info.position + info.segment - info.embedding_sum).max() <= 5e-7
    assert np.array_equal(info.table()["embedding"].to_numpy(), info.embedding)


def test_one_hot_product_is_the_sum(minilm, seen):
    tables = minilm.model.embeddings
    parts = (tables.word_embeddings, tables.position_embeddings, tables.token_type_embeddings)
    n = seen.encoded.n_tokens
    dense = torch.cat(
        [
            torch.nn.functional.one_hot(index, part.num_embeddings)
            for index, part in zip((seen.encoded.ids[0], torch.arange(n), seen.encoded.segments[0]), parts, strict=True)
        ],
        dim=1,
    ).float()
    expected = dense @ torch.cat([part.weight for part in parts])
    assert torch.allclose(one_hot_product(seen), expected, atol=5e-7, rtol=0)
    info = one_hot(seen)
    assert info.difference <= 5e-7
    assert (info.rows, info.joint_rows) == (30522 + 512 + 2, 30522 * 512 * 2)
    assert info.joint_bytes == 30522 * 512 * 2 * 384 * 4


def test_shares_add_up_and_only_a_pair_has_a_segment_share(minilm, seen):
    info = part_norms(seen)
    assert sum(info.shares.values()) == pytest.approx(1, abs=1e-5)
    assert info.shares["segment"] > 0
    rows = minilm.model.embeddings.token_type_embeddings.weight
    assert info.segment_change == pytest.approx(float((rows[1] - rows[0]).norm()), abs=1e-6)
    alone = part_norms(Scene(minilm, PAIR[0]))
    assert alone.shares["segment"] == pytest.approx(0, abs=1e-6)
    assert alone.segment_change is None and alone.reading()[0] == "sum.reading.shares"


def test_layernorm_in_two_steps(minilm, seen):
    norm = minilm.model.embeddings.LayerNorm
    info = normalised(seen, 3)
    plain = torch.nn.functional.layer_norm(torch.from_numpy(info.before), (384,), eps=norm.eps)
    # A sum of 384 float32 numbers of size 1 is rounded to about 1e-6.
    assert np.abs(info.standard - plain.numpy()).max() <= 3e-6
    assert np.abs(info.standard * norm.weight.numpy() + norm.bias.numpy() - info.after).max() <= 3e-6
    assert info.standard.var() == pytest.approx(1, abs=1e-5) and abs(info.after.var() - 1) > 0.1


def test_small_one_hots_by_hand():
    """Word 2, position 1, first text: (3, 1) + (20, 10) + (100, 200); the joint one-hot counts the texts fastest."""
    info = small_one_hots(2, 1, 0)
    assert info.one_hot.tolist() == [0, 0, 1, 0, 0, 1, 0, 1, 0] and info.sum == (123, 211) and info.entry == 14
    every = [small_one_hots(w, p, s) for w in range(4) for p in range(3) for s in range(2)]
    assert [one.entry for one in every] == list(range(24))
    assert len({one.sum for one in every}) == 24, "so each sum can be taken apart"
    assert every[0].sum == tuple(np.add(np.add(WORD[0], PLACE[0]), TEXT[0]))


def test_positions_lie_in_directions_of_their_own(minilm, seen):
    """Against numpy's singular vectors; a random table of words has an even share of every direction."""
    tables = minilm.model.embeddings
    position, word = (t.weight.detach().double().numpy() for t in (tables.position_embeddings, tables.word_embeddings))
    _, values, axes = np.linalg.svd(position - position.mean(0), full_matrices=False)
    found = directions(seen)
    assert found.position[9] == pytest.approx((values[:10] ** 2).sum() / (values**2).sum(), rel=1e-6)
    centred = word - word.mean(0)
    assert found.word[9] == pytest.approx(((centred @ axes[:10].T) ** 2).sum() / (centred**2).sum(), rel=1e-6)
    assert found.position[9] > 0.85 and found.word[9] < 0.01
    info = taken_apart(seen, found)
    assert info.n == info.places == info.words == seen.encoded.n_tokens
