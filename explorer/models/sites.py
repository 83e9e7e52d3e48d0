"""Where each named tensor sits, per architecture: the one table that knows module paths of transformers."""

from dataclasses import dataclass

from explorer.errors import ModelUnsupported


@dataclass(frozen=True)
class Sites:
    """Module paths. Those of the first group start at the base model, those of the second at one layer."""

    layers: str
    word: str
    position: str
    segment: str
    embedding_norm: str
    pooler: str

    query: str
    key: str
    value: str
    attn_out: str  # output projection of attention; its output is `attn_out`
    attn_norm: str  # its output is LayerNorm(x + attn_out)
    ffn_act: str  # its output is the activation inside the feed-forward block
    ffn_out: str  # its output is the feed-forward branch before the residual
    ffn_norm: str  # called with (activation, attn_norm); its output is the layer's


_BERT = Sites(
    layers="encoder.layer",
    word="embeddings.word_embeddings",
    position="embeddings.position_embeddings",
    segment="embeddings.token_type_embeddings",
    embedding_norm="embeddings.LayerNorm",
    pooler="pooler",
    query="attention.self.query",
    key="attention.self.key",
    value="attention.self.value",
    attn_out="attention.output.dense",
    attn_norm="attention.output",
    ffn_act="intermediate",
    ffn_out="output.dense",
    ffn_norm="output",
)

SITES: dict[str, Sites] = {"bert": _BERT}


def sites(model_type: str) -> Sites:
    """The sites of an architecture, by the `model_type` of its configuration.

    Raises:
        ModelUnsupported: when the table has no such architecture.
    """
    if model_type not in SITES:
        raise ModelUnsupported(found=model_type, allowed=", ".join(SITES))
    return SITES[model_type]
