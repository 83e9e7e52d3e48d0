"""The tensors of a file against those of the model that is built: what is missing, and what has no place.

Names alone decide, before a byte of the weights is read. A tensor inside the network that the model does not have makes
another network of the file and is refused by name; one beside the path (a head that is not asked for, a pooler, what
an optimiser left) is left out and said. A buffer that has the library's own numbers is no news, and one that has others
is refused.
"""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PreTrainedConfig, PreTrainedModel

from explorer.errors import AnotherNetwork, ExplorerError, WeightsMissing
from explorer.models.sites import STACKS
from explorer.models.skeleton import CLASSES, head_class, skeleton
from explorer.models.spec import Head
from explorer.models.strangers.weights import FLOATS

# Parameter-efficient tuning: what a PEFT or AdapterHub checkpoint calls its own tensors.
_ADAPTER = re.compile(
    r"lora_|ia3_|hada_w|(^|[._])adapters?([._]|$)|adapter_fusion|prefix_tuning|prompt_(encoder|embeddings)"
    r"|modules_to_save|original_module|\.base_layer\.|vera_lambda|(^|\.)(oft|boft|hra)_"
)
# What bitsandbytes, GPTQ, AWQ, compressed-tensors, fp8 and torchao write beside a packed weight.
_PACKED = re.compile(
    r"\.(SCB|absmax|quant_map|quant_state\..*|nested_absmax|nested_quant_map|qweight|qzeros|g_idx|scales?|zeros"
    r"|(weight|input|output)_(scale|scale_inv|scale_2|zero_point|packed|shape|g_idx|format)|weight:.*)$"
)
# Buffers that older versions of the library saved; newer ones make them from the configuration.
_BUFFER = re.compile(r"(embeddings\.)?(position_ids|token_type_ids)$")
_GPT_MASK = re.compile(r"h\.\d+\.(cross)?att(ention|n)\.(masked_)?bias$")
_OPTIMISER = re.compile(
    r"^(optimizer|optim|lr_scheduler|scheduler|scaler|ema)\.|\.(exp_avg|exp_avg_sq|max_exp_avg_sq|momentum_buffer)$"
)
_BESIDE = re.compile(r"(teacher|loss|criterion|fit_denses?|logit_scale|temperature|\w*head|\w*heads|\w*classifier)$")
_NUMBER = re.compile(r"(?<![^.])\d{1,5}(?=\.)")  # of a layer, between dots
# T5's first files have this one, which its own code never read.
_NEVER_READ = "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight"


@dataclass(frozen=True, eq=False)
class Judged:
    """What the names say of a file.

    bare: the model without storage. head: the one that it has, "none" where the file has no weights of what was asked.
    places: name in the model → name in the file. pooler: whether the file has the pooler of a bare model.
    left_out: tensors beside the path, by name in the file, but for those whose values are compared.
    buffers, twice: name in the file → name in the model of a buffer, or in the file of the tensor for the same place;
        their values are compared after loading. masks: names in the file of causal masks, compared likewise.
    """

    bare: PreTrainedModel
    head: Head
    places: Mapping[str, str]
    pooler: bool
    left_out: tuple[str, ...]
    buffers: Mapping[str, str]
    twice: Mapping[str, str]
    masks: tuple[str, ...]


def judge(
    config: PreTrainedConfig, head: Head, bare: PreTrainedModel, entries: Mapping[str, tuple[str, tuple[int, ...]]]
) -> Judged:
    """Compare the names in the headers of the files with those of the model.

    bare: the skeleton with this head. entries: name → type and shape.

    Raises:
        AnotherNetwork, WeightsMissing; ConfigUnbuildable: as `skeleton`.
    """
    body = bare if head == "none" else skeleton(config, "none")
    names = _Names(config, bare, body, entries)
    there: dict[str, str] = {}
    twice = {name: first for name in entries if (first := there.setdefault(names.plain(name), name)) != name}
    if adapter := next(filter(_ADAPTER.search, sorted(entries)), None):
        raise AnotherNetwork(reason="adapter", found=adapter[:120], allowed="-")
    expected, inner = names.of(bare), frozenset(names.of(body))
    inside = {plain for plain, name in there.items() if names.inside(plain, name)}
    _check_types(expected, there, entries)
    for plain in sorted(inside - expected.keys() - inner):
        _check_inside(config, body, plain, there[plain])
    head = _present(names.tied(bare), head, expected, inner, there)
    if head == "none" and bare is not body:
        bare, expected = body, names.of(body)
    missing = expected.keys() - there.keys()
    for group in names.tied(bare):
        missing -= group if group & there.keys() else set()
    pooler = {name for name in expected if name.startswith("pooler.")}
    without = head == "none" and bool(pooler) and pooler <= missing
    missing -= pooler if without else set()
    if missing:
        raise WeightsMissing(n=len(missing), example=expected[min(missing)])
    unplaced = {plain: name for plain, name in there.items() if plain not in expected}
    beside = {plain: name for plain, name in unplaced.items() if plain not in inside}
    _check_beside(config, head, expected.keys() - inner, beside, names)
    buffers = {name: own for plain, name in unplaced.items() if (own := names.buffer(bare, plain)) is not None}
    masks = {name for plain, name in unplaced.items() if _is_mask(config, plain)} - buffers.keys()
    return Judged(
        bare,
        head,
        {expected[plain]: name for plain, name in there.items() if plain in expected},
        not without,
        tuple(sorted({*unplaced.values()} - buffers.keys() - masks)),
        buffers,
        twice,
        tuple(sorted(masks)),
    )


