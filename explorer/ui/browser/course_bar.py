"""The bar that leads through a lesson: back, next, where one is; the keys of a clicker; and the light on a part."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

from explorer.i18n import Translator
from explorer.ui.browser import register
from explorer.ui.shell import presenting

_component = register("course_bar", "speaker")
WORDS = (
    *("back", "next", "reveal", "leave", "finish", "return", "keys", "present", "present_key", "present_end"),
    *("present_end_key", "cover", "cover_key", "covered_now", "notes", "notes_key", "notes_none", "will_ask"),
    "from_zero",
)


@dataclass(frozen=True)
class Bar:
    """What it shows. number: the stop, counted from 1, one more than `of` at the end; `left` in minutes.

    covered: a question is open, and next looks behind it. away: the visitor is on another page than the stop's.
    look: CSS selector of the part to look at. light: changes where the light has to go on again.
    """

    title: str
    place: str
    number: int
    of: int
    covered: bool = False
    away: bool = False
    look: str = ""
    light: str = ""


@dataclass(frozen=True)
class Notes:
    """What the speaker's second window shows of a stop, as plain text.

    lines: what stands on the wall. said: what to say. asks: what students will ask, and the answers. next: title.
    """

    lesson: str
    title: str
    place: str
    lines: tuple[str, ...]
    said: str = ""
    asks: tuple[tuple[str, str], ...] = ()
    next: str = ""


def course_bar(
    t: Translator, bar: Bar | None, go_on: str | None, leave: Callable[[], None], reveal: str = "course.reveal",
    notes: Notes | None = None,
) -> int | str | None:  # fmt: skip
    """Draw the bar, or the way back to a lesson that was left, or nothing; the buttons and keys of who presents.

    go_on: the label of that way. reveal: the message of what uncovers. Returns where the visitor wants to go:
    the number of a stop, "reveal", "resume", None.
    """
    data: dict[str, object] = {
        "bar": None if bar is None else asdict(bar),
        "resume": go_on,
        "present": presenting.on(),
        "notes": None if notes is None else asdict(notes),
        "words": {word: t(f"course.{word}") for word in WORDS} | {"reveal": t(reveal)},
    }
    sent = _component(
        key="course-bar", data=data, on_go_change=lambda: None, on_leave_change=leave,
        on_present_change=presenting.toggle,
    )  # fmt: skip
    wish = sent.go
    if wish in ("reveal", "resume") or (type(wish) is int and 0 <= wish <= 100):
        return wish  # type: ignore[no-any-return]
    return None
