"""The declaration of every name in the address, and that nothing in the app goes past it."""

import ast
import math
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from explorer.analysis.structure import parameters
from explorer.training.setting import TrainingSetting
from explorer.ui.panels.pretraining import training_lab
from explorer.ui.shell import names, state
from explorer.ui.shell.names import Flag, Heads, Kind, Number, Option, Whole, Wholes, Words
from explorer.ui.shell.navigation import PAGES

ROOT = Path(__file__).resolve().parents[3]
KINDS: list[Kind] = [Whole(), Number(), Option(), Words(20), Flag(), Wholes(), Heads()]
TYPES = {Whole: int, Number: float, Option: str, Words: str, Flag: bool, Wholes: tuple, Heads: tuple}
HOSTILE = [
    None, "", " ", "None", "nan", "NaN", "inf", "-inf", "1e999", "1_0", "０", "٣", "+3", "3.0", "0x1", "<b>", "\x00",
    "’", "a" * 5_000, "9" * 400, "-", "1-", "0.1-", "1.2.3",
    "true false", b"1", object(), [], {}, [None], [[0]],
    [[0, True]],
    [1.0], ["1"], True, 1.5, math.nan, math.inf, 10**40, -(10**40), (1, 2), {"a": 1},
]  # fmt: skip
ANY = some.none() | some.booleans() | some.integers() | some.floats() | some.text() | some.binary()
ANY |= some.lists(ANY, max_size=3) | some.dictionaries(some.text(max_size=3), ANY, max_size=2)


def is_one(kind: Kind, value: object) -> bool:
    return type(value) is TYPES[type(kind)] and value == kind.checked(value)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: type(kind).__name__)
def test_hostile_values(kind):
    for value in HOSTILE:
        found = kind.checked(value)
        assert found is None or is_one(kind, found), value
        if isinstance(value, str):
            read = kind.read([value])
            assert read is None or is_one(kind, read), value
            if isinstance(kind, Whole | Flag):
                assert read is None, value


@settings(deadline=None)
@given(some.sampled_from(KINDS), ANY, some.text())
def test_what_is_kept_is_of_its_kind_and_comes_back(kind, value, text):
    for found in (kind.checked(value), kind.read([text])):
        if found is not None:
            assert is_one(kind, found)
            spelled = kind.spelled(found)
            assert spelled is None or kind.read([spelled]) == found


def test_numbers():
    assert [Whole().read([text]) for text in ("0", "-3", "007", "3.0", "x", "1234567890")] == [
        0,
        -3,
        7,
        None,
        None,
        None,
    ]
    assert [Number().read([text]) for text in ("1", "-0.5", "1e-3", ".5", "1e99", "1,5")] == [
        1,
        -0.5,
        0.001,
        None,
        None,
        None,
    ]
    assert Whole().checked(True) is None and Number().checked(True) is None
    assert Wholes().read(["2", "0", "2"]) == (0, 2) and Wholes().read(["none"]) == () and Wholes().spelled(()) == "none"
    assert Heads().read(["2.11-0.3-x-0.3"]) == ((0, 3), (2, 11)) and Heads().spelled(((0, 3), (2, 11))) == "0.3-2.11"
    assert Words(3).spelled("abcd") is None and Words(3).read(["abcd"]) == "abcd"


def test_every_page_is_declared_and_no_own_name_hides_a_shared_one():
    assert set(names.OWN) == {entry.name for entry in PAGES}, "OWN in explorer/ui/shell/names.py needs every page"
    assert set(names.OLD) <= set(names.OWN)
    for page, own in names.OWN.items():
        assert not set(own) & set(names.SHARED), page
        assert len({names.key_of(page, name) for name in names.SHARED | own}) == len(names.SHARED | own)
        for new in names.OLD.get(page, {}).values():
            names.kind_of(page, new)
    assert set(names.SIZES) == set(parameters.SIZES)
    assert {"kind"} | {f"{side}_{name}" for side in training_lab.SIDES for name in training_lab.CHOICES} == set(
        names.OWN["training_lab"]
    )
    assert TrainingSetting() == training_lab.DEFAULTS["a"]


@pytest.mark.parametrize(
    ("page", "address", "meant"),
    [
        ("heads", {"query": ["3"], "layer": ["2"]}, {"row": 3, "layer": 2}),
        ("steps", {"query": ["3"], "key": ["4"]}, {"token": 3, "key": 4}),
        ("steps", {"query": ["3"], "token": ["5"]}, {"token": 5}),
        ("scaling", {"row": ["3"], "factor": ["0.5"]}, {"token": 3, "factor": 0.5}),
        ("neighbours", {"piece": ["3"]}, {"token": 3}),
        ("who_sees_whom", {"row": ["3"], "changed-word": ["4"]}, {"row": 3, "token": 4}),
        ("compare", {"layer-b": ["3"], "head_b": ["4"], "query": ["1"]}, {"layer-b": 3, "head-b": 4, "token": 1}),
        ("sentences", {"after6": ["2"]}, {"after": 2}),
        ("labels", {"at6": ["2"]}, {"at": 2}),
        ("long_text", {"query": ["Why?"]}, {"ask": "Why?"}),
        ("long_text", {"query": ["3"]}, {}),
        ("scaling", {"changed": ["0", "5"]}, {"changed": (0, 5)}),
        ("training_lab", {"b_ffn": ["False"], "a_steps": ["50"]}, {"b_ffn": False, "a_steps": 50}),
        ("sum", {"query": ["3"], "layer": ["None"], "head": ["nan"], "x": ["1"]}, {}),
    ],
)
def test_links_from_before(page, address, meant):
    assert names.said(page, address) == meant


