"""The panels of the masked-word page: hide words, look through the layers, play the training recipe."""

import html

import streamlit as st

from explorer.analysis.pretraining import masked
from explorer.analysis.pretraining.masked import FATES, Masked, Recipe, hide, maskable, shares
from explorer.analysis.pretraining.predictions import Guess, Lens, lens, predictions
from explorer.capture.records import Capture
from explorer.capture.run import run
from explorer.capture.scene import Scene
from explorer.errors import ExplorerError
from explorer.figures.pretraining import masked as draw
from explorer.figures.theme import Palette
from explorer.i18n import Translator
from explorer.models.encode import Encoded
from explorer.models.spec import ModelSpec
from explorer.quantities import percent
from explorer.ui.browser.bars import bars
from explorer.ui.browser.pieces import toggles
from explorer.ui.parts import controls
from explorer.ui.parts.show import check, say, show
from explorer.ui.shell import cached, followed, state
from explorer.ui.shell.page import Visit, fragment, notice

# Guesses drawn side by side; the table has all of them.
MAX_DRAWN = 4
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


def _hidden(visit: Visit) -> tuple[Encoded, list[int], list[int]]:
    """The text, the places that the visitor hides, and those together with the masks that stand in the text itself."""
    encoded = visit.scene.encoded
    may = maskable(visit.handle, encoded).tolist()
    typed = encoded.typed_masks
    words = [i for i, allowed in enumerate(may) if allowed and encoded.bare[i].isalnum()]
    token = followed.token(visit)
    default = [] if typed else [token] if token in words else words[len(words) // 2 :][:1]
    chosen = toggles(encoded, visit.t("masked.choose"), visit.handle.special_names.get("mask", ""), "mask", default)
    return encoded, [i for i in chosen if may[i]], sorted({*typed, *(i for i in chosen if may[i])})


def guess(visit: Visit) -> None:
    """Click words away and see what the model expects there."""
    t = visit.t
    _, hidden, places = _hidden(visit)
    info = predictions(visit.scene, hidden_scene(visit, hidden), places)
    if not places:
        notice(t("masked.click"))
        return
    show(t, lambda: _guesses(t, info.guesses), info, "guesses")
    if len(places) > MAX_DRAWN:
        say(t("masked.more", drawn=MAX_DRAWN, n=len(places)))
    if len(places) > 1:
        say(t("masked.alone"))


def _guesses(t: Translator, guesses: tuple[Guess, ...]) -> None:
    shown = guesses[:MAX_DRAWN]
    for column, one in zip(st.columns(len(shown) if len(shown) > 1 else (2, 1), gap="large"), shown, strict=False):
        rows = [(f"✓ {word}" if word == one.truth else word, -1, p) for word, p in one.best]
        if one.rank is not None and one.rank > len(one.best):
            rows.append((f"✓ {one.truth}", one.rank, one.probability or 0.0))
        facts = {"place": one.place, "truth": one.truth}
        title = t("masked.typed", place=one.place) if one.truth is None else t("masked.instead", **facts)
        with column:
            bars(rows, key=f"guess-{one.place}", title=title, high=1)


def layers(visit: Visit) -> None:
    """The head on every layer's state at one hidden place."""
    t = visit.t
    encoded, hidden, places = _hidden(visit)
    if not places:
        notice(t("masked.click"))
        return
    name = {place: f"{place}  {encoded.tokens[place]}" for place in places[:12]}
    token = followed.token(visit)
    place = token if token is not None and token in name else places[0]
    if len(places) > 1:
        place = state.choice(
            st.segmented_control, t("masked.which"), list(name), "at", place, format_func=name.get, required=True
        )
    info = lens(visit.scene, hidden_scene(visit, hidden), place)
    show(t, lambda: st.html(_table(t, info, visit.palette)), info, "lens")
    check(t, info.difference, 1e-4)  # logits of a large vocabulary are about 10, their last digit 1e-6
    say(t("masked.lens_note"))
    if visit.handle.sites.final_norm is not None:
        say(t("masked.lens_norm"))


def _table(t: Translator, info: Lens, palette: Palette) -> str:
    """Down: the embedding and every layer; across: the true word, then the likeliest words; shade: probability."""
    n_states, k = info.probs.shape
    states = [t("masked.embedding"), *(t("masked.layer", layer=i) for i in range(n_states - 1))]
    heads = [t("masked.rank", rank=rank) for rank in range(1, k + 1)]
    cells = [list(zip(words, row, strict=True)) for words, row in zip(info.words, info.probs.tolist(), strict=True)]
    if info.truth_probs is not None and info.ranks is not None:
        heads.insert(0, f"“{info.truth}”")
        for row, rank, own in zip(cells, info.ranks, info.truth_probs.tolist(), strict=True):
            row.insert(0, (t("masked.place", rank=rank), own))
    head = "".join(f"<th>{html.escape(name)}</th>" for name in ("", *heads))
    rows = "".join(
        f"<tr><th>{html.escape(state)}</th>{''.join(_cell(text, p, palette) for text, p in row)}</tr>"
        for state, row in zip(states, cells, strict=True)
    )
    style = f"{LENS}.bx-lens .full {{ color: {palette.ground}; }}</style>"
    return f"<div class='bx-scroll'><table class='bx-lens'><tr>{head}</tr>{rows}</table></div>{style}"


def _cell(text: str, p: float, palette: Palette) -> str:
    low, high = palette.attention
    kind = " class='full'" if p > 0.45 else ""
    shade = f"background: color-mix(in srgb, {high} {100 * p:.0f}%, {low})"
    return f"<td{kind} style='{shade}'><bdi>{html.escape(text)}</bdi><small>{html.escape(percent(p, 1))}</small></td>"


LENS = """<style>
.bx-lens { border-collapse: separate; border-spacing: 3px; width: 100%; margin: 0; }
.bx-lens th, .bx-lens td { border: 0; font-size: 17px; padding: 8px 10px; text-align: center; white-space: nowrap; }
.bx-lens th { font-weight: 600; } .bx-lens tr > th:first-child { text-align: right; font-weight: 400; }
.bx-lens td { border-radius: 6px; min-width: 84px; } .bx-lens small { display: block; font-size: 14px; opacity: .85; }
"""


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


VIEWS = {"guess": guess, "lens": layers, "recipe": recipe}
