"""One small experiment for each question, on the visitor's text and model."""

import html

import streamlit as st

from explorer.analysis.input.sum import one_hot, token_sum
from explorer.analysis.pretraining.masked import FATES
from explorer.analysis.questions.additive import additive
from explorer.analysis.questions.beyond import Beyond, beyond
from explorer.analysis.questions.block_sizes import block_sizes
from explorer.analysis.questions.cls_token import cls_token
from explorer.analysis.questions.lookup_tables import Large, rows
from explorer.analysis.questions.lookup_tables import large as count_large
from explorer.analysis.questions.lookup_tables import shared as find_shared
from explorer.analysis.questions.mask_rates import MaskRates, mask_rates
from explorer.analysis.questions.nonlinear import nonlinear as replaced
from explorer.analysis.questions.self_weight import WITHOUT_QK, self_weight
from explorer.analysis.questions.softmax_shift import shifted
from explorer.analysis.questions.unscaled_example import unscaled_example
from explorer.analysis.questions.windows_rejoined import rejoined, small_windows
from explorer.analysis.scaling.score_variance import score_variance
from explorer.analysis.structure.cost import cost as cost_of
from explorer.analysis.structure.cost import require_plain
from explorer.analysis.use.windows import windows
from explorer.figures.input.sum import token_strips
from explorer.figures.pretraining.training_lab import examination
from explorer.figures.questions import questions as draw
from explorer.figures.scaling import softmax as microscope
from explorer.figures.scaling.score_variance import score_variance as variance_figure
from explorer.figures.structure.cost import shares
from explorer.i18n import Translator
from explorer.models.configs import as_text
from explorer.models.encode import Encoded
from explorer.models.presets import PRESETS
from explorer.models.skeleton import as_config
from explorer.models.spec import ModelSpec
from explorer.training.compared import compared
from explorer.training.presets import choices
from explorer.ui.browser.bars import bars
from explorer.ui.browser.windows import windows as draw_windows
from explorer.ui.parts import window_runs
from explorer.ui.parts.guess import consequence
from explorer.ui.parts.show import beside, check, numbers, panel_title, reading, say, show, values
from explorer.ui.shell import cached, followed, navigation, state
from explorer.ui.shell.page import Visit

# Tokens with which seven changed networks still run in about a second.
MANY = 128


def qkv(visit: Visit) -> None:
    """Weight of a token on itself, with and without W_Q and W_K."""
    info = self_weight(visit.scene)
    show(visit.t, draw.self_weights(info, visit.t, visit.palette), info, "qkv")
    consequence(visit, "same_qk", WITHOUT_QK)


def rate(visit: Visit) -> None:
    """The text with more and more words hidden, and what small BERTs have learnt at each rate."""
    t, info = visit.t, mask_rates(visit.scene)
    show(t, lambda: st.html(_hidden(t, info)), info, "rate")
    trained = compared("rates")
    if trained is not None:
        say(t("questions.rate.trained", seeds=len(trained.seeds)))
        show(t, examination(trained, t, visit.palette), trained, "rate-trained")
    navigation.link("training_lab", t("training_lab.try.masking"), choices("masking"))


def _hidden(t: Translator, info: MaskRates) -> str:
    lines = []
    for share, tokens, fates in zip(info.rates, info.seen, info.fates, strict=True):
        chips = "".join(
            f'<bdi class="bx-fate {FATES[fate]}">{html.escape(token)}</bdi>'
            for token, fate in zip(tokens[:120], fates[:120], strict=True)
        )
        lines.append(f"<li><b>{share:.0%}</b><div>{chips}</div></li>")
    names = "".join(
        f'<span class="bx-fate {fate}">{html.escape(t(f"questions.rate.{fate}"))}</span>' for fate in FATES[1:]
    )
    return f'<ol class="bx-rates">{"".join(lines)}</ol><p class="bx-rates-key">{names}</p>{FATE_STYLE}'


