"""What the poster sends to the browser: complete, small, and readable without a browser."""

import json
import struct

import numpy as np

from explorer import Scene, encode, run
from explorer.analysis.start.journey import Journey, Station, journey
from explorer.i18n import Translator
from explorer.ui.browser.journey import EXPLAINED_BY, PIECES, UNFOLDS, payload
from explorer.ui.browser.journey_weight import numbers
from explorer.ui.shell.navigation import PAGES


def unpack(data: bytes):
    (length,) = struct.unpack_from("<I", data)
    assert length % 4 == 0  # floats begin on a multiple of four
    return json.loads(data[4 : 4 + length]), np.frombuffer(data[4 + length :], "<f4")


def test_header_and_values(minilm):
    seen = run(minilm, "The cat sat on the mat.", "It slept.")
    info = journey(Scene.of(minilm, seen), 4, 2, 7)
    header, values = unpack(payload(info, seen.encoded, Translator("zh")))
    drawn = header["stations"]
    start = sum(s["drawn"] for s in drawn)
    matrix, row = values[start : start + header["side"] ** 2], values[start + header["side"] ** 2 :]
    np.testing.assert_array_equal(values[:384], info.station("word").values)
    np.testing.assert_array_equal(matrix, info.matrix.ravel().astype("f4"))
    assert row.tobytes() == numbers(info.row) and len(header["tour"]) == 8
    assert header["weight"]["key"] == header["target"] and set(header["unfolds"]) == set(UNFOLDS)
    assert [s["layer"] for s in drawn if s["name"] == "hidden"] == list(range(6))
    assert set(header["kinds"]) == {"A", "B", "special"}
    assert header["tokens"] == list(seen.encoded.tokens) and header["tokens"][header["target"]] == header["targetToken"]
    assert "B×H×T×K = 1×12×13×32" in header["alternative"]


def test_a_long_text_sends_a_window_of_pieces(minilm):
    text = "word " * 700
    encoded = encode(minilm, text)
    seen = run(minilm, encoded)
    for token in (0, 300, 511):
        info = journey(Scene.of(minilm, seen), 0, token, 0)
        data = payload(info, encoded, Translator("en"))
        header, _ = unpack(data)
        assert header["nTokens"] == 512 and len(header["tokens"]) == len(header["weights"]) == PIECES
        assert header["first"] <= token < header["first"] + PIECES
        assert len(data) < 150_000


def test_a_sentence_of_16_tokens_is_small(minilm):
    scene = Scene(minilm, "The animal didn't cross the street because it was too tired.")
    assert scene.encoded.n_tokens == 16
    assert len(payload(journey(scene, 1, 10, 7), scene.encoded, Translator("zh"))) < 70_000


def test_a_giant_model_stays_below_300_kb(minilm):
    encoded = encode(minilm, "hi")

    def station(name, size, layer=None):
        return Station(name, "B T D", (1, 3, size), np.ones(size, np.float32), 1.0, layer)

    wide = [
        station(n, 16_384) for n in ("word", "embedding", "q", "k", "v", "context", "attn_out", "attn_norm", "ffn_out")
    ]
    states = [station("hidden", 16_384, layer) for layer in range(200)]
    info = Journey(
        encoded.tokens, 1, 150, 3, 128, 200, 128, (*wide, station("ffn_act", 65_536, 150), *states),
        np.ones(3) / 3, np.ones((3, 3)) / 3, 1, (0.5,) * 200,
    )  # fmt: skip
    data = payload(info, encoded, Translator("en"))
    header, _ = unpack(data)
    assert len(data) < 300_000
    assert header["firstLayer"] <= 150 < header["lastLayer"]
    inputs = [s["layer"] for s in header["stations"] if s["name"] == "hidden"]
    assert inputs[0] == header["firstLayer"] - 1  # the input of the first drawn layer


def test_stations_lead_to_pages_that_exist():
    assert EXPLAINED_BY["probs"] == "heads"
    assert set(EXPLAINED_BY.values()) <= {entry.name for entry in PAGES} - {"journey"}
