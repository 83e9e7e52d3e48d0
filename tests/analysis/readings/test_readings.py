"""No sentence says more than its numbers: every reading against its own table, on six texts and seven models."""

import dataclasses
import math
import pkgutil
import re
import string
from functools import cache
from importlib import import_module

import pytest

import explorer.analysis
from explorer.analysis.info import EVEN
from explorer.i18n import LANGUAGES, Translator, _catalogue
from explorer.training import compared, curves, dial_curves
from tests.analysis.readings.expected import EXPECTED
from tests.analysis.readings.infos import SCENES, alone, infos

MODULES = [
    *(import_module(found.name) for found in pkgutil.walk_packages(explorer.analysis.__path__, "explorer.analysis.")),
    compared,
    curves,
    dial_curves,
]
CLASSES = {
    f"{module.__name__.rpartition('.')[2]}.{name}"
    for module in MODULES
    for name, kind in vars(module).items()
    if dataclasses.is_dataclass(kind) and kind.__module__ == module.__name__ and "reading" in vars(kind)
}
BUILT: set[str] = set()
KEYS: set[str] = set()


def name_of(info: object) -> str:
    return f"{type(info).__module__.rpartition('.')[2]}.{type(info).__name__}"


@cache
def wanted(key: str) -> set[str]:
    """The facts that the message prints."""
    found = _catalogue("en").gettext(key)
    if found == key:
        found = _catalogue("en").ngettext(key, key, 2)
    return {field for _, field, _, _ in string.Formatter().parse(found) if field}


def same(a: object, b: object) -> bool:
    if isinstance(a, str) or isinstance(b, str):
        return a == b
    if a is None or b is None:
        return a is b
    x, y = float(a), float(b)  # type: ignore[arg-type]
    # Readings add up in float32, tables here in float64.
    return (math.isnan(x) and math.isnan(y)) or math.isclose(x, y, rel_tol=2e-4, abs_tol=2e-6)


def check(info: object, where: str) -> None:
    name = name_of(info)
    BUILT.add(name)
    key, facts = info.reading()  # type: ignore[attr-defined]
    KEYS.add(key)
    right, numbers = EXPECTED[name](info, info.table())  # type: ignore[attr-defined]
    assert key == right, f"{where}, {name}: says {key} {facts}, the table says {right} {numbers}"
    for fact in wanted(key):
        assert fact in numbers, f"{name}: nothing is known of {fact!r} in {key}"
        assert same(facts[fact], numbers[fact]), (
            f"{where}, {key}: {fact} is {facts[fact]}, in the table {numbers[fact]}"
        )
    for language in LANGUAGES:
        words(Translator(language)(key, **facts), key, facts)


def words(sentence: str, key: str, facts: dict[str, object]) -> None:
    """What single words and signs may stand for, whatever the reading."""
    assert not re.search(r"-0(\.0+)?(?![.\d])", sentence), f"minus zero: {sentence}"
    assert not re.search(r"\b(nan|inf|None)\b", sentence), sentence
    if "mostly" in sentence or "主要" in sentence:
        assert float(facts["share"]) > 0.5, sentence  # type: ignore[arg-type]
    if "nearly evenly" in sentence:
        size = facts.get("size", facts.get("share"))
        # Of a mean over rows with unequal numbers of visible tokens only the means are in the sentence.
        assert float(size) <= 2 * EVEN * float(facts["even"]), sentence  # type: ignore[arg-type]
    printed = [value for value in facts.values() if isinstance(value, float)]
    if re.search(r"(?<![\d.])0%", sentence) and facts:  # nothing at all, up to rounding
        assert any(abs(value) < 1e-6 for value in printed), sentence
    if re.search(r"(?<![\d.])100%", sentence) and facts:
        assert any(abs(value - 1) < 1e-6 or value > 1 for value in printed), sentence


def test_every_reading_has_a_predicate():
    assert not CLASSES - set(EXPECTED), "their predicates belong into tests/analysis/readings/expected.py"
    assert not set(EXPECTED) - CLASSES, "predicates of readings that do not exist"


def test_readings_that_need_no_text():
    for info in alone():
        check(info, "alone")


@pytest.mark.parametrize(("model", "text"), SCENES, ids=lambda value: value)
def test_readings_of_a_text(model, text):
    for info in infos(model, text):
        check(info, f"{model}, {text}")


def test_every_reading_was_built():
    """The last of this file: it looks at what the others have seen."""
    if len(BUILT) > 40:  # not where a few tests alone are chosen
        assert BUILT == CLASSES, f"to be made in tests/analysis/readings/infos.py: {CLASSES - BUILT}"