def limits(visit: Visit) -> None:
    """The rows of the position and the segment table."""
    info = rows(visit.scene)
    if not len(info.positions):
        reading(visit.t, info)
        return
    show(visit.t, draw.table_rows(info, visit.t, visit.palette), info, "limits")
    tried = _tried(visit.spec)
    panel_title(visit.t("questions.beyond.title", tried=tried.tried))
    show(visit.t, lambda: st.html(_stopped(visit.t, tried)), tried, "beyond")


@cached.few(16)
def _tried(spec: ModelSpec) -> Beyond:
    return beyond(cached.model(spec))


def _stopped(t: Translator, info: Beyond) -> str:
    """What was called, and what came back."""
    said = f"{info.kind}: {info.said}" if info.kind else t("questions.beyond.nothing")
    call = html.escape(f"model(input_ids)   # 1 × {info.tried}")
    mark = "stopped" if info.kind else "ran"
    return f'<div class="bx-tried {mark}"><code>{call}</code><code>{html.escape(said)}</code></div>{TRIED_STYLE}'


def cls(visit: Visit) -> None:
    """Where [CLS] looks in the last layer."""
    info = cls_token(visit.scene)
    show(visit.t, draw.cls_bars(info, visit.t, visit.palette), info, "cls")


def cost(visit: Visit) -> None:
    """The parts of the cost against the length, with the text's length marked."""
    t, config = visit.t, visit.handle.config
    require_plain(config)
    info = cost_of(config, t("questions.this_model"), visit.scene.encoded.n_tokens)
    figure = shares(info, t, visit.palette).update_layout(height=460)
    show(t, figure, info, "cost")


def shared(visit: Visit) -> None:
    """One word as input row and as output row."""
    t, handle = visit.t, visit.handle
    info = find_shared(visit.scene, cached.parameters(as_text(handle.config), "mlm"))
    found = [(name, -1, float(value)) for name, value in zip(info.entries, info.products, strict=True)]
    title = t("questions.shared.title", token=info.token)
    show(t, lambda: bars(found, key="shared", title=title), info, "shared")


_replaced = cached.few(16)(replaced)


def nonlinear(visit: Visit) -> None:
    """Each non-linear part replaced by the identity, one after the other and all; of a long text only its beginning,
    because these are seven networks."""
    t, encoded = visit.t, visit.scene.encoded
    text, pair = visit.text, visit.pair
    if encoded.n_tokens > MANY:
        text, pair = visit.text[: _end(encoded, MANY)], None
    with st.spinner(t("questions.nonlinear.working")):
        info = _replaced(cached.scene(visit.spec, text, pair))
    show(t, draw.replaced_bars(info, t, visit.palette), info, "nonlinear")
    if text != visit.text:
        say(t("questions.nonlinear.cut", n=MANY))
    panel_title(t("questions.additive.title"))
    last = encoded.n_tokens - 1
    first = state.number("token", followed.usual(encoded), 0, last)
    two = additive(visit.scene, min(2, visit.handle.dims.n_layers - 1), first, min(first + 1, last))
    show(t, draw.added_dots(two, t, visit.palette), two, "additive")


def _end(encoded: Encoded, n: int | None = None) -> int:
    """The character of the first text at which its piece at position n, or the last that one run reads, ends."""
    first = zip(encoded.offsets[:n], encoded.segments[0].tolist(), strict=False)
    return max((end for (_, end), segment in first if segment == 0), default=0)


def embeddings(visit: Visit) -> None:
    """Three vectors and their sum, and the same as one product."""
    t, scene = visit.t, visit.scene
    info = token_sum(scene, state.number("token", 1, 0, scene.encoded.n_tokens - 1))
    show(t, token_strips(info, t, visit.palette).update_layout(height=460), info, "embeddings")
    product = one_hot(scene)
    reading(t, product)
    check(t, product.difference)


