"""BERT Explorer as a library: load a model, run it on a text, look inside. Works without Streamlit.

The names below are imported on first use, so that `import explorer` does not pay for torch and transformers.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from explorer.capture.changes.variant import Variant
    from explorer.capture.load import load
    from explorer.capture.records import Capture, LayerCapture
    from explorer.capture.replay import replay
    from explorer.capture.run import run
    from explorer.capture.scene import Scene
    from explorer.models.encode import Encoded, encode
    from explorer.models.handle import ModelHandle
    from explorer.models.spec import ModelSpec

__version__ = "0.2.0"

_HOMES = {
    "Capture": "explorer.capture.records",
    "Encoded": "explorer.models.encode",
    "LayerCapture": "explorer.capture.records",
    "ModelHandle": "explorer.models.handle",
    "ModelSpec": "explorer.models.spec",
    "Scene": "explorer.capture.scene",
    "Variant": "explorer.capture.changes.variant",
    "encode": "explorer.models.encode",
    "load": "explorer.capture.load",
    "replay": "explorer.capture.replay",
    "run": "explorer.capture.run",
}

__all__ = [
    "Capture",
    "Encoded",
    "LayerCapture",
    "ModelHandle",
    "ModelSpec",
    "Scene",
    "Variant",
    "encode",
    "load",
    "replay",
    "run",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'explorer' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
