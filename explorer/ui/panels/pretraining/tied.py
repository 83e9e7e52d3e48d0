"""The panels of the page on tied weights: the names of one tensor, the untied copy, the rows of the table."""

import html
import json

import streamlit as st

from explorer.analysis.pretraining.own_argmax import OwnRows, n_blocks, own_rows
from explorer.analysis.pretraining.tied import SharedTensor, Ties, ties
from explorer.analysis.pretraining.untying import untying
from explorer.analysis.structure.module_tree import kind
from explorer.analysis.structure.parameters import counted
from explorer.figures.pretraining import tied as draw
from explorer.i18n import Translator
from explorer.models.encode import named
from explorer.models.presets import PRESETS
from explorer.models.skeleton import as_config
from explorer.models.spec import ModelSpec
from explorer.ui.parts import controls, heads_offered
from explorer.ui.parts.show import say, show, values
from explorer.ui.parts.work_panel import Words, work_panel
from explorer.ui.shell import cached, state
from explorer.ui.shell.page import Visit, notice, remarks
from explorer.ui.shell.works import mine
from explorer.work import Job

LOADED = "loaded"
EXAMPLES = ("bert-base", "t5-small", "gpt2")
STEPS = (0, 1, 2, 5, 10, 20, 50)
NAME = "rows"
# Below this many rows the product takes no time and is not asked for.
AT_ONCE = 4_000
# Shared tensors drawn; the table has all of them.
DRAWN = 6
# A tensor that is smaller than the first by this factor is drawn small.
SMALL = 50


@cached.few(32)
def ties_of(spec: ModelSpec) -> Ties:
    """The ties of a loaded model."""
    return ties(counted(cached.model(spec).model))


untied_steps = cached.few(32)(untying)  # training steps on two private copies


def chosen_model(visit: Visit) -> str:
    """Whose tensors: at first the loaded model's, or BERT base's where nothing of the loaded one is shared."""
    t = visit.t
    first = LOADED if ties_of(visit.spec).tensors else EXAMPLES[0]
    titles = {LOADED: t("tied.loaded")} | {name: PRESETS[name].title for name in EXAMPLES}
    with controls.more(t):
        return state.choice(
            st.segmented_control, t("tied.of"), list(titles), "of", first, format_func=titles.__getitem__, required=True
        )


def names(visit: Visit, of: str) -> None:
    """Each shared tensor as one box with all its names: of the loaded model, or of an example that is only counted."""
    t = visit.t
    if of == LOADED:
        info = ties_of(visit.spec)
    else:
        info = ties(cached.parameters(json.dumps(as_config(PRESETS[of].fields).to_dict()), "mlm"))
        notice(t("tied.counted", model=PRESETS[of].title))
    show(t, lambda: _boxes(t, info, visit.palette.attention[1]), info, "tied", said_first=True)


def _boxes(t: Translator, info: Ties, colour: str) -> None:
    shown = info.tensors[:DRAWN] or (info.largest,)
    boxes = "".join(_box(t, tensor, shown[0].count) for tensor in shown)
    st.html(f'<div class="bx-ties">{boxes}</div>{STYLE.replace("COLOUR", colour)}')
    if len(info.tensors) > DRAWN:
        say(t("tied.more", n=len(info.tensors), drawn=DRAWN))


def _role(t: Translator, name: str) -> str:
    """What a tensor does under this name, where that is one of the two: turn words into vectors, or vectors back."""
    found = kind(name.rpartition(".")[0])
    return t(f"tied.role.{found}") if found in ("word", "head") else ""


def _box(t: Translator, tensor: SharedTensor, largest: int) -> str:
    shape = " × ".join(f"{size:,}" for size in tensor.shape)
    tags = "".join(f"<li><p><b>{html.escape(_role(t, name))}</b> {html.escape(name)}</p></li>" for name in tensor.names)
    saves = html.escape(t("tied.saves", saved=tensor.saved)) if tensor.saved else html.escape(t("tied.single"))
    small = " class=small" if tensor.count < largest / SMALL else ""
    return (
        f'<figure{small}><div class="bx-one"><b>{shape}</b><span>{tensor.count:,}</span></div>'
        f"<ul>{tags}</ul><figcaption>{saves}</figcaption></figure>"
    )


