"""Which changes work in a model, found by trying each on a few tokens: does it change what it must, and only that?

A change that a model does not have makes no error by itself: T5 without the scale, a GPT made causal, a hook on a name
that an architecture does not know. The difference would be a flat picture, which a reader would take for a finding.
"""

from collections.abc import Callable, Mapping
from threading import Lock
from types import MappingProxyType
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from explorer.capture.attention import Added, Way
from explorer.capture.changes.rules import NORMS, ScoreRule
from explorer.capture.changes.variant import Variant
from explorer.capture.facts import facts_of
from explorer.capture.records import Capture, LayerCapture
from explorer.capture.replay import replay
from explorer.capture.run import run
from explorer.errors import NotInThisModel
from explorer.models.handle import Dims, ModelHandle

# Kind of change → the Variant by which it is tried.
TRIED: Mapping[str, Variant] = MappingProxyType(
    {
        "unscaled": Variant(scale="none"),
        "temperature": Variant(temperature=2.0),
        "causal": Variant(causal=True),
        "identity_q": Variant(identity=("q",)),
        "identity_k": Variant(identity=("k",)),
        "identity_v": Variant(identity=("v",)),
        "ablation": Variant(ablated=((0, 0),)),
        "ffn_zero": Variant(without_ffn=(0,)),
        "ffn_skip": Variant(without_ffn=(0,), ffn_mode="skip"),
        "over_d": Variant(scale="d"),
        "over_width": Variant(scale="sqrt_width"),
        "norm_layer": Variant(rule=ScoreRule(norm="layer")),
        "norm_rms": Variant(rule=ScoreRule(norm="rms")),
        "norm_rms_all": Variant(rule=ScoreRule(norm="rms_all")),
        "norm_unit": Variant(rule=ScoreRule(norm="unit")),
        "cap": Variant(rule=ScoreRule(cap=0.01)),
        "times_log_n": Variant(rule=ScoreRule(times_log_n=(1.0, 0.0))),
        "sink": Variant(rule=ScoreRule(sink=(100.0,))),
        "sigmoid": Variant(rule=ScoreRule(weights="sigmoid", plus_log_n=-1.0)),
    }
)
TEXT = "one two three four five"

# Numbers that must be equal may differ by a rounding, those that must change change by more than one.
ATOL, RTOL = 1e-5, 1e-4

_found: "WeakKeyDictionary[ModelHandle, Mapping[str, str | None]]" = WeakKeyDictionary()
_lock = Lock()


def offered(handle: ModelHandle) -> Mapping[str, str | None]:
    """For each kind of change: None where it works in this model, else the reason why it is not offered.

    Tried once for each model; a reason is the last part of a message key, `error.NotInThisModel.<reason>`.

    Raises:
        NoWeights: for a model of kind `meta`.
    """
    handle.require_weights()
    with _lock:
        if handle not in _found:
            _found[handle] = _try_all(handle)
        return _found[handle]


def reason_against(handle: ModelHandle, variant: Variant) -> str | None:
    """Why this model cannot be run under this variant; None where it can, as it always can under the default."""
    if variant.rule is not None and handle.sites.tapped:
        return "rule_tapped"
    kinds = kinds_of(handle, variant)
    return next((reason for kind in kinds if (reason := offered(handle)[kind]) is not None), None)


def require(handle: ModelHandle, variant: Variant) -> None:
    """Refuse a variant that does nothing, or something else, in this model.

    Raises:
        NotInThisModel: with the reason.
    """
    if variant == Variant():
        return
    reason = reason_against(handle, variant)
    if reason is not None:
        raise NotInThisModel(model=handle.config.model_type, reason=reason)


def kinds_of(handle: ModelHandle, variant: Variant) -> list[str]:
    """The kinds of change in a variant. A factor of 1 by number is the same as no scale."""
    found = {
        "unscaled": variant.scale in ("none", 1),
        "temperature": variant.temperature != 1,
        "causal": variant.causal,
        "ablation": bool(variant.ablated),
        f"ffn_{variant.ffn_mode}": bool(variant.without_ffn),
        "over_d": variant.scale == "d",
        "over_width": variant.scale == "sqrt_width",
    } | _parts(variant.rule)
    return [kind for kind, there in found.items() if there] + [f"identity_{letter}" for letter in variant.identity]


def _parts(rule: ScoreRule | None) -> dict[str, bool]:
    """The factor on both sides and a term that is equal for all keys are not tried: they change no weight anywhere."""
    if rule is None:
        return {}
    found = {f"norm_{norm}": rule.norm == norm for norm in NORMS[1:]}
    sigmoid = rule.weights == "sigmoid"
    return found | {
        "cap": rule.cap is not None,
        "times_log_n": rule.times_log_n is not None,
        "sink": rule.sink is not None,
        "sigmoid": sigmoid,
    }


def _try_all(handle: ModelHandle) -> Mapping[str, str | None]:
    seen = run(handle, TEXT)
    own = replay(handle, seen, 0)
    # Layers can have factors of their own: the scale is taken away where there is one.
    scaled = next((at for at, factor in enumerate(facts_of(handle).factors) if factor != 1), 0)
    of_scale = replay(handle, seen, scaled) if scaled else own
    tried = {kind: of_scale if kind == "unscaled" else own for kind in TRIED}
    return MappingProxyType(
        {kind: _known(handle, layer, kind) or _tried(handle, seen, layer, kind) for kind, layer in tried.items()}
    )


