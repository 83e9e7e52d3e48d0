"""A table of texts and labels as visitors have them: with or without a heading, any of three separators, bounded."""

import csv
import io
from collections import Counter
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from jaxtyping import Int

from explorer.errors import OneLabel, TableTooLarge, TableUnreadable, TooManyLabels
from explorer.models.document import decoded

# A classroom's table has a few hundred short rows. The bounds keep one visitor's training below half a minute.
MAX_BYTES, MAX_ROWS, MAX_TEXT, MAX_LABELS, MAX_NAME = 2**20, 600, 300, 40, 40
# A label needs one text to learn from and one to be judged by.
LEAST = 2

SEPARATORS = (",", ";", "\t")
# A row of this alone is put below the visitor's; no text has the control character.
END = "\x04"
TEXT_NAMES = {"text", "texts", "sentence", "utterance", "query", "question", "文本", "句子", "内容", "问题"}
LABEL_NAMES = {"label", "labels", "intent", "class", "category", "topic", "target", "标签", "意图", "类别", "分类"}


@dataclass(frozen=True)
class LabelledTexts:
    """Texts with their labels, and what was done to the visitor's table on the way.

    heading: whether the first row was taken for column names. empty: rows without text or label. repeated: rows whose
    text stands further up. rare: rows of labels that have a single text. surplus: rows beyond `MAX_ROWS`, left out at
    random. cut: texts longer than `MAX_TEXT`.
    """

    texts: tuple[str, ...]
    labels: tuple[str, ...]
    heading: bool = False
    empty: int = 0
    rare: int = 0
    surplus: int = 0
    cut: int = 0
    repeated: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The labels in alphabetical order."""
        return tuple(sorted(set(self.labels)))

    @property
    def codes(self) -> Int[np.ndarray, " N"]:
        """The number of each text's label in `names`."""
        place = {name: at for at, name in enumerate(self.names)}
        return np.array([place[label] for label in self.labels])


def labelled_texts(source: str | bytes) -> LabelledTexts:
    """Read a table with a text and a label in each row.

    The separator is the one that gives most rows a second column. The first row is a heading if it names both columns,
    or if its label stands nowhere else while every other label does. Without names, the column with fewer different
    entries holds the labels.

    Raises:
        TableTooLarge: more than `MAX_BYTES` bytes; nothing of it is read.
        TableUnreadable: no row has two columns, or it is no text.
        OneLabel, TooManyLabels: fewer than two usable labels, or more than `MAX_LABELS`.
    """
    size = len(source) if isinstance(source, bytes) else len(source.encode("utf-8", "replace"))
    if size > MAX_BYTES:
        raise TableTooLarge(found=size / 1e6, allowed=MAX_BYTES / 1e6)
    rows = _rows(_decoded(source) if isinstance(source, bytes) else source)
    pairs, heading = _pairs(rows)
    full = [(text, label) for text, label in pairs if text and label]
    if not full:
        raise TableUnreadable()
    found = LabelledTexts(
        tuple(text[:MAX_TEXT] for text, _ in full),
        _short([label for _, label in full]),
        heading,
        empty=len(pairs) - len(full),
        cut=sum(len(text) > MAX_TEXT for text, _ in full),
    )
    return _checked(_without_rare(_without_surplus(_without_repeated(found))))


def _decoded(source: bytes) -> str:
    try:
        return decoded(source)
    except UnicodeDecodeError as error:
        raise TableUnreadable() from error


def _rows(text: str) -> list[list[str]]:
    """Cells without spaces around them; rows in which nothing stands are kept as empty lists."""
    text = text.removeprefix("\ufeff").replace("\0", "")
    best: list[list[str]] = []
    for separator in filter(text.__contains__, SEPARATORS):
        try:
            rows = _cells(text, separator)
        except csv.Error:
            continue
        if not best or _wide(rows) > _wide(best):
            best = rows
    while best and not any(best[-1]):
        best.pop()
    if not _wide(best):
        raise TableUnreadable()
    return best


