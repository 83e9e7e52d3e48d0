"""What is compared: the run in the frame and the one set against it, each a key of every cache."""

from dataclasses import dataclass, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.analysis.models.compare import why_no_difference
from explorer.capture.changes.variant import AS_IS, Variant
from explorer.capture.offered import reason_against
from explorer.errors import ExplorerError, NotInThisModel
from explorer.i18n import Translator
from explorer.models.encode import encode
from explorer.models.handle import ModelHandle
from explorer.models.menu import menu
from explorer.models.spec import ModelSpec
from explorer.ui.parts import controls
from explorer.ui.shell import cached, examples, model_choice, state
from explorer.ui.shell.cached import KeptScene
from explorer.ui.shell.page import Visit, notice

WHAT = ("text", "variant", "model")
VARIANTS = {
    "unscaled": Variant(scale="none"),
    "causal": Variant(causal=True),
    "temperature": Variant(),
    "same_qk": Variant(identity=("q", "k")),
    "same_v": Variant(identity=("v",)),
    "no_ffn": Variant(without_ffn="all"),
    "skip_ffn": Variant(without_ffn="all", ffn_mode="skip"),
}
TEMPERATURES = (0.25, 0.5, 2.0, 4.0)
TRIED_AT = replace(AS_IS, temperature=2.0)
TRIES: dict[str, tuple[str, dict[str, str]]] = {
    "compare.try.unscaled": ("compare", {"what": "variant", "change": "unscaled"}),
    "compare.try.causal": ("compare", {"what": "variant", "change": "causal"}),
    "compare.try.texts": ("compare", {"what": "text", "look": "head", "layer": "2", "head": "1"}),
    "compare.try.random": ("compare", {"what": "model", "look": "layers", "with": "minilm-random"}),
    "compare.try.ffn": ("compare", {"what": "variant", "change": "no_ffn", "look": "layers"}),
}

MAX_TEXT = 2_000
TITLE = 90
# So many shared characters may stand in both titles; beyond, two words remain, or so many characters without spaces.
SHARED, BEFORE = 16, 4


@dataclass(frozen=True)
class Side:
    """One of the two scenes, and what it is called."""

    title: str
    scene: KeptScene

    @property
    def is_changed(self) -> bool:
        """Whether the run is not the model's own."""
        return self.scene.variant != AS_IS


def chosen_what(t: Translator) -> str:
    """What kind of thing B is; a link from before names a change alone."""
    usual = WHAT[0] if state.chosen("change") is None else "variant"
    return controls.choice(t, "compare", "what", WHAT, default=usual, bare=True)


def sides(visit: Visit, what: str, line: DeltaGenerator) -> tuple[Side, Side]:
    """What stands in the frame, and what the visitor sets against it, in the strip of controls."""
    t, cut = visit.t, _short
    with line:
        if what == "variant":
            title, variant = _variant(visit)
            first, b = t("compare.as_is"), Side(title, visit.scene.under(variant))
        elif what == "text":
            usual = examples.page_text("against", visit.speaks)
            text = state.words(
                st.text_input, t("compare.other"), "against", usual, max_chars=20_000, width="stretch",
                label_visibility="collapsed", icon=":material/edit:",
            )  # fmt: skip
            text = _readable(visit, text)
            first, b = visit.text, Side(text, cached.scene(visit.spec, text, visit.pair))
            begun = _alike(first, text)
            cut = lambda title: _short("…" * (begun > 0) + title[begun:])  # noqa: E731
        else:
            title, spec = _model(visit)
            first, b = model_choice.name_of(t, visit.spec), Side(title, cached.scene(spec, visit.text, visit.pair))
    if what == "variant":
        against = reasons(visit.handle)
        controls.left_out(visit, {t(f"compare.variant.{name}"): reason for name, reason in against.items()})
    with st.spinner(t("frame.loading")):
        found, kept = b.scene.encoded.n_found, b.scene.encoded.n_tokens
    if found > kept:
        notice(t("compare.cut", found=found, allowed=kept))
    return Side(cut(first), visit.scene), Side(cut(b.title), b.scene)


