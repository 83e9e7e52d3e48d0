"""Long texts as word pieces: part by part gives what the whole gives."""

import numpy as np
import pytest

from explorer.errors import EmptyText, TextTooLong
from explorer.models.document import MAX_DOCUMENT, decoded, document, parts
from explorer.ui.panels.use import long_text

TEXT = "Unbelievably, the old bridge fell; 我爱北京 and 😀 electroencephalography didn't.\n\n" * 700


def test_parts_give_the_pieces_and_offsets_of_the_whole(minilm):
    found = document(minilm, TEXT)
    whole = minilm.tokenizer.encode(TEXT, add_special_tokens=False)
    assert len(parts(TEXT)) > 2, "the text has to be cut for this test to mean anything"
    assert found.ids.tolist() == whole.ids
    assert list(zip(found.starts.tolist(), found.ends.tolist(), strict=True)) == whole.offsets


def test_special_tokens_come_from_the_tokenizer(minilm):
    found = document(minilm, "hi")
    assert (found.before, found.after) == ((101,), (102,))


def test_parts_cover_the_text_and_cut_at_white_space():
    text = "word " * 100
    cuts = parts(text, 32)
    assert "".join(text[a:b] for a, b in cuts) == text
    assert all(text[a].isspace() for a, _ in cuts[1:])
    assert all(b - a <= 32 for a, b in parts("x" * 1000, 32)), "a word without end is cut hard"


def test_excerpt_is_the_text_of_the_pieces(minilm):
    found = document(minilm, "The old bridge fell.")
    assert found.excerpt(1, 3) == "old bridge"
    assert found.excerpt(2, 2) == ""


def test_bounds(minilm):
    with pytest.raises(TextTooLong):
        document(minilm, "a" * (MAX_DOCUMENT + 1))
    for empty in ("", "  \n", "\x07"):
        with pytest.raises(EmptyText):
            document(minilm, empty)
    assert isinstance(document(minilm, "lone \ud800 surrogate").ids, np.ndarray)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_a_file_in_any_of_the_encodings_of_its_readers(encoding):
    text = "The old bridge fell; 我爱北京 😀."
    assert decoded(text.encode(encoding)) == long_text._read(text.encode(encoding)) == text
    assert decoded(b"\xfe\xff" + text.encode("utf-16-be")) == text


def test_what_is_no_text_is_told_or_marked():
    with pytest.raises(UnicodeDecodeError):
        decoded(b"\x89PNG\r\n\xff\xff")
    assert "\ufffd" in long_text._read(b"\x89PNG\r\n\xff\xff")
    assert long_text._read(b"\xff\xfea") == "\ufffd\ufffda", "half a character of UTF-16"