def check_depth(config: PreTrainedConfig, entries: Iterable[str]) -> None:
    """Before anything is built of it: more layers in the configuration than the names in the files are numbered.

    A layer without storage takes 25 ms all the same, and the library allows hundreds.

    Raises:
        WeightsMissing.
    """
    shared = any(site.shared for site in STACKS.get(config.model_type, {}).values())
    layers = getattr(config, "num_hidden_layers", 0)
    numbered = {name: max(map(int, found)) for name in entries if (found := _NUMBER.findall(name))}
    last = max(numbered.values(), default=-1)
    if not shared and layers > last + 1:
        names = sorted(name for name, number in numbered.items() if number == last)
        example = re.sub(rf"(?<=\.){last}(?=\.)", str(last + 1), names[0]) if names else f"{last + 1}."
        raise WeightsMissing(n=(layers - last - 1) * max(1, len(names)), example=example[:120])


def check_loaded(model: PreTrainedModel, judged: Judged, tensors: Mapping[str, Tensor]) -> None:
    """What only the values tell: tied tensors that differ, buffers that are not those of the configuration.

    tensors: of the file, by the names there.

    Raises:
        AnotherNetwork.
    """
    lost = judged.bare.all_tied_weights_keys.keys() - model.all_tied_weights_keys.keys()
    if not getattr(model.config, "scale_decoder_outputs", True):
        lost -= {"lm_head.weight"}  # T5 1.1 and Flan-T5 have an output table of their own; the library ties it by force
    if lost:  # the library keeps both when they differ; the publisher's own code would have used one
        name = min(lost)
        raise AnotherNetwork(reason="tied", found=name, allowed=judged.bare.all_tied_weights_keys[name])
    buffers = dict(model.named_buffers())
    for name, own in judged.buffers.items():
        if not (name in tensors and _close(tensors[name], buffers[own])):
            raise AnotherNetwork(reason="buffer", found=name[:120], allowed=own)
    for name in judged.masks:
        if not (name in tensors and _causal(tensors[name])):
            raise AnotherNetwork(reason="buffer", found=name[:120], allowed="tril(1), -1e4")
    for name, other in judged.twice.items():
        if not (name in tensors and other in tensors and torch.equal(tensors[name], tensors[other])):
            raise AnotherNetwork(reason="twice", found=name[:120], allowed=other[:120])


def modules(names: Iterable[str], most: int = 4) -> str:
    """Tensors by the modules that hold them, the first few and how many more."""
    every = {re.sub(r"\.(weight|bias)$", "", name) for name in names}
    found = sorted(name for name in every if not any(name.startswith(f"{other}.") for other in every))
    return ", ".join(name[:100] for name in found[:most]) + (f" … (+{len(found) - most})" if len(found) > most else "")


class _Names:
    """The names of an architecture's tensors as its bare model has them, in today's spelling."""

    def __init__(
        self, config: PreTrainedConfig, bare: PreTrainedModel, body: PreTrainedModel, entries: Iterable[str]
    ) -> None:
        # Llama's class for questions calls the bare model otherwise than the others.
        classes = (head_class(config, head) for head in CLASSES)
        self.prefixes = {bare.base_model_prefix, *(c.base_model_prefix for c in classes if c is not None)}
        sites = STACKS.get(config.model_type, {}).values()
        paths = [path for site in sites for path in (site.layers, site.word, site.position, site.widen) if path]
        self.prefixed = any(self.plain(name) != name and name.partition(".")[0] in self.prefixes for name in entries)
        self.parts = {name.partition(".")[0] for name in (*paths, *self.of(body))}

    def plain(self, name: str) -> str:
        name = re.sub(r"LayerNorm\.gamma$", "LayerNorm.weight", re.sub(r"LayerNorm\.beta$", "LayerNorm.bias", name))
        first, _, rest = name.partition(".")
        return rest if first in self.prefixes and rest else name

    def of(self, model: PreTrainedModel) -> dict[str, str]:
        """Plain name → the model's own."""
        return {self.plain(name): name for name in model.state_dict()}

    def inside(self, plain: str, name: str) -> bool:
        """Whether a tensor of the file stands in the network below the heads.

        Its prefix says so, or the name of its part, also of one that only other sizes of the architecture have.
        """
        prefixed = name.partition(".")[0] in self.prefixes and plain != name
        return prefixed or plain.partition(".")[0] in self.parts

    def tied(self, model: PreTrainedModel) -> list[set[str]]:
        """Tensors that are one."""
        groups: dict[str, set[str]] = {}
        for target, source in model.all_tied_weights_keys.items():
            groups.setdefault(source, {self.plain(source)}).add(self.plain(target))
        return list(groups.values())

    def buffer(self, model: PreTrainedModel, plain: str) -> str | None:
        """The model's own buffer of this name; rotary frequencies once stood in every layer."""
        own = {self.plain(name): name for name, _ in model.named_buffers()}
        return own.get("rotary_emb.inv_freq" if plain.endswith("rotary_emb.inv_freq") else plain)