def _readable(visit: Visit, text: str) -> str:
    """The text; in place of one that cannot be run the visitor's last one that could, and the reason."""
    try:
        encode(visit.handle, text)
    except ExplorerError as error:
        notice(f"{visit.t.error(error)} {visit.t('frame.kept')}", alert=True)
        return str(st.session_state.get("good-against", examples.page_text("against", visit.speaks)))
    st.session_state["good-against"] = text
    return text


def _alike(one: str, other: str) -> int:
    """How much of the beginning of two long texts is left out of their titles: what they share, but for a few words."""
    same = next((at for at, (x, y) in enumerate(zip(one, other, strict=False)) if x != y), 0)
    before = one.rfind(" ", 0, max(one.rfind(" ", 0, same), 0))
    begun = before if before > 0 else same - BEFORE
    return begun if begun > SHARED else 0


def _short(title: str) -> str:
    return title if len(title) <= TITLE else title[: TITLE - 1] + "…"


def reasons(handle: ModelHandle) -> dict[str, str | None]:
    """For each change in the list: None where this model can be run under it, else the reason why not."""
    return {
        name: reason_against(handle, TRIED_AT if name == "temperature" else variant)
        for name, variant in VARIANTS.items()
    }


def _variant(visit: Visit) -> tuple[str, Variant]:
    """A change that works in this model."""
    t, against = visit.t, reasons(visit.handle)
    names = {name: t(f"compare.variant.{name}") for name, reason in against.items() if reason is None}
    if not names:
        raise NotInThisModel(model=visit.handle.config.model_type, reason="no_effect")
    offered = tuple(names)
    name = state.choice(
        st.selectbox, t("compare.variant"), offered, "change", offered[0], width=300, label_visibility="collapsed",
        format_func=lambda name: t("controls.named", name="B", value=names[name]),
    )  # fmt: skip
    if name != "temperature":
        return names[name], VARIANTS[name]
    label = t("compare.temperature")
    degree = state.choice(st.segmented_control, label, TEMPERATURES, "degree", TEMPERATURES[1], required=True)
    return t("compare.at_temperature", degree=degree), Variant(temperature=degree)


def _model(visit: Visit) -> tuple[str, ModelSpec]:
    """Another model that is here."""
    models = menu()
    others = tuple(name for name, spec in models.items() if spec != replace(visit.spec, stack=""))
    names = {name: model_choice.label(visit.t, name) for name in others}
    label = visit.t("compare.model")
    name = state.choice(
        st.selectbox, label, others, "with", others[0], width=300, label_visibility="collapsed",
        format_func=lambda name: visit.t("controls.named", name="B", value=names[name]),
    )  # fmt: skip
    return names[name], models[name]


def tries(visit: Visit) -> dict[str, tuple[str, dict[str, str]]]:
    """Links to comparisons worth a look, without those under a change that is not for this model."""
    against = reasons(visit.handle)
    found = {key: at for key, at in TRIES.items() if against.get(at[1].get("change", "")) is None}
    if visit.speaks is not None:  # the two texts are others in another language
        return {f"{key}.other" if key == "compare.try.texts" else key: at for key, at in found.items()}
    return found


def places(a: Side, b: Side, first: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Layer and head of each side from the URL: one pair for both where the models have the same shape.

    first: those of A until a visitor chooses.
    """
    (layer, head), other = _of(a, "", first), _of(b, "-b", controls.telling(b.scene))
    same = why_no_difference(a.scene, b.scene, cells=False) is None
    return (layer, head), (layer, head) if same else other


def _of(side: Side, end: str, first: tuple[int, int]) -> tuple[int, int]:
    dims = side.scene.handle.dims
    layer = state.number("layer" + end, first[0], 0, dims.n_layers - 1)
    return layer, state.number("head" + end, first[1], 0, dims.n_heads - 1)
