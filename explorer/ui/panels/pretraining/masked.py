"""The panels of the masked-word page: hide words, change the network, look through the layers, play the recipe."""

import html
from collections.abc import Callable

import streamlit as st

from explorer.analysis.pretraining import masked
from explorer.analysis.pretraining.changed_guess import Change
from explorer.analysis.pretraining.masked import FATES, Masked, Recipe, hide, maskable, shares
from explorer.analysis.pretraining.predictions import Guess, Lens, lens, predictions
from explorer.analysis.pretraining.seen_itself import seen_itself
from explorer.capture.changes.variant import Variant
from explorer.capture.records import Capture
from explorer.capture.run import run
from explorer.capture.scene import Scene
from explorer.errors import ExplorerError
from explorer.figures.pretraining import masked as draw
from explorer.figures.theme import Palette
from explorer.i18n import Translator
from explorer.models.encode import Encoded
from explorer.models.spec import ModelSpec
from explorer.ui.browser.bars import bars, share
from explorer.ui.browser.pieces import toggles
from explorer.ui.parts import controls
from explorer.ui.parts.guess import changed, guesses, hideable, possible
from explorer.ui.parts.guess_table import guess_table
from explorer.ui.parts.show import check, reading, say, show
from explorer.ui.shell import cached, followed, state
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import Visit, fragment, notice

# Guesses drawn side by side; the table has all of them.
MAX_DRAWN = 4
# What a full bar may stand for; a guess of a few percent is to be seen as well.
FULL = (0.1, 0.25, 0.5, 1.0)
TOKENS = (100, 1_000, 10_000, 100_000, 1_000_000)


