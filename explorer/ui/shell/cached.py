"""The app's only caches: runs and replayed layers, shared by all visitors and bounded in bytes."""

import gc
import json
from collections.abc import Callable
from functools import cache
from threading import Condition
from typing import Any, TypeVar, cast

import torch
from cachetools import LRUCache, cached
from tokenizers import Tokenizer

from explorer.analysis.input.positions import TABLES
from explorer.analysis.scaling import drawn_vectors, gradients, whole_network
from explorer.analysis.scaling import saturation as saturation_map
from explorer.analysis.structure import parameters as counting
from explorer.analysis.structure.parameters import Parameters
from explorer.analysis.unrelated_texts import Strangers
from explorer.analysis.unrelated_texts import strangers as stranger_texts
from explorer.capture import load as loading
from explorer.capture.changes.positions import last_hidden
from explorer.capture.changes.variant import Variant
from explorer.capture.facts import classification
from explorer.capture.offered import require
from explorer.capture.records import Capture, LayerCapture, held_bytes
from explorer.capture.replay import replay
from explorer.capture.run import run
from explorer.home import ASSETS
from explorer.models.document import Document, document
from explorer.models.encode import named
from explorer.models.handle import ModelHandle
from explorer.models.other_tokenizers import SECOND
from explorer.models.spec import Head, ModelSpec

CAPTURE_BYTES = 512 * 2**20
LAYER_BYTES = 512 * 2**20


Function = TypeVar("Function", bound=Callable[..., Any])


def bounded(n_bytes: int) -> Callable[[Function], Function]:
    """Cache by arguments; a value that is being computed is waited for, not computed twice."""

    def decorate(function: Function) -> Function:
        store: LRUCache[Any, Any] = LRUCache(maxsize=n_bytes, getsizeof=lambda value: min(held_bytes(value), n_bytes))
        return cast(Function, cached(store, condition=Condition())(function))

    return decorate


def model(spec: ModelSpec) -> ModelHandle:
    """The loaded model; after the first, what is in memory is set aside from garbage collection."""
    handle = loading.load(spec)
    _freeze()
    return handle


@cache
def _freeze() -> None:
    """Torch and transformers are 400,000 objects that never die; collecting among them would stop every visitor."""
    gc.collect()
    gc.freeze()


@bounded(CAPTURE_BYTES)
def capture(spec: ModelSpec, text: str, pair: str | None = None, variant: Variant = Variant()) -> Capture:
    """One run. The result is shared: never write into it.

    Raises:
        NotInThisModel: for a change that does nothing in this model.
    """
    require(model(spec), variant)
    return run(model(spec), text, pair, variant)


@bounded(LAYER_BYTES)
def layer(
    spec: ModelSpec,
    text: str,
    pair: str | None,
    number: int,
    variant: Variant = Variant(),
    run_variant: Variant = Variant(),
) -> LayerCapture:
    """One layer of the run under `run_variant`, replayed under `variant`. The result is shared."""
    require(model(spec), variant)
    return replay(model(spec), capture(spec, text, pair, run_variant), number, variant)


def few(entries: int) -> Callable[[Function], Function]:
    """Cache by arguments, this many entries: for Infos, which are small and hold no tensors."""

    def decorate(function: Function) -> Function:
        return cast(Function, cached(LRUCache(maxsize=entries), condition=Condition())(function))

    return decorate


@few(64)
def parameters(config: str, head: Head = "none", n_labels: int = 14, without_ffn: int = 0) -> Parameters:
    """The count of a configuration, given as the text of its fields."""
    return counting.parameters(json.loads(config), head, n_labels, without_ffn)


@few(64)
def saturation(spec: ModelSpec, text: str, pair: str | None, way: saturation_map.Way) -> saturation_map.SaturationMap:
    """Every head with the model's scale and without it, post-hoc or end to end."""
    require(model(spec), saturation_map.UNSCALED)
    changed = capture(spec, text, pair, saturation_map.UNSCALED) if way == "end-to-end" else None
    return saturation_map.saturation_map(model(spec), capture(spec, text, pair), changed)


@few(64)
def sweep(d: int, n_keys: int, samples: int, seed: int) -> drawn_vectors.SyntheticSweep:
    """The measures over all widths, for drawn vectors."""
    return drawn_vectors.synthetic_sweep(d, n_keys, samples, seed)


@few(64)
def gradient_norms(spec: ModelSpec, text: str, pair: str | None, seed: int) -> gradients.GradientNorms:
    """Two backward passes, with the scale and without."""
    require(model(spec), saturation_map.UNSCALED)
    return gradients.gradient_norms(model(spec), capture(spec, text, pair).encoded, seed)


@few(256)
def network_change(
    spec: ModelSpec, text: str, pair: str | None, factor: float, layers: tuple[int, ...]
) -> whole_network.NetworkChange:
    """The run of the network with this factor in these layers, compared with the untouched run."""
    handle = model(spec)
    vocabulary = list(_vocabulary(spec)) if handle.spec.head in ("mlm", "pretraining", "lm", "seq2seq") else None
    changed = capture(spec, text, pair, Variant(scale=factor, layers=layers))
    untouched = capture(spec, text, pair)
    # Without a token that stands for the text, the last one: in a decoder it alone has seen everything.
    place = classification(handle, untouched.encoded)
    place = untouched.encoded.n_tokens - 1 if place is None else place
    return whole_network.network_change(
        untouched, changed, factor, layers, vocabulary, place=place, strangers=strangers(spec).mean
    )


@few(16)
def strangers(spec: ModelSpec) -> Strangers:
    """How alike this model finds texts that have nothing to do with each other."""
    return stranger_texts(model(spec))


@few(8)
def _vocabulary(spec: ModelSpec) -> tuple[str, ...]:
    """The entries of the word table by id; a table may have more rows than the tokenizer has words."""
    handle = model(spec)
    return named(handle, range(handle.dims.n_vocab))


@cache
def second_tokenizer(spec: ModelSpec, name: str) -> Tokenizer:
    """A tokenizer to hold the model's own against: one of the few in `SECOND`, learnt from the shipped examples."""
    texts = [text for e in json.loads((ASSETS / "examples/texts.json").read_text("utf-8")) for text in _texts(e)]
    return SECOND[name](model(spec).tokenizer, texts)


def _texts(example: dict[str, str]) -> list[str]:
    return [example[part] for part in ("text", "pair") if part in example]


@bounded(CAPTURE_BYTES // 8)
def moved(
    spec: ModelSpec, text: str, pair: str | None, positions: str, order: tuple[int, ...] | None = None
) -> torch.Tensor:
    """The last layer's output with other positions (a name in `analysis.positions.TABLES`), or in another order."""
    handle = model(spec)
    table = TABLES[positions](handle)
    return last_hidden(handle, capture(spec, text, pair).encoded, table, None if order is None else list(order))


@few(8)
def pieces(spec: ModelSpec, content: str) -> Document:
    """The word pieces of a document."""
    return document(model(spec), content)
