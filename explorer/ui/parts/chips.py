"""Tokens or words with what is said of each, as coloured chips."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st


@dataclass(frozen=True)
class Chip:
    """kind: "right", "wrong", "none", "first" or "second", by which it is coloured. lines: what is said of it."""

    text: str
    kind: str
    lines: tuple[str, ...]


def chips(found: Sequence[Chip], label: str) -> None:
    """All of them in a row that breaks; label: for those who do not see it. Any text is escaped."""
    parts = []
    for chip in found:
        lines = "".join(f"<span>{html.escape(line)}</span>" for line in chip.lines)
        parts.append(f'<div class="{chip.kind}"><bdi>{html.escape(chip.text)}</bdi>{lines}</div>')
    said = html.escape(label)
    st.html(f'{STYLE}<div class="bx-answers" role="img" aria-label="{said}">{"".join(parts)}</div>')


STYLE = """<style>
.bx-answers { display: flex; flex-wrap: wrap; gap: 6px; max-height: max(420px, 70vh); overflow-y: auto; }
.bx-answers div { padding: 4px 10px; border-bottom: 4px solid transparent; text-align: center;
  background: color-mix(in srgb, currentColor 5%, transparent); }
.bx-answers bdi { display: block; font: 18px ui-monospace, Menlo, Consolas, "Noto Sans Mono", monospace; }
.bx-answers:not(:has(span)) div { padding: 2px 7px; border-bottom-width: 3px; }
.bx-answers:not(:has(span)) bdi { font-size: 16px; }
.bx-answers span { display: block; font-size: 14px; }
.bx-answers .right { border-color: var(--bx-value); background: color-mix(in srgb, var(--bx-value) 16%, transparent); }
.bx-answers .wrong { border-color: var(--bx-key); background: color-mix(in srgb, var(--bx-key) 18%, transparent); }
.bx-answers .first { border-color: var(--bx-query);
  background: color-mix(in srgb, var(--bx-query) 16%, transparent); }
.bx-answers .second { border-color: var(--bx-segment);
  background: color-mix(in srgb, var(--bx-segment) 18%, transparent); }
.bx-answers .none { opacity: 0.78; }
</style>"""
