"""Checked loading gives the same weights as the library's own, in every architecture and with every head."""

import shutil
from pathlib import Path

import pytest
import torch
import transformers as library

from explorer import ModelSpec, load, run
from explorer.models.embedded import package_folder
from explorer.models.heads import head_of
from explorer.models.strangers.checks import model_from, read_config
from explorer.models.strangers.folders import fingerprint

BERT = {
    "vocab_size": 30_522,
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 40,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
}
GPT = {"vocab_size": 30_522, "n_embd": 24, "n_layer": 2, "n_head": 3, "n_positions": 64}
CASES = {
    "BertForPreTraining": library.BertConfig(**BERT),
    "BertForNextSentencePrediction": library.BertConfig(**BERT),
    "RobertaForMaskedLM": library.RobertaConfig(**BERT),
    "RobertaForSequenceClassification": library.RobertaConfig(**BERT),
    "DistilBertForSequenceClassification": library.DistilBertConfig(dim=24, n_layers=2, n_heads=3, hidden_dim=40),
    "AlbertForMaskedLM": library.AlbertConfig(embedding_size=8, **BERT),
    "ElectraForPreTraining": library.ElectraConfig(embedding_size=8, **BERT),
    "GPT2LMHeadModel": library.GPT2Config(**GPT),
    "OpenAIGPTLMHeadModel": library.OpenAIGPTConfig(**GPT),
    "T5ForConditionalGeneration": library.T5Config(
        vocab_size=30_522, d_model=24, d_kv=8, d_ff=40, num_layers=2, num_heads=3
    ),
    "XLNetLMHeadModel": library.XLNetConfig(vocab_size=30_522, d_model=24, n_layer=2, n_head=3, d_inner=40),
    "DebertaV2ForMaskedLM": library.DebertaV2Config(**BERT),
    "LlamaForCausalLM": library.LlamaConfig(**BERT),
}


@pytest.mark.parametrize("name", CASES)
def test_equal_to_the_library_s_own_loading(name, tmp_path, monkeypatch):
    folder = tmp_path / "m"
    published = getattr(library, name)(CASES[name])
    published.save_pretrained(folder)
    head = head_of(read_config(folder))
    opened = model_from(folder, head, "eager")
    ours = opened.model
    assert type(ours) is type(published) and opened.head == head
    expected = published.state_dict()
    assert expected.keys() == ours.state_dict().keys()
    assert all(torch.equal(expected[key], value) for key, value in ours.state_dict().items())
    shutil.copy(package_folder() / "tokenizer.json", folder)
    monkeypatch.setenv("EXPLORER_MODELS", str(tmp_path))
    handle = load(ModelSpec("folder", "m", revision=fingerprint(folder), head=head))
    assert run(handle, "The cat sat.").hidden[-1].isfinite().all()


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="Linux only")
def test_weights_belong_to_the_process_and_not_to_the_file(tmp_path):
    """No storage is a mapped file."""
    folder = tmp_path / "m"
    library.BertModel(library.BertConfig(**BERT)).save_pretrained(folder)
    kept = model_from(folder, "none", "eager")
    assert kept is not None and str(folder) not in Path("/proc/self/maps").read_text()