def sqrt_d(visit: Visit) -> None:
    """Variance of q·k against the width, with every head of the model on this text."""
    info = score_variance(visit.scene)
    show(visit.t, variance_figure(info, visit.t, visit.palette).update_layout(height=460), info, "sqrt-d")
    t, two = visit.t, unscaled_example(visit.handle.dims.d_head)
    panel_title(t("questions.unscaled.title"))
    drawn = {name: microscope.jacobian(one, t, visit.palette) for name, one in two.parts.items()}
    for name, figure in drawn.items():
        figure.update_xaxes(title_text=t(f"questions.unscaled.{name}", root=two.parts[name].values[0]))
    beside(t, drawn, two)
    reading(t, two)
    numbers(t, two, "unscaled", image=False)


def long(visit: Visit) -> None:
    """The text cut into small windows and joined again, against one run over all of it."""
    t, encoded = visit.t, visit.scene.encoded
    text = visit.text[: _end(encoded)]  # what one run reads, so that there is a whole to compare with
    document = cached.pieces(visit.spec, text)
    cut = windows(document, *small_windows(len(document.ids), document.n_special))
    vectors = window_runs.few_windows(visit.spec, document, cut.spans).numpy()
    info = rejoined(cut, vectors, window_runs.sentence(visit.spec, text), cached.strangers(visit.spec).mean)

    def picture() -> None:
        draw_windows(cut, info.cosine.tolist(), t, key="small", param="at", axis=t("questions.long.axis"))
        values({t(f"long_text.join.{way}"): f"{value:.3f}" for way, value in info.joined.items()})

    show(t, picture, info, "long")


def ffn(visit: Visit) -> None:
    """What attention and the feed-forward block add in each layer."""
    info = block_sizes(visit.scene)
    show(visit.t, draw.block_bars(info, visit.t, visit.palette), info, "ffn")


def large(visit: Visit) -> None:
    """BERT-large counted, beside the published figure."""
    t, preset = visit.t, PRESETS["bert-large"]
    config = as_text(as_config(preset.fields))
    both = cached.parameters(config, "pretraining")
    info = count_large(cached.parameters(config), both, preset.published, visit.text, visit.pair)
    show(t, lambda: _counted(t, info), info, "large")


def _counted(t: Translator, info: Large) -> None:
    totals = (("published", info.published * 1e6), ("heads", info.with_heads), ("body", info.body))
    counted = [(t(f"questions.large.{name}"), -1, count / 1e6) for name, count in (*totals, *info.parts)]
    bars(counted, key="large", title=t("questions.large.title"), high=info.published)


def saturate(visit: Visit) -> None:
    """One real row of scores: shifted and stretched."""
    info = shifted(visit.scene, min(2, visit.handle.dims.n_layers - 1), 0)
    show(visit.t, draw.shifted_bars(info, visit.t, visit.palette), info, "saturate")


TRIED_STYLE = """<style>
.bx-tried { display: grid; border-left: 4px solid var(--bx-value); padding: 4px 0 4px 16px; max-width: 88ch; }
.bx-tried.stopped { border-color: var(--bx-changed-1); }
.bx-tried code { font: 16px/1.6 monospace; background: none; padding: 0; overflow-wrap: anywhere; }
.bx-tried.stopped code + code { font-weight: 700; }
</style>"""

FATE_STYLE = """<style>
.bx-rates { list-style: none; margin: 0; padding: 0; display: grid; gap: 14px; }
.bx-rates li { display: grid; grid-template-columns: 56px 1fr; align-items: baseline; }
.bx-rates b { font-size: 18px; font-variant-numeric: tabular-nums; }
.bx-rates div, .bx-rates-key { display: flex; flex-wrap: wrap; gap: 6px; }
.bx-rates div { max-height: 160px; overflow-y: auto; }
.bx-rates-key { margin: 16px 0 0; font-size: 14px; }
.bx-fate { font: 17px/1.5 monospace; padding: 0 8px; border-radius: 6px; overflow-wrap: anywhere;
  background: color-mix(in srgb, currentColor 6%, transparent); }
.bx-fate.masked { background: color-mix(in srgb, var(--bx-changed-1) 36%, transparent); font-weight: 700; }
.bx-fate.random { background: none; outline: 2px solid var(--bx-key); outline-offset: -2px; }
.bx-fate.kept { background: none; outline: 2px dashed var(--bx-value); outline-offset: -2px; }
</style>"""
