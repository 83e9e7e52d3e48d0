"""The panels of the page on who sees whom: the masks, one head both ways, a word exchanged."""

import html
from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.analysis.attention.heads import HeadMatrix, kinds
from explorer.analysis.attention.patterns import punctuation
from explorer.analysis.models.both_directions import both_directions
from explorer.analysis.models.stacks_compared import stored
from explorer.analysis.models.who_sees_whom import FAMILIES, Mask, Masks, difference, masks, own_family
from explorer.analysis.models.word_change import CAUSAL, WordChange, word_change
from explorer.capture.facts import facts_of
from explorer.figures.models.stacks import reader_bars
from explorer.i18n import Translator
from explorer.models.encode import Encoded
from explorer.training.presets import choices
from explorer.ui.browser.matrix import Scale, matrix
from explorer.ui.browser.pieces import pieces
from explorer.ui.parts import controls
from explorer.ui.parts.show import chips, numbers, panel_title, reading, say, show
from explorer.ui.shell import cached, followed, state
from explorer.ui.shell.page import Visit, fragment

# How strongly a cell is coloured: seeing another token, and itself.
OTHER, ITSELF = 0.55, 1.0

# "too tired" → "too wide": the pronoun before it changes what it stands for (Winograd's schema).
REPLACEMENT = "wide"
MAX_WORD = 60


@fragment
def panel(visit: Visit) -> None:
    """The line of controls, and the view that it chooses."""
    line = controls.strip()
    with line:
        view = controls.choice(visit.t, "who_sees_whom", "show", tuple(VIEWS), bare=True)
    VIEWS[view](visit, line)


