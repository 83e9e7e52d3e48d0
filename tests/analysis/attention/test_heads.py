"""The matrix of a head and the ways to look at it, against the model's own output and by hand."""

from dataclasses import replace

import numpy as np
import pytest
from transformers import BertModel

from explorer import Scene, encode, run
from explorer.analysis.attention.heads import (
    Axis,
    HeadMatrix,
    between,
    head_matrix,
    merged,
    query_row,
    without_special,
)
from explorer.models.embedded import embedded_folder
from explorer.models.handle import ModelHandle
from tests.architectures import tiny_model

TEXT, PAIR = "Electroencephalography is unbelievably long.", "It slept."


def by_hand(probs: list[list[float]]) -> HeadMatrix:
    n = len(probs)
    side = Axis(tuple("abcdefgh"[:n]), ("special", *"A" * (n - 1)), tuple(range(n)))
    return HeadMatrix(1, 2, side, side, np.array(probs, np.float32), np.ones((n, n), bool))


def test_matrix_and_means_equal_the_models_own_attentions(minilm: ModelHandle) -> None:
    seen = run(minilm, TEXT, PAIR)
    model = BertModel.from_pretrained(embedded_folder(), attn_implementation="eager").eval()
    e = seen.encoded
    own = model(e.ids, e.mask, e.segments, output_attentions=True).attentions
    scene = Scene.of(minilm, seen)
    np.testing.assert_allclose(head_matrix(scene, 3, 5).probs, own[3][0, 5].detach(), atol=1e-6)
    np.testing.assert_allclose(head_matrix(scene, 3, None).probs, own[3][0].mean(0).detach(), atol=1e-6)
    mean = sum(a[0].mean(0) for a in own) / len(own)
    np.testing.assert_allclose(head_matrix(scene, None, None).probs, mean.detach(), atol=1e-6)


def test_merged_words_sum_keys_and_average_queries() -> None:
    matrix = by_hand([[0.5, 0.25, 0.25], [0.0, 1.0, 0.0], [0.2, 0.3, 0.5]])
    seen = replace_words(("[CLS]", "play", "##ing"), (None, 0, 0))
    joined = merged(matrix, seen)
    assert joined.queries.tokens == ("[CLS]", "playing") and joined.queries.at == (0, 1)
    np.testing.assert_allclose(joined.probs, [[0.5, 0.5], [0.1, 0.9]], atol=1e-7)


def replace_words(tokens: tuple[str, ...], words: tuple[int | None, ...]) -> object:
    from explorer import load

    encoded, plain = encode(load(), "playing"), lambda token: token.removeprefix("##")
    special = tuple(word is None for word in words)
    return replace(encoded, tokens=tokens, words=words, special=special, bare=tuple(map(plain, tokens)))


def test_rows_of_merged_words_still_sum_to_one(minilm: ModelHandle) -> None:
    seen = Scene(minilm, TEXT, PAIR)
    joined = merged(head_matrix(seen, 2, 7), seen.encoded)
    assert "electroencephalography" in joined.keys.tokens
    np.testing.assert_allclose(joined.probs.sum(1), 1, atol=1e-6)
    assert len(joined.queries.tokens) < seen.encoded.n_tokens


def test_parts_of_a_pair_and_hidden_special_tokens(minilm: ModelHandle) -> None:
    seen = Scene(minilm, TEXT, PAIR)
    whole = head_matrix(seen, 2, 7)
    bare, cross = without_special(whole), between(whole, "A", "B")
    assert "[CLS]" not in bare.keys.tokens and "[SEP]" not in bare.queries.tokens
    assert cross.keys.tokens == ("it", "slept", ".") and cross.queries.tokens[-1] == "."
    b = seen.encoded.sentence_b
    assert b is not None
    np.testing.assert_array_equal(cross.probs, whole.probs[1 : b - 1, b:-1])
    assert between(whole, "B", "B").probs.shape == (3, 3)