def _cells(text: str, separator: str) -> list[list[str]]:
    """A quotation mark that is opened and never closed would swallow all rows after it: then no mark is special."""
    try:
        *rows, last = _parsed(f"{text}\n{END}", separator, csv.QUOTE_MINIMAL)
    except csv.Error:  # the cell that was swallowed is longer than the library's bound
        last = []
    return rows if last == [END] else _parsed(text, separator, csv.QUOTE_NONE)


def _parsed(text: str, separator: str, quoting: Literal[0, 3]) -> list[list[str]]:
    lines = io.StringIO(text, newline=None)  # every kind of line end: files from old spreadsheets have a lone \r
    return [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=separator, quoting=quoting)]


def _wide(rows: list[list[str]]) -> int:
    return sum(len(row) > 1 for row in rows)


def _pairs(rows: list[list[str]]) -> tuple[list[tuple[str, str]], bool]:
    """(text, label) of every row, and whether the first row was a heading and is left out."""
    first = [name.lower() for name in rows[0]]
    text, label = _named(first, TEXT_NAMES), _named(first, LABEL_NAMES)
    if text is not None and label is not None:
        return [(_cell(row, text), _cell(row, label)) for row in rows[1:]], True
    columns = [Counter(filter(None, (_cell(row, at) for row in rows))) for at in (0, 1)]
    label = 0 if len(columns[0]) < len(columns[1]) else 1
    pairs = [(_cell(row, 1 - label), _cell(row, label)) for row in rows]
    counts = columns[label]
    once = [name for name, n in counts.items() if n == 1]
    heading = len(counts) > 2 and once == [pairs[0][1]]
    return pairs[heading:], heading


def _named(first: list[str], names: set[str]) -> int | None:
    return next((at for at, name in enumerate(first) if name in names), None)


def _cell(row: list[str], at: int) -> str:
    return row[at] if at < len(row) else ""


def _short(labels: list[str]) -> tuple[str, ...]:
    """Names of bounded length; labels that differ only further on stay different."""
    short: dict[str, str] = {}
    taken: Counter[str] = Counter()
    for label in dict.fromkeys(labels):
        cut = label[:MAX_NAME]
        taken[cut] += 1
        short[label] = cut if taken[cut] == 1 else f"{cut} ({taken[cut]})"
    return tuple(short[label] for label in labels)


def _without_surplus(found: LabelledTexts) -> LabelledTexts:
    n = len(found.texts)
    if n <= MAX_ROWS:
        return found
    kept = np.sort(np.random.default_rng(0).permutation(n)[:MAX_ROWS])
    return replace(_only(found, kept.tolist()), surplus=n - MAX_ROWS)


def _without_repeated(found: LabelledTexts) -> LabelledTexts:
    """Each text once, whatever its capitals and spaces: else it could stand on both sides of the split."""
    first: dict[str, int] = {}
    for at, text in enumerate(found.texts):
        first.setdefault(" ".join(text.casefold().split()), at)
    return replace(_only(found, list(first.values())), repeated=len(found.texts) - len(first))


def _without_rare(found: LabelledTexts) -> LabelledTexts:
    counts = Counter(found.labels)
    kept = [at for at, label in enumerate(found.labels) if counts[label] >= LEAST]
    return replace(_only(found, kept), rare=len(found.texts) - len(kept))


def _only(found: LabelledTexts, rows: list[int]) -> LabelledTexts:
    return replace(found, texts=tuple(found.texts[at] for at in rows), labels=tuple(found.labels[at] for at in rows))


def _checked(found: LabelledTexts) -> LabelledTexts:
    if len(found.names) < 2:
        raise OneLabel(found=len(found.names), rare=found.rare)
    if len(found.names) > MAX_LABELS:
        raise TooManyLabels(found=len(found.names), allowed=MAX_LABELS)
    return found
