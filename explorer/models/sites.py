"""Where each named tensor sits, per architecture: the one table that knows module paths of transformers.

Paths were read from the modelling files of transformers 5.23 (`models/<type>/modeling_<type>.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal

from explorer.errors import ArchitectureRefused, ConfigInvalid, ModelUnsupported

TAKES = ("input_ids", "attention_mask", "token_type_ids")


@dataclass(frozen=True)
class Sites:
    """Module paths; None where the architecture has no such part.

    Those of the first group start at the base model, those of the second at one layer.
    """

    layers: str
    word: str
    position: str | None = None  # a learned table of positions
    segment: str | None = None
    embedding_norm: str | None = None
    widen: str | None = None  # from the width of the embedding to the width of the layers
    pooler: str | None = None
    final_norm: str | None = None  # after the last layer, where layers normalise their inputs
    first_mixed: str | None = None  # joins the first layer's input to its output, before the second layer reads it

    attention: str = ""  # the module that computes softmax(q kᵀ) v
    query: str = ""
    key: str = ""
    value: str = ""
    attn_out: str = ""  # output projection of attention; its output is `attn_out`
    attn_norm: str | None = None  # post-LN: its output is LayerNorm(x + attn_out)
    attn_pre: str | None = None  # pre-LN: its output is LayerNorm(x), what the projections read
    ffn_pre: str | None = None  # pre-LN: its output is LayerNorm(x + attn_out), what the feed-forward block reads
    attn_sum: str | None = None  # pre-LN: its input is x + attn_out, where that is not `ffn_pre`
    attn_after: str | None = None  # normalises what attention has made before it is added: its output is `attn_out`
    ffn_after: str | None = None  # the same after the feed-forward block: its output is the branch
    ffn_out: str = ""  # its input is the activation inside the feed-forward block, its output the branch

    fused: bool = False  # q, k and v are the thirds of one projection's output
    parameters: bool = False  # q, k, v and the output projection are tensors of the attention module, no modules
    tapped: bool = False  # attention is written out in the module: it is watched at its softmax
    time_first: bool = False  # hidden states are T B D
    qk_norm: bool = False  # q and k of each head are normalised before they are compared
    shared: bool = False  # one group of weights serves several layers
    after_padding: bool = False  # the first token of a text reads the row of the table behind the padding's
    first_row: int = 0  # or this row, before which others stand that are not counted
    # how the model knows the order of the words; both: from a table, and from a number added to each score
    order: Literal["table", "bias", "rotary", "relative", "both"] = "table"
    pairs: bool = True  # a second text can be joined to the first
    takes: tuple[str, ...] = TAKES

    @property
    def pre_norm(self) -> bool:
        """Whether a layer normalises what its blocks read instead of what they have made."""
        return self.attn_norm is None


_BERT = Sites(
    layers="encoder.layer",
    word="embeddings.word_embeddings",
    position="embeddings.position_embeddings",
    segment="embeddings.token_type_embeddings",
    embedding_norm="embeddings.LayerNorm",
    pooler="pooler",
    attention="attention.self",
    query="attention.self.query",
    key="attention.self.key",
    value="attention.self.value",
    attn_out="attention.output.dense",
    attn_norm="attention.output",
    ffn_out="output.dense",
)

_ROBERTA = replace(_BERT, after_padding=True)

_ELECTRA = replace(_BERT, pooler=None, widen="embeddings_project")

_DISTILBERT = Sites(
    layers="transformer.layer",
    word="embeddings.word_embeddings",
    position="embeddings.position_embeddings",
    embedding_norm="embeddings.LayerNorm",
    attention="attention",
    query="attention.q_lin",
    key="attention.k_lin",
    value="attention.v_lin",
    attn_out="attention.out_lin",
    attn_norm="sa_layer_norm",
    ffn_out="ffn.lin2",
    takes=TAKES[:2],
)

_ALBERT = replace(
    _BERT,
    layers="encoder.albert_layer_groups",
    widen="encoder.embedding_hidden_mapping_in",
    pooler="pooler_activation",
    attention="attention",
    query="attention.query",
    key="attention.key",
    value="attention.value",
    attn_out="attention.dense",
    attn_norm="attention.LayerNorm",
    ffn_out="ffn_output",
    shared=True,
)

_MODERNBERT = Sites(
    layers="layers",
    word="embeddings.tok_embeddings",
    embedding_norm="embeddings.norm",
    final_norm="final_norm",
    attention="attn",
    query="attn.Wqkv",
    key="attn.Wqkv",
    value="attn.Wqkv",
    attn_out="attn.Wo",
    attn_pre="attn_norm",
    ffn_pre="mlp_norm",
    ffn_out="mlp.Wo",
    fused=True,
    order="rotary",
    takes=TAKES[:2],
)

_GPT2 = Sites(
    layers="h",
    word="wte",
    position="wpe",
    final_norm="ln_f",
    attention="attn",
    query="attn.c_attn",
    key="attn.c_attn",
    value="attn.c_attn",
    attn_out="attn.c_proj",
    attn_pre="ln_1",
    ffn_pre="ln_2",
    ffn_out="mlp.c_proj",
    fused=True,
    pairs=False,
    takes=TAKES[:2],
)

# GPT normalises after each block, as BERT does; GPT-2 before.
_OPENAI_GPT = replace(
    _GPT2,
    word="tokens_embed",
    position="positions_embed",
    final_norm=None,
    attn_norm="ln_1",
    attn_pre=None,
    ffn_pre=None,
    tapped=True,
)

_LLAMA = Sites(
    layers="layers",
    word="embed_tokens",
    final_norm="norm",
    attention="self_attn",
    query="self_attn.q_proj",
    key="self_attn.k_proj",
    value="self_attn.v_proj",
    attn_out="self_attn.o_proj",
    attn_pre="input_layernorm",
    ffn_pre="post_attention_layernorm",
    ffn_out="mlp.down_proj",
    order="rotary",
    pairs=False,
    takes=TAKES[:2],
)

_QWEN3 = replace(_LLAMA, qk_norm=True)

_GEMMA3 = replace(
    _QWEN3,
    attn_after="post_attention_layernorm",
    ffn_pre="pre_feedforward_layernorm",
    ffn_after="post_feedforward_layernorm",
)


def _t5(stack: str, attention: str, blocks: int) -> Sites:
    """One of T5's three attentions. blocks: sub-layers of a block, the feed-forward one last."""
    at, last = attention.partition(".SelfAttention")[0].partition(".EncDecAttention")[0], f"layer.{blocks - 1}"
    number = int(at.rpartition(".")[2])
    return Sites(
        layers=f"{stack}.block",
        word=f"{stack}.embed_tokens",
        final_norm=f"{stack}.final_layer_norm",
        attention=attention,
        query=f"{attention}.q",
        key=f"{attention}.k",
        value=f"{attention}.v",
        attn_out=f"{attention}.o",
        attn_pre=f"{at}.layer_norm",
        ffn_pre=f"{last}.layer_norm",
        attn_sum=f"layer.{number + 1}.layer_norm",
        ffn_out=f"{last}.DenseReluDense.wo",
        order="bias",
        pairs=False,
        takes=TAKES[:2],
    )


