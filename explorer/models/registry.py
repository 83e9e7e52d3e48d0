"""The models on offer in the menu: short name (it stands in links) and request. The first is what a visitor meets."""

from explorer.models import trained
from explorer.models.embedded import EMBEDDED
from explorer.models.spec import ModelSpec

# Before the name of a model that was trained on this server, in links.
TRAINED = "trained-"

# The shape of the embedded model with random weights: what the architecture does before it has learnt anything.
_MINILM_SHAPE = {
    "vocab_size": 30_522,
    "hidden_size": 384,
    "num_hidden_layers": 6,
    "num_attention_heads": 12,
    "intermediate_size": 1_536,
    "max_position_embeddings": 512,
    "type_vocab_size": 2,
}

# The same sizes in a decoder, for what a causal mask does where it belongs to the model. The ids are those of [CLS] and
# [SEP]: GPT-2's own do not exist in this vocabulary.
_GPT2_SHAPE = {
    "vocab_size": 30_522,
    "n_embd": 384,
    "n_layer": 6,
    "n_head": 12,
    "n_positions": 512,
    "bos_token_id": 101,
    "eos_token_id": 102,
}

OFFERS: dict[str, ModelSpec] = {
    "mini-bert": ModelSpec("embedded", "mini-bert", head="pretraining"),
    "minilm": ModelSpec(),
    "minilm-random": ModelSpec("config", "bert", overrides=_MINILM_SHAPE),
    "gpt2-random": ModelSpec("config", "gpt2", overrides=_GPT2_SHAPE),
    "toy-bert": ModelSpec("embedded", "toy-bert", head="pretraining"),
    "toy-bert-zh": ModelSpec("embedded", "toy-bert-zh", head="pretraining"),
}

# What a visitor meets in a language of the interface, where that is another model than the first of the offers.
FIRST_IN = {"zh": "toy-bert-zh"}

# A model that reads a hundred languages, offered once `make multilingual` has made it.
MULTILINGUAL = "multilingual-e5"
MADE = {MULTILINGUAL: ModelSpec("embedded", "multilingual-e5-small")}


def offers() -> dict[str, ModelSpec]:
    """The fixed offers, what was made here, and the models that were trained on this server (see `models.trained`)."""
    here = {f"{TRAINED}{name}": ModelSpec("trained", name, head="pretraining") for name in trained.names()}
    return OFFERS | {name: spec for name, spec in MADE.items() if _made(spec)} | here


def _made(spec: ModelSpec) -> bool:
    return (EMBEDDED[spec.source]() / "config.json").is_file()


# The small languages, by the model that knows one of them and nothing else.
SMALL = {"toy-bert": "toy", "toy-bert-zh": "toy_zh"}


def language(spec: ModelSpec) -> str | None:
    """The name of the small language, "toy" or "toy_zh", for models that know only that one; None for the others."""
    return "toy" if spec.kind == "trained" else SMALL.get(spec.source) if spec.kind == "embedded" else None
