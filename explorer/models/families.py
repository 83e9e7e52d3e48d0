"""A small model of each architecture, with random weights: built at once, so that all can be looked into offline.

They read with the embedded model's word pieces. Without training an architecture shows who may look at whom, how the
order gets in, where is normalised and which weights are shared, and nothing of what a trained model has learnt.
"""

from collections.abc import Mapping
from types import MappingProxyType

from explorer.models.spec import Head, ModelSpec, Scalar

# Padding, text and separator as the word pieces number them: the library's own ids belong to other vocabularies.
_IDS: dict[str, Scalar] = {"pad_token_id": 0, "bos_token_id": 101, "eos_token_id": 102}
_SHAPE: dict[str, Scalar] = {
    "vocab_size": 30_522,
    "hidden_size": 64,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "intermediate_size": 256,
    "max_position_embeddings": 512,
    "initializer_range": 0.125,  # 1/√d_model: q and k start with about unit variance, so that heads differ visibly
}
_LIKE_BERT = _SHAPE | {"pad_token_id": 0}
_LIKE_ROBERTA = _LIKE_BERT | _IDS | {"max_position_embeddings": 513, "type_vocab_size": 1}  # row 0 is the padding's
_LIKE_LLAMA = _SHAPE | _IDS | {"num_key_value_heads": 2}

# Architecture → what people call it, its sizes, and the head that it is trained with. What is peculiar is kept: fewer
# heads for keys, narrow embeddings, layers that look only near.
_MADE: dict[str, tuple[str, Mapping[str, Scalar], Head]] = {
    "roberta": ("RoBERTa", _LIKE_ROBERTA, "mlm"),
    "distilbert": (
        "DistilBERT",
        {"vocab_size": 30_522, "dim": 64, "n_layers": 4, "n_heads": 4, "hidden_dim": 256, "initializer_range": 0.125},
        "mlm",
    ),
    "electra": ("ELECTRA", _LIKE_BERT | {"embedding_size": 32}, "pretraining"),
    "albert": ("ALBERT", _LIKE_BERT | {"embedding_size": 32}, "mlm"),
    "modernbert": (
        "ModernBERT",
        _SHAPE | _IDS | {"cls_token_id": 101, "sep_token_id": 102, "local_attention": 8},
        "mlm",
    ),
    "xlnet": (
        "XLNet",
        {"vocab_size": 30_522, "d_model": 64, "n_layer": 4, "n_head": 4, "d_inner": 256, "initializer_range": 0.125},
        "lm",
    ),
    "deberta-v2": (
        "DeBERTa v2",
        _LIKE_BERT | {"relative_attention": True, "position_biased_input": False, "pos_att_type": "p2c|c2p",
                      "type_vocab_size": 0},
        "mlm",
    ),
    # Its table of positions begins behind row 1, whatever the padding is.
    "mpnet": ("MPNet", _SHAPE | {"max_position_embeddings": 514}, "mlm"),
    "openai-gpt": (
        "GPT",
        {"vocab_size": 30_522, "n_embd": 64, "n_layer": 4, "n_head": 4, "n_positions": 512, "initializer_range": 0.125},
        "lm",
    ),
    "llama": ("Llama", _LIKE_LLAMA, "lm"),
    "mistral": ("Mistral", _LIKE_LLAMA | {"sliding_window": 8}, "lm"),
    "qwen2": ("Qwen2", _LIKE_LLAMA, "lm"),
    "qwen3": ("Qwen3", _LIKE_LLAMA | {"head_dim": 16}, "lm"),
    # Four layers that look near (every sixth would look at all); the scale is 1/√32 although a head is 16 wide.
    "gemma3_text": (
        "Gemma 3",
        _LIKE_LLAMA | {"head_dim": 16, "query_pre_attn_scalar": 32, "sliding_window": 8},
        "lm",
    ),
    "t5": (
        "T5",
        {"vocab_size": 30_522, "d_model": 64, "d_kv": 16, "num_heads": 4, "d_ff": 256, "num_layers": 4,
         "num_decoder_layers": 4},
        "seq2seq",
    ),
    "bart": (
        "BART",
        {"vocab_size": 30_522, "d_model": 64, "encoder_layers": 4, "decoder_layers": 4, "encoder_attention_heads": 4,
         "decoder_attention_heads": 4, "encoder_ffn_dim": 256, "decoder_ffn_dim": 256, "init_std": 0.125,
         "max_position_embeddings": 512, "decoder_start_token_id": 102} | _IDS,
        "seq2seq",
    ),
}  # fmt: skip

# Architectures of the table whose networks are another's to the last weight: only their vocabularies differ.
ALIKE: Mapping[str, str] = MappingProxyType({"xlm-roberta": "roberta", "camembert": "roberta"})

TITLES: Mapping[str, str] = MappingProxyType({f"{kind}-random": title for kind, (title, _, _) in _MADE.items()})
FAMILIES: Mapping[str, ModelSpec] = MappingProxyType(
    {f"{kind}-random": ModelSpec("config", kind, overrides=made, head=head) for kind, (_, made, head) in _MADE.items()}
)
