"""The stage of one weight: what the browser reads out of the bytes, and what it says, against numpy."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from explorer import Scene
from explorer.analysis.attention.head_row import HeadRow, head_row
from explorer.i18n import Translator
from explorer.ui.browser.journey_weight import described, numbers
from explorer.ui.browser.kit import framed
from tests.architectures import tiny_model, views
from tests.ui.browser.test_kit import JS, needs_node, node

TEXT = "The cat sat on the mat."
MODELS = ["bert", "gpt2", "t5", "xlnet", "modernbert", "deberta-v2", "mpnet", "albert"]


def asked(scene: Scene, query: int, key: int, lang: str = "en") -> tuple[HeadRow, dict]:
    row = head_row(scene, scene.layer(1), 1, query, key)
    tokens = scene.encoded.tokens
    frame = framed(described(row, tokens, scene.keys.tokens, Translator(lang)), numbers(row))
    return row, json.loads(node(JS / "ask_weight.mjs", ask={"frame": base64.b64encode(frame).decode()}))


@needs_node
@pytest.mark.parametrize("name", MODELS)
def test_the_browser_reads_what_was_packed_and_says_its_numbers(name):
    scene = Scene(tiny_model(name), TEXT)
    row, answer = asked(scene, 3, 1)
    same = {
        "q": row.q, "k": row.k, "v": row.v, "dots": row.dots, "added": row.added, "weights": row.weights,
        "joined": row.joined, "mixing": row.mixing, "attnOut": row.attn_out, "state": row.state, "total": row.total,
    }  # fmt: skip
    for field, values in same.items():
        np.testing.assert_array_equal(np.array(answer["row"][field], "f4"), values, err_msg=field)
    read = np.array([np.nan if s is None else s for s in answer["row"]["scores"]], "f4")
    np.testing.assert_array_equal(read, row.scores)
    for n, told in enumerate(answer["keys"]):
        product = row.q.astype(float) * row.k[n]
        np.testing.assert_allclose(told["sums"], np.cumsum(product), rtol=1e-12)
        facts = told["facts"]
        assert facts["positive"] == (product > 0).sum() and facts["negative"] == (product < 0).sum()
        assert number_of(facts["dot"]) == pytest.approx(product.sum(), rel=1e-3, abs=1e-3)
        if row.visible[n]:
            assert number_of(facts["score"]) == pytest.approx(row.scores[n], rel=1e-3, abs=1e-3)
        turn = np.degrees(np.arccos(row.state @ row.total / np.linalg.norm(row.state) / np.linalg.norm(row.total)))
        assert facts["angle"] == round(float(turn))
        for step, said in told["says"].items():
            assert said and not re.search(r"[{}]|undefined|NaN", said), (step, said)
    raised = np.where(row.visible, np.exp(np.nan_to_num(row.scores.astype(float)) / 2), 0)
    np.testing.assert_allclose(answer["half"], raised / raised.sum(), atol=1e-6)
    np.testing.assert_allclose(answer["even"], np.array(row.visible) / sum(row.visible), atol=1e-6)
    np.testing.assert_allclose(answer["whole"], row.weights, atol=0)
    assert answer["shares"] == ["< 0.1%", "< 0.1%", "0.4%", "9.9%", "10%", "50%", "100%"]


@needs_node
def test_of_a_long_text_the_rest_keeps_its_share(minilm):
    row, answer = asked(Scene(minilm, "word " * 700), 300, 40, "zh")
    assert sum(answer["even"]) + row.rest_weight == pytest.approx(1, abs=1e-5)
    np.testing.assert_array_equal(np.array(answer["row"]["restValue"], "f4"), row.rest_value)
    assert "全部 512 个词元" in answer["keys"][0]["says"]["context"]


def number_of(text: str) -> float:
    return float(text.replace("−", "-"))


def alone(row: HeadRow) -> HeadRow:
    """The row of a text of one token."""
    first = {name: getattr(row, name)[:1] for name in ("at", "k", "v", "visible", "dots", "added", "scores")}
    return replace(row, **first, weights=np.ones(1, "f4"), n_keys=1, n_visible=1)


def packed(scene: Scene, query: int, key: int, changed: Callable[[HeadRow], HeadRow] = lambda row: row) -> str:
    row = changed(head_row(scene, scene.layer(0), 0, query, key))
    header = described(row, scene.encoded.tokens, scene.keys.tokens, Translator("zh"))
    return base64.b64encode(framed(header, numbers(row))).decode()


@needs_node
def test_every_scene_can_be_drawn_for_every_architecture(minilm):
    """Also for one token, for a long text, and for a query that may look at nothing but itself."""
    scenes = [Scene(tiny_model(name).of_stack(stack), TEXT) for name, stack in views()]
    asked = [packed(scene, min(3, scene.encoded.n_tokens - 1), 0) for scene in scenes]
    asked += [packed(scene, 0, scene.keys.n_tokens - 1) for scene in scenes]
    asked += [packed(scenes[0], 0, 0, alone), packed(Scene(minilm, "word " * 700), 300, 40)]
    for number, steps in enumerate(json.loads(node(JS / "draw_weight.mjs", ask={"frames": asked}))):
        for found in steps:
            where = f"frame {number}, {found['step']}"
            assert not found["wrong"], f"{where}: {found['wrong'][:3]}"
            assert found["shapes"] > 3 and found["tells"], where
            for told in found["tells"]:
                assert not re.search(r"NaN|undefined|null|\{", told), f"{where}: {told}"
                for a, b, product in re.findall(r"^([−\d.e-]+) × ([−\d.e-]+) = ([−\d.e-]+)$", told, re.M):
                    # Four digits each, three where they are below 0.001.
                    assert number_of(a) * number_of(b) == pytest.approx(number_of(product), rel=1e-2, abs=1e-9)