def _known(handle: ModelHandle, own: LayerCapture, kind: str) -> str | None:
    """Reasons that the architecture gives, before anything is tried."""
    sites, dims = handle.sites, handle.dims
    if kind == "unscaled" and own.factor == 1:
        return "unscaled_by_design" if sites.order == "bias" else "unscaled_here"
    if kind == "causal" and not own.visible.triu(1).any():
        return "causal_already"
    if kind == "causal" and handle.stack == "cross":
        return "causal_cross"
    if kind.startswith("identity"):
        return _no_identity(dims, kind)
    if kind == "ffn_skip":
        return _unskippable(handle)
    return "rule_tapped" if TRIED[kind].rule is not None and sites.tapped else None


def _no_identity(dims: Dims, kind: str) -> str | None:
    if kind != "identity_q" and dims.n_kv_heads != dims.n_heads:
        return "identity_grouped"
    return "identity_not_square" if dims.n_heads * dims.d_head != dims.d_model else None


def _unskippable(handle: ModelHandle) -> str | None:
    """Why nothing is left to skip without the feed-forward block, or more than the block would be."""
    between = handle.stack == "decoder" and len(handle.stacks) > 1  # BART's cross attention
    return "skip_pre_norm" if handle.sites.pre_norm else "no_effect" if between else None


def _tried(handle: ModelHandle, seen: Capture, own: LayerCapture, kind: str) -> str | None:
    try:
        changed = replay(handle, seen, own.layer, TRIED[kind])
    except Exception:  # whatever a model of somebody else's raises: this change is not for it
        return "no_effect"
    check = CHECKS[kind.partition("_")[0] if kind.startswith("identity") else kind]
    return None if check(own, changed, kind) else "no_effect"


def _alike(a: Tensor, b: Tensor) -> bool:
    return torch.allclose(a, b, atol=ATOL, rtol=RTOL)


def _unscaled(own: LayerCapture, changed: LayerCapture, kind: str) -> bool:
    return _other_factor(own, changed, 1.0, own.bias_scaled)


def _temperature(own: LayerCapture, changed: LayerCapture, kind: str) -> bool:
    return _other_factor(own, changed, own.factor / 2, True)


def _other_factor(own: LayerCapture, changed: LayerCapture, factor: float, bias: bool) -> bool:
    """Projections as they were, and scores times what the factor has grown by; with the bias or without."""
    times = factor / own.factor
    rest = own.bias if own.bias is not None else torch.zeros_like(own.scores)
    wanted = (own.scores - rest) * times + rest * (times if bias else 1)
    seen = own.visible
    projections = all(_alike(getattr(own, name), getattr(changed, name)) for name in "qkv")
    moved = not torch.equal(own.scores[seen], changed.scores[seen])
    return projections and moved and torch.allclose(changed.scores[seen], wanted[seen], atol=1e-3, rtol=1e-3)


def _over(own: LayerCapture, changed: LayerCapture, kind: str) -> bool:
    factor = TRIED[kind].factor(own.layer, own.factor, own.q.shape[-1], own.q.shape[1])
    return _other_factor(own, changed, factor, own.bias_scaled)


def _ruled(own: LayerCapture, changed: LayerCapture, kind: str) -> bool:
    """Projections as they were, and the weights that this rule makes of them, which are others than before."""
    projections = all(_alike(getattr(own, name), getattr(changed, name)) for name in "qkv")
    mask = torch.zeros_like(own.scores).masked_fill(~own.visible, torch.finfo(own.scores.dtype).min)
    heads = slice(0, own.q.shape[1])
    way = Way.under(TRIED[kind], own.layer, own.factor, own.q, own.k, Added(mask, own.bias))
    wanted = way.probs(way.scores(own.q, own.k, own.q @ own.k.mT, heads), heads)
    return projections and _alike(changed.probs, wanted) and not _alike(own.probs, wanted)


def _causal(own: LayerCapture, changed: LayerCapture, kind: str) -> bool:
    early = changed.probs.triu(1) == 0
    return bool(early.all()) and _alike(own.q, changed.q) and not _alike(own.probs, changed.probs)


def _identity(own: LayerCapture, changed: LayerCapture, kind: str) -> bool:
    """This projection is another one, the others are as before."""
    letter = kind[-1]
    others = all(_alike(getattr(own, name), getattr(changed, name)) for name in "qkv" if name != letter)
    return others and not _alike(getattr(own, letter), getattr(changed, letter))


def _ablation(own: LayerCapture, changed: LayerCapture, kind: str) -> bool:
    gone = bool((changed.context[:, 0] == 0).all()) and _alike(own.context[:, 1:], changed.context[:, 1:])
    return gone and _alike(own.probs, changed.probs) and not _same_output(own, changed)


def _ffn_zero(own: LayerCapture, changed: LayerCapture, kind: str) -> bool:
    gone = bool((changed.ffn_out == 0).all()) and _alike(own.attn_out, changed.attn_out)
    return gone and not _same_output(own, changed)


def _ffn_skip(own: LayerCapture, changed: LayerCapture, kind: str) -> bool:
    return changed.attn_norm is not None and torch.equal(changed.hidden, changed.attn_norm)


def _same_output(own: LayerCapture, changed: LayerCapture) -> bool:
    """Whether the layer gives on what it gave before, to a millionth of its size."""
    return float((own.hidden - changed.hidden).norm()) <= 1e-6 * float(own.hidden.norm())


Check = Callable[[LayerCapture, LayerCapture, str], bool]
CHECKS: dict[str, Check] = dict.fromkeys((kind for kind, variant in TRIED.items() if variant.rule is not None), _ruled)
CHECKS |= {
    "unscaled": _unscaled,
    "temperature": _temperature,
    "causal": _causal,
    "identity": _identity,
    "ablation": _ablation,
    "ffn_zero": _ffn_zero,
    "ffn_skip": _ffn_skip,
    "over_d": _over,
    "over_width": _over,
}
