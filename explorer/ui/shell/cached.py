"""The app's only caches: runs and replayed layers, shared by all visitors and bounded in bytes."""

import gc
import json
from collections.abc import Callable, Iterator
from functools import cache
from threading import Condition
from typing import Any, TypeVar, cast

from cachetools import LRUCache, cached
from cachetools.keys import hashkey
from tokenizers import Tokenizer

from explorer.analysis.input.tokens import Found, found_in
from explorer.analysis.scaling import after_sqrt_d, drawn_vectors, gradients, precision, whole_network
from explorer.analysis.scaling import saturation as saturation_map
from explorer.analysis.structure import parameters as counting
from explorer.analysis.structure.parameters import Parameters
from explorer.analysis.unrelated_texts import Strangers
from explorer.analysis.unrelated_texts import strangers as stranger_texts
from explorer.capture import load as loading
from explorer.capture.changes.variant import Variant
from explorer.capture.looks import Look
from explorer.capture.offered import require
from explorer.capture.records import Capture, Heads, LayerCapture, held_bytes
from explorer.capture.replay import replay
from explorer.capture.run import run
from explorer.capture.scene import Scene
from explorer.home import ASSETS
from explorer.models.document import Document, document
from explorer.models.encode import Encoded, encode, named
from explorer.models.handle import ModelHandle
from explorer.models.other_tokenizers import SECOND
from explorer.models.spec import Head, ModelSpec

CAPTURE_BYTES = 256 * 2**20
LAYER_BYTES = 256 * 2**20
HEADS_BYTES = 32 * 2**20


Function = TypeVar("Function", bound=Callable[..., Any])


def bounded(n_bytes: int, n_keys: int | None = None) -> Callable[[Function], Function]:
    """Cache by arguments; a value that is being computed is waited for, not computed twice.

    n_keys: how many of the arguments, all of them given in order, say what the value is; by default all.
    """

    def decorate(function: Function) -> Function:
        store: LRUCache[Any, Any] = LRUCache(maxsize=n_bytes, getsizeof=lambda value: min(held_bytes(value), n_bytes))
        key = hashkey if n_keys is None else lambda *arguments: hashkey(*arguments[:n_keys])
        return cast(Function, cached(store, key=key, condition=Condition())(function))

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


def capture(spec: ModelSpec, text: str, pair: str | None = None, variant: Variant = Variant()) -> Capture:
    """One run. The result is shared: never write into it.

    Raises:
        NotInThisModel: for a change that does nothing in this model.
    """
    return _capture(spec, text, pair, variant, None)


@bounded(CAPTURE_BYTES, n_keys=4)
def _capture(spec: ModelSpec, text: str, pair: str | None, variant: Variant, look: Look | None) -> Capture:
    require(model(spec), variant)
    return run(model(spec), read(spec, text, pair), variant=variant, look=look)


@bounded(HEADS_BYTES, n_keys=4)
def _heads(spec: ModelSpec, text: str, pair: str | None, variant: Variant, also: Look | None) -> Heads:
    return Scene._overview(scene(spec, text, pair, variant), also)


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


class KeptScene(Scene):
    """A scene whose runs and layers are the app's, shared by all visitors who read this text with this model.

    Raises:
        NotInThisModel: for a change that does nothing in this model.
    """

    @property
    def key(self) -> tuple[ModelSpec, str, str | None, Variant]:
        """What it is in the keys of caches: the model itself would be kept alive by them."""
        return self.handle.spec, str(self.text), self.pair, self.variant

    @property
    def encoded(self) -> Encoded:
        """The text as the runs from the cache have read it; nothing is run for it."""
        spec, text, pair, _ = self.key
        return read(spec, text, pair)

    def _run(self, variant: Variant, look: Look | None = None) -> Capture:
        spec, text, pair, _ = self.key
        return _capture(spec, text, pair, variant, look)

    def _overview(self, also: Look | None) -> Heads:
        return _heads(*self.key, also)

    def layer(self, number: int, variant: Variant | None = None, of: Variant | None = None) -> LayerCapture:
        """One layer, from the cache."""
        spec, text, pair, own = self.key
        of = own if of is None else of
        return layer(spec, text, pair, number, of if variant is None else variant, of)

    def layers(self, variant: Variant | None = None, of: Variant | None = None) -> Iterator[LayerCapture]:
        """The layers as they are in the run from the cache; changed ones pass by, a click comes back to few of them."""
        if variant is None:
            yield from super().layers(of=of)
            return
        require(self.handle, variant)
        for number in range(self.handle.dims.n_layers):
            yield replay(self.handle, self.capture(of), number, variant)


