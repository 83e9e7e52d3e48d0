"""The training lab: two settings, their trainings in processes of their own, and a panel that watches them."""

import html
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.errors import TrainingInvalid
from explorer.figures import Figure
from explorer.figures.pretraining import training_lab as draw
from explorer.i18n import Translator
from explorer.models import trained
from explorer.training.compared import KINDS, compared
from explorer.training.curves import TwoTrainings, rate_sweep, two_trainings
from explorer.training.dial_curves import DialCurves, dial_curves
from explorer.training.presets import CARDS, CHOICES, DEFAULTS, PRESETS, SIDES, Pair, choices, ends, pair_of, seconds
from explorer.training.queue import Ticket, queue
from explorer.training.setting import TrainingSetting
from explorer.ui.parts.controls import choice, number, strip
from explorer.ui.parts.show import beside, say, show, values
from explorer.ui.parts.work_panel import POLL, Words, paced, work_panel
from explorer.ui.shell import navigation, state
from explorer.ui.shell.page import Visit, fragment, notice
from explorer.ui.shell.works import mine, works
from explorer.work import Work

NAME = "training"
# What stands in the first line of controls; the rest is behind one button.
FIRST = "scale"


def cards(t: Translator) -> None:
    """The comparisons that come first, each with what its stored seeds came to; all of them behind one button, which
    stands alone on a phone."""
    st.html(STYLE)
    with st.container(horizontal=True, gap="small", key="presets"):
        for name in CARDS:
            with st.container(border=True, height="stretch", gap="xxsmall"):
                _preset(t, name)
                found = ends(pair_of(name))
                st.caption(t("training_lab.card", **found) if found else t("training_lab.card.new"))
        with st.popover(t("training_lab.more"), icon=":material/compare_arrows:"):
            for name in PRESETS:
                _preset(t, name)


def dials(visit: Visit) -> tuple[Pair, int]:
    """The two settings of the controls, which cannot be changed while they are trained, and the layer to look at."""
    t, work = visit.t, works().get(NAME)
    locked = work is not None and work.running
    for sentence in _refusals(t):
        notice(sentence, alert=True)
    with strip():
        found: dict[str, dict[str, Any]] = {side: {FIRST: _first(t, side, locked)} for side in SIDES}
        with st.popover(t("training_lab.rest"), icon=":material/tune:"):
            say(t("training_lab.why_std"))
            for side in SIDES:
                found[side] |= _rest(t, side, locked)
        pair = TrainingSetting(**found["a"]), TrainingSetting(**found["b"])
        layer = number(t("controls.layer"), max(setting.layers for setting in pair), "layer", 0)
    return pair, layer


def _preset(t: Translator, name: str) -> None:
    navigation.link("training_lab", t(f"training_lab.try.{name}"), choices(name))


def panel(visit: Visit, pair: Pair, layer: int, above: DeltaGenerator) -> None:
    """Start and stop, the instruments, and at the end what became of the models; above: where the curves stand."""
    t, asked = visit.t, works().get(NAME)
    if mine(NAME, pair) is not asked:
        st.rerun()  # another pair's was stopped; the controls above were drawn as locked
    ticket: Ticket | None = asked or queue().finished(pair)

    def going(work: Work) -> str:
        if ticket and ticket.state == "waiting":
            return t("training_lab.waiting", n=ticket.before + 1)
        return t("training_lab.going", share=work.done / work.expected) if work.done else t("training_lab.begins")

    with above:
        fragment(_curves, run_every=POLL if ticket and ticket.running else None)(visit, pair, layer, ticket)
    words = Words(t("training_lab.start", seconds=seconds(pair)), going)
    work_panel(
        visit,
        NAME,
        ticket,
        words,
        lambda: queue().submit(pair, st.context.ip_address),
        lambda: _instruments(visit, pair, layer, ticket),
    )


def sweep_panel(visit: Visit, pair: Pair) -> None:
    """Final loss against the learning rate, trained beforehand: for the settings of A, else for the default ones."""
    own, t = rate_sweep(pair[0]), visit.t
    info = own or rate_sweep(DEFAULTS["a"])
    if info is None:
        return
    st.html(f"<h2>{html.escape(t('training_lab.rates'))}</h2>")
    if own is None:
        say(t("training_lab.rates_default"))
    show(t, draw.rates(info, t, visit.palette), info, "training-rates")


def comparison(visit: Visit) -> None:
    """Every option of one choice, five seeds each, in one examination; trained beforehand."""
    t, known = visit.t, {kind: info for kind in KINDS if (info := compared(kind))}
    if not known:
        return
    st.html(f"<h2>{html.escape(t('training_lab.compared'))}</h2>")
    say(t("training_lab.compared.about"))
    kind = choice(t, "training_lab", "kind", tuple(known), bare=True)
    show(t, draw.examination(known[kind], t, visit.palette), known[kind], "training-compared")


Made = tuple[TwoTrainings, dict[str, Figure], DialCurves, list[dict[str, Figure]]]


def _made(visit: Visit, pair: Pair, layer: int, ticket: Ticket | None) -> Made:
    """Curves and instruments, made once for both fragments while a training runs."""
    t = visit.t

    def made() -> Made:
        curves = (ticket.points(pair[0]), ticket.points(pair[1])) if ticket else ((), ())
        info = two_trainings(pair, curves, bool(ticket and ticket.state == "done"))
        pictures = {"training-losses": draw.losses(info, _called(t, pair), t, visit.palette)}
        if any(curves):  # what was trained beforehand is known by its loss alone
            pictures["training-probes"] = draw.probes(info, t, visit.palette)
        dials = dial_curves(pair, curves, layer)
        return info, pictures, dials, [draw.gradients(dials, t, visit.palette), draw.softness(dials, t, visit.palette)]

    return paced((NAME, pair, layer, t.language), ticket, made)


