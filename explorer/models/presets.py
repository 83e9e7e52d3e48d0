"""Well-known models as the fields of their published config.json, with the figure that is usually quoted for them.

Only what changes the module tree or the cost is written down. Sources of the figures: see `Preset.source`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from explorer.models.spec import Head

_BERT = "Devlin et al. 2019, arXiv:1810.04805"
_SMALL = "Turc et al. 2019, arXiv:1908.08962"
_TABLE = "huggingface.co/transformers/v3.0.2/pretrained_models.html"


@dataclass(frozen=True)
class Preset:
    """A published model.

    published: the figure as printed there, or "" where we know of none. why: key of the message that says why it
        differs from the count ("rounded", "heads", "copied" …).
    counted: the head that the published figure includes.
    """

    name: str
    title: str
    fields: Mapping[str, object]
    published: str = ""
    source: str = ""
    why: str = "rounded"
    counted: Head = "none"


def _bert(layers: int, d: int, vocabulary: int = 30_522, positions: int = 512, segments: int = 2) -> dict[str, object]:
    """BERT's fields: heads of 64, feed-forward width 4 d."""
    return {
        "model_type": "bert",
        "vocab_size": vocabulary,
        "hidden_size": d,
        "num_hidden_layers": layers,
        "num_attention_heads": d // 64,
        "intermediate_size": 4 * d,
        "max_position_embeddings": positions,
        "type_vocab_size": segments,
    }


def _gpt(kind: str, vocabulary: int, positions: int) -> dict[str, object]:
    sizes = {"vocab_size": vocabulary, "n_positions": positions, "n_embd": 768, "n_layer": 12, "n_head": 12}
    return {"model_type": kind, **sizes}


_ALL = (
    Preset("bert-tiny", "BERT tiny", _bert(2, 128), "4.4M", _SMALL),
    Preset("bert-mini", "BERT mini", _bert(4, 256), "11.3M", _SMALL, "heads", "pretraining"),
    Preset("bert-small", "BERT small", _bert(4, 512), "29.1M", _SMALL, "heads", "pretraining"),
    Preset("bert-medium", "BERT medium", _bert(8, 512), "41.7M", _SMALL, "heads", "pretraining"),
    Preset("bert-base", "BERT base", _bert(12, 768), "110M", _BERT),
    Preset("bert-large", "BERT large", _bert(24, 1_024), "340M", _BERT, "generous"),
    Preset("bert-chinese", "BERT base, Chinese", _bert(12, 768, 21_128), "110M", _TABLE, "copied"),
    Preset("bert-multilingual", "BERT base, multilingual", _bert(12, 768, 119_547), "110M", _TABLE, "copied"),
    Preset(
        "minilm",
        "MiniLM L6",
        _bert(6, 384) | {"num_attention_heads": 12},
        "22M",
        "huggingface.co/sentence-transformers/all-MiniLM-L6-v2",
    ),
    Preset(
        "roberta-base",
        "RoBERTa base",
        _bert(12, 768, 50_265, 514, 1) | {"model_type": "roberta"},
        "125M",
        "Liu et al. 2019, arXiv:1907.11692",
    ),
    Preset(
        "distilbert",
        "DistilBERT",
        {
            "model_type": "distilbert",
            "vocab_size": 30_522,
            "dim": 768,
            "n_layers": 6,
            "n_heads": 12,
            "hidden_dim": 3_072,
            "max_position_embeddings": 512,
        },
        "66M",
        "Sanh et al. 2019, arXiv:1910.01108",
    ),
    Preset(
        "albert-base",
        "ALBERT base",
        _bert(12, 768, 30_000) | {"model_type": "albert", "embedding_size": 128},
        "12M",
        "Lan et al. 2020, arXiv:1909.11942",
    ),
    Preset(
        "electra-small",
        "ELECTRA small",
        _bert(12, 256) | {"model_type": "electra", "embedding_size": 128, "num_attention_heads": 4},
        "14M",
        "Clark et al. 2020, arXiv:2003.10555",
    ),
    Preset(
        "electra-base",
        "ELECTRA base",
        _bert(12, 768) | {"model_type": "electra", "embedding_size": 768},
        "110M",
        "Clark et al. 2020, arXiv:2003.10555",
    ),
    Preset(
        "modernbert-base",
        "ModernBERT base",
        {
            "model_type": "modernbert",
            "vocab_size": 50_368,
            "hidden_size": 768,
            "num_hidden_layers": 22,
            "num_attention_heads": 12,
            "intermediate_size": 1_152,
            "max_position_embeddings": 8_192,
        },
        "149M",
        "Warner et al. 2024, arXiv:2412.13663",
    ),
    Preset("gpt", "GPT", _gpt("openai-gpt", 40_478, 512), "110M", _TABLE, "gpt"),
    Preset("gpt2", "GPT-2 small", _gpt("gpt2", 50_257, 1_024), "117M", "Radford et al. 2019, table 2", "gpt2"),
    Preset(
        "t5-small",
        "T5 small",
        {
            "model_type": "t5",
            "vocab_size": 32_128,
            "d_model": 512,
            "d_kv": 64,
            "d_ff": 2_048,
            "num_layers": 6,
            "num_heads": 8,
        },
        "60M",
        "Raffel et al. 2020, arXiv:1910.10683",
    ),
    Preset(
        "xlnet-base",
        "XLNet base",
        {
            "model_type": "xlnet",
            "vocab_size": 32_000,
            "d_model": 768,
            "n_layer": 12,
            "n_head": 12,
            "d_inner": 3_072,
        },
        "110M",
        _TABLE,
        "low",
    ),
)

PRESETS: Mapping[str, Preset] = MappingProxyType({preset.name: preset for preset in _ALL})
