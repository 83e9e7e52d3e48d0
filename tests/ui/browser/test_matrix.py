"""What the matrix component sends: bytes that can be read back, within their bounds."""

import json
import struct

import numpy as np

from explorer.ui.browser.kit import framed
from explorer.ui.browser.matrix import EXACT_CELLS, LEVELS, MASKED, packed


def test_a_small_matrix_travels_exactly_and_masked_cells_are_no_number() -> None:
    values = np.array([[0.25, -3.4e38], [0.125, 0.875]], np.float32)
    body, encoding = packed(values, np.array([[True, False], [True, True]]), 0, 1)
    read = np.frombuffer(body, "<f4").reshape(2, 2)
    assert encoding == "exact" and np.isnan(read[0, 1])
    assert read[1].tolist() == [0.125, 0.875] and read[0, 0] == 0.25


def test_512_tokens_are_one_byte_a_cell_and_close() -> None:
    values = np.random.default_rng(0).dirichlet(np.full(512, 0.05), 512).astype(np.float32)
    visible = np.ones((512, 512), bool)
    visible[:, -1] = False
    body, encoding = packed(values, visible, 0, 1)
    levels = np.frombuffer(body, np.uint8).reshape(512, 512)
    assert values.size > EXACT_CELLS and len(body) == 512 * 512 and encoding == "root"
    assert (levels[:, -1] == MASKED).all() and (levels[:, :-1] != MASKED).all()
    # (x + 1/508)² - x² is at most 0.004, at x = 1.
    np.testing.assert_allclose((levels[:, :-1] / LEVELS) ** 2, values[:, :-1], atol=0.004)


def test_signed_values_beyond_the_scale_are_held_at_its_ends() -> None:
    values = np.full((300, 300), 9.0, np.float32)
    values[0] = [-9.0] * 300
    body, encoding = packed(values, None, -2, 2)
    levels = np.frombuffer(body, np.uint8).reshape(300, 300)
    assert encoding == "linear" and (levels[0] == 0).all() and (levels[1:] == LEVELS).all()


def test_the_body_starts_where_the_header_says() -> None:
    data = framed({"q": ["词", "<b>"]}, b"body")
    size = struct.unpack_from("<I", data)[0]
    assert size % 4 == 0 and json.loads(data[4 : 4 + size])["q"] == ["词", "<b>"] and data[4 + size :] == b"body"