def _called(t: Translator, pair: Pair) -> tuple[str, str]:
    """A and B, each with what it has and the other has not."""
    differ = [name for name in CHOICES if getattr(pair[0], name) != getattr(pair[1], name)]
    found = (
        ", ".join(f"{t(f'training_lab.{name}')}: {_word(t, name, getattr(one, name))}" for name in differ)
        for one in pair
    )
    a, b = (f"{side.upper()} ({words})" if words else side.upper() for side, words in zip(SIDES, found, strict=True))
    return a, b


def _curves(visit: Visit, pair: Pair, layer: int, ticket: Ticket | None) -> None:
    info, figures, *_ = _made(visit, pair, layer, ticket)
    widths = (3, 2) if len(figures) > 1 else None
    show(visit.t, lambda: beside(visit.t, figures, info, widths), info, "training-curves")


def _instruments(visit: Visit, pair: Pair, layer: int, ticket: Ticket | None) -> None:
    t, (*_, dials, rows) = visit.t, _made(visit, pair, layer, ticket)
    if dials.a.bands or dials.b.bands or ticket:
        st.html(f"<h2>{html.escape(t('training_lab.instruments', layer=layer))}</h2>")
        for row in rows:
            beside(t, row, dials)
        show(t, lambda: None, dials, "training-instruments")
    if ticket and ticket.state == "done":
        _afterwards(t, pair, ticket)


def _afterwards(t: Translator, pair: Pair, ticket: Ticket) -> None:
    """Saturation of both, and each as a model for the other pages."""
    measured = [ticket.results[setting.key].saturation for setting in pair]
    lines = {
        t(f"training_lab.saturation.{name}"): f"A {measured[0][name]:{form}} · B {measured[1][name]:{form}}"
        for name, form in {"spread": ".2f", "entropy": ".2f", "max_prob": ".2f", "trace": ".2f", "dead": ".1%"}.items()
    }
    values(lines)
    kept = [setting for setting in dict.fromkeys(pair) if setting.key in trained.names()]
    with st.container(horizontal=True):
        for setting in kept:
            name = "A" if setting == pair[0] else "B"
            label = t("training_lab.open", name=name)
            params = {"model": f"trained-{setting.key}"}
            navigation.link("scaling", label, params)


def _first(t: Translator, side: str, locked: bool) -> str:
    label = t(f"training_lab.{FIRST}.of", name=side.upper())
    return str(_choice(t, side, FIRST, CHOICES[FIRST], locked, label))


def _rest(t: Translator, side: str, locked: bool) -> dict[str, Any]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key=f"side-{side}"):
        letter, words = side.upper(), t("training_lab.model", name=side.upper())
        st.html(f'<h2 class="bx-side" aria-label="{words}">{letter}</h2>', width=28)
        return {name: _choice(t, side, name, CHOICES[name], locked) for name in CHOICES if name != FIRST}


def _choice(
    t: Translator, side: str, name: str, options: tuple[Any, ...], locked: bool, label: str | None = None
) -> Any:
    words = {option: _word(t, name, option) for option in options}
    default = getattr(DEFAULTS[side], name)
    return state.choice(
        st.selectbox, label or t(f"training_lab.{name}"), options, f"{side}_{name}", default,
        format_func=words.__getitem__, disabled=locked, width=230 if label else 112,
    )  # fmt: skip


def _word(t: Translator, name: str, option: object) -> str:
    if name in ("scale", "ffn", "causal", "tied"):
        return t(f"training_lab.{name}.{option}")
    if name == "rate":
        return f"{option:.0%}"
    return f"{option:g}" if isinstance(option, float) else f"{option:,}"


def _refusals(t: Translator) -> list[str]:
    """A sentence for each setting in the link that cannot be trained; `state.current` says what is taken instead."""
    sentences = []
    for side in SIDES:
        for name, options in CHOICES.items():
            asked = state.asked(f"{side}_{name}")
            if asked is not None and state.chosen(f"{side}_{name}") not in options:
                allowed = ", ".join(_word(t, name, option) for option in options)
                error = TrainingInvalid(field=t(f"training_lab.{name}"), found=asked[:40], allowed=allowed)
                sentences.append(t.error(error))
    return sentences


# The letters have the colours of the curves.
STYLE = """<style>
.bx-side { margin: 0; padding: 0; font-size: 24px; line-height: 40px; }
.st-key-side-a .bx-side { color: var(--bx-attention-1); }
.st-key-side-b .bx-side { color: var(--bx-changed-1); }
.st-key-side-b { margin-top: 16px; }
.st-key-presets { display: grid; grid-template-columns: repeat(auto-fit, minmax(144px, 1fr)); }
.st-key-presets .stVerticalBlock { padding: 8px; }
.st-key-presets [data-testid="stCaptionContainer"] { font-size: 14px; }
@media (max-width: 640px) {
  .st-key-presets > :not(:last-child) { display: none; }
  .st-key-side-a > :first-child, .st-key-side-b > :first-child { flex: 1 0 100%; }
}
</style>"""
