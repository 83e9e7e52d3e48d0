"""Lessons as files: a way of stops through the pages, which a teacher writes without Python (see docs/course.md).

A file is Markdown: what the lesson is, between `---` lines; then for each stop a heading, a block fenced with
```` ```stop ````, which says where it is, and its text. The blocks are YAML, as plain as YAML can be.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

# What a lesson may be at most. Whoever writes one should see it, not whoever walks it.
BYTES, STOPS, WORDS, CHOICES, ASKS = 64_000, 40, 700, 6, 4
KINDS = ("choice", "number", "token")
FENCE = "```"


class Fault(ValueError):
    """A lesson that cannot be read; says the file, the line and what is wrong there."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(f"{path}:{line}: {reason}")


@dataclass(frozen=True)
class Question:
    """What is asked before the picture.

    kind: "choice", "number" or "token". key: name of the function that knows the answer, with these settings.
    choices: name → words, in the order shown. unit: after a number. within: how far off a number may be and still be
    right, in its own unit; or "20%" of the right one. after: what is said beside the answer.
    """

    kind: str
    words: str
    key: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    choices: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""
    within: str = "0"
    after: str = ""


@dataclass(frozen=True)
class Speaker:
    """What only who presents sees of a stop. notes: what to say; asks: what students will ask → the answer."""

    notes: str
    asks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stop:
    """One stop: a page, what it is opened with, the part to look at, and the text. line: where it begins in its file.

    follow: name of the function that says which word, layer and head are followed here.
    """

    title: str
    page: str
    text: str
    state: Mapping[str, Any] = field(default_factory=dict)
    look: str = ""
    follow: str = ""
    ask: Question | None = None
    line: int = 0
    speaker: Speaker | None = None