@pytest.mark.parametrize(
    ("page", "address", "meant"),
    [
        ("contrast", {}, ("parameters", {"b-preset": "distilbert"})),
        ("rank_collapse", {"skips": ["with"]}, ("take_away", {"part": "alone", "skips": "with"})),
        ("without_ffn", {"lr": ["0.001"]}, ("take_away", {"part": "trained", "lr": 0.001})),
        (
            "without_ffn",
            {"view": ["removed"], "removed": ["2"], "mode": ["zero"]},
            ("take_away", {"part": "removed", "removed": "2", "mode": "zero"}),
        ),
        ("task_head", {"view": ["road"], "k": ["0"]}, ("labels", {"what": "text", "view": "road", "k": 0})),
        ("token_task", {"at6": ["2"], "seed": ["4"]}, ("labels", {"what": "token", "at": 2, "seed": 4})),
        ("why_sqrt_d", {"model": ["toy-bert"]}, ("saturation", {"regime": "drawn", "model": "toy-bert"})),
        (
            "unscaled",
            {"scale": ["0.25"], "changed": ["0", "5"]},
            ("scaling", {"show": "network", "scale": "0.25", "changed": (0, 5)}),
        ),
        ("bertviz", {}, ("heads", {"view": "bertviz", "of": "layer"})),
        (
            "bertviz",
            {"bv": ["model"], "least": ["0.1"], "text": ["hi"]},
            ("heads", {"view": "bertviz", "of": "model", "least": "0.1", "text": "hi"}),
        ),
        ("patterns", {"query": ["3"]}, ("atlas", {"view": "patterns", "token": 3})),
        ("patterns", {"pattern": ["6"]}, ("atlas", {"view": "patterns", "order": "same"})),
        (
            "patterns",
            {"show": ["rollout"], "layer": ["1"], "upto": ["4"], "residual": ["false"], "query": ["2"]},
            ("heads", {"of": "rollout", "layer": 4, "residual": False, "token": 2}),
        ),
        (
            "contrast",
            {"a-preset": ["bert-base"], "a-layers": ["3"], "b-preset": ["gpt"], "lang": ["zh"], "mode": ["two"]},
            ("parameters", {"preset": "bert-base", "layers": 3, "b-preset": "gpt", "lang": "zh"}),
        ),
        (
            "contrast",
            {"mode": ["thin"], "removed": ["4"], "a-preset": ["bert-base"], "b-preset": ["gpt"]},
            ("parameters", {"preset": "bert-base", "b-preset": "thin", "removed": 4}),
        ),
    ],
)
def test_pages_from_before(page, address, meant):
    name, found = names.moved(page, address)
    assert (name, names.said(name, found)) == meant


def test_every_way_from_a_page_of_before_ends_at_a_page():
    there = {entry.name for entry in PAGES}
    assert not there & set(names.MOVED)
    for ways in names.MOVED.values():
        assert [way.when is None for way in ways] == [False] * (len(ways) - 1) + [True]
        for way in ways:
            assert way.to in there
            opened = {name: [text] for name, text in parse_qsl(way.opens)}
            assert set(names.said(way.to, opened)) == set(opened), way  # all of it means something there


def test_a_link_may_only_carry_what_is_declared():
    assert state.links("heads", {"layer": "3", "words": True, "token": 2}) == {
        "layer": "3",
        "words": "true",
        "token": "2",
    }
    with pytest.raises(KeyError):
        state.links("heads", {"query": "3"})
    with pytest.raises(ValueError, match="layer"):
        state.links("heads", {"layer": None})


WIDGETS = {
    "selectbox", "segmented_control", "radio", "pills", "select_slider", "slider", "toggle", "checkbox", "multiselect",
    "text_input", "text_area", "number_input", "tabs", "feedback", "color_picker", "date_input", "time_input",
}  # fmt: skip
# What is no choice: the format of a picture that is saved, and an answer, which the next one must not read in a link.
FREE = {
    ("show.py", "segmented_control"),
    ("question.py", "radio"),
    ("question.py", "number_input"),
    *(
        ("room.py", widget)
        for widget in ("text_input", "text_area", "checkbox")  # what is sent to a class room stands in no address
    ),
}


def test_nothing_goes_past_the_declaration():
    files = [*(ROOT / "explorer").rglob("*.py"), *(ROOT / "pages").rglob("*.py"), ROOT / "streamlit_app.py"]
    for path in files:
        if path.name == "state.py" and path.parent.name == "shell":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            where = f"{path}:{getattr(node, 'lineno', 0)}"
            assert not (isinstance(node, ast.Attribute) and node.attr == "query_params"), where
            if isinstance(node, ast.Call):
                assert not any(word.arg == "bind" for word in node.keywords), where
                called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
                assert called not in WIDGETS or (path.name, called) in FREE or called in ("slider", "toggle"), where
                if called in ("slider", "toggle"):
                    assert ast.unparse(node.func.value) == "state", where


def test_every_name_in_the_code_is_declared():
    """Names given as plain text; those put together in code are asked for when their page is opened."""
    known = set(names.SHARED) | {name for own in names.OWN.values() for name in own}
    at = {
        "choice": 3,
        "current": 0,
        "slider": 2,
        "toggle": 1,
        "words": 2,
        "several": 3,
        "number": 0,
        "chosen": 0,
        "asked": 0,
    }
    for path in [*(ROOT / "explorer" / "ui").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if ast.unparse(node.func.value) == "state" and node.func.attr in at and len(node.args) > at[node.func.attr]:
                name = node.args[at[node.func.attr]]
                if isinstance(name, ast.Constant):
                    assert name.value in known, f"{path}:{node.lineno} {name.value}"
