"""The table of models that were trained on this server."""

import os
import subprocess
import sys

import pytest
import torch

from explorer import ModelSpec, load
from explorer.errors import ModelFileChanged
from explorer.models import trained
from explorer.models.altered_bert import read, save
from explorer.models.registry import language, offers
from explorer.training.model import fresh
from explorer.training.setting import TrainingSetting


@pytest.mark.parametrize("changed", [{}, {"scale": "none"}, {"ffn": False}, {"tied": False}], ids=str)
def test_a_saved_model_comes_back_with_its_parts(tmp_path, changed):
    setting = TrainingSetting(layers=1, **changed)
    model = fresh(setting, 230).eval()
    save(model, tmp_path / "model")
    back = read(tmp_path / "model", "explorer").eval()
    ids = torch.tensor([[2, 100, 101, 3]])
    for a, b in zip(model(ids)[:2], back(ids)[:2], strict=True):
        assert torch.equal(a, b)
    assert back.bert.encoder.layer[0].attention.self.scaling == (1.0 if changed == {"scale": "none"} else 0.125)


def test_weights_of_another_shape_of_model_are_refused(tmp_path):
    save(fresh(TrainingSetting(layers=1), 230), tmp_path / "model")
    other = tmp_path / "other"
    save(fresh(TrainingSetting(layers=1, ffn=False), 230), other)
    (other / "model.safetensors").write_bytes((tmp_path / "model" / "model.safetensors").read_bytes())
    with pytest.raises(ModelFileChanged):
        read(other, "explorer")


def test_it_is_on_offer_while_it_is_kept(tmp_path):
    setting = TrainingSetting(layers=1, seed=123)
    save(fresh(setting, 230), tmp_path / "model")
    trained.keep(setting.key, tmp_path / "model")
    spec = offers()[f"trained-{setting.key}"]
    assert spec == ModelSpec("trained", setting.key, head="pretraining")
    assert language(spec) == language(offers()["toy-bert"]) == "toy"
    assert language(offers()["minilm"]) is None
    assert load(spec).tokenizer.token_to_id("wolves") is not None


def test_the_menu_needs_neither_torch_nor_transformers():
    """The frame reads it before the heavy imports, which must be one thread's work."""
    heavy = "not {'torch', 'transformers'}.isdisjoint(sys.modules)"
    code = f"import sys, explorer.models.registry as registry; registry.offers(); sys.exit({heavy})"
    assert subprocess.call([sys.executable, "-c", code]) == 0


def test_folders_of_a_killed_server_are_swept(tmp_path, monkeypatch):
    monkeypatch.setattr(trained.tempfile, "gettempdir", lambda: str(tmp_path))
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait(60)
    kept = (f"{trained.PREFIX}{os.getpid()}-abc", f"{trained.PREFIX}abc", f"{trained.PREFIX}x-1", "other-1-2")
    for name in (f"{trained.PREFIX}{gone.pid}-abc", *kept):
        (tmp_path / name / "inside").mkdir(parents=True)
    trained.sweep()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kept)