@cached.bounded(cached.CAPTURE_BYTES // 2)
def hidden_run(spec: ModelSpec, text: str, pair: str | None, places: tuple[int, ...]) -> Capture:
    """The run of the text with the mask token at these places."""
    scene = cached.scene(spec, text, pair)
    return run(scene.handle, hide(scene.handle, scene.encoded, list(places)))


def hidden_scene(visit: Visit, places: list[int]) -> Scene:
    """The visitor's text with the mask token at these places."""
    found = hidden_run(visit.spec, visit.text, visit.pair, tuple(places)) if places else visit.scene.capture()
    return Scene.of(visit.handle, found)


cost = cached.few(256)(masked.masked)  # one draw of the recipe on the text, read by the model


@cached.few(64)
def net_shares(recipe: Recipe, n: int, seed: int) -> masked.Shares:
    """The recipe drawn for n tokens."""
    return shares(recipe, n, seed)


def _hidden(visit: Visit, covers: bool = False) -> tuple[Encoded, list[int], list[int]]:
    """The text, the places that the visitor hides, and those together with the masks that stand in the text itself.

    covers: the hidden words are not told until the visitor asks for them.
    """
    encoded = visit.scene.encoded
    may = maskable(visit.handle, encoded).tolist()
    typed = encoded.typed_masks
    default = [] if typed else hideable(visit, encoded)
    shown = (state.chosen("answer") or ()) if covers else None
    name = visit.handle.special_names.get("mask", "")
    chosen = toggles(encoded, visit.t("masked.choose"), name, "mask", default, shown)
    return encoded, [i for i in chosen if may[i]], sorted({*typed, *(i for i in chosen if may[i])})


def guess(visit: Visit) -> None:
    """Click words away, see what the model expects there, and only then what stood there."""
    t = visit.t
    _, hidden, places = _hidden(visit, covers=True)
    if not places:
        notice(t("masked.click"))
        return
    info = predictions(visit.scene, hidden_scene(visit, hidden), places)
    told = not hidden or state.chosen("answer") == tuple(hidden)
    if told:
        show(t, lambda: _guesses(t, info.guesses, told), info, "guesses")
        copied = seen_itself(visit.scene, hidden_scene(visit, hidden), hidden[0]) if hidden else None
        if copied is not None:
            reading(t, copied)
    else:
        _guesses(t, info.guesses, told)
        st.button(t("masked.answer"), icon=":material/visibility:", on_click=state.put, args=({"answer": hidden},))
    if len(places) > MAX_DRAWN:
        say(t("masked.more", drawn=MAX_DRAWN, n=len(places)))
    if len(places) > 1:
        say(t("masked.alone"))


def _guesses(t: Translator, guesses: tuple[Guess, ...], told: bool) -> None:
    shown = guesses[:MAX_DRAWN]
    largest = max(share for one in shown for _, share in one.best)
    full = next(high for high in FULL if largest <= high + 1e-6)
    for column, one in zip(st.columns(len(shown) if len(shown) > 1 else (2, 1), gap="large"), shown, strict=False):
        truth = one.truth if told else None
        rows = [(f"✓ {word}" if word == truth else word, -1, p) for word, p in one.best]
        if truth is not None and one.rank is not None and one.rank > len(one.best):
            rows.append((f"✓ {truth}", one.rank, one.probability or 0.0))
        facts = {"place": one.place, "truth": truth}
        title = t("masked.typed", place=one.place) if truth is None else t("masked.instead", **facts)
        with column:
            bars(rows, key=f"guess-{one.place}", title=title, high=full, written=share)


def changes(visit: Visit) -> None:
    """The same guess without √d, without positions, without the chosen head, without feed-forward blocks."""
    t, handle = visit.t, visit.handle
    encoded, _, places = _hidden(visit)
    if not places:
        notice(t("masked.click"))
        return
    with controls.strip():
        first, best = controls.telling(visit.scene)
        layer, head = controls.layer(visit, default=first), controls.head(visit, default=best)
    offered = tuple((name, change(layer, head)) for name, change in CHANGES.items())
    offered = tuple((name, one) for name, one in offered if possible(handle, one))
    info = changed(visit.scene, tuple(places), _which(visit, encoded, places), offered)
    labels = {name: t(f"guess.change.{name}", layer=layer, head=head) for name, _ in offered}
    show(t, lambda: st.html(guesses(visit, info, labels)), info, "changed")
    say(t("guess.note"))
    links(
        t,
        {
            "guess.see.unscaled": ("scaling", {"show": "network"}),
            "guess.see.positions": ("positions", {}),
            "guess.see.head": ("ablation", {"off": ((layer, head),)}),
            "guess.see.ffn": ("take_away", {"part": "removed"}),
        },
    )


CHANGES: dict[str, Callable[[int, int], Change]] = {
    "unscaled": lambda layer, head: Variant(scale="none"),
    "positions": lambda layer, head: "none",
    "head": lambda layer, head: Variant(ablated=((layer, head),)),
    "ffn": lambda layer, head: Variant(without_ffn="all"),
}


def _which(visit: Visit, encoded: Encoded, places: list[int]) -> int:
    """The hidden place that is looked at: the followed word's, or one that is chosen where there are several."""
    name = {place: f"{place}  {encoded.tokens[place]}" for place in places[:12]}
    token = followed.token(visit)
    place = token if token is not None and token in name else places[0]
    if len(places) > 1:
        place = state.choice(
            st.segmented_control, visit.t("masked.which"), list(name), "at", place, format_func=name.get, required=True
        )
    return place


def layers(visit: Visit) -> None:
    """The head on every layer's state at one hidden place."""
    t = visit.t
    encoded, hidden, places = _hidden(visit)
    if not places:
        notice(t("masked.click"))
        return
    place = _which(visit, encoded, places)
    info = lens(visit.scene, hidden_scene(visit, hidden), place)
    show(t, lambda: st.html(_table(t, info, visit.palette)), info, "lens")
    check(t, info.difference, 1e-4)  # logits of a large vocabulary are about 10, their last digit 1e-6
    say(t("masked.lens_note"))
    if visit.handle.sites.final_norm is not None:
        say(t("masked.lens_norm"))


def _table(t: Translator, info: Lens, palette: Palette) -> str:
    """Down: the embedding and every layer; across: the true word, then the likeliest words."""
    states = [t("masked.embedding"), *(t("masked.layer", layer=i) for i in range(len(info.words) - 1))]
    own = None if info.truth_probs is None or info.ranks is None else (info.truth, info.ranks, info.truth_probs)
    return guess_table(t, states, info.words, info.probs, own, palette)


def _percent(t: Translator, name: str, default: int, width: int) -> float:
    return state.slider(t(f"masked.{name}"), range(101), name, default, format="%d%%", width=width) / 100


def chosen_recipe(t: Translator) -> Recipe:
    """The sliders; what is neither masked nor random stays as it is. A recipe that adds up to more is refused."""
    with controls.strip():
        rate = _percent(t, "rate", 15, 300)
        mask = _percent(t, "cover", 80, 220)
        random = _percent(t, "swap", 10, 220)
        st.html(_rest(t, 1 - mask - random))
    try:
        return Recipe(rate, mask, random)
    except ExplorerError as error:
        notice(t.error(error), alert=True)
        return Recipe(rate)


def _rest(t: Translator, kept: float) -> str:
    return f'<div class="bx-values"><div>{html.escape(t("masked.rest"))}<b>{max(kept, 0):.0%}</b></div></div>'


@fragment
def recipe(visit: Visit) -> None:
    """What one draw of the recipe hides, what the model then loses, and the shares over many draws."""
    t = visit.t
    chosen = chosen_recipe(t)
    with controls.strip():
        seed = state.slider(t("masked.draw"), range(1, 51), "draw", 1, width=300)
    info = cost(visit.scene, chosen, seed)
    show(t, lambda: st.html(_pieces(t, info, visit.palette)), info, "recipe")
    st.html(f"<h2>{html.escape(t('masked.many'))}</h2>")
    n = state.choice(
        st.select_slider, t("masked.tokens"), TOKENS, "many", 100_000, format_func="{:,}".format, width=420
    )
    many = net_shares(chosen, n, seed)
    show(t, draw.shares(many, t, visit.palette), many, "shares")


def _pieces(t: Translator, info: Masked, palette: Palette) -> str:
    """Every token: above what the model sees, below the word that it must say and what that cost."""
    cells = []
    for token, seen, fate, loss in zip(info.tokens, info.seen, info.fates, info.losses, strict=True):
        below = "" if fate in ("left", "special") else f"<i>{html.escape(token)}</i><em>{loss:.2f}</em>"
        cells.append(f'<div class="{fate}"><bdi>{html.escape(seen)}</bdi>{below}</div>')
    names = "".join(f'<div class="{fate}"><bdi>{html.escape(t(f"masked.fate.{fate}"))}</bdi></div>' for fate in FATES)
    label = html.escape(t("masked.recipe_alt"))
    below = f"<div class='bx-draw-below'>{html.escape(t('masked.below'))}</div>"
    return (
        f"<div class='bx-draw bx-draw-legend'>{names}{below}</div>"
        f"<div class='bx-draw' role='img' aria-label='{label}'>{''.join(cells)}</div>{_style(palette)}"
    )


def _style(palette: Palette) -> str:
    hatch = f"repeating-linear-gradient(135deg, {palette.masked} 0 3px, transparent 3px 7px)"
    amber, purple = palette.changed[1], palette.attention[1]
    return f"""<style>
.bx-draw {{ display: flex; flex-wrap: wrap; gap: 10px 8px; align-items: flex-start; }}
.bx-draw {{ max-height: 420px; overflow-y: auto; }}
.bx-draw div {{ display: grid; justify-items: center; font: 18px/1.5 ui-monospace, Menlo, Consolas, monospace; }}
.bx-draw bdi {{ padding: 3px 10px; border: 2px solid transparent; border-radius: 6px; }}
.bx-draw bdi {{ background: {palette.sentence_a}; }}
.bx-draw i {{ font-style: normal; font-size: 14px; opacity: .8; }}
.bx-draw em {{ font-style: normal; font-weight: 700; font-size: 16px; font-variant-numeric: tabular-nums; }}
.bx-draw .special bdi {{ background: none; opacity: .65; }}
.bx-draw .masked bdi {{ border-color: {palette.quiet}; background: {hatch}; font-weight: 700; }}
.bx-draw .random bdi {{ border: 2px dashed {amber}; background: color-mix(in srgb, {amber} 22%, transparent); }}
.bx-draw .kept bdi {{ border-color: {purple}; }}
.bx-draw-legend {{ margin-bottom: 20px; }} .bx-draw-legend div {{ font-family: inherit; font-size: 15px; }}
.bx-draw .bx-draw-below {{ padding: 5px 8px; opacity: .85; }}
</style>"""


def views(visit: Visit) -> dict[str, Callable[[Visit], None]]:
    """What can be shown of the model: a head that stands on a decoder reads no state of the encoder."""
    found = {"guess": guess, "changed": changes, "lens": layers, "recipe": recipe}
    return {name: view for name, view in found.items() if name != "lens" or not visit.handle.restores}
