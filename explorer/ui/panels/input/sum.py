"""The small example of the page of sums, and the sums taken apart."""

import html

import streamlit as st

from explorer.analysis.input.apart import Directions, directions, taken_apart
from explorer.analysis.input.small_one_hots import SIZES, SmallOneHots, small_one_hots
from explorer.figures.input.apart import apart_lines
from explorer.i18n import Translator
from explorer.models.spec import ModelSpec
from explorer.ui.parts import controls
from explorer.ui.parts.show import say, show
from explorer.ui.shell import cached
from explorer.ui.shell.page import Visit, fragment

# Name in the address, the part that the row is of, and the row that is chosen first.
CHOICES = (("w", "word", 2), ("p", "position", 1), ("s", "segment", 0))


@fragment
def by_hand(visit: Visit) -> None:
    """One-hots of 4, 3 and 2, their tables of whole numbers, and the sum."""
    t = visit.t
    with controls.strip():
        chosen = [
            controls.number(t(f"sum.part.{part}"), size, key, first)
            for (key, part, first), size in zip(CHOICES, SIZES, strict=True)
        ]
    info = small_one_hots(*chosen)
    show(t, lambda: st.html(_product(t, info)), info, "by-hand")
    say(t("sum.small.note"))


def _product(t: Translator, info: SmallOneHots) -> str:
    """Nine entries, nine rows of two numbers, and what comes out; below it the joint one-hot of 24."""
    kinds = [part for (_, part, _), size in zip(CHOICES, SIZES, strict=True) for _ in range(size)]
    starts = {sum(SIZES[:at]): t(f"sum.part.{part}") for at, (_, part, _) in enumerate(CHOICES)}
    rows = "".join(
        f'<tr class="{kind}{" on" if one else ""}">{_named(starts.get(at))}<td>{one}</td>'
        f"<td>×</td><td>{first}</td><td>{second}</td></tr>"
        for at, (kind, one, (first, second)) in enumerate(
            zip(kinds, info.one_hot.tolist(), info.stacked.tolist(), strict=True)
        )
    )
    total = f'<tr class="total"><td></td><td></td><td>=</td><td>{info.sum[0]}</td><td>{info.sum[1]}</td></tr>'
    name = html.escape(t("sum.small.joint"))
    joint = "".join(f'<i class="{"on" if at == info.entry else ""}">{int(at == info.entry)}</i>' for at in range(24))
    beside = f'<div><b>{name}</b><div class="joint">{joint}</div></div>'
    return f'<div class="bx-small"><table>{rows}{total}</table>{beside}</div>{STYLE}'


def _named(name: str | None) -> str:
    """The first cell of a row: a heading where a kind begins."""
    return "<td></td>" if name is None else f"<th>{html.escape(name)}</th>"


@cached.few(8)
def _directions(spec: ModelSpec) -> Directions | None:
    """Of the tables, which any text looks up."""
    return directions(cached.scene(spec, "a", None))


def apart(visit: Visit) -> None:
    """Positions and words read back from the sums; nothing where no positions are added."""
    seen = _directions(visit.spec)
    if seen is None:
        return
    t, info = visit.t, taken_apart(visit.scene, seen)
    st.header(t("sum.heading.apart"), anchor=False)
    show(t, apart_lines(info, t, visit.palette), info, "apart")


STYLE = """<style>
.bx-small { display: flex; flex-wrap: wrap; gap: 16px 48px; align-items: center; }
.bx-small table { border-collapse: collapse; font: 18px/1.5 monospace; }
.bx-small th { font: 600 1rem/1.5 sans-serif; text-align: left; padding-right: 16px; }
.bx-small td { text-align: right; padding: 2px 10px; opacity: 0.5; }
.bx-small .on td { opacity: 1; font-weight: 700; }
.bx-small .word.on td { background: color-mix(in srgb, var(--bx-word) 24%, transparent); }
.bx-small .position.on td { background: color-mix(in srgb, var(--bx-position) 24%, transparent); }
.bx-small .segment.on td { background: color-mix(in srgb, var(--bx-segment) 24%, transparent); }
.bx-small .total td { opacity: 1; font-weight: 700; border-top: 2px solid currentColor; }
.bx-small .joint { display: grid; grid-template-columns: repeat(6, 2em); gap: 2px; font: 18px/1.8 monospace; }
.bx-small i { font-style: normal; text-align: center; opacity: 0.5; }
.bx-small i.on { opacity: 1; font-weight: 700; outline: 2px solid currentColor; outline-offset: -2px; }
</style>"""
