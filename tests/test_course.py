"""Lessons as files: what they may hold, what is said of a mistake, and that both languages have the same stops."""

import re
from pathlib import Path

import pytest

from explorer.course import BYTES, Fault, read
from explorer.i18n import LANGUAGES
from explorer.ui.shell.course import FOLDER, checked, course
from explorer.ui.shell.names import Words, kind_of

GOOD = """---
title: A lesson
about: What it is about.
minutes: 5
follow: telling
---

## First

```stop
page: heads
state: {view: lines, token: 3}
look: matrix
```

Look at *{word}*. It has {d} numbers.

```speaker
notes: Point at {word}.
asks:
  "Why {d}?": Because.
```

## Second

```stop
page: scaling
look: key:scaling-head
ask:
  kind: number
  words: How much does {word} get?
  unit: "%"
  within: 10%
  key: target_weight
```

Now you see it.
"""


@pytest.fixture
def written(tmp_path):
    def write(text: str) -> Path:
        path = tmp_path / "mine.md"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_lesson_is_read(written):
    lesson = checked(read(written(GOOD)))
    assert (lesson.name, lesson.title, lesson.minutes, lesson.n_questions) == ("mine", "A lesson", 5, 1)
    first, second = lesson.stops
    assert (first.title, first.page, first.look, first.follow, first.line) == ("First", "heads", "matrix", "telling", 8)
    assert first.state == {"view": "lines", "token": 3}
    assert first.text == "Look at *{word}*. It has {d} numbers."
    assert first.ask is None
    assert (first.speaker.notes, first.speaker.asks) == ("Point at {word}.", {"Why {d}?": "Because."})
    assert second.speaker is None
    assert second.ask is not None
    assert (second.ask.kind, second.ask.unit, second.ask.within) == ("number", "%", "10%")
    assert [lesson.minutes_left(number) for number in (1, 2, 3)] == [5, 3, 0]


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("title: A lesson\n", "", 2, "title is missing"),
        ("minutes: 5", "minutes: soon", 4, "minutes is a whole number"),
        ("minutes: 5", "minutes: 5\nteacher: me", 5, "there is no teacher here"),
        ("minutes: 5", "minutes: [5", 5, "expected"),
        ("minutes: 5", "minutes: '5'", 4, "minutes is a whole number"),
        ("---\n\n## First", "---\n\nHello\n\n## First", 8, "before the first stop"),
        ("```stop\npage: heads", "```\npage: heads", 8, "no block"),
        ("page: heads\n", "", 11, "page is missing"),
        ("look: matrix", "look: matrix\nlook: row", 14, "stands there twice"),
        ("state: {view: lines, token: 3}", "state: &a {view: lines}\nalso: *a", 13, "an alias"),
        ("state: {view: lines, token: 3}", "state: lines", 12, "is a block of"),
        ("Look at *{word}*. It has {d} numbers.", "", 8, "has 0 characters"),
        ("Look at *{word}*. It has {d} numbers.", "x" * 701, 8, "has 701 characters"),
        ("kind: number", "kind: essay", 30, "kind is one of"),
        ("kind: number", "kind: choice", 29, "2 to 6 choices"),
        ("within: 10%", "within: much", 33, "within is a number"),
        ("notes: Point at {word}.\n", "", 19, "notes is missing"),
        ("Because.", "[yes]", 20, "is missing, or no text"),
        ("asks:", "asked:", 20, "there is no asked here"),
        ("asks:\n", "asks:\n" + "".join(f"  Q{n}: A.\n" for n in range(4)), 20, "more than 4 questions"),
        ("Because.\n```", "Because.", 8, "no block"),
        ("look: matrix", "look: !!python/object/apply:os.system [ls]", 13, "a tag (!)"),
    ],
)
def test_a_mistake_is_said_with_file_and_line(written, old, new, line, reason):
    assert old in GOOD
    path = written(GOOD.replace(old, new, 1))
    with pytest.raises(Fault, match=rf"^{re.escape(str(path))}:{line}: .*{re.escape(reason)}"):
        read(path)


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("page: heads", "page: nowhere", 8, "there is no page nowhere"),
        ("view: lines", "looks: lines", 8, "the state of heads"),
        ("token: 3", "token: it", 8, "token='it' is no Whole"),
        ("look: matrix", "look: moon", 8, "no part is called moon"),
        ("Point at {word}", "Point at {it}", 8, "a fact in {} that is none"),
        ("Why {d}?", "Why {d.real}?", 8, "a fact in {} that is none"),
        ("key: target_weight", "key: oracle", 24, "there is no key oracle"),
        ("follow: telling", "follow: me", 8, "nothing is followed"),
        ("{d} numbers", "{e} numbers", 8, "a fact in {} that is none"),
        ("{d} numbers", "{word.__class__} numbers", 8, "a fact in {} that is none"),
        ("{word} get", "{right} get", 24, "a fact in {} that is none"),
    ],
)
def test_what_is_not_there_is_said_too(written, old, new, line, reason):
    assert old in GOOD
    path = written(GOOD.replace(old, new, 1))
    with pytest.raises(Fault, match=rf":{line}: .*{re.escape(reason)}"):
        checked(read(path))