@dataclass(frozen=True)
class Lesson:
    """A way through the pages. name: of its file, and in the address. then: name of the lesson to walk after it."""

    name: str
    title: str
    about: str
    minutes: int
    stops: tuple[Stop, ...]
    order: int = 99
    path: Path = Path()
    then: str = ""

    @property
    def n_questions(self) -> int:
        """How many of its stops ask something."""
        return sum(stop.ask is not None for stop in self.stops)

    def minutes_left(self, number: int) -> int:
        """From this stop (counted from 1) to the end, rounded up."""
        left = len(self.stops) + 1 - number
        return -(-self.minutes * max(left, 0) // len(self.stops))


def read(path: Path) -> Lesson:
    """The lesson in a file.

    Raises:
        Fault: with file and line, for whatever is not as described.
    """
    if path.stat().st_size > BYTES:
        raise Fault(path, 1, f"longer than {BYTES} bytes")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise Fault(path, 1, f"no UTF-8: {error.reason}") from error
    if not lines or lines[0] != "---" or "---" not in lines[1:]:
        raise Fault(path, 1, "begins with what the lesson is, between two lines of ---")
    end = lines.index("---", 1)
    head = _Block(path, 2, _yaml(path, 2, lines[1:end]))
    follow = head.text("follow", "")
    stops = tuple(_stop(path, line, part, follow) for line, part in _parts(path, end + 1, lines[end + 1 :]))
    if not 1 <= len(stops) <= STOPS:
        raise Fault(path, len(lines), f"has {len(stops)} stops; 1 to {STOPS} are allowed")
    name = path.stem
    lesson = Lesson(
        name, head.text("title"), head.text("about"), head.whole("minutes"), stops, head.whole("order", 99), path,
        head.text("then", ""),
    )  # fmt: skip
    head.over()
    return lesson


def _yaml(path: Path, line: int, lines: list[str]) -> dict[str, Any]:
    """A block, whose first line in the file is `line`.

    YAML without what nobody needs here: a name twice, tags, and aliases, with which ten lines become gigabytes.
    """
    text = "\n".join(lines)
    try:
        for event in yaml.parse(text, yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "tag", None):
                raise Fault(path, line + event.start_mark.line, "an alias (*) or a tag (!) is not read here")
        tree = yaml.compose(text, yaml.SafeLoader)
        twice = _twice(tree)
        if twice is not None:
            raise Fault(path, line + twice.start_mark.line, f"{twice.value} stands there twice")
        found = None if tree is None else _built(tree)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or str(error) or "nested too deep"
        raise Fault(path, line + (mark.line if mark else 0), str(reason)) from error
    if not isinstance(found, dict):
        raise Fault(path, line, "a block is lines of `name: value`")
    return found


def _built(node: Any) -> Any:
    """What a block says. Numbers and true and false are what they look like; `on`, `off`, `yes` and `no` are words."""
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _built(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_built(one) for one in node.value]
    text = str(node.value)
    if node.style is not None:  # in quotes
        return text
    if re.fullmatch(r"-?\d{1,15}", text):
        return int(text)
    if re.fullmatch(r"-?\d{1,15}\.\d{1,15}", text):
        return float(text)
    return {"true": True, "false": False}.get(text, text)


def _twice(node: Any) -> Any:
    """The first name that stands in one block for the second time; None for none."""
    if isinstance(node, yaml.SequenceNode):
        return next(filter(None, map(_twice, node.value)), None)
    if not isinstance(node, yaml.MappingNode):
        return None
    names = [str(key.value) for key, _ in node.value]
    here = (key for at, (key, _) in enumerate(node.value) if names[at] in names[:at])
    return next(here, None) or next(filter(None, (_twice(value) for _, value in node.value)), None)


def _parts(path: Path, first: int, lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """The stops: their first line in the file, counted from 1, and their lines."""
    at = [number for number, line in enumerate(lines) if line.startswith("## ")]
    before = next((number for number, line in enumerate(lines[: at[0]] if at else lines) if line.strip()), None)
    if before is not None:
        raise Fault(path, first + before + 1, "before the first stop, which begins with `## `, nothing may stand")
    for begin, end in zip(at, [*at[1:], len(lines)], strict=True):
        yield first + begin + 1, lines[begin:end]


def _stop(path: Path, line: int, lines: list[str], follow: str) -> Stop:
    block, lines = _fenced(path, line, lines, "stop")
    said = None
    if f"{FENCE}speaker" in lines:
        said, lines = _fenced(path, line, lines, "speaker")
    text = "\n".join(lines[1:]).strip()
    if not 1 <= len(text) <= WORDS:
        raise Fault(path, line, f"the text of the stop has {len(text)} characters; 1 to {WORDS} are allowed")
    asked = block.block("ask")
    stop = Stop(
        lines[0].removeprefix("## ").strip(), block.text("page"), text, block.block("state") or {},
        block.text("look", ""), block.text("follow", follow), _question(asked) if asked else None, line,
        None if said is None else _speaker(said),
    )  # fmt: skip
    block.over()
    return stop


def _fenced(path: Path, line: int, lines: list[str], name: str) -> tuple["_Block", list[str]]:
    """A block of the stop that begins on this line, and the lines without it: blank, so that the others keep theirs."""
    try:
        begin = lines.index(f"{FENCE}{name}")
        end = lines.index(FENCE, begin)
    except ValueError as error:
        raise Fault(path, line, f"the stop has no block between {FENCE}{name} and {FENCE}") from error
    first = line + begin + 1
    block = _Block(path, first, _yaml(path, first, lines[begin + 1 : end]))
    return block, [*lines[:begin], *[""] * (end + 1 - begin), *lines[end + 1 :]]


def _speaker(block: "_Block") -> Speaker:
    asked = block.block("asks") or _Block(block.path, block.line, {})
    if len(asked) > ASKS:
        raise block.fault("asks", f"asks has more than {ASKS} questions")
    asks = {question: asked.text(question) for question in list(asked)}
    said = Speaker(block.text("notes"), asks)
    block.over()
    return said


def _question(block: "_Block") -> Question:
    kind = block.text("kind")
    if kind not in KINDS:
        raise block.fault("kind", f"kind is one of {', '.join(KINDS)}")
    choices = {str(name): str(words) for name, words in (block.block("choices") or {}).items()}
    if (kind == "choice") != (2 <= len(choices) <= CHOICES):
        raise block.fault("choices", f"a choice, and nothing else, has 2 to {CHOICES} choices")
    within = block.text("within", "0")
    if not re.fullmatch(r"\d{1,9}(\.\d{1,6})?%?", within):
        raise block.fault("within", "within is a number, or a number with %")
    question = Question(
        kind, block.text("words"), block.text("key"), block.block("with") or {}, choices, block.text("unit", ""),
        within, block.text("after", ""),
    )  # fmt: skip
    block.over()
    return question


class _Block(dict[str, Any]):
    """A block that is taken apart name by name; what is left over is a mistake in writing."""

    def __init__(self, path: Path, line: int, found: Mapping[Any, Any]) -> None:
        super().__init__({str(name): value for name, value in found.items()})
        self.path, self.line = path, line

    def fault(self, name: str, reason: str) -> Fault:
        """What is wrong with a name."""
        return Fault(self.path, self.at(name), reason)

    def at(self, name: str) -> int:
        """The line of a name, or the block's first where it does not stand."""
        end = len(lines := self.path.read_text(encoding="utf-8").splitlines())
        end = next((n for n in range(self.line, end) if lines[n - 1] in ("---", FENCE)), end)
        here = (n for n in range(self.line, end) if re.match(rf"\s*{re.escape(name)}:", lines[n - 1]))
        return next(here, self.line)

    def text(self, name: str, default: str | None = None) -> str:
        value = self.pop(name, default)
        if value is None or isinstance(value, dict | list) or (default is None and not str(value).strip()):
            raise self.fault(name, f"{name} is missing, or no text")
        if len(str(value)) > WORDS:
            raise self.fault(name, f"{name} is longer than {WORDS} characters")
        return str(value).strip()

    def whole(self, name: str, default: int | None = None) -> int:
        value = self.pop(name, default)
        if type(value) is not int or not 0 < value < 1000:
            raise self.fault(name, f"{name} is a whole number from 1 to 999")
        return value

    def block(self, name: str) -> "_Block | None":
        value = self.pop(name, None)
        if value is not None and not isinstance(value, dict):
            raise self.fault(name, f"{name} is a block of `name: value`")
        return None if value is None else _Block(self.path, self.at(name), value)

    def over(self) -> None:
        if self:
            raise self.fault(next(iter(self)), f"there is no {next(iter(self))} here")
