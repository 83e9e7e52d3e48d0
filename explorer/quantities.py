"""Numbers as a reader wants them, in one place: shares, bytes, operations, large counts; no minus before a zero.

Messages name the way: `{share:.0%}`, `{size:bytes}`, `{work:flops}`, `{n:large}`; every other format is Python's.
"""

import math
import re
import string
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

# A share this near to 0 or 1 is nothing or all: what float32 leaves of a sum of weights.
_ROUNDING = 1e-6
_NEGATIVE_ZERO = re.compile(r"^-(?=0(\.0+)?(e[+-]\d+)?$)")
_LARGE = {"en": ((1e12, " trillion"), (1e9, " billion"), (1e6, " million")), "zh": ((1e8, " 亿"), (1e4, " 万"))}
# Counts below this are read at a glance and stay exact.
_EXACT = 1_000_000


def percent(share: float | int, digits: int = 0) -> str:
    """A share of 1. Within 1 % of nothing or of all at least one decimal, then "<0.1%", ">99.9%": "0%" is nothing at
    all, and "100%" is all of it. A negative share has its minus, unless nothing would stand behind it but a zero."""
    if not math.isfinite(share):
        return "–"
    if min(abs(share), abs(1 - share)) < _ROUNDING:
        return f"{round(share) + 0:.{digits}%}"
    if share < 0:
        said = percent(-share, digits)
        return f"-{said}" if said[0].isdigit() else f"{0:.{digits}%}"
    if share > 1:
        return f"{share:.{digits}%}"
    least = min(share, 1 - share)
    digits = max(digits, 1) if least < 0.01 else digits
    step = 10.0 ** -(digits + 2)
    if least < step / 2:
        return f"<{step:.{digits}%}" if share < 0.5 else f">{1 - step:.{digits}%}"
    return f"{share:.{digits}%}"


def three(value: float | int) -> str:
    """Three digits that mean something: 159, 22.3, 1.07."""
    size = abs(value)
    return f"{value:,.{0 if size >= 99.95 else 1 if size >= 9.995 else 2}f}"


def byte_size(n_bytes: float | int) -> str:
    """Bytes in the binary unit that fits, to three digits."""
    for unit, size in (("TiB", 2**40), ("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if abs(n_bytes) >= 0.9995 * size:
            return f"{three(n_bytes / size)} {unit}"
    return f"{n_bytes:,.0f} B"


def flop_count(operations: float | int) -> str:
    """Floating-point operations in the decimal unit that fits, to three digits."""
    for unit, size in (("P", 1e15), ("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if abs(operations) >= 0.9995 * size:
            return f"{three(operations / size)} {unit}FLOPs"
    return f"{operations:,.0f} FLOPs"


def large_count(count: float | int, language: str = "en") -> str:
    """A count: exact below a million, else to three digits in the words of the language."""
    if abs(count) < _EXACT:
        return _NEGATIVE_ZERO.sub("", f"{count:,.0f}")
    size, word = next((size, word) for size, word in _LARGE[language] if abs(count) >= size)
    return f"{three(count / size)}{word}"


def plain(value: Any, spec: str) -> str:
    """Python's format; no minus before a zero, "0" for an exact zero in powers of ten, "–" for no number."""
    if not isinstance(value, Real):
        return format(value, spec)
    if math.isnan(value):
        return "–"
    if spec.endswith("e") and value == 0:
        return "0"
    return _NEGATIVE_ZERO.sub("", format(value, spec))


class Words(string.Formatter):
    """Fills the facts of a message in, in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        """One fact, by the way that the message names."""
        if format_spec == "bytes":
            return byte_size(value)
        if format_spec == "flops":
            return flop_count(value)
        if format_spec.removeprefix("+") == "large":
            sign = "+" if format_spec.startswith("+") and value > 0 else ""
            return sign + large_count(value, self.language)
        if format_spec.endswith("%"):
            return percent(float(value), int(format_spec[1:-1] or 0))
        return plain(value, format_spec)

    def filled(self, message: str, facts: Mapping[str, Any]) -> str:
        """The message with its facts."""
        none: Sequence[Any] = ()
        return self.vformat(message, none, facts)