def scene(spec: ModelSpec, text: str, pair: str | None = None, variant: Variant = Variant()) -> KeptScene:
    """This model, reading this text."""
    return KeptScene(model(spec), text, pair, variant)


def _key(*arguments: Any) -> Any:
    return hashkey(*(one.key if isinstance(one, KeptScene) else one for one in arguments))


def few(entries: int) -> Callable[[Function], Function]:
    """Cache by arguments, this many entries: for Infos, which are small and hold no tensors."""

    def decorate(function: Function) -> Function:
        return cast(Function, cached(LRUCache(maxsize=entries), key=_key, condition=Condition())(function))

    return decorate


@few(256)
def read(spec: ModelSpec, text: str, pair: str | None) -> Encoded:
    """The text as the model reads it: the frame asks at every click."""
    return encode(model(spec), text, pair)


@few(256)
def found(spec: ModelSpec, query: str) -> Found:
    """Entries of a vocabulary that contain the query: most visitors see the answer to the one that stands there."""
    return found_in(model(spec).tokenizer, query)


@few(64)
def parameters(config: str, head: Head = "none", n_labels: int = 14, without_ffn: int = 0) -> Parameters:
    """The count of a configuration, given as the text of its fields."""
    return counting.parameters(json.loads(config), head, n_labels, without_ffn)


@few(64)
def saturation(scene: KeptScene, way: saturation_map.Way) -> saturation_map.SaturationMap:
    """Every head with the model's scale and without it, post-hoc or end to end."""
    require(scene.handle, saturation_map.UNSCALED)
    return saturation_map.saturation_map(scene, way)


@few(64)
def over_length(scene: KeptScene, layer: int, head: int, chosen: str) -> after_sqrt_d.OverLength:
    """One head under every rule among more and more tokens."""
    return after_sqrt_d.over_length(scene, layer, head, chosen)


@few(64)
def scale_in_gain(scene: KeptScene) -> after_sqrt_d.ScaleInGain:
    """A network with QK-norm, and the same with its scale in the gains."""
    return after_sqrt_d.scale_in_gain(scene)


@few(64)
def over_growth(scene: KeptScene, layer: int, head: int) -> precision.OverGrowth:
    """One head's distance from float32 while q·k grows."""
    return precision.over_growth(scene, layer, head)


@few(64)
def precision_map(scene: KeptScene, name: str) -> precision.PrecisionMap:
    """Every head in one format."""
    return precision.precision_map(scene, name)


@few(64)
def sweep(d: int, n_keys: int, samples: int, seed: int) -> drawn_vectors.SyntheticSweep:
    """The measures over all widths, for drawn vectors."""
    return drawn_vectors.synthetic_sweep(d, n_keys, samples, seed)


@few(64)
def gradient_norms(scene: KeptScene, seed: int) -> gradients.GradientNorms:
    """Two backward passes, with the scale and without."""
    require(scene.handle, saturation_map.UNSCALED)
    return gradients.gradient_norms(scene, seed)


@few(256)
def network_change(scene: KeptScene, factor: float, layers: tuple[int, ...]) -> whole_network.NetworkChange:
    """The run of the network with this factor in these layers, compared with the untouched run."""
    spec = scene.handle.spec
    vocabulary = _vocabulary(spec) if spec.head in ("mlm", "pretraining", "lm", "seq2seq") else None
    return whole_network.network_change(scene, factor, layers, vocabulary, strangers(spec).mean)


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


@few(8)
def pieces(spec: ModelSpec, content: str) -> Document:
    """The word pieces of a document."""
    return document(model(spec), content)
