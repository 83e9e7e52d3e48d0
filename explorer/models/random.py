"""Requests for models with random weights, to compare a trained one with."""

from explorer.models.handle import ModelHandle
from explorer.models.spec import ModelSpec

# Choices on the pages. BERT was initialised with 0.02; 0.1 is near 1/√d_model, where q and k have about unit variance.
INIT_STDS = (0.02, 0.05, 0.1)
SEEDS = (0, 1, 2)
_NOT_SIZES = ("model_type", "transformers_version", "dtype", "torch_dtype", "use_cache", "use_mems_eval")
# Written down although they may be the library's defaults, so that a link to such a model shows its sizes.
_ALWAYS = ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "initializer_range")
D_HEADS = (8, 16, 32, 64, 128)


def random_like(handle: ModelHandle, init_std: float, seed: int) -> ModelSpec:
    """The architecture of this model with fresh weights of this standard deviation.

    T5 takes its spread from the sizes and knows only a factor on it, which is 1 at BERT's 0.02.
    """
    config = handle.config
    known = type(config)().to_dict()
    sizes = {
        name: value
        for name, value in config.to_diff_dict().items()
        if isinstance(value, int | float | str)
        and name in known
        and name not in _NOT_SIZES
        and not name.startswith("_")
    }
    sizes |= {name: getattr(config, name) for name in _ALWAYS if hasattr(config, name)}
    if getattr(config, "pos_att_type", None):
        sizes["pos_att_type"] = "|".join(config.pos_att_type)  # DeBERTa's kinds of score, as its files write them
    if hasattr(config, "initializer_range"):
        sizes["initializer_range"] = init_std
    elif hasattr(config, "init_std"):
        sizes["init_std"] = init_std
    else:
        sizes["initializer_factor"] = init_std / INIT_STDS[0]
    spec = handle.spec
    return ModelSpec("config", config.model_type, overrides=sizes, head=spec.head, seed=seed, stack=spec.stack)


def small_random(d_head: int, init_std: float, seed: int) -> ModelSpec:
    """Four layers of two heads of this width, with a masked-word head over 1,000 words."""
    sizes = {
        "vocab_size": 1_000,
        "hidden_size": 2 * d_head,
        "num_hidden_layers": 4,
        "num_attention_heads": 2,
        "intermediate_size": 8 * d_head,
        "max_position_embeddings": 512,
        "initializer_range": init_std,
    }
    return ModelSpec("config", "bert", overrides=sizes, head="mlm", seed=seed)