_T5 = {
    "encoder": _t5("encoder", "layer.0.SelfAttention", 2),
    "decoder": _t5("decoder", "layer.0.SelfAttention", 3),
    "cross": _t5("decoder", "layer.1.EncDecAttention", 3),
}

_XLNET = Sites(
    layers="layer",
    word="word_embedding",
    attention="rel_attn",
    query="q",
    key="k",
    value="v",
    attn_out="o",
    attn_norm="rel_attn.layer_norm",
    ffn_out="ff.layer_2",
    parameters=True,
    tapped=True,
    time_first=True,
    order="relative",
)

_DEBERTA = replace(
    _BERT,
    pooler=None,
    query="attention.self.query_proj",
    key="attention.self.key_proj",
    value="attention.self.value_proj",
    first_mixed="encoder.conv",
    tapped=True,
    order="relative",
)

_MPNET = replace(
    _BERT,
    segment=None,
    attention="attention.attn",
    query="attention.attn.q",
    key="attention.attn.k",
    value="attention.attn.v",
    attn_out="attention.attn.o",
    attn_norm="attention.LayerNorm",
    tapped=True,
    after_padding=True,
    order="both",
    takes=TAKES[:2],
)


def _bart(stack: str, attention: str) -> Sites:
    """One of BART's three attentions; layers normalise after each block, and both stacks have tables of their own."""
    return Sites(
        layers=f"{stack}.layers",
        word=f"{stack}.embed_tokens",
        position=f"{stack}.embed_positions",
        embedding_norm=f"{stack}.layernorm_embedding",
        attention=attention,
        query=f"{attention}.q_proj",
        key=f"{attention}.k_proj",
        value=f"{attention}.v_proj",
        attn_out=f"{attention}.out_proj",
        attn_norm=f"{attention}_layer_norm",
        ffn_out="fc2",
        first_row=2,
        pairs=False,
        takes=TAKES[:2],
    )