def untie(visit: Visit, of: str) -> None:
    """Cut the output layer off on a private copy, and train both."""
    t = visit.t
    shown = heads_offered.with_head(visit, heads_offered.MLM, "tied")
    if shown is None:
        return
    remarks(shown)
    steps = state.choice(st.select_slider, t("tied.steps"), STEPS, "steps", 10, width=420)
    with st.spinner(t("tied.training")):
        info = untied_steps(shown.scene, steps)
    show(t, draw.drift(info, t, visit.palette), info, "untie")
    values(
        {
            t("tied.with"): f"{info.tied:,}",
            t("tied.without"): f"{info.untied:,}",
            t("tied.before"): f"{info.difference[0]:.1e}",
            t("tied.after", steps=steps): f"{info.apart[-1]:.1e}",
            t("tied.gradient"): f"{info.gradient_gap:.1e}",
            t("tied.sides"): f"{info.norm_in:.2g} + {info.norm_out:.2g}",
        }
    )


def rows(visit: Visit, of: str) -> None:
    """The word table times its transpose: at once for a small one, as a job with progress for a large one."""
    table = visit.handle.model.get_input_embeddings().weight
    if len(table) <= AT_ONCE:
        _rows_result(visit, _small_rows(visit.spec))
    else:
        _large_rows(visit)
    say(visit.t("tied.transposed"))


@cached.few(8)
def _small_rows(spec: ModelSpec) -> OwnRows:
    handle = cached.model(spec)
    *_, info = own_rows(handle.words, named(handle, range(handle.dims.n_vocab)))
    assert info is not None
    return info


def _large_rows(visit: Visit) -> None:
    t, work = visit.t, mine(NAME, visit.spec)
    table = visit.handle.model.get_input_embeddings().weight

    def begin() -> Job:
        return Job(own_rows(table, named(visit.handle, range(len(table)))), n_blocks(len(table)), visit.spec)

    found = next((one for one in work.items() if one is not None), None) if work else None
    words = Words(
        None if found else t("tied.multiply", rows=len(table)),
        lambda work: t("tied.progress", done=work.done, of=work.expected),
        ":material/grid_on:",
    )
    work_panel(visit, NAME, work, words, begin)
    if found is not None:
        _rows_result(visit, found)


def _rows_result(visit: Visit, info: OwnRows) -> None:
    t = visit.t
    show(t, draw.rivals(info, t, visit.palette), info, "rows")
    lost = info.losers[: draw.NAMED]
    if lost:
        words = [f"{info.words[i]} → {info.words[info.rival[i]]}" for i in lost]
        st.html(f'<p class="bx-check">{html.escape(t("tied.losers", words=",  ".join(words)))}</p>')


STYLE = """<style>
.bx-ties { display: grid; gap: 24px; }
.bx-ties figure { margin: 0; display: grid; grid-template-columns: minmax(180px, 300px) minmax(0, 1fr); }
.bx-ties figure { align-items: center; }
.bx-one { border: 3px solid COLOUR; border-radius: 10px; padding: 20px 16px; text-align: center; align-self: stretch; }
.bx-one { display: grid; align-content: center; background: color-mix(in srgb, COLOUR 14%, transparent); }
.bx-one b { font-size: 1.375rem; font-variant-numeric: tabular-nums; }
.bx-one span { opacity: .8; font-size: 1.0625rem; }
.bx-ties ul { list-style: none; margin: 0; padding: 0; display: grid; gap: 10px; }
.bx-ties li { display: flex; align-items: center; font: 17px/1.4 ui-monospace, Menlo, Consolas, monospace; margin: 0; }
.bx-ties li { overflow-wrap: anywhere; }
.bx-ties li::before { content: ""; flex: 0 0 40px; border-top: 3px solid COLOUR; margin-right: 12px; }
.bx-ties li p { margin: 0; font: inherit; }
.bx-ties li b { font: 600 1.0625rem/1.4 system-ui, sans-serif; margin-right: 8px; }
.bx-ties .small .bx-one { padding: 2px 16px; justify-self: start; min-width: 120px; border-width: 2px; }
.bx-ties .small .bx-one span { display: none; } .bx-ties .small ul { gap: 2px; } .bx-ties .small { margin-top: 4px; }
.bx-ties figcaption { grid-column: 1 / -1; font-size: .9375rem; opacity: .8; margin-top: 8px; }
@media (max-width: 640px) { .bx-ties figure { grid-template-columns: 1fr; } .bx-ties li { font-size: 15px; }
  .bx-ties li::before { flex-basis: 16px; } .bx-ties ul { margin-top: 12px; } }
</style>"""

VIEWS = {"names": names, "untie": untie, "rows": rows}
