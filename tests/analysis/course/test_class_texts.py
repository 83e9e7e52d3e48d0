"""The texts of a class against the definition of each measure, from the layer's own queries and keys."""

import math

import pytest

from explorer import Scene, load
from explorer.analysis.course.class_texts import NAMES, ClassTexts, Row, measured


def test_measured_as_defined():
    handle, texts = load(), {(1, "a"): "Dogs chase cats.", (2, "b"): "", (3, "c"): "It was late when they left."}
    found = list(measured(handle, texts, 1, 3))
    assert [one.about for one in found] == [(1, "a"), (3, "c")], "one that cannot be read is left out"
    for one in found:
        layers = [(layer.q[0].double() @ layer.k[0].double().mT) for layer in Scene(handle, texts[one.about]).layers()]
        for place, factor in ((0, 1 / math.sqrt(handle.dims.d_head)), (1, 1.0)):
            rows = [(products * factor).softmax(-1) for products in layers]
            peaked = [(row.amax(-1) > 0.9).double().mean(-1) for row in rows]
            trace = [(1 - row.square().sum(-1)).mean(-1) for row in rows]
            for name, expected in zip(NAMES, (peaked, trace), strict=True):
                assert one.head[name][place] == pytest.approx(float(expected[1][3]), abs=1e-5)
                mean = sum(float(layer.mean()) for layer in expected) / len(expected)
                assert one.all_heads[name][place] == pytest.approx(mean, abs=1e-5)
    rows = tuple(Row(str(one.about[0]), "", one) for one in found)
    first = {name: ClassTexts(rows, 1, 3, name, everywhere=True).ranked[0].found.all_heads[name][1] for name in NAMES}
    assert first["peaked"] == max(one.all_heads["peaked"][1] for one in found)
    assert first["trace"] == min(one.all_heads["trace"][1] for one in found)