_BART = {
    "encoder": _bart("encoder", "self_attn"),
    "decoder": _bart("decoder", "self_attn"),
    "cross": _bart("decoder", "encoder_attn"),
}

# Architecture → its stacks of layers, the one that is shown by default first.
STACKS: Mapping[str, Mapping[str, Sites]] = MappingProxyType(
    {
        "bert": {"encoder": _BERT},
        "roberta": {"encoder": _ROBERTA},
        "xlm-roberta": {"encoder": _ROBERTA},
        "camembert": {"encoder": _ROBERTA},
        "distilbert": {"encoder": _DISTILBERT},
        "electra": {"encoder": _ELECTRA},
        "albert": {"encoder": _ALBERT},
        "modernbert": {"encoder": _MODERNBERT},
        "gpt2": {"decoder": _GPT2},
        "openai-gpt": {"decoder": _OPENAI_GPT},
        "llama": {"decoder": _LLAMA},
        "mistral": {"decoder": _LLAMA},
        "qwen2": {"decoder": _LLAMA},
        "qwen3": {"decoder": _QWEN3},
        "gemma3_text": {"decoder": _GEMMA3},
        "t5": _T5,
        "xlnet": {"encoder": _XLNET},
        "deberta-v2": {"encoder": _DEBERTA},
        "mpnet": {"encoder": _MPNET},
        "bart": _BART,
    }
)

# What people will bring and this program cannot show, and why: experts that are chosen for each token, a soft cap on
# scores that pages multiply by hand, images beside the text, another architecture in every layer.
REFUSED: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(("gpt_oss", "mixtral", "qwen2_moe", "qwen3_moe", "deepseek_v3", "llama4"), "experts")
    | {"gemma2": "soft_cap"}
    | dict.fromkeys(("gemma3", "gemma3n", "gemma4"), "images")
)


def stacks(model_type: str) -> tuple[str, ...]:
    """The stacks of layers that an architecture has, the one shown by default first.

    Raises:
        ModelUnsupported: when the table has no such architecture; ArchitectureRefused where the reason is known.
    """
    if model_type in REFUSED:
        raise ArchitectureRefused(reason=REFUSED[model_type], found=model_type, allowed=", ".join(STACKS))
    if model_type not in STACKS:
        raise ModelUnsupported(found=model_type, allowed=", ".join(STACKS))
    return tuple(STACKS[model_type])


def sites(model_type: str, stack: str = "") -> Sites:
    """The sites of an architecture, by the `model_type` of its configuration; without a name those of its first stack.

    Raises:
        ModelUnsupported: when the table has no such architecture.
        ConfigInvalid: when the architecture has no such stack.
    """
    names = stacks(model_type)
    if stack and stack not in names:
        raise ConfigInvalid(field="stack", found=stack, allowed=", ".join(names))
    return STACKS[model_type][stack or names[0]]


def sites_of(config: Any, stack: str = "") -> Sites:
    """The sites of a configuration: of an architecture that can be built with or without relative positions, its own.

    Raises:
        ModelUnsupported, ConfigInvalid: as `sites`.
    """
    table = sites(config.model_type, stack)
    if table.order == "relative" and hasattr(config, "relative_attention"):
        relative = config.relative_attention and config.pos_att_type
        return table if relative or not config.position_biased_input else replace(table, order="table")
    return table
