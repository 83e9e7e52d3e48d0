"""Tables as visitors have them."""

import csv
import io

import pytest

from explorer.analysis.labelled_texts import MAX_BYTES, MAX_LABELS, MAX_ROWS, labelled_texts
from explorer.errors import OneLabel, TableTooLarge, TableUnreadable, TooManyLabels

ROWS = [("good day", "a"), ("good night", "a"), ("go, now", "b"), ('say "stop"', "b")]


def written(rows, separator=","):
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(
    "heading", [None, ("text", "label"), ("Utterance", "Intent"), ("文本", "标签"), ("what", "which")]
)
def test_with_and_without_a_heading(separator, heading):
    found = labelled_texts(written([*([heading] if heading else []), *ROWS], separator))
    assert list(zip(found.texts, found.labels, strict=True)) == ROWS
    assert found.heading == bool(heading)
    assert found.names == ("a", "b") and found.codes.tolist() == [0, 0, 1, 1]


def test_labels_in_the_first_column():
    named = labelled_texts(
        "label,id,text\n" + "".join(f"{b},1,{a}\n" for a, b in [("x y", "p"), ("z", "p"), ("u", "q"), ("w", "q")])
    )
    assert named.texts == ("x y", "z", "u", "w") and named.labels == ("p", "p", "q", "q")
    bare = labelled_texts("p,x\np,y\nq,z\nq,w")
    assert bare.texts == ("x", "y", "z", "w") and not bare.heading


def test_empty_rows_are_counted():
    found = labelled_texts("text,label\n\nx,a\n,a\ny,a\nz,\n\nu,b\nv,b\n\n\n")
    assert found.texts == ("x", "y", "u", "v") and found.empty == 4


def test_rare_labels_are_left_out():
    found = labelled_texts("x,a\ny,a\nz,b\nu,b\nonce,c\nonce more,d")
    assert found.names == ("a", "b") and found.rare == 2


@pytest.mark.parametrize("table", ["x,a\ny,a\nz,a", "text,label\nx,a", "x,a\ny,b", "x,a\ny,a\nz,b"])
def test_one_label(table):
    with pytest.raises(OneLabel):
        labelled_texts(table)


@pytest.mark.parametrize("table", ["", "  \n\n", "no separator\nat all", ",\n,\n", b"\xff\xfe\x00\x81", "text,label"])
def test_no_table(table):
    with pytest.raises((TableUnreadable, OneLabel)):
        labelled_texts(table)


def test_ten_megabytes_are_refused_unread():
    with pytest.raises(TableTooLarge) as refused:
        labelled_texts(b"x,a\n" * 2_500_000)
    assert refused.value.facts["found"] == 10 and MAX_BYTES < 10e6


def test_too_many_labels_and_rows():
    with pytest.raises(TooManyLabels):
        labelled_texts("".join(f"{n} x,{n % (MAX_LABELS + 1)}\n" for n in range(200)))
    found = labelled_texts("".join(f"text {n},{n % 3}\n" for n in range(MAX_ROWS + 50)))
    assert len(found.texts) == MAX_ROWS and found.surplus == 50 and len(found.names) == 3


def test_other_encodings():
    assert labelled_texts("你好,问候\n再见,问候\n几点,提问\n哪里,提问".encode("gb18030")).names == ("提问", "问候")
    assert labelled_texts("\ufefftext,label\nx,a\ny,a\nz,b\nw,b".encode()).heading


def test_long_texts_are_cut():
    assert labelled_texts("x" * 400 + ",a\ny,a\nz,b\nw,b").cut == 1
