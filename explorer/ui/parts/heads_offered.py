"""What a page says and shows that needs a head which the model does not have: why, and a small model that has it."""

from collections.abc import Callable
from dataclasses import replace

from explorer.capture.records import Capture
from explorer.models.encode import CHINESE
from explorer.models.registry import FIRST_IN, OFFERS, language
from explorer.models.spec import Head
from explorer.ui.parts.show import panel_title
from explorer.ui.shell import examples, navigation, text_notices
from explorer.ui.shell.model_choice import label, name_of
from explorer.ui.shell.page import Visit, notice

# What a head says, how a run shows it, and the heads of which a model in the menu must have one.
MLM, NSP = "masked words", "next sentence"
SAYS: dict[str, Callable[[Capture], bool]] = {
    MLM: lambda seen: seen.guesses == "masked",
    NSP: lambda seen: seen.nsp_logits is not None,
}
OFFERING: dict[str, tuple[Head, ...]] = {MLM: ("mlm", "pretraining"), NSP: ("nsp", "pretraining")}


def with_head(visit: Visit, output: str, page: str) -> Visit | None:
    """The visit if a run of its model has this output; else why not, and the visit of a small model that has it.

    The name of a head does not tell: ELECTRA's pre-training head predicts no words, and a decoder has no masked ones.
    What the small model shows stands under its name: the English one on the visitor's text, the Chinese one, which a
    model that reads Chinese or a Chinese text leads to, on a text of its own, because it knows few characters.
    """
    t = visit.t
    if SAYS[output](visit.scene.capture()):
        if visit.spec.kind == "config":
            notice(t("heads_offered.random"))
        return visit
    why = _other_head(visit) if output == MLM else None
    notice(t(f"heads_offered.{why}" if why else f"{page}.no_head", model=name_of(t, visit.spec)))
    chinese = visit.speaks in FIRST_IN or CHINESE.search(visit.text) is not None
    name = FIRST_IN["zh"] if chinese else offered(output)
    if name is None:
        return None
    panel_title(t("heads_offered.instead", model=label(t, name)))
    query = {"model": name, "lang": t.language}
    navigation.link(page, t("heads_offered.switch"), query, "swap_horiz")
    spec = OFFERS[name]
    shown = replace(visit, spec=spec, notices=(), remarks=(), suggests=None)
    if chinese:
        return replace(shown, text=examples.default_text(language(spec)), pair=None)
    said = text_notices.of_text(t, shown.scene.encoded, shown.handle.dims.n_ctx, language(spec))
    return replace(shown, remarks=tuple(said))


def _other_head(visit: Visit) -> str | None:
    """What the model has in place of a masked-word head; None where it has nothing of the kind."""
    handle = visit.handle
    if handle.spec.head == "seq2seq" and not handle.restores:
        return "sentinels"
    if visit.scene.capture().guesses == "next":  # XLNet's one stack reads both sides, in an order that is drawn
        return "permuted" if handle.stack == "encoder" else "next"
    return "replaced" if handle.spec.head == "pretraining" else None


def offered(output: str) -> str | None:
    """The first model of the menu that is here without a download and has such a head."""
    heads = OFFERING[output]
    return next((name for name, spec in OFFERS.items() if spec.kind == "embedded" and spec.head in heads), None)