def _check_types(
    expected: Mapping[str, str], there: Mapping[str, str], entries: Mapping[str, tuple[str, tuple[int, ...]]]
) -> None:
    for plain in sorted(expected.keys() & there.keys()):
        kind = entries[there[plain]][0]
        if kind not in FLOATS:
            raise AnotherNetwork(reason="packed", found=f"{there[plain][:120]}: {kind}", allowed=", ".join(FLOATS))


def _check_inside(config: PreTrainedConfig, body: PreTrainedModel, plain: str, name: str) -> None:
    """Refuse a tensor of the network for which the model has no place, with the most telling reason."""
    for site in STACKS.get(config.model_type, {}).values():
        found = re.match(rf"{re.escape(site.layers)}\.(\d+)\.", plain)
        layers = len(list(body.get_submodule(site.layers).children()))
        if found and int(found[1]) >= layers:
            raise AnotherNetwork(reason="layers", found=name[:120], allowed=layers)
    if _PACKED.search(plain):
        raise AnotherNetwork(reason="packed", found=name[:120], allowed=", ".join(FLOATS))
    frequencies = plain.endswith("rotary_emb.inv_freq") and "rotary_emb.inv_freq" in dict(body.named_buffers())
    if not frequencies and not _harmless(config, plain):
        raise AnotherNetwork(reason="tensor", found=name[:120], allowed=config.model_type)


def _harmless(config: PreTrainedConfig, plain: str) -> bool:
    """Tensors of the network that no network reads: a pooler, buffers, what training left, and two old habits."""
    kind = config.model_type
    unread = kind == "deberta-v2" and not config.position_biased_input
    return (
        plain.startswith("pooler.")
        or (kind == "t5" and plain == _NEVER_READ)
        or (unread and plain == "embeddings.position_embeddings.weight")
        or _is_mask(config, plain)
        or _BUFFER.fullmatch(plain) is not None
        or _OPTIMISER.search(plain) is not None
    )


def _is_mask(config: PreTrainedConfig, plain: str) -> bool:
    return config.model_type in ("gpt2", "openai-gpt") and _GPT_MASK.fullmatch(plain) is not None


def _present(
    tied: list[set[str]], head: Head, expected: Mapping[str, str], inner: frozenset[str], there: Mapping[str, str]
) -> Head:
    """The head, or "none" where the file has nothing of it but what it shares with the body."""
    shared = {name for group in tied if group & inner for name in group}
    own = expected.keys() - inner - shared
    return "none" if own and not own & there.keys() else head


def _check_beside(
    config: PreTrainedConfig, head: Head, own: set[str], beside: Mapping[str, str], names: _Names
) -> None:
    """Refuse a tensor of the head that is shown, and one of which nobody can say where it stands.

    own: the head's tensors. beside: those of the file for which nothing has a place.
    """
    tops = {name.partition(".")[0] for name in own}
    others: set[str] | None = None
    for plain, name in beside.items():
        top = plain.partition(".")[0]
        certain = names.prefixed or _BESIDE.fullmatch(top)
        if (certain and top not in tops) or _harmless(config, plain):
            continue
        others = _other_heads(config, names) if others is None else others
        if plain not in others:
            reason, allowed = ("head", head) if top in tops else ("tensor", config.model_type)
            raise AnotherNetwork(reason=reason, found=name[:120], allowed=allowed)


def _other_heads(config: PreTrainedConfig, names: _Names) -> set[str]:
    """The names of every head that the library has for this architecture."""
    found: set[str] = set()
    for head in CLASSES:
        if head_class(config, head) is not None:
            with suppress(ExplorerError):  # sizes that this head refuses
                found |= names.of(skeleton(config, head)).keys()
    return found


def _close(found: Tensor, own: Tensor) -> bool:
    """The same numbers, as far as a file in bfloat16 can tell."""
    pair = found.reshape(-1).float(), own.reshape(-1).float()
    return len(pair[0]) == len(pair[1]) and torch.allclose(*pair, rtol=1e-2, atol=1e-6)


def _causal(found: Tensor) -> bool:
    """Ones where a position may look, itself and what stands before it; or the score that stands for all the others."""
    if found.dim() == 0:
        return bool(found <= -1e4)
    rows = found.shape[-1]
    square = found.numel() == rows * rows
    return square and torch.equal(found.reshape(rows, rows).float(), torch.ones(rows, rows).tril())
