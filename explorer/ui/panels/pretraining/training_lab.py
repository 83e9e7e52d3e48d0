"""The training lab: two settings, their trainings in processes of their own, and a panel that watches them."""

import html
from dataclasses import fields
from typing import Any

import streamlit as st

from explorer.errors import TrainingInvalid
from explorer.figures import Figure
from explorer.figures.pretraining import training_lab as draw
from explorer.i18n import Translator
from explorer.models import trained
from explorer.training.curves import TwoTrainings, rate_sweep, two_trainings
from explorer.training.queue import Ticket, queue
from explorer.training.setting import D_HEADS, INIT_STDS, LAYERS, LEARNING_RATES, SCALES, TrainingSetting
from explorer.ui.parts.show import beside, say, show, values
from explorer.ui.parts.work_panel import Words, paced, work_panel
from explorer.ui.shell import navigation, state
from explorer.ui.shell.page import Visit, notice
from explorer.ui.shell.works import mine, works
from explorer.work import Work

Pair = tuple[TrainingSetting, TrainingSetting]
NAME = "training"

# Name of a setting's field → what can be chosen; the first column of the page's strip, top to bottom.
CHOICES: dict[str, tuple[Any, ...]] = {
    "scale": SCALES,
    "d_head": D_HEADS,
    "init_std": INIT_STDS,
    "learning_rate": LEARNING_RATES,
    "ffn": (True, False),
    "layers": LAYERS,
    "steps": (50, 100, 200, 400, 800, 1_200, 1_600, 2_000),
    "seed": tuple(range(10)),
}
# On one core; both run at once where there are two.
SECONDS_A_STEP = 0.025
SIDES = ("a", "b")
DEFAULTS = {"a": TrainingSetting(), "b": TrainingSetting(scale="none")}


def chosen_pair(visit: Visit) -> Pair:
    """The two settings of the controls; they cannot be changed while they are trained."""
    work = works().get(NAME)
    locked = work is not None and work.running
    for sentence in _refusals(visit.t):
        notice(sentence, alert=True)
    st.html(STYLE)
    with st.expander(visit.t("training_lab.dials")):
        say(visit.t("training_lab.why_std"))
        return _setting(visit.t, "a", locked), _setting(visit.t, "b", locked)


def panel(visit: Visit, pair: Pair) -> None:
    """Start and stop, the curves so far, and at the end what became of the models."""
    t, asked = visit.t, works().get(NAME)
    if mine(NAME, pair) is not asked:
        st.rerun()  # another pair's was stopped; the controls above were drawn as locked
    ticket: Ticket | None = asked or queue().finished(pair)

    def going(work: Work) -> str:
        if ticket and ticket.state == "waiting":
            return t("training_lab.waiting", n=ticket.before + 1)
        return t("training_lab.going", share=work.done / work.expected) if work.done else t("training_lab.begins")

    words = Words(t("training_lab.start", seconds=_seconds(pair)), going)
    work_panel(
        visit,
        NAME,
        ticket,
        words,
        lambda: queue().submit(pair, st.context.ip_address),
        lambda: _curves(visit, pair, ticket),
    )


def _seconds(pair: Pair) -> int:
    """How long both take about, on a laptop."""
    return 5 * max(1, round(sum(setting.steps for setting in pair) * SECONDS_A_STEP / 5))


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


def tries() -> dict[str, tuple[str, dict[str, Any]]]:
    """Pairs worth a try; each link sets every choice, so that nothing of the last pair is left."""
    changed: dict[str, dict[str, Any]] = {
        "default": {},
        "std": {"a_init_std": 0.02, "b_init_std": 0.02, "a_learning_rate": 0.001, "b_learning_rate": 0.001},
        "rate": {"a_learning_rate": 0.004, "b_learning_rate": 0.004},
        "long": {"b_learning_rate": 0.001, "b_steps": 2_000},
        "ffn": {"b_scale": "sqrt_d", "b_ffn": False},
        "seed": {"b_scale": "sqrt_d", "b_seed": 1},
    }
    base = {f"{side}_{name}": getattr(DEFAULTS[side], name) for side in SIDES for name in CHOICES}
    return {f"training_lab.try.{name}": ("training_lab", base | other) for name, other in changed.items()}


def _curves(visit: Visit, pair: Pair, ticket: Ticket | None) -> None:
    t, over = visit.t, bool(ticket and ticket.state == "done")

    def made() -> tuple[TwoTrainings, dict[str, Figure]]:
        curves = (ticket.points(pair[0]), ticket.points(pair[1])) if ticket else ((), ())
        info = two_trainings(pair, curves, over)
        pictures = {"training-losses": draw.losses(info, t, visit.palette)}
        if any(curves):  # what was trained beforehand is known by its loss alone
            pictures["training-probes"] = draw.probes(info, t, visit.palette)
        return info, pictures

    info, figures = paced((NAME, pair, t.language), ticket, made)
    show(t, lambda: beside(t, figures, info, (3, 2) if len(figures) > 1 else None), info, "training-curves")
    if ticket and over:
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


def _setting(t: Translator, side: str, locked: bool) -> TrainingSetting:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key=f"side-{side}"):
        letter, words = side.upper(), t("training_lab.model", name=side.upper())
        st.html(f'<h2 class="bx-side" aria-label="{words}">{letter}</h2>', width=28)
        found = {name: _choice(t, side, name, options, locked) for name, options in CHOICES.items()}
    return TrainingSetting(**found)


def _choice(t: Translator, side: str, name: str, options: tuple[Any, ...], locked: bool) -> Any:
    words = {option: _word(t, name, option) for option in options}
    default = getattr(DEFAULTS[side], name)
    return state.choice(
        st.selectbox, t(f"training_lab.{name}"), options, f"{side}_{name}", default,
        format_func=words.__getitem__, disabled=locked, width=112,
    )  # fmt: skip


def _word(t: Translator, name: str, option: object) -> str:
    if name in ("scale", "ffn"):
        return t(f"training_lab.{name}.{option}")
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


# Side by side on a wide screen the labels stand once, above; the letters have the colours of the curves.
STYLE = """<style>
.bx-side { margin: 0; padding: 0; font-size: 24px; line-height: 40px; }
.st-key-side-a .bx-side { color: var(--bx-attention-1); }
.st-key-side-b .bx-side { color: var(--bx-changed-1); }
.st-key-side-b { margin-top: -8px; }
@media (min-width: 1280px) { .st-key-side-b [data-testid="stWidgetLabel"] { position: absolute; clip-path: inset(50%);
  height: 1px; width: 1px; min-height: 0; overflow: hidden; } }
@media (max-width: 1279px) { .st-key-side-b { margin-top: 16px; } }
@media (max-width: 640px) { .st-key-side-a > :first-child, .st-key-side-b > :first-child { flex: 1 0 100%; } }
</style>"""

assert set(CHOICES) <= {field.name for field in fields(TrainingSetting)}
