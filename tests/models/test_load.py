"""Requests, digests, random weights, models without weights."""

import shutil
import subprocess
import sys

import pytest
import torch

from explorer import ModelSpec, load, run
from explorer.errors import ConfigInvalid, ModelFileChanged, ModelMissing, ModelUnsupported, NoWeights
from explorer.models import embedded
from tests.conftest import ROOT, TINY


def test_the_embedded_model_is_the_published_one(minilm):
    """Counted by hand from its configuration: 22,713,216 parameters."""
    assert sum(p.numel() for p in minilm.model.parameters()) == 22_713_216
    assert (minilm.dims.n_layers, minilm.dims.n_heads, minilm.dims.d_head, minilm.dims.n_ctx) == (6, 12, 32, 512)
    assert {p.dtype for p in minilm.model.parameters()} == {torch.float32}
    assert not minilm.model.training


def test_loading_does_not_import_sentence_transformers():
    code = "import sys; from explorer import load; load(); assert 'sentence_transformers' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_importing_the_package_does_not_import_torch():
    code = "import sys, explorer, explorer.i18n; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_a_changed_file_is_refused(tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(embedded.package_folder(), folder)
    embedded.check_digests(folder)
    with (folder / "tokenizer.json").open("a") as file:
        file.write(" ")
    with pytest.raises(ModelFileChanged) as caught:
        embedded.check_digests(folder)
    assert caught.value.facts["file"] == "tokenizer.json"
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelMissing):
        embedded.check_digests(folder)


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(embedded, "PACKAGE", "no_such_package_here")
    with pytest.raises(ModelMissing):
        embedded.package_folder()


def test_loaded_once(minilm):
    assert load() is load(ModelSpec()) is minilm


def test_random_weights_depend_on_the_seed_alone(tiny):
    torch.manual_seed(1)
    again = load(
        ModelSpec("config", "bert", overrides={**TINY, "attention_probs_dropout_prob": 0.0}, head="pretraining", seed=3)
    )
    other = load(ModelSpec("config", "bert", overrides=TINY, head="pretraining", seed=4))
    name = "bert.encoder.layer.1.attention.self.query.weight"
    assert torch.equal(again.model.state_dict()[name], tiny.model.state_dict()[name])
    assert not torch.equal(other.model.state_dict()[name], tiny.model.state_dict()[name])


def test_overrides_have_one_order():
    assert ModelSpec("config", overrides={"b": 1, "a": 2}) == ModelSpec("config", overrides=(("a", 2), ("b", 1)))


def test_a_model_without_weights_can_be_counted_but_not_run():
    handle = load(ModelSpec("meta", "bert", head="mlm"))
    assert sum(p.numel() for p in handle.model.parameters()) == 109_514_298  # BERT-base, see Devlin et al. 2019
    with pytest.raises(NoWeights):
        run(handle, "hi")


@pytest.mark.parametrize(
    "overrides",
    [
        {"hidden_size": 25},  # not divisible by 12 heads
        {"hidden_size": 0},
        {"num_hidden_layers": 10**9},
        {"vocab_size": 10**12},
        {"no_such_field": 1},
        {"_attn_implementation": "somebody/kernel"},
        {"hidden_size": "wide"},
    ],
    ids=str,
)
def test_impossible_configurations(overrides):
    with pytest.raises(ConfigInvalid):
        load(ModelSpec("config", "bert", overrides=overrides))


def test_unknown_kinds_and_types():
    with pytest.raises(ConfigInvalid):
        ModelSpec("pickle")
    with pytest.raises(ConfigInvalid):
        load(ModelSpec("config", "no-such-type"))
    with pytest.raises(ModelUnsupported):
        load(ModelSpec("config", "bloom", overrides={"n_layer": 1}))
    with pytest.raises(ModelMissing):
        load(ModelSpec("hub", "somebody/something"))


def test_the_front_door():
    import explorer

    assert set(explorer.__all__) >= {"ModelSpec", "Variant", "load", "run", "replay"}
    assert all(getattr(explorer, name) for name in explorer.__all__)
    with pytest.raises(AttributeError):
        explorer.nothing  # noqa: B018