def test_words_stay_words(written):
    own = "page: ablation\nstate: {off: '{layer}.{head}', token: 3, layer: no}"
    lesson = read(written(GOOD.replace("page: heads\nstate: {view: lines, token: 3}", own)))
    assert lesson.stops[0].state == {"off": "{layer}.{head}", "token": 3, "layer": "no"}


def test_a_file_is_bounded(written):
    with pytest.raises(Fault, match=f"longer than {BYTES} bytes"):
        read(written(GOOD + "x" * BYTES))
    stop = GOOD[GOOD.index("## First") : GOOD.index("## Second")]
    with pytest.raises(Fault, match="42 stops"):
        read(written(GOOD + stop * 40))
    deep = "[" * 2000 + "]" * 2000
    with pytest.raises(Fault):
        read(written(GOOD.replace("{view: lines, token: 3}", deep)))


def test_a_file_that_is_no_text(tmp_path):
    path = tmp_path / "mine.md"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Fault, match="no UTF-8"):
        read(path)


def test_a_bad_file_is_left_out_of_the_app_and_in_the_log(tmp_path, monkeypatch, caplog):
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "good.md").write_text(GOOD, encoding="utf-8")
    (tmp_path / "en" / "bad.md").write_text(GOOD.replace("page: heads", "page: nowhere"), encoding="utf-8")
    monkeypatch.setattr("explorer.ui.shell.course.FOLDER", tmp_path)
    assert list(course.__wrapped__("en")) == ["good"]
    assert "bad.md:8: there is no page nowhere" in caplog.text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_lesson_that_ships_is_right(lang):
    paths = sorted((FOLDER / lang).glob("*.md"))
    assert paths
    for path in paths:
        lesson = checked(read(path))
        for stop in lesson.stops:
            assert stop.speaker is not None and stop.speaker.asks, f"{path}:{stop.line}: nothing for who presents it"


def bare(lesson) -> list[object]:
    """What a lesson is without its words: only they may differ between languages."""

    def state(stop):
        kinds = {name: kind_of(stop.page, name) for name in stop.state}
        return {name: ... if isinstance(kinds[name], Words) else value for name, value in stop.state.items()}

    def asked(ask):
        worded = {name for name, value in ask.settings.items() if re.search(" |[一-鿿]", str(value))}
        settings = {name: ... if name in worded else value for name, value in ask.settings.items()}
        return ask.kind, ask.key, settings, list(ask.choices), ask.within, bool(ask.after)

    def noted(speaker):
        return sorted(re.findall(r"\{\w+\}", speaker.notes)), len(speaker.asks)

    return [
        (stop.page, state(stop), stop.look, stop.follow, stop.ask and asked(stop.ask), noted(stop.speaker))
        for stop in lesson.stops
    ]


def test_all_languages_have_the_same_lessons_and_stops():
    english = course("en")
    for lang in LANGUAGES:
        assert list(course(lang)) == list(english)
        for name, lesson in course(lang).items():
            assert (lesson.minutes, bare(lesson)) == (english[name].minutes, bare(english[name])), f"{lang}: {name}"
