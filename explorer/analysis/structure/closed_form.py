"""The number of parameters as a formula in the sizes, per architecture; the layouts are those of transformers 5.23.

A term is a product of sizes times a sum of monomials: L · (4 d d + 4 d). From it come the formula, the formula with
numbers put in, and the value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from explorer.models.configs import size

Monomials = tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Term:
    """part: what it counts (a message key); times: sizes that multiply the sum; sum: (coefficient, sizes) each."""

    part: str
    times: str
    sum: Monomials

    def value(self, sizes: Mapping[str, int]) -> int:
        """The number of parameters of this term."""
        inner = sum(factor * prod(sizes[s] for s in letters) for factor, letters in self.sum)
        return inner * prod(sizes[s] for s in self.times)

    def latex(self, sizes: Mapping[str, int] | None = None) -> str:
        """The term in LaTeX, with letters, or with numbers where sizes are given."""
        inner = _sum(self.sum, sizes)
        if not self.times:
            return inner
        outer = _product(1, self.times, sizes)
        return rf"{outer}\,({inner})" if sizes is None else rf"{outer} \cdot ({inner})"


@dataclass(frozen=True)
class ClosedForm:
    """The formula of one model: its terms and the sizes that its letters stand for."""

    terms: tuple[Term, ...]
    sizes: Mapping[str, int]

    @property
    def value(self) -> int:
        """The total that the formula gives."""
        return sum(term.value(self.sizes) for term in self.terms)

    def lines(self) -> tuple[tuple[str, str, str, int], ...]:
        """Part, letters, numbers, value of each term."""
        return tuple((t.part, t.latex(), t.latex(self.sizes), t.value(self.sizes)) for t in self.terms)


def _t(part: str, text: str, times: str = "") -> Term:
    """ "4dd 4d" as monomials: coefficient, then one letter a size."""
    return Term(part, times, tuple(_monomial(word) for word in text.split()))


def _monomial(word: str) -> tuple[int, str]:
    digits = word.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return (-1 if digits == "-" else int(digits or 1)), word[len(digits) :]


_LAYER = (
    _t("qkv", "3dd 3d", "L"),
    _t("attn_out", "dd d", "L"),
    _t("attn_norm", "2d", "L"),
    _t("ffn_up", "df f", "L"),
    _t("ffn_down", "fd d", "L"),
    _t("ffn_norm", "2d", "L"),
)
_SHARED_LAYER = tuple(Term(t.part, "", t.sum) for t in _LAYER)
_POOLER, _MLM, _NSP = _t("pooler", "dd d"), _t("mlm", "dd d 2d V"), _t("nsp", "2d 2")
_LABELS, _SPAN, _DENSE = _t("labels", "Cd C"), _t("span", "2d 2"), _t("head_dense", "dd d")
_FACTORED_MLM = _t("mlm", "de e 2e V")
_EMBEDDINGS = (_t("word", "Vd"), _t("position", "Pd"), _t("segment", "Sd"), _t("embedding_norm", "2d"))
_FACTORED = (
    _t("word", "Ve"), _t("position", "Pe"), _t("segment", "Se"), _t("embedding_norm", "2e"), _t("widen", "ed d"),
)  # fmt: skip
_GPT = (_t("word", "Vd"), _t("position", "Pd"), *_LAYER)
_MODERN = (
    _t("word", "Vd"), _t("embedding_norm", "d"), _t("qkv", "3dd", "L"), _t("attn_out", "dd", "L"),
    _t("ffn_up", "2df", "L"), _t("ffn_down", "fd", "L"), _t("norms", "2Ld -d"), _t("final_norm", "d"),
)  # fmt: skip
_MODERN_HEAD = _t("head_dense", "dd d")
_T5 = (
    _t("word", "Vd"), _t("encoder_attention", "4da", "L"), _t("encoder_ffn", "2df", "L"), _t("encoder_norms", "2Ld d"),
    _t("encoder_position", "Rh"), _t("decoder_attention", "8da", "M"), _t("decoder_ffn", "2df", "M"),
    _t("decoder_norms", "3Md d"), _t("decoder_position", "Rh"),
)  # fmt: skip
_XLNET = (
    _t("word", "Vd"), _t("mask", "d"), _t("qkvr", "4da", "L"), _t("attn_out", "da", "L"),
    _t("relative", "5a", "L"), _t("attn_norm", "2d", "L"), _t("ffn_up", "df f", "L"), _t("ffn_down", "fd d", "L"),
    _t("ffn_norm", "2d", "L"),
)  # fmt: skip
_LLAMA = (
    _t("word", "Vd"), _t("qkv", "da 2db", "L"), _t("attn_out", "da", "L"), _t("ffn_up", "2df", "L"),
    _t("ffn_down", "fd", "L"), _t("norms", "2d", "L"), _t("final_norm", "d"),
)  # fmt: skip

# For each architecture: the body, and for each head what it adds (the pooler is part of some heads only).
FORMS: dict[str, tuple[tuple[Term, ...], dict[str, tuple[Term, ...]]]] = {
    "bert": (
        (*_EMBEDDINGS, *_LAYER),
        {
            "none": (_POOLER,),
            "mlm": (_MLM,),
            "pretraining": (_POOLER, _MLM, _NSP),
            "nsp": (_POOLER, _NSP),
            "classification": (_POOLER, _LABELS),
            "qa": (_SPAN,),
        },
    ),
    "roberta": (
        (*_EMBEDDINGS, *_LAYER),
        {"none": (_POOLER,), "mlm": (_MLM,), "classification": (_DENSE, _LABELS), "qa": (_SPAN,)},
    ),
    "distilbert": (
        (_EMBEDDINGS[0], _EMBEDDINGS[1], _EMBEDDINGS[3], *_LAYER),
        {"none": (), "mlm": (_MLM,), "classification": (_DENSE, _LABELS), "qa": (_SPAN,)},
    ),
    "electra": (
        (*_FACTORED, *_LAYER),
        {"none": (), "mlm": (_FACTORED_MLM,), "pretraining": (_t("replaced", "dd d d 1"),),
         "classification": (_DENSE, _LABELS), "qa": (_SPAN,)},
    ),
    "albert": (
        (*_FACTORED, *_SHARED_LAYER),
        {"none": (_POOLER,), "mlm": (_FACTORED_MLM,), "pretraining": (_POOLER, _FACTORED_MLM, _NSP),
         "classification": (_POOLER, _LABELS), "qa": (_SPAN,)},
    ),
    "openai-gpt": (_GPT, {"none": (), "mlm": (), "classification": (_t("labels", "Cd"),)}),
    "gpt2": (
        (*_GPT, _t("final_norm", "2d")),
        {"none": (), "mlm": (), "classification": (_t("labels", "Cd"),), "qa": (_SPAN,)},
    ),
    "t5": (_T5, {"none": (), "mlm": ()}),
    "xlnet": (_XLNET, {"none": (), "mlm": (_t("mlm", "V"),)}),
    "modernbert": (
        _MODERN,
        {"none": (), "mlm": (_MODERN_HEAD, _t("mlm", "V")), "classification": (_MODERN_HEAD, _LABELS),
         "qa": (_MODERN_HEAD, _SPAN)},
    ),
    "llama": (_LLAMA, {"none": (), "mlm": (_t("mlm", "Vd"),)}),
}  # fmt: skip


def closed_form(config: Any, head: str = "none", n_labels: int = 14) -> ClosedForm | None:
    """The formula of a configuration, or None for an architecture or head whose layout is not written down here."""
    body, heads = FORMS.get(config.model_type, ((), {}))
    if head == "pretraining" and head not in heads and config.model_type not in ("bert", "electra", "albert"):
        head = "mlm"  # the library's pre-training class of the others is their language model
    if head not in heads:
        return None
    terms, sizes = (*body, *heads[head]), _sizes(config, n_labels)
    if config.model_type == "electra" and sizes["e"] == sizes["d"]:
        terms = tuple(term for term in terms if term.part != "widen")
    return ClosedForm(terms, sizes)


def _sizes(config: Any, n_labels: int) -> dict[str, int]:
    """The letters of design: V vocabulary, P positions, S segments, d width, f feed-forward, L layers, e embedding."""
    d, h = config.hidden_size, config.num_attention_heads
    k = next((v for n in ("head_dim", "d_head", "d_kv") if isinstance(v := getattr(config, n, None), int)), d // h)
    groups = getattr(config, "num_key_value_heads", None) or h
    feed = size(config, "intermediate_size") or 4 * d
    others = {
        "P": "max_position_embeddings", "S": "type_vocab_size", "e": "embedding_size",
        "R": "relative_attention_num_buckets", "M": "num_decoder_layers",
    }  # fmt: skip
    sizes = {letter: int(getattr(config, name, 0) or 0) for letter, name in others.items()}
    return sizes | {
        "V": config.vocab_size, "d": d, "f": feed, "L": config.num_hidden_layers, "h": h, "a": h * k, "b": groups * k,
        "C": n_labels,
    }  # fmt: skip


def _sum(monomials: Monomials, sizes: Mapping[str, int] | None) -> str:
    text = ""
    for factor, letters in monomials:
        sign = "-" if factor < 0 else "+" if text else ""
        text += f" {sign} " + _product(abs(factor), letters, sizes)
    return text.strip()


def _product(factor: int, letters: str, sizes: Mapping[str, int] | None) -> str:
    if sizes is None:
        powers = [s if (n := letters.count(s)) == 1 else f"{s}^{n}" for s in dict.fromkeys(letters)]
        return ("" if factor == 1 and powers else str(factor)) + r"\,".join(powers)
    numbers = ([] if factor == 1 and letters else [factor]) + [sizes[s] for s in letters]
    return r" \cdot ".join(f"{n:,}".replace(",", "{,}") for n in numbers)
