"""The panels of the next-sentence page: the answer and its path, every order of a list, other segments."""

import html

import streamlit as st

from explorer.analysis.pretraining import next_sentence as analysis
from explorer.analysis.pretraining.two_losses import two_losses
from explorer.capture.heads import outputs
from explorer.errors import ExplorerError
from explorer.figures.pretraining import next_sentence as draw
from explorer.models.encode import encode
from explorer.models.spec import ModelSpec
from explorer.quantities import percent
from explorer.ui.parts.show import check, reading, say, show, values
from explorer.ui.shell import cached, examples, state
from explorer.ui.shell.page import Visit, notice, remarks

MAX_LIST = 1_500


@cached.few(64)
def every_order(spec: ModelSpec, listed: tuple[str, ...]) -> analysis.Orders:
    """One forward pass for each ordered pair."""
    return analysis.orders(cached.model(spec), listed)


losses = cached.few(64)(two_losses)
other_segments = cached.few(256)(analysis.segments)  # four forward passes


@cached.few(64)
def both_orders(spec: ModelSpec, text: str, pair: str) -> tuple[float, float] | None:
    """Probability of "in order" for the pair and for the exchanged pair; None without such a head."""
    handle = cached.model(spec)
    own, other = (analysis.in_order(outputs(handle, encode(handle, *both))) for both in ((text, pair), (pair, text)))
    return None if own is None or other is None else (own, other)


def pair_of(visit: Visit) -> tuple[str, str]:
    """The visitor's two texts; where there is no second one, a shipped pair in the model's language.

    A text that the visitor has written stays the first one.
    """
    if visit.pair is not None:
        return visit.text, visit.pair
    first, *_ = known = examples.in_language(visit.speaks)
    example = next(e for e in known if "pair" in e)
    text = example["text"] if visit.text == first["text"] else visit.text
    return text, example["pair"]


def _cards(visit: Visit, text: str, pair: str, share: float | None = None) -> None:
    """The two texts side by side; share: how sure the model is that B follows, as a bar with both answers."""
    t = visit.t
    own = "" if visit.pair is not None else f"<small>{html.escape(t('next_sentence.example'))}</small>"
    cards = "".join(
        f'<div class="{name}"><b>{name.upper()}</b><p>{html.escape(words)}</p>{own if name == "b" else ""}</div>'
        for name, words in (("a", text), ("b", pair))
    )
    bar = ""
    if share is not None:
        follows, other = t("next_sentence.follows"), t("next_sentence.not")
        bar = (
            f'<div class="needle" style="--share:{share:.4f}"><span>{html.escape(follows)} <b>{percent(share, 1)}</b>'
            f"</span><span>{html.escape(other)} <b>{percent(1 - share, 1)}</b></span></div>"
        )
    st.html(f'<section class="bx-pair">{cards}{bar}</section>{STYLE}')


def path(visit: Visit) -> None:
    """The answer for the pair, and how it comes about."""
    t = visit.t
    text, pair = pair_of(visit)
    info = analysis.pooled_path(cached.scene(visit.spec, text, pair))
    _cards(visit, text, pair, info.probability)
    show(t, draw.path(info, t, visit.palette), info, "pooled-path", said_first=True)
    values(
        {
            t("next_sentence.logits"): f"{info.logits[0]:+.2f}   {info.logits[1]:+.2f}",
            t("next_sentence.sum"): f"{info.parts.sum():+.2f} {info.bias:+.2f}",
        }
    )
    check(t, info.difference)
    if (both := losses(cached.scene(visit.spec, text, pair))) is not None:
        reading(t, both)


def sentence_order(visit: Visit) -> None:
    """What a model says that was trained on the order of two neighbours instead; nothing for others."""
    if not hasattr(visit.handle.model, "sop_classifier"):
        return
    t, (text, pair) = visit.t, pair_of(visit)
    found = both_orders(visit.spec, text, pair)
    if found is None:
        return
    remarks(visit)
    _cards(visit, text, pair)
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
    text, pair = pair_of(visit)
    _cards(visit, text, pair)
    info = other_segments(cached.scene(visit.spec, text, pair))
    show(t, draw.segments(info, t, visit.palette), info, "segments")
    say(t("next_sentence.segments_note"))


STYLE = """<style>
.bx-pair { display: grid; grid-template-columns: 1fr 1fr; gap: 16px 32px; max-width: 960px; }
.bx-pair .a, .bx-pair .b { padding: 12px 16px; border-radius: 8px; background: var(--bx-sentence-a); }
.bx-pair .b { background: var(--bx-sentence-b); }
.bx-pair p { font-size: 1.1875rem; line-height: 1.4; margin: 0; overflow-wrap: anywhere; max-height: 11em;
  overflow-y: auto; }
.bx-pair small { font-size: 0.875rem; color: var(--bx-quiet); }
.bx-pair .needle { grid-column: 1 / -1; display: flex; justify-content: space-between; gap: 16px; padding-top: 28px;
  background: linear-gradient(to right, var(--bx-value) calc(100% * var(--share)), var(--bx-rule) 0) top / 100% 20px
  no-repeat; font-size: 1rem; }
.bx-pair .needle b { font-size: 1.375rem; font-variant-numeric: tabular-nums; }
@media (max-width: 640px) { .bx-pair { grid-template-columns: 1fr; } }
</style>"""

VIEWS = {"path": path, "orders": orders, "segments": segments}
