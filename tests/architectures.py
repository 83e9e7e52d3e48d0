"""Tiny random checkpoints of every architecture, written to disk as anybody's, and loaded like any model."""

import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import torch
from transformers import AutoConfig, PreTrainedModel

from explorer import ModelHandle, ModelSpec, load
from explorer.models.embedded import EMBEDDED, embedded_folder
from explorer.models.heads import HEADS, head_of
from explorer.models.spec import Head

# Far from uniform attention, so that a wrong scale, mask or bias shows.
_LIKE_BERT = {
    "hidden_size": 24,
    "num_hidden_layers": 3,
    "num_attention_heads": 3,
    "intermediate_size": 40,
    "max_position_embeddings": 64,
    "initializer_range": 0.3,
}
_LIKE_GPT = {"n_embd": 24, "n_layer": 3, "n_head": 3, "n_positions": 64, "initializer_range": 0.3}
_SPECIAL = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "cls_token_id": 1, "sep_token_id": 2}

# Architecture → its sizes and the head that its checkpoint has. What is peculiar to the real model is kept: fewer
# heads for keys, narrow embeddings, layers that look only near, another depth of the decoder.
SIZES: dict[str, tuple[dict[str, object], Head]] = {
    "bert": (_LIKE_BERT, "pretraining"),
    "roberta": ({**_LIKE_BERT, "max_position_embeddings": 66, "type_vocab_size": 1}, "mlm"),
    "xlm-roberta": ({**_LIKE_BERT, "max_position_embeddings": 66, "type_vocab_size": 1}, "classification"),
    "camembert": ({**_LIKE_BERT, "max_position_embeddings": 66, "type_vocab_size": 1}, "tokens"),
    "distilbert": (
        {"dim": 24, "n_layers": 3, "n_heads": 3, "hidden_dim": 40, "max_position_embeddings": 64,
         "initializer_range": 0.3},
        "classification",
    ),
    "electra": ({**_LIKE_BERT, "embedding_size": 16}, "pretraining"),
    "albert": ({**_LIKE_BERT, "embedding_size": 16, "num_hidden_groups": 1}, "mlm"),
    "modernbert": (
        {**_LIKE_BERT, **_SPECIAL, "local_attention": 6, "global_attn_every_n_layers": 2}, "mlm",
    ),
    "gpt2": (_LIKE_GPT, "lm"),
    "openai-gpt": (_LIKE_GPT, "lm"),
    "llama": ({**_LIKE_BERT, "num_attention_heads": 6, "num_key_value_heads": 2, "head_dim": 4}, "lm"),
    "qwen3": ({**_LIKE_BERT, "num_attention_heads": 6, "num_key_value_heads": 2, "head_dim": 4}, "lm"),
    "gemma3_text": (
        {**_LIKE_BERT, "num_key_value_heads": 1, "head_dim": 6, "query_pre_attn_scalar": 5, "sliding_window": 6,
         "layer_types": ["sliding_attention", "full_attention", "sliding_attention"], **_SPECIAL},
        "lm",
    ),
    "t5": (
        {"d_model": 24, "d_kv": 6, "num_heads": 3, "d_ff": 40, "num_layers": 3, "num_decoder_layers": 2,
         "relative_attention_num_buckets": 8, "relative_attention_max_distance": 12, "initializer_factor": 3.0},
        "seq2seq",
    ),
    "xlnet": (
        {"d_model": 24, "n_layer": 3, "n_head": 3, "d_inner": 40, "initializer_range": 0.3}, "lm",
    ),
    "deberta-v2": (
        {**_LIKE_BERT, "relative_attention": True, "position_biased_input": False, "position_buckets": 8,
         "max_relative_positions": -1, "pos_att_type": "p2c|c2p", "share_att_key": True, "type_vocab_size": 0},
        "mlm",
    ),
    "mpnet": ({**_LIKE_BERT, "max_position_embeddings": 66}, "mlm"),
    "bart": (
        {"d_model": 24, "encoder_layers": 3, "decoder_layers": 2, "encoder_attention_heads": 3,
         "decoder_attention_heads": 4, "encoder_ffn_dim": 40, "decoder_ffn_dim": 32, "max_position_embeddings": 64,
         "init_std": 0.3, **_SPECIAL, "decoder_start_token_id": 2, "forced_eos_token_id": 2},
        "seq2seq",
    ),
}  # fmt: skip
NAMES = tuple(SIZES)

# Rounding of values that reach 30: the model does its sums in another order there.
CLOSE_TO = {"atol": 1e-5, "rtol": 1e-5}


@cache
def checkpoint(name: str) -> Path:
    """A folder with config.json, model.safetensors and tokenizer.json, for the length of the test session."""
    sizes, head = SIZES[name]
    folder = Path(mkdtemp(prefix=f"tiny-{name}-"))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(11)
        config = AutoConfig.for_model(name, vocab_size=211, **sizes)
        model = HEADS[head].from_config(config, dtype=torch.float32)
        for parameter in model.parameters():  # biases and norms start as 0 and 1, which hides a forgotten one
            if parameter.dim() == 1:
                parameter.data += 0.1 * torch.randn_like(parameter)
    model.save_pretrained(folder)
    shutil.copy(embedded_folder() / "tokenizer.json", folder)
    return folder


@cache
def tiny_model(name: str) -> ModelHandle:
    """The checkpoint through our own loader, with the head that its configuration names."""
    source = f"tiny-{name}"
    EMBEDDED[source] = lambda: checkpoint(name)
    head = head_of(AutoConfig.from_pretrained(checkpoint(name)))
    assert head == SIZES[name][1]
    return load(ModelSpec("embedded", source, head=head))


def eager(name: str) -> PreTrainedModel:
    """The same checkpoint by transformers alone, with its own eager attention and none of our hooks."""
    model = HEADS[SIZES[name][1]].from_pretrained(
        checkpoint(name), attn_implementation="eager", use_safetensors=True, dtype=torch.float32
    )
    return model.eval().requires_grad_(False)


def views() -> list[tuple[str, str]]:
    """Every architecture with each of its stacks."""
    from explorer.models.sites import stacks

    return [(name, stack) for name in NAMES for stack in stacks(name)]
