"""Shared tensors by identity, against the library's own lists and known counts."""

import pytest

from explorer import ModelSpec, load
from explorer.analysis.pretraining.tied import ties
from explorer.analysis.structure.parameters import counted, parameters
from explorer.models.presets import PRESETS
from tests.conftest import TINY


@pytest.mark.parametrize("head", ["none", "mlm", "pretraining"])
def test_names_are_those_of_the_library(head):
    model = load(ModelSpec("config", "bert", overrides=TINY, head=head, seed=3)).model
    info = ties(counted(model))
    every = dict(model.named_parameters(remove_duplicate=False))
    groups: dict[int, set[str]] = {}
    for name, tensor in every.items():
        groups.setdefault(id(tensor), set()).add(name)
    assert {frozenset(tensor.names) for tensor in info.tensors} == {frozenset(g) for g in groups.values() if len(g) > 1}
    assert info.total == sum(p.numel() for p in model.parameters())
    assert info.untied == sum(p.numel() for p in every.values())
    assert len(info.table()) == sum(len(tensor.names) for tensor in info.tensors)
    assert info.reading()[0] == ("tied.reading.none" if head == "none" else "tied.reading.some")


def test_known_counts():
    bert = ties(parameters(PRESETS["bert-base"].fields, "mlm"))
    assert bert.tensors[0].saved == 30_522 * 768 and bert.total == 109_514_298 and bert.untied == 132_985_716 - 0
    t5 = ties(parameters(PRESETS["t5-small"].fields, "mlm"))
    names = {"shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight"}
    assert set(t5.tensors[0].names) == names
    assert t5.saved == 3 * 32_128 * 512


def test_a_model_without_ties_shows_its_largest_tensor(minilm):
    info = ties(counted(minilm.model))
    assert info.tensors == () and info.saved == 0
    assert info.largest.names == ("embeddings.word_embeddings.weight",)
    assert info.total == info.untied == 22_713_216
