"""Tables as visitors have them."""

import csv
import io

import pytest

from explorer.analysis.use.labelled_texts import MAX_BYTES, MAX_LABELS, MAX_ROWS, labelled_texts
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


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_unicode_text_of_a_spreadsheet(encoding):
    """Tabs, UTF-16 with its mark, \\r\\n."""
    table = "text\tlabel\r\n你好\tx\r\nb\tx\r\nc, d\ty\r\ne\ty\r\n"
    mark = b"" if encoding == "utf-16" else b"\xfe\xff"
    found = labelled_texts(mark + table.encode(encoding))
    assert found.texts == ("你好", "b", "c, d", "e") and found.labels == ("x", "x", "y", "y") and found.heading


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end):
    assert labelled_texts(end.join(["a,x", "b,x", "c,y", "d,y"]).encode()).texts == ("a", "b", "c", "d")


@pytest.mark.parametrize("at", range(4))
def test_a_mark_that_is_never_closed_swallows_no_row(at):
    rows = ["a,x", "b,x", "c,y", "d,y"]
    rows[at] = '"' + rows[at]
    found = labelled_texts("\n".join(rows))
    assert found.labels == ("x", "x", "y", "y") and found.texts[at] == '"' + "abcd"[at]
    many = labelled_texts("\n".join([*rows, *(f"text {n},{'xy'[n % 2]}" for n in range(20_000))]))
    assert many.names == ("x", "y") and many.surplus == 20_004 - MAX_ROWS


def test_marks_that_are_closed_hold_rows_together():
    assert labelled_texts('"two\nlines, one text",a\nb,a\nc,b\nd,b').texts[0] == "two\nlines, one text"


def test_a_text_stands_on_one_side_of_the_split_only():
    """The same text twice would be learnt from and judged by; small letters are the same pieces to most models."""
    found = labelled_texts("Hello you,a\nhello  YOU,a\nbye,b\nhello you,b\ngood day,a\nso long,b")
    assert found.texts == ("Hello you", "bye", "good day", "so long") and found.repeated == 2
    cut = labelled_texts("x" * 300 + "1,a\n" + "x" * 300 + "2,a\ny,a\nz,b\nw,b")
    assert cut.repeated == 1 and len(set(cut.texts)) == len(cut.texts) == 4


def test_long_names_stay_different():
    found = labelled_texts("".join(f"text {n},{'L' * 60}{n % 2}\n" for n in range(4)))
    assert len(found.names) == 2 and max(map(len, found.names)) < 50
