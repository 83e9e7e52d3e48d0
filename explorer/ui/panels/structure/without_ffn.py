"""Small models with and without intermediate layers, stored, and trained here on demand."""

from dataclasses import replace
from functools import cache, partial

import streamlit as st

from explorer.analysis.structure.without_ffn import Alike, Miniature, Small
from explorer.errors import ExplorerError
from explorer.figures import Figure
from explorer.figures.structure import without_ffn as draw
from explorer.models.spec import ModelSpec
from explorer.training.miniature import RATES, SETTING, hidden_states, of_tokens, sentences, small, stored
from explorer.training.queue import Ticket, queue
from explorer.training.setting import TrainingSetting
from explorer.ui.parts import controls
from explorer.ui.parts.show import beside, reading, say, show, values
from explorer.ui.parts.work_panel import Words, paced, work_panel
from explorer.ui.shell import cached, state
from explorer.ui.shell.page import Visit, notice
from explorer.ui.shell.works import mine
from explorer.work import Work

SEEDS = (11, 12, 13)
NAME = "without-ffn"


def panel(visit: Visit) -> None:
    """Controls, the training, and the pictures, whose curves grow while it runs."""
    t = visit.t
    with controls.strip():
        label = t("without_ffn.rate")
        rate = state.choice(st.segmented_control, label, RATES, "lr", RATES[-1], required=True)
        probed = controls.choice(t, "without_ffn", "probed", ("subject", "number"))
        seed = state.choice(st.segmented_control, t("without_ffn.seed"), SEEDS, "seed", SEEDS[0], required=True)
    info, settings = replace(_stored(rate), probed=probed), pair(rate, seed)
    wanted = tuple(settings.values())
    ticket: Ticket | None = mine(NAME, wanted) or queue().finished(wanted)

    def going(work: Work) -> str:
        waits = ticket is not None and ticket.state == "waiting"
        return t("training_lab.waiting", n=ticket.before + 1) if ticket and waits else t("without_ffn.running")

    words = Words(t("without_ffn.train"), going, ":material/model_training:")
    drawn = partial(_pictures, visit, info, ticket, settings)
    work_panel(visit, NAME, ticket, words, lambda: queue().submit(wanted, st.context.ip_address), drawn)


def tries(visit: Visit) -> dict[str, tuple[str, dict[str, str]]]:
    """A link to the other learning rate, at which the answer is another one."""
    return {"without_ffn.try.slow": ("take_away", {"part": "trained", "lr": "0.001"})}


def pair(rate: float, seed: int) -> dict[str, TrainingSetting]:
    """The two trainings that a click asks for; as in the stored ones their first weights differ."""
    return {
        "full": replace(SETTING, learning_rate=rate, seed=seed),
        "without": replace(SETTING, learning_rate=rate, seed=seed + 10, ffn=False),
    }


def _pictures(visit: Visit, info: Miniature, ticket: Ticket | None, settings: dict[str, TrainingSetting]) -> None:
    t, alike = visit.t, Alike(info)
    done = _here(visit, info, settings) if ticket and ticket.state == "done" else {}

    def made() -> tuple[Figure, dict[str, Figure]]:
        live = {kind: [(p.step, p.loss) for p in ticket.points(s)] for kind, s in settings.items()} if ticket else {}
        cka, probes = (picture(alike, done, t, visit.palette) for picture in (draw.likeness, draw.probes))
        return draw.curves(info, live, t, visit.palette), {"cka": cka, "probes": probes}

    curves, others = paced((NAME, info.probed, t.language, *settings.values()), ticket, made)
    show(t, curves, info, "without-ffn-curves")
    values(_costs(visit, info))
    beside(t, others, alike)
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


def _here(visit: Visit, info: Miniature, settings: dict[str, TrainingSetting]) -> dict[str, Small]:
    """The models that were trained here; none where they have made room for others since."""
    try:
        return _measured(info.models[0].learning_rate, settings["full"].seed)
    except ExplorerError as error:
        notice(visit.t.error(error))
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
