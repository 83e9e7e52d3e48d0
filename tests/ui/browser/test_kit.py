"""What the browser makes of the bytes that Python packs: the components' own script, asked in node."""

import ast
import base64
import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from explorer.ui import browser
from explorer.ui.browser.kit import framed
from explorer.ui.browser.matrix import EXACT_CELLS, packed

ROOT = Path(__file__).resolve().parents[3]
JS = ROOT / "tests" / "js"
COMPONENTS = sorted((ROOT / "explorer" / "ui" / "browser").glob("*.py"))
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed: the scripts are not run")
STOPS = [[10, 200, 30], [255, 255, 255], [90, 0, 250]]
SCALES = [
    {"low": 0, "high": 1, "root": False, "scale": "attention"},
    {"low": 0, "high": 1, "root": True, "scale": "attention"},
    {"low": -3, "high": 3, "root": False, "scale": "signed"},
    {"low": -3, "high": 3, "root": True, "scale": "signed"},
    {"low": 2, "high": 2, "root": False, "scale": "signed"},
]
VALUES = [-9.0, -3.0, -0.75, -0.01, 0.0, 0.0004, 0.25, 0.5, 0.81, 1.0, 2.0, 2.5, 3.0, 40.0]


def node(*arguments: str | Path, ask: object = None) -> str:
    text = None if ask is None else json.dumps(ask)
    done = subprocess.run(["node", *arguments], input=text, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def matrices() -> list[tuple[np.ndarray, np.ndarray, float, float]]:
    """Values, what is visible, and the ends of the scale: exact, root and linear, each with masked cells."""
    draw = np.random.default_rng(14)
    small = draw.normal(size=(7, 5)).astype(np.float32)
    probs = draw.dirichlet(np.full(300, 0.05), 300).astype(np.float32)
    signed = draw.normal(scale=2, size=(300, 300)).astype(np.float32)
    signed[3, 4] = np.nan  # no mask forbids it, and yet it is no number
    cases = [(small, -1.0, 1.0), (probs, 0.0, 1.0), (signed, -3.0, 3.0)]
    return [(values, draw.random(values.shape) < 0.9, low, high) for values, low, high in cases]


@pytest.fixture(scope="module")
def answer() -> dict:
    frames = []
    for values, visible, low, high in matrices():
        body, encoding = packed(values, visible, low, high)
        header = {"q": ["词", "<b>", '"\\'], "encoding": encoding, "low": low, "high": high, "pad": "x" * len(frames)}
        frames.append(base64.b64encode(framed(header, body)).decode())
    ask = {"frames": frames, "values": VALUES, "scales": SCALES, "stops": STOPS}
    return json.loads(node(JS / "ask.mjs", ask=ask))


@needs_node
@pytest.mark.parametrize(("case", "encoding"), list(enumerate(["exact", "root", "linear"])))
def test_a_matrix_arrives_as_it_was_packed(answer, case, encoding):
    values, visible, low, high = matrices()[case]
    found = answer["read"][case]
    assert found["header"]["encoding"] == encoding and found["header"]["q"] == ["词", "<b>", '"\\']
    read = np.array([float(text) for text in found["values"]]).reshape(values.shape)
    shown = visible & np.isfinite(values)
    np.testing.assert_array_equal(np.isnan(read), ~shown)
    assert (encoding == "exact") == (values.size <= EXACT_CELLS)
    if encoding == "exact":
        np.testing.assert_array_equal(read[shown], values[shown])
    elif encoding == "linear":  # half a step of (high - low) / 254
        np.testing.assert_allclose(read[shown], np.clip(values, low, high)[shown], atol=(high - low) / 508 + 1e-6)
    else:  # half a step between square roots
        np.testing.assert_allclose(np.sqrt(read[shown]), np.sqrt(values[shown]), atol=1 / 508 + 1e-6)


@needs_node
@pytest.mark.parametrize("case", range(len(SCALES)))
def test_a_value_has_the_shade_of_its_place_on_the_scale(answer, case):
    low, high, root = SCALES[case]["low"], SCALES[case]["high"], SCALES[case]["root"]
    held = np.clip(VALUES, low, high)
    if low == high:  # a scale without length: its end for all that lies above
        expected = (np.array(VALUES) > low) * np.minimum(np.array(VALUES) - low, 1)
    elif low < 0:  # the middle is 0; each half as a scale of its own
        expected = 0.5 + np.sign(held) * (np.abs(held) / high) ** (0.5 if root else 1) / 2
    else:
        expected = held ** (0.5 if root else 1)
    np.testing.assert_allclose(answer["shades"][case], expected, atol=1e-12)
    places = np.linspace(0, 1, len(STOPS))
    rgb = np.stack([np.interp(expected, places, channel) for channel in np.array(STOPS).T], axis=1)
    np.testing.assert_allclose(answer["colours"][case], rgb, atol=0.5 + 1e-9)


@needs_node
def test_a_table_of_colours_is_an_image_of_them(answer):
    """As the atlas uses it: linear shades for tiles that hold round(255 · √value)."""
    rgba = np.array(answer["table"], np.uint32).view(np.uint8).reshape(256, 4)
    places = np.linspace(0, 1, len(STOPS))
    expected = [np.interp(np.linspace(0, 1, 256) ** 2, places, channel) for channel in np.array(STOPS).T]
    np.testing.assert_allclose(rgba[:, :3], np.stack(expected, axis=1), atol=0.5 + 1e-9)
    assert (rgba[:, 3] == 255).all()


@needs_node
def test_the_rules_of_the_kit():
    assert "# fail 0" in node("--test", "--test-reporter=tap", JS / "kit.test.mjs")


def registered() -> list[tuple[str, ...]]:
    """What each component's file says in its call of `register`."""
    calls = [re.search(r"^_component = register(\([^)]*\))", path.read_text("utf-8"), re.M) for path in COMPONENTS]
    return [tuple(node.value for node in ast.parse(f"register{call[1]}").body[0].value.args) for call in calls if call]


def test_every_script_belongs_to_a_component():
    used = {name for names in registered() for name in names} | {"kit"}
    assert used == {path.stem for path in (ROOT / "explorer" / "ui" / "browser").glob("*.js")}


@needs_node
@pytest.mark.parametrize("names", registered(), ids=lambda names: names[0])
def test_a_component_is_one_module_without_comments(names, tmp_path):
    """Its parts share their names, so that two of the same name would be an error in the browser."""
    script = browser.script(*names)
    assert not re.search(r"^ *(//|/\*\*? *$|\* )|/\*\*", script, re.M)
    assert all(line.count("`") % 2 == 0 for line in script.splitlines())  # white space is left out, but of no string
    module = tmp_path / "component.mjs"
    module.write_text(script, "utf-8")
    node("--check", module)
    assert script.count("export default function") == 1
