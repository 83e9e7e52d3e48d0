"""Requests for models with random weights, to compare a trained one with."""

from explorer.models.handle import ModelHandle
from explorer.models.spec import ModelSpec

# Choices on the pages. BERT was initialised with 0.02; 0.1 is near 1/√d_model, where q and k have about unit variance.
INIT_STDS = (0.02, 0.05, 0.1)
SEEDS = (0, 1, 2)
D_HEADS = (8, 16, 32, 64, 128)


def random_like(handle: ModelHandle, init_std: float, seed: int) -> ModelSpec:
    """The architecture of this model with fresh weights of this standard deviation."""
    config, dims = handle.config, handle.dims
    sizes = {
        "vocab_size": dims.n_vocab,
        "hidden_size": dims.d_model,
        "num_hidden_layers": dims.n_layers,
        "num_attention_heads": dims.n_heads,
        "intermediate_size": dims.d_ff,
        "max_position_embeddings": dims.n_ctx,
        "type_vocab_size": dims.n_segments,
        "initializer_range": init_std,
    }
    return ModelSpec("config", config.model_type, overrides=sizes, head=handle.spec.head, seed=seed)


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