def mask_panel(visit: Visit, line: DeltaGenerator) -> None:
    """The mask of a family over the visitor's tokens."""
    t, encoded = visit.t, visit.scene.encoded
    with line:
        family = controls.choice(t, "who_sees_whom", "family", FAMILIES, bare=True, default=own_family(visit.handle))
        seed = 1
        if family == "xlnet":
            seed = state.slider(t("who_sees_whom.seed"), range(1, 21), "permutation", 1, width=260)
    info = masks(encoded, family, seed)
    info = info.at(_row(encoded, info.panels[-1], len(info.panels[-1].queries.tokens) // 2))
    _legend(visit)
    if len(info.panels) == 1:
        opposite = "gpt" if family == "bert" else "bert"
        beside = masks(encoded, opposite, seed).panels[0]
        for column, panel in zip(st.columns(2, gap="large"), (info.panels[0], beside), strict=True):
            with column:
                panel_title(t(f"who_sees_whom.panel.{panel.name}"))
                row = _row(encoded, panel, min(info.row, len(panel.queries.at) - 1))
                _draw_mask(visit, panel, row, 440)
                _as_seen(t, panel, row)
        reading(t, info)
        _check(visit, info)
    else:
        for column, panel in zip(st.columns(len(info.panels), gap="medium"), info.panels, strict=True):
            with column:
                panel_title(t(f"who_sees_whom.panel.{panel.name}"))
                # The encoder's rows are other tokens than the decoder's.
                other = panel.name == "both.encoder"
                row = _row(encoded, panel, min(info.row, len(panel.queries.at) - 1)) if other else info.row
                _draw_mask(visit, panel, row, 480)
                _as_seen(t, panel, row)
        reading(t, info)
    say(t(f"who_sees_whom.note.{family}"))
    numbers(t, info, "masks", False)
    if family == "elmo":
        panel_title(t("who_sees_whom.stacks.title"))
        show(t, reader_bars(stored(), t, visit.palette), stored(), "stacks")
        say(t("who_sees_whom.stacks.note"))


def _tokens(encoded: Encoded, mask: Mask) -> tuple[int | None, ...]:
    """The position in the text of each row's token; a decoder writes the second text, or the first again, after a mark
    that is no token of it."""
    if mask.name not in ("both.decoder", "both.cross"):
        return mask.queries.at
    side = kinds(encoded)
    return (None, *(i for i, kind in enumerate(side) if kind == ("B" if encoded.pair else "A")))


def _row(encoded: Encoded, mask: Mask, default: int) -> int:
    """The row of the followed word, or one that is no token."""
    own: int | None = state.chosen("row")
    at = _tokens(encoded, mask)
    if own is None:
        return followed.row(at, encoded, default)
    row = min(max(own, 0), len(at) - 1)
    state.adopt({} if at[row] is None else {"token": at[row]})  # a link from before names the row
    return row


def _choose(at: Sequence[int | None], row: object) -> None:
    if row == 0 and at[0] is None:
        state.put({"row": 0})
    followed.choose(at, row)


def _draw_mask(visit: Visit, mask: Mask, row: int, height: int) -> None:
    """Queries down, keys across; what may not be seen is hatched."""
    t = visit.t
    own = mask.queries.at == mask.keys.at and mask.queries.kinds == mask.keys.kinds
    itself = np.asarray(mask.queries.at)[:, None] == np.asarray(mask.keys.at)
    matrix(
        np.where(itself & own, ITSELF, OTHER).astype(np.float32), mask.seen, mask.queries.tokens, mask.keys.tokens,
        scale="attention", low=0, high=1, key=mask.name, height=height,
        param=None, chosen=row, choose=partial(_choose, _tokens(visit.scene.encoded, mask)),
        label=t(f"who_sees_whom.panel.{mask.name}"), kinds_q=list(mask.queries.kinds),
        kinds_k=list(mask.keys.kinds),
        levels=[(OTHER, t("who_sees_whom.sees")), (ITSELF, t("who_sees_whom.itself"))],
    )  # fmt: skip


def _legend(visit: Visit) -> None:
    """One for all panels."""
    low, high = visit.palette.attention
    hatch = f"repeating-linear-gradient(135deg, {visit.palette.masked} 0 2px, transparent 2px 5px)"
    colours = {"sees": f"color-mix(in srgb, {high} {OTHER:.0%}, {low})", "itself": high, "hidden": hatch}
    chips({visit.t(f"who_sees_whom.{name}"): f"background: {colour}" for name, colour in colours.items()})


def _as_seen(t: Translator, mask: Mask, row: int) -> None:
    """The text as the chosen token sees it."""
    seen = set(mask.seen_from(row))
    chips = [
        f'<bdi class="bx-seen {"yes" if i in seen else "no"}">{html.escape(token)}</bdi>'
        for i, token in enumerate(mask.keys.tokens)
    ]
    title = html.escape(t("who_sees_whom.as_seen", token=mask.queries.tokens[row]))
    st.html(f'{STYLE}<p class="bx-check">{title}</p><div class="bx-sight">{"".join(chips)}</div>')


def _check(visit: Visit, info: Masks) -> None:
    """The drawn mask against the one of a run of this model, where it can be run that way."""
    causal, (n_queries, n_keys) = _causal_itself(visit), visit.scene.layer(0).probs.shape[2:]
    if (info.family == "bert" and causal) or n_queries != n_keys:
        return
    masked = info.family == "gpt" and not causal
    layer = (visit.scene.under(CAUSAL) if masked else visit.scene).layer(0)
    same = difference(info.panels[0], layer) == 0
    sentence = visit.t(f"who_sees_whom.check.{'causal' if masked else 'own'}.{'same' if same else 'differs'}")
    st.html(f'<p class="bx-check"><span aria-hidden="true">{"✓" if same else "✗"}</span> {html.escape(sentence)}</p>')


def _causal_itself(visit: Visit) -> bool:
    return all(facts_of(visit.handle).causal)


def attention_panel(visit: Visit, line: DeltaGenerator) -> None:
    """One head of the run as the model is, and of the run under the causal mask."""
    t, already = visit.t, _causal_itself(visit)
    with line:
        layer, head = controls.place(t, visit.scene, controls.telling(visit.scene))
    info = both_directions(visit.scene, layer, head)
    n = len(info.own.queries.tokens)
    row = state.number("token", n // 2, 0, n - 1)

    def draw() -> None:
        left, right = st.columns(2, gap="medium")
        with left:
            panel_title(t(f"who_sees_whom.run.{'already' if already else 'own'}"))
            _draw_head(t, info.own, "own", "attention", row)
        if info.causal is not None:
            with right:
                panel_title(t("who_sees_whom.run.causal"))
                _draw_head(t, info.causal, "causal", "changed", row)

    show(t, draw, info, "both-directions")
    say(t(f"who_sees_whom.trained.{'already' if already else 'own'}"))


def _draw_head(t: Translator, info: HeadMatrix, key: str, scale: Scale, row: int) -> None:
    matrix(
        info.probs, info.visible, info.queries.tokens, info.keys.tokens, scale=scale, low=0, high=1, key=key,
        param="token", chosen=row, label=t("heads.alt"), height=520, kinds_q=list(info.queries.kinds),
        kinds_k=list(info.keys.kinds), intensity="sqrt",
    )  # fmt: skip


def change_panel(visit: Visit, line: DeltaGenerator) -> None:
    """A later word is exchanged: which earlier tokens notice?"""
    t, encoded = visit.t, visit.scene.encoded
    left, right = st.columns([5, 2], gap="medium", vertical_alignment="bottom")
    with left:
        index = pieces(encoded, t("who_sees_whom.choose"), "token", _last_word(encoded))
    with right:
        label = t("who_sees_whom.into")
        word = state.words(st.text_input, label, "into", REPLACEMENT, max_chars=MAX_WORD)
    already = _causal_itself(visit)
    with st.spinner(t("who_sees_whom.working")):
        info = _word_change(visit.scene, index, word.strip())
    show(t, lambda: _draw_change(t, info), info, "word-change")
    say(t(f"who_sees_whom.trained.{'already' if already else 'own'}"))


def _draw_change(t: Translator, info: WordChange) -> None:
    """States down, tokens across; both runs on one range."""
    ways: dict[str, tuple[np.ndarray, Scale]] = {"already" if info.causal is None else "own": (info.own, "attention")}
    if info.causal is not None:
        ways["causal"] = (info.causal, "changed")
    high = max([float(np.nanmax(values, initial=0.0)) for values, _ in ways.values()]) or 1.0
    states = [t("who_sees_whom.embedding"), *(t("atlas.row", layer=number) for number in range(len(info.own) - 1))]
    for column, (name, (values, scale)) in zip(st.columns(len(ways), gap="medium"), ways.items(), strict=True):
        with column:
            panel_title(t(f"who_sees_whom.run.{name}"))
            matrix(
                values, None, states, info.labels, scale=scale, low=0, high=high, key=f"change-{name}", param=None,
                chosen=None, label=t("who_sees_whom.change_alt"), height=150 + min(44 * len(states), 420),
                intensity="sqrt",
            )  # fmt: skip


def _last_word(encoded: Encoded) -> int:
    """Position of the last token that is neither special nor punctuation."""
    words = ~(punctuation(encoded) | np.array(encoded.special))
    return int(np.flatnonzero(words)[-1]) if words.any() else 0


_word_change = cached.few(64)(word_change)

TRIES = {
    "who_sees_whom.try.gpt": ("who_sees_whom", {"family": "gpt", "show": "mask"}),
    "who_sees_whom.try.xlnet": ("who_sees_whom", {"family": "xlnet", "permutation": "3", "show": "mask"}),
    "who_sees_whom.try.change": ("who_sees_whom", {"show": "change"}),
    "who_sees_whom.try.random": ("who_sees_whom", {"show": "change", "model": "minilm-random"}),
    "who_sees_whom.try.gpt2": ("who_sees_whom", {"show": "change", "model": "gpt2-random"}),
    "who_sees_whom.lab": ("training_lab", choices("causal")),
}

VIEWS = {"mask": mask_panel, "attention": attention_panel, "change": change_panel}

STYLE = """<style>
.bx-sight { display: flex; flex-wrap: wrap; gap: 4px; max-height: 220px; overflow-y: auto; margin: 4px 0 8px; }
.bx-seen { font: 16px/1.6 ui-monospace, Menlo, Consolas, monospace; padding: 0 8px; border-radius: 6px;
  overflow-wrap: anywhere; }
.bx-seen.yes { background: color-mix(in srgb, var(--bx-attention-1) 32%, transparent); }
.bx-seen.no { opacity: 0.62; background: repeating-linear-gradient(135deg,
  color-mix(in srgb, currentColor 22%, transparent) 0 1.5px, transparent 1.5px 6px); }
</style>"""
