"""Small models with and without intermediate layers, stored, and trained here on demand."""

from dataclasses import replace
from functools import cache

import streamlit as st

from explorer.analysis.structure.without_ffn import Alike, Miniature, Small
from explorer.errors import ExplorerError
from explorer.figures.structure import without_ffn as draw
from explorer.models.spec import ModelSpec
from explorer.training.miniature import RATES, SETTING, hidden_states, of_tokens, sentences, small, stored
from explorer.training.queue import Ticket, queue
from explorer.training.setting import TrainingSetting
from explorer.ui.parts import controls
from explorer.ui.parts.show import beside, reading, say, show, values
from explorer.ui.shell import cached, state
from explorer.ui.shell.page import Visit, fragment, notice

SEEDS = (11, 12, 13)
NAME = "without-ffn"


def panel(visit: Visit) -> None:
    """Controls, then the pictures; while a training runs they are drawn anew every second."""
    t = visit.t
    with controls.strip():
        label = t("without_ffn.rate")
        rate = state.choice(st.segmented_control, label, RATES, "lr", RATES[-1], required=True)
        probed = controls.choice(t, "without_ffn", "probed", ("subject", "number"))
        seed = state.choice(st.segmented_control, t("without_ffn.seed"), SEEDS, "seed", SEEDS[0], required=True)
    settings = pair(rate, seed)
    ticket = tickets().get(NAME)
    running = ticket is not None and ticket.going_on
    fragment(_pictures, run_every=1 if running else None)(visit, replace(_stored(rate), probed=probed), settings)


def tries(visit: Visit) -> dict[str, tuple[str, dict[str, str]]]:
    """A link to the other learning rate, at which the answer is another one."""
    return {"without_ffn.try.slow": ("take_away", {"part": "trained", "lr": "0.001"})}


def pair(rate: float, seed: int) -> dict[str, TrainingSetting]:
    """The two trainings that a click asks for; as in the stored ones their first weights differ."""
    return {
        "full": replace(SETTING, learning_rate=rate, seed=seed),
        "without": replace(SETTING, learning_rate=rate, seed=seed + 10, ffn=False),
    }


def _pictures(visit: Visit, info: Miniature, settings: dict[str, TrainingSetting]) -> None:
    t = visit.t
    ticket = _mine(settings)
    live = {kind: [(p.step, p.loss) for p in ticket.points(s)] for kind, s in settings.items()} if ticket else {}
    show(t, draw.curves(info, live, t, visit.palette), info, "without-ffn-curves")
    values(_costs(visit, info))
    _training(visit, ticket, settings)
    done = _here(visit, info, settings) if ticket and ticket.state == "done" else {}
    alike = Alike(info)
    figures = {
        "cka": draw.likeness(alike, done, t, visit.palette),
        "probes": draw.probes(alike, done, t, visit.palette),
    }
    beside(t, figures, alike)
    reading(t, alike)
    say(t("without_ffn.honest"))


def _costs(visit: Visit, info: Miniature) -> dict[str, str]:
    """What the two kinds cost and can, each as "with → without"; means over the seeds."""
    names = {"in_layers": ",.0f", "parameters": ",.0f", "milliseconds": ".0f", "loss": ".2f"}
    names |= dict.fromkeys(("verb", "agreement", "place"), ".0%")
    return {
        visit.t(f"without_ffn.{name}"): " → ".join(f"{info.mean(kind, name):{form}}" for kind in ("full", "without"))
        for name, form in names.items()
    }


def _training(visit: Visit, ticket: Ticket | None, settings: dict[str, TrainingSetting]) -> None:
    """The button, or how far the training is and how to stop it."""
    t = visit.t
    if ticket is None or not ticket.going_on:
        if tickets().pop("polling", None) is not None:
            st.rerun()  # leave polling
        if st.button(t("without_ffn.train"), icon=":material/model_training:", key="without-ffn-start"):
            _start(visit, settings)
        if ticket is not None and ticket.state == "failed":
            notice(t("frame.oops"), alert=True)
        return
    left, right = st.columns((4, 1), vertical_alignment="center")
    waiting = t("without_ffn.waiting", place=queue().place(ticket))
    left.progress(ticket.progress, waiting if ticket.state == "waiting" else t("without_ffn.running"))
    if right.button(t("without_ffn.stop"), icon=":material/stop_circle:", key="without-ffn-stop"):
        queue().cancel(ticket)
        st.rerun()


def _here(visit: Visit, info: Miniature, settings: dict[str, TrainingSetting]) -> dict[str, Small]:
    """The models that were trained here; none where they have made room for others since."""
    try:
        return _measured(info.models[0].learning_rate, settings["full"].seed)
    except ExplorerError as error:
        notice(visit.t.error(error))
        return {}


def _start(visit: Visit, settings: dict[str, TrainingSetting]) -> None:
    try:
        tickets()[NAME] = tickets()["polling"] = queue().submit(tuple(settings.values()))
    except ExplorerError as error:
        notice(visit.t.error(error), alert=True)
        return
    st.rerun()


def _mine(settings: dict[str, TrainingSetting]) -> Ticket | None:
    """The training of the chosen settings, or somebody's finished one; a training of others is stopped."""
    ticket, wanted = tickets().get(NAME), tuple(settings.values())
    if ticket is not None and ticket.settings != wanted:
        queue().cancel(ticket)
        ticket = None
    return ticket or queue().finished(wanted)


def _cancel(held: dict[str, Ticket]) -> None:
    for ticket in held.values():
        queue().cancel(ticket)


@st.cache_resource(scope="session", on_release=_cancel, show_spinner=False)
def tickets() -> dict[str, Ticket]:
    """What this visitor has asked to be trained; it stops when the visitor leaves."""
    return {}


@cache
def _stored(rate: float) -> Miniature:
    return stored(rate)


@cached.few(16)
def _measured(rate: float, seed: int) -> dict[str, Small]:
    """The two models that were trained here, measured as the stored ones; CKA of the second with the first."""
    settings = pair(rate, seed)
    full, without = (cached.model(ModelSpec("trained", s.key, head="pretraining")).model for s in settings.values())
    reference = of_tokens(hidden_states(full, sentences()), sentences())
    return {
        "full": small("full", full, settings["full"], None),
        "without": small("without", without, settings["without"], reference),
    }
