"""A token's journey against a second computation from the weights, written out step by step in float64."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn.functional import gelu, layer_norm

from explorer import ModelSpec, Scene, load, replay, run
from explorer.analysis.start.journey import SIDE, Journey, Station, journey, telling_head
from explorer.capture.heads import word_logits

TEXT, PAIR, TOKEN, LAYER, HEAD = "The river bank was steep.", "He fell in.", 4, 1, 2


@pytest.fixture(scope="module")
def info(tiny) -> Journey:
    seen = run(tiny, TEXT, PAIR)
    return journey(Scene.of(tiny, seen), LAYER, TOKEN, HEAD)


@pytest.fixture(scope="module")
def weights(tiny):
    return {name: tensor.double() for name, tensor in tiny.base.state_dict().items()}


def apply(weights, name, x):
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def normed(weights, name, x, eps=1e-12):
    return layer_norm(x, x.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"], eps)


def reference(weights, ids, segments, n_heads, n_layers):
    """Every tensor of every layer, T x D, by the formulas of the lesson."""
    table = "embeddings.{}_embeddings.weight"
    out = {"word": weights[table.format("word")][ids], "segment": weights[table.format("token_type")][segments]}
    out["position"] = weights[table.format("position")][: len(ids)]
    out["embedding_sum"] = out["word"] + out["position"] + out["segment"]
    h = out["embedding"] = normed(weights, "embeddings.LayerNorm", out["embedding_sum"])
    layers = []
    for index in range(n_layers):
        at, now = f"encoder.layer.{index}", {}
        for letter, name in (("q", "query"), ("k", "key"), ("v", "value")):
            now[letter] = apply(weights, f"{at}.attention.self.{name}", h)
        width = h.shape[1] // n_heads
        cut = [slice(i * width, (i + 1) * width) for i in range(n_heads)]
        now["probs"] = [(now["q"][:, c] @ now["k"][:, c].T / math.sqrt(width)).softmax(-1) for c in cut]
        now["context"] = torch.cat([p @ now["v"][:, c] for p, c in zip(now["probs"], cut, strict=True)], 1)
        now["attn_out"] = apply(weights, f"{at}.attention.output.dense", now["context"])
        now["attn_norm"] = normed(weights, f"{at}.attention.output.LayerNorm", h + now["attn_out"])
        now["ffn_act"] = gelu(apply(weights, f"{at}.intermediate.dense", now["attn_norm"]))
        now["ffn_out"] = apply(weights, f"{at}.output.dense", now["ffn_act"])
        h = now["hidden"] = normed(weights, f"{at}.output.LayerNorm", now["attn_norm"] + now["ffn_out"])
        layers.append(now)
    out["pooled"] = torch.tanh(apply(weights, "pooler.dense", h[0]))
    return out, layers


def test_every_station_is_what_the_formulas_give(tiny, info, weights):
    encoded = run(tiny, TEXT, PAIR).encoded
    outside, layers = reference(weights, encoded.ids[0], encoded.segments[0], tiny.dims.n_heads, tiny.dims.n_layers)
    for station in info.stations:
        if station.name == "pooled":
            expected = outside["pooled"]
        elif station.layer is None:
            expected = outside[station.name][TOKEN]
        else:
            expected = layers[station.layer][station.name][TOKEN]
        # float32 against float64 through up to three layers whose values reach 6: measured 2e-6.
        np.testing.assert_allclose(
            station.values, expected.numpy(), atol=1e-5, err_msg=f"{station.name} {station.layer}"
        )
    np.testing.assert_allclose(info.attention, layers[LAYER]["probs"][HEAD][TOKEN].numpy(), atol=1e-6)
    names = {station.name for station in info.stations}
    assert names == {*outside, *layers[0]} - {"probs"}
    assert [s.layer for s in info.stations if s.name == "hidden"] == [0, 1, 2]


def test_the_three_lookups_add_up(minilm):
    seen = run(minilm, TEXT)
    info = journey(Scene.of(minilm, seen), 0, 2, 0)
    added = sum(info.station(name).values for name in ("word", "position", "segment"))
    np.testing.assert_allclose(added, info.station("embedding_sum").values, atol=1e-6)
    assert abs(added).max() > 0.1


def test_joined_heads_times_the_projection_are_mixed(minilm):
    seen = run(minilm, TEXT)
    info = journey(Scene.of(minilm, seen), 3, 3, 5)
    dense = minilm.layers[3].attention.output.dense
    expected = dense.weight.numpy() @ info.station("context").values + dense.bias.numpy()
    np.testing.assert_allclose(info.station("attn_out").values, expected, atol=1e-5)  # a sum of 384 float32 products
    assert abs(info.station("context").values - expected).max() > 0.1  # concatenation alone is something else


def test_shapes_are_the_whole_tensors(info):
    shapes = {s.name: s.shape for s in info.stations}
    n = len(info.tokens)
    assert shapes["q"] == f"B×H×T×K = 1×3×{n}×8"
    assert shapes["ffn_act"] == f"B×T×F = 1×{n}×40"
    assert shapes["hidden"] == f"B×T×D = 1×{n}×24"
    assert shapes["pooled"] == "B×D = 1×24"


def test_compared_stations_share_a_range(info):
    for names in ({"word", "position", "segment", "embedding_sum"}, {"embedding", "hidden"}):
        assert len({s.limit for s in info.stations if s.name in names}) == 1
    inside = np.abs(info.station("q").values) <= info.station("q").limit
    assert 0.9 <= inside.mean() <= 1


def test_a_long_text_keeps_its_sharpest_looks(minilm):
    seen = run(minilm, "one two three four five six seven eight nine ten " * 30)
    layer = replay(minilm, seen, 2)
    info = journey(Scene.of(minilm, seen), 2, 200, 4)
    n = len(info.tokens)
    assert n > 4 * SIDE and info.matrix.shape == (-(-n // info.step),) * 2 and len(info.matrix) <= SIDE
    probs = layer.probs[0, 4].numpy()
    for row, column in ((0, 0), (3, 17), (len(info.matrix) - 1,) * 2):
        cells = probs[row * info.step : (row + 1) * info.step, column * info.step : (column + 1) * info.step]
        assert info.matrix[row, column] == cells.max()
    np.testing.assert_array_equal(info.attention, probs[200])


def test_a_short_text_is_shown_cell_by_cell(info):
    assert info.step == 1
    np.testing.assert_array_equal(info.matrix[TOKEN], info.attention)
    np.testing.assert_allclose(info.matrix.sum(1), 1, atol=1e-6)


def test_predictions_where_there_are_heads(tiny, info, minilm):
    logits = word_logits(tiny, run(tiny, TEXT, PAIR))[0, TOKEN].double().softmax(-1)
    assert [share for _, share in info.words] == pytest.approx(sorted(logits.tolist(), reverse=True)[:5], abs=1e-6)
    assert info.words[0][0] == tiny.tokenizer.id_to_token(int(logits.argmax()))
    nsp = run(tiny, TEXT, PAIR).nsp_logits[0].double()
    assert info.follows == pytest.approx(float(nsp.softmax(0)[0]), abs=1e-6)
    alone = run(tiny, TEXT)
    assert journey(Scene.of(tiny, alone), 0, 1, 0).follows is None
    seen = run(minilm, "hi")
    bare = journey(Scene.of(minilm, seen), 0, 1, 0)
    assert bare.words is None and bare.follows is None and bare.classes is None


def test_classes_of_a_classification_head():
    spec = ModelSpec("config", "bert", overrides={"vocab_size": 99, "hidden_size": 8, "num_hidden_layers": 1,
        "num_attention_heads": 1, "intermediate_size": 8, "max_position_embeddings": 32, "num_labels": 3},
        head="classification")  # fmt: skip
    handle = load(spec)
    seen = run(handle, TEXT)
    info = journey(Scene.of(handle, seen), 0, 1, 0)
    assert len(info.classes) == 3 and sum(share for _, share in info.classes) == pytest.approx(1)
    assert info.words is None and info.station("pooled").values.shape == (8,)


def hand_made(attention, turns):
    station = Station("word", "B T D", (1, 2, 2), np.array([1.0, -2.0], np.float32), 2.0)
    return Journey(("a", "b"), 1, 0, 0, 2, len(turns), 1, (station,), np.array(attention), np.eye(2), 1, turns)


def test_reading_names_the_target_and_the_sharpest_turn():
    key, facts = hand_made([0.7, 0.3], (0.9, 0.2, 0.8)).reading()
    assert key == "journey.reading.other"
    assert (facts["target"], facts["share"], facts["turned"]) == ("a", 0.7, 1)
    assert facts["angle"] == pytest.approx(78.463, abs=1e-3) and facts["mean"] == pytest.approx(47.058, abs=1e-3)
    assert hand_made([0.3, 0.7], (1.0,)).reading()[0] == "journey.reading.self"


@pytest.mark.parametrize(
    ("attention", "n_visible", "said"),
    [
        ([0.5, 0.5], 2, "even"),
        ([0.49, 0.21, 0.1, 0.1, 0.1], 5, "other.largest"),
        ([0.21, 0.49, 0.1, 0.1, 0.1], 5, "self.largest"),
        ([0.29, 0.21, 0.2, 0.2, 0.1], 5, "even"),
        ([0.0, 1.0, 0.0], 1, "only"),
    ],
)
def test_mostly_is_more_than_half(attention, n_visible, said):
    info = replace(hand_made(attention, (1.0,)), tokens=tuple("abcde")[: len(attention)], n_visible=n_visible)
    assert info.reading()[0] == f"journey.reading.{said}"


def test_turns_are_cosines_of_what_enters_and_leaves(info):
    states = [info.station("embedding").values] + [s.values for s in info.stations if s.name == "hidden"]
    for before, after, turn in zip(states[:-1], states[1:], info.turns, strict=True):
        expected = before @ after / np.linalg.norm(before) / np.linalg.norm(after)
        assert turn == pytest.approx(expected, abs=1e-6)


def test_table_has_every_value(info):
    table = info.table()
    assert len(table) == sum(len(s.values) for s in info.stations) + len(info.tokens)
    last = table[(table.tensor == "hidden") & (table.layer == 2)]
    np.testing.assert_array_equal(last.value, info.station("hidden", 2).values)


@pytest.mark.parametrize("token", [1, 5, 10])
def test_the_head_that_is_shown_first_looks_furthest_at_one_word(minilm, token):
    scene = Scene(minilm, "The animal didn't cross the street because it was too tired.")
    n = scene.encoded.n_tokens
    best = max(
        (float(layer.probs[0, head, token, key]), layer.layer, head)
        for layer in scene.layers() for head in range(12) for key in range(1, n - 1) if abs(key - token) > 1
    )  # fmt: skip
    assert telling_head(scene, token) == best[1:]


def test_where_no_word_is_further_away_a_head_in_the_middle_is_shown(minilm):
    assert telling_head(Scene(minilm, "hi"), 1) == telling_head(Scene(minilm, "word " * 200), 5) == (3, 1)
