"""Shared fixtures. The import hook makes every shape in an annotation a check while tests run."""

import copy
import functools
import html
import os
import re
import string
from types import FunctionType

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import jaxtyping
from beartype import BeartypeConf, beartype

_with_shapes = jaxtyping.jaxtyped
_types = beartype(conf=BeartypeConf(violation_type=TypeError))  # as jaxtyping's own error is


def _checked(*, typechecker):
    """jaxtyping's check where an array is annotated; elsewhere the type checker alone, at a tenth of the time."""

    def decorate(thing):
        hints = str([*getattr(thing, "__annotations__", {}).values()])
        plain = isinstance(thing, FunctionType) and "jaxtyping." not in hints and "'" not in hints
        return _types(thing) if plain else _with_shapes(thing, typechecker=typechecker)

    return decorate


jaxtyping.jaxtyped = _checked
jaxtyping.install_import_hook("explorer", "beartype.beartype")

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest
from transformers import PreTrainedModel

from explorer import ModelHandle, ModelSpec, load
from explorer.i18n import LANGUAGES, Translator
from explorer.models.registry import FIRST_IN, OFFERS
from explorer.ui.shell.names import FRAME

# AppTest looks through all installed packages for components, 90 ms for each page.
manifest_scanner.scan_component_manifests = functools.cache(manifest_scanner.scan_component_manifests)

ROOT = Path(__file__).resolve().parents[1]

TINY = {
    "vocab_size": 211,
    "hidden_size": 24,
    "num_hidden_layers": 3,
    "num_attention_heads": 3,
    "intermediate_size": 40,
    "max_position_embeddings": 64,
    "initializer_range": 0.3,  # far from uniform attention, so that a wrong scale or mask shows
}


@pytest.fixture(scope="session")
def minilm() -> ModelHandle:
    """The embedded model."""
    return load()


@pytest.fixture(scope="session")
def tiny() -> ModelHandle:
    """A small BERT with random weights and both pre-training heads."""
    return load(ModelSpec("config", "bert", overrides=TINY, head="pretraining", seed=3))


@functools.cache
def oops() -> list[str]:
    """What a page says of a mistake of ours. Asked for when a page is tested: tests/test_languages.py runs before a new
    language has its words."""
    return [html.escape(Translator(lang)("frame.oops")) for lang in LANGUAGES]


class Page(AppTest):
    """The app in a test. A mistake of ours is a sentence on the page and no exception: here it ends the test.

    A test about mistakes asks for them with `@pytest.mark.mistakes`.
    """

    mistakes = False

    def _run(self, *args, **kwargs):
        super()._run(*args, **kwargs)
        if not self.mistakes:
            assert not self.exception
            text = page_text(self)
            assert not any(said in text for said in oops()), "a mistake of ours: its traceback is in the log"
        return self


@pytest.fixture
def app(request: pytest.FixtureRequest) -> Callable[..., AppTest]:
    """Open a page of the app: `app("attention/heads", lang="zh", layer="2")`; URL parameters as keywords.

    In Chinese, too, with the first model on offer, so that a test in both languages speaks of one model; what Chinese
    opens with by itself is asked for by model=None (`tests/pages/test_chinese.py`).
    """

    def open_page(page: str, **params: str | None) -> AppTest:
        if params.get("lang") in FIRST_IN:
            params.setdefault("model", next(iter(OFFERS)))
        test = Page(str(ROOT / "streamlit_app.py"), default_timeout=60)
        test.mistakes = request.node.get_closest_marker("mistakes") is not None
        for name, value in params.items():
            if value is not None:
                test.query_params[name] = value
        return test.switch_page(str(ROOT / "pages" / f"{page}.py")).run()

    return open_page


def page_text(test: AppTest) -> str:
    """Everything a page says through `st.html`: title, notices, readings. Marked terms are words like the others."""
    bodies = [re.sub('<a class="bx-term"[^>]*>([^<]*)</a>', r"\1", block.proto.body) for block in test.get("html")]
    return "\n".join(body for body in bodies if not body.startswith("<style>"))


def arrived(test: AppTest, page: str, name: str) -> str:
    """What a page makes of a name in its address: what its control shows, else what is kept; "none": nothing."""
    key = name if name in FRAME else f"{page}.{name}"
    kept = test.session_state["state"].choices
    found = test.session_state[key] if key in test.session_state else None  # noqa: SIM401
    return plain(kept.get(name, kept.get(key)) if found is None else found)


def plain(value: object) -> str:
    """As an address says it: 1 for 1.0, true for True."""
    return str(value).lower().removesuffix(".0")


def says(test: AppTest, lang: str, key: str, **facts: object) -> bool:
    """Whether a page says a message of the catalogue, with these facts and whatever other ones."""
    parts = string.Formatter().parse(Translator(lang)(key))
    pattern = "".join(
        re.escape(words) + ("" if name is None else re.escape(format(facts[name], form)) if name in facts else ".+?")
        for words, name, form, _ in parts
    )
    return re.search(pattern, html.unescape(page_text(test))) is not None


def eager_copy(handle: ModelHandle) -> PreTrainedModel:
    """transformers' own model with these weights and its own attention: none of our hooks, nothing shared."""
    model = type(handle.model)._from_config(copy.deepcopy(handle.config), attn_implementation="eager")
    model.load_state_dict(handle.model.state_dict())
    return model.eval()