@pytest.mark.parametrize(
    ("probs", "key", "share"),
    [
        ([[0.1, 0.8, 0.1], [0.1, 0.1, 0.8], [0.1, 0.5, 0.4]], "heads.reading.head.next", 1.0),
        ([[0.9, 0.1, 0.0], [0.8, 0.1, 0.1], [0.1, 0.8, 0.1]], "heads.reading.head.previous", 1.0),
        ([[0.1, 0.9, 0.0], [0.0, 0.9, 0.1], [0.1, 0.8, 0.1]], "heads.reading.head.token", 1.0),
        # The first token has none before it: two of two, not two of three; and one of two is not more than 2 / 3.
        ([[0.1, 0.9, 0.0], [0.8, 0.1, 0.1], [0.8, 0.1, 0.1]], "heads.reading.head.token", 2 / 3),
        # Equal largest weights are nobody's.
        ([[0.45, 0.45, 0.1], [0.45, 0.1, 0.45], [0.1, 0.1, 0.8]], "heads.reading.head.token", 1 / 3),
    ],
)
def test_the_reading_names_the_pattern(probs: list[list[float]], key: str, share: float) -> None:
    found, facts = by_hand(probs).reading()
    assert found == key and facts["share"] == pytest.approx(share)


def test_one_token_and_nearly_even_rows_have_no_pattern() -> None:
    assert by_hand([[1.0]]).reading()[0] == "heads.reading.one"
    even = by_hand([[0.36, 0.32, 0.32], [0.3, 0.4, 0.3], [0.3, 0.3, 0.4]])
    assert even.reading()[0] == "heads.reading.head.even"
    assert even.reading()[1]["size"] == pytest.approx(1.16 / 3) and even.reading()[1]["even"] == pytest.approx(1 / 3)
    blind = replace(even, visible=np.zeros((3, 3), bool))
    assert blind.reading()[0] == "heads.reading.blind"


def test_a_row_and_its_strongest_keys() -> None:
    row = query_row(by_hand([[0.5, 0.25, 0.25], [0.0, 1.0, 0.0], [0.1, 0.3, 0.6]]), 2)
    assert [position for _, position, _ in row.strongest(2)] == [2, 1]
    _, facts = row.reading()
    assert facts["n"] == 2 and facts["shown"] == pytest.approx(1.0)
    assert list(row.table()["attention probability"]) == pytest.approx([0.1, 0.3, 0.6])


def test_a_row_has_only_the_keys_that_it_may_look_at() -> None:
    matrix = by_hand([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.2, 0.3, 0.5]])
    matrix = replace(matrix, visible=np.tril(np.ones((3, 3), bool)))
    row = query_row(matrix, 1)
    assert list(row.table()["key"]) == [0, 1] and row.reading()[1]["keys"] == 2
    blind = query_row(replace(matrix, visible=np.zeros((3, 3), bool)), 1)
    assert blind.reading()[0] == "heads.row.none" and not blind.strongest(16)


def test_a_part_is_not_read_as_the_whole() -> None:
    key, facts = without_special(by_hand([[0.2, 0.4, 0.4], [0.7, 0.1, 0.2], [0.5, 0.2, 0.3]])).reading()
    assert key == "heads.reading.part" and facts["shown"] == pytest.approx(0.4)
    assert facts["token"] == "c" and facts["share"] == 1.0


def test_nine_tenths_are_of_what_is_shown() -> None:
    """By hand: without the special token 0.5 is left; 0.3 and 0.18 are nine tenths of it, of a whole they are not."""
    shown = without_special(by_hand([[0.5, 0.3, 0.18, 0.02]] * 4))
    key, facts = query_row(shown, 1).reading()
    assert (key, facts["n"], facts["keys"]) == ("heads.row", 2, 3)


def test_a_mean_over_layers_shows_what_some_layer_shows() -> None:
    """ModernBERT's local layers see 2 tokens to each side here, the others all."""
    scene = Scene(tiny_model("modernbert"), TEXT, PAIR)
    n = scene.encoded.n_tokens
    seeing = [layer.visible[0, 0, :n, :n].numpy() for layer in scene.layers()]
    assert any(not one.all() for one in seeing) and any(one.all() for one in seeing)
    np.testing.assert_array_equal(head_matrix(scene, None, None).visible, sum(seeing) > 0)
