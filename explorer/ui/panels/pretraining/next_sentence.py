"""The panels of the next-sentence page: the answer and its path, every order of a list, other segments."""

import streamlit as st

from explorer.analysis.pretraining import next_sentence as analysis
from explorer.capture.heads import outputs
from explorer.errors import ExplorerError
from explorer.figures.pretraining import next_sentence as draw
from explorer.models.encode import encode
from explorer.models.spec import ModelSpec
from explorer.quantities import percent
from explorer.ui.parts.show import check, say, show, values
from explorer.ui.shell import cached, examples, state
from explorer.ui.shell.page import Visit, notice, remarks

MAX_LIST = 1_500


@cached.few(64)
def every_order(spec: ModelSpec, listed: tuple[str, ...]) -> analysis.Orders:
    """One forward pass for each ordered pair."""
    return analysis.orders(cached.model(spec), listed)


other_segments = cached.few(256)(analysis.segments)  # four forward passes


@cached.few(64)
def both_orders(spec: ModelSpec, text: str, pair: str) -> tuple[float, float] | None:
    """Probability of "in order" for the pair and for the exchanged pair; None without such a head."""
    handle = cached.model(spec)
    own, other = (analysis.in_order(outputs(handle, encode(handle, *both))) for both in ((text, pair), (pair, text)))
    return None if own is None or other is None else (own, other)


def pair_of(visit: Visit) -> tuple[str, str]:
    """The visitor's two texts; where there is no second one, a shipped pair in the model's language, and it says so.

    A text that the visitor has written stays the first one.
    """
    if visit.pair is not None:
        return visit.text, visit.pair
    first, *_ = known = examples.in_language(visit.speaks)
    example = next(e for e in known if "pair" in e)
    text = example["text"] if visit.text == first["text"] else visit.text
    notice(visit.t("next_sentence.default", text=text, pair=example["pair"]))
    return text, example["pair"]


def path(visit: Visit) -> None:
    """The answer for the pair, and how it comes about."""
    t = visit.t
    info = analysis.pooled_path(cached.scene(visit.spec, *pair_of(visit)))
    values(
        {
            t("next_sentence.follows"): percent(info.probability, 1),
            t("next_sentence.not"): percent(1 - info.probability, 1),
            t("next_sentence.logits"): f"{info.logits[0]:+.2f}   {info.logits[1]:+.2f}",
            t("next_sentence.sum"): f"{info.parts.sum():+.2f} {info.bias:+.2f}",
        }
    )
    show(t, draw.path(info, t, visit.palette), info, "pooled-path")
    check(t, info.difference)


def sentence_order(visit: Visit) -> None:
    """What a model says that was trained on the order of two neighbours instead; nothing for others."""
    if not hasattr(visit.handle.model, "sop_classifier"):
        return
    t, (text, pair) = visit.t, pair_of(visit)
    found = both_orders(visit.spec, text, pair)
    if found is None:
        return
    remarks(visit)
    say(t("next_sentence.order"))
    values(
        {t("next_sentence.order.own"): percent(found[0], 1), t("next_sentence.order.exchanged"): percent(found[1], 1)}
    )


def orders(visit: Visit) -> None:
    """All ordered pairs of a short list."""
    t = visit.t
    (text, pair), speaks = pair_of(visit), visit.speaks
    name = "more" if speaks is None else f"more-{speaks}"
    more = state.words(
        st.text_area, t("next_sentence.more"), name, examples.page_text("more", speaks), height=104, max_chars=MAX_LIST
    )
    try:
        listed = analysis.sentences("\n".join([_line(text), _line(pair), more]))
        with st.spinner(t("next_sentence.working")):
            info = every_order(visit.spec, tuple(listed))
    except ExplorerError as error:
        notice(t.error(error), alert=True)
        return
    show(t, draw.orders(info, t, visit.palette), info, "orders")


def _line(text: str) -> str:
    return " ".join(text.split())


def segments(visit: Visit) -> None:
    """The same pair with other segment vectors."""
    t = visit.t
    info = other_segments(cached.scene(visit.spec, *pair_of(visit)))
    show(t, draw.segments(info, t, visit.palette), info, "segments")
    say(t("next_sentence.segments_note"))


VIEWS = {"path": path, "orders": orders, "segments": segments}
