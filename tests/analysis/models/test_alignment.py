"""Which rows of two runs belong together: worked out by hand for three ways of differing."""

from dataclasses import replace

import torch

from explorer import encode
from explorer.analysis.models.alignment import aligned, rows_of
from explorer.models.other_tokenizers import byte_pairs, cased


def named(encoded, group):
    return [encoded.tokens[i] for i in group]


def test_the_same_tokens_stand_for_themselves(minilm):
    a = encode(minilm, "The cat sat.", "It slept.")
    found = aligned(a, encode(minilm, "the CAT sat .", "It slept."))
    assert found.by == "tokens" and found.rows == tuple(((i,), (i,)) for i in range(a.n_tokens))


def test_two_cuts_of_one_text_meet_where_both_end(minilm, tiny):
    """WordPiece: un ##bel ##ie ##va ##bly ; bytes: letters and merges, a space before a word counted in."""
    other = replace(tiny, tokenizer=byte_pairs(minilm.tokenizer, ["the cat sat on the mat"] * 9))
    text = "Unbelievably the cat 🙂 sat"
    a, b = encode(minilm, text), encode(other, text)
    found = aligned(a, b)
    assert found.by == "characters" and len(found.rows) == 5
    words = ["Unbelievably", "the", "cat", "🙂", "sat"]
    for (first, second), word in zip(found.rows, words, strict=True):
        start = text.index(word)
        for encoded, group in ((a, first), (b, second)):
            spans = [encoded.offsets[i] for i in group]
            covered = text[min(s for s, _ in spans) : max(e for _, e in spans)]
            assert covered.strip() == word, named(encoded, group)
            assert max(e for _, e in spans) == start + len(word)
    assert len(found.rows[0][0]) > 1 and len(found.rows[3][1]) > 1, "pieces and bytes are joined"
    assert not {i for group, _ in found.rows for i in group} & {0, a.n_tokens - 1}, "special tokens are left out"
    assert aligned(b, a).rows == tuple((second, first) for first, second in found.rows)


def test_a_word_of_one_is_many_words_of_the_other(minilm, tiny):
    """Each Chinese character is a word of its own for WordPiece; for the bytes they are one word."""
    other = replace(tiny, tokenizer=byte_pairs(minilm.tokenizer, ["the cat"]))
    found = aligned(encode(minilm, "河边有树 the cat"), encode(other, "河边有树 the cat"))
    assert [first for first, _ in found.rows] == [(1, 2, 3, 4), (5,), (6,)]


def test_characters_of_a_second_text_are_its_own(minilm):
    """In small letters Ångström is one cut, in its own letters another; the second text begins at 0 again."""
    a = encode(minilm, "Ångström", "An Ångström")
    b = encode(replace(minilm, tokenizer=cased(minilm.tokenizer, [])), "Ångström", "An Ångström")
    found = aligned(a, b)
    assert found.by == "characters" and len(found.rows) == 3
    assert [a.tokens[first[0]] for first, _ in found.rows][1] == "an"


def test_two_texts_share_words_in_one_order(minilm):
    a = encode(minilm, "The river rose by night and unbelievably fast")
    b = encode(minilm, "By night the old river rose unbelievably")
    found = aligned(a, b)
    assert found.by == "words"
    assert [(named(a, x), named(b, y)) for x, y in found.rows] == [
        (["the"], ["the"]),
        (["river"], ["river"]),
        (["rose"], ["rose"]),
        (["un", "##bel", "##ie", "##va", "##bly"],) * 2,
    ]


def test_nothing_shared_is_no_row(minilm):
    assert aligned(encode(minilm, "hi"), encode(minilm, "🙂")).rows == ()


def test_rows_are_means_of_their_pieces():
    hidden = torch.tensor([[[1.0, 0], [3, 4], [5, 6], [7, 8]]])
    assert rows_of(hidden, [(1, 2), (3,)]).tolist() == [[4, 5], [7, 8]]
