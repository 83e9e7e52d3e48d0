"""Load a model once per process, ready to be watched."""

from dataclasses import replace
from threading import Condition

from cachetools import LRUCache, cached

from explorer.capture import attention
from explorer.capture.hooks import install
from explorer.capture.run import run
from explorer.errors import ConfigUnbuildable, ExplorerError, WeightsUnlike
from explorer.models.configs import short_reason
from explorer.models.handle import ModelHandle
from explorer.models.load import STRANGERS, build
from explorer.models.spec import ModelSpec
from explorer.models.strangers import settings
from explorer.models.strangers.tokenizer_bounds import PROBE

# Weights kept in memory, in bytes; the model used longest ago goes first.
MODEL_BYTES = settings.memory_bytes()


def _bytes(handle: ModelHandle) -> int:
    return 0 if handle.device.type == "meta" else min(handle.nbytes, MODEL_BYTES)


def load(spec: ModelSpec = ModelSpec()) -> ModelHandle:
    """The model of the request, by default the embedded one; a second request for it gets the same handle.

    Raises:
        ModelMissing, ModelFileChanged, ModelUnsupported, ConfigInvalid; see `models.load.build`.
    """
    handle = _load(replace(spec, stack="") if spec.stack else spec)
    return handle.of_stack(spec.stack) if spec.stack else handle


@cached(LRUCache(maxsize=MODEL_BYTES, getsizeof=_bytes), condition=Condition())
def _load(spec: ModelSpec) -> ModelHandle:
    handle = build(spec, attention.NAME)
    install(handle)
    if spec.kind in STRANGERS:
        _run_once(handle)
    return handle


def _run_once(handle: ModelHandle) -> None:
    """A few tokens through every stack: what a configuration breaks shows here, and not as an accident on a page.

    Raises:
        ConfigUnbuildable: the model cannot be run. WeightsUnlike: it gives out something that is no number.
    """
    for stack in handle.stacks:
        try:
            seen = run(handle.of_stack(stack), PROBE)
        except ExplorerError:
            raise
        except Exception as error:  # whatever the modelling code of the library raises
            raise ConfigUnbuildable(reason=short_reason(error)) from error
        if not all(state.isfinite().all() for state in seen.hidden):
            raise WeightsUnlike(reason="NaN, ∞")
