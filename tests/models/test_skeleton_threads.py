"""Counting in some threads leaves forward passes in others as they are, and the other way round."""

from concurrent.futures import ThreadPoolExecutor

import torch

from explorer import run
from explorer.analysis.structure.parameters import parameters
from explorer.models.presets import PRESETS


def test_counting_beside_forward_passes(minilm):
    names = ["xlnet-base", "bert-base", "t5-small", "modernbert-base"]
    alone = {name: parameters(PRESETS[name].fields).total for name in names}
    expected = run(minilm, "The animal did not cross the street.").hidden[-1]

    def work(index: int) -> bool:
        if index % 3 == 0:
            return torch.equal(run(minilm, "The animal did not cross the street.").hidden[-1], expected)
        name = names[index % len(names)]
        return parameters(PRESETS[name].fields).total == alone[name]

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(work, range(48)))
