"""Load a model once per process, ready to be watched."""

from dataclasses import replace
from threading import Condition, Lock

from cachetools import LRUCache, cached

from explorer.capture import attention
from explorer.capture.hooks import install
from explorer.models import settings
from explorer.models.handle import ModelHandle
from explorer.models.load import build
from explorer.models.spec import ModelSpec

# Weights kept in memory, in bytes; the model used longest ago goes first.
MODEL_BYTES = settings.memory_bytes()

# One model at a time: two large ones would need their files and their weights in memory together.
_loading = Lock()


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
    with _loading:
        handle = build(spec, attention.NAME)
    install(handle)
    return handle
