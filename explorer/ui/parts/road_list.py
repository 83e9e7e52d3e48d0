"""The way from a text to what a head says of it: every station with its shape, its parameters and what is trained."""

import html

import streamlit as st

from explorer.analysis.use.task_head import Road
from explorer.i18n import Translator


def road_list(t: Translator, info: Road) -> None:
    """The stations from top to bottom."""
    rows = []
    for s in info.stations:
        count = f"{s.parameters:,}" if s.parameters else ""
        kind = "trained" if s.trained else "fixed"
        mark = t(f"task_head.{kind}") if s.parameters else ""
        name = html.escape(t(f"task_head.station.{s.name}", n=s.layers))
        rows.append(
            f'<li class="{kind if s.parameters else "plain"}"><b>{name}</b>'
            f"<code>{' × '.join(map(str, s.shape))}</code><span>{count}</span><em>{html.escape(mark)}</em></li>"
        )
    heads = "".join(f"<i>{html.escape(t(f'task_head.column.{name}'))}</i>" for name in ("step", "shape", "parameters"))
    st.html(f'{STYLE}<div class="bx-road"><p>{heads}</p><ol>{"".join(rows)}</ol></div>')


STYLE = """<style>
.bx-road { font-size: 16px; max-width: 980px; }
.bx-road ol { list-style: none; margin: 0; padding: 0; }
.bx-road li, .bx-road p { display: grid; grid-template-columns: 5fr 3fr 3fr 2fr; gap: 16px; align-items: center;
  margin: 0 0 6px; padding: 8px 12px; border-left: 6px solid transparent; }
.bx-road p { padding-bottom: 0; font-size: 14px; opacity: 0.72; } .bx-road p i { font-style: normal; }
.bx-road p i:nth-child(3), .bx-road span { text-align: right; font-variant-numeric: tabular-nums; }
.bx-road code { font: 18px ui-monospace, Menlo, Consolas, monospace; background: none; color: inherit; padding: 0; }
.bx-road li { background: color-mix(in srgb, currentColor 4%, transparent); overflow-wrap: anywhere; }
.bx-road li.fixed { border-left-color: color-mix(in srgb, currentColor 40%, transparent); }
.bx-road li.trained { border-left-color: var(--bx-ffn);
  background: color-mix(in srgb, var(--bx-ffn) 16%, transparent); }
.bx-road em { font-style: normal; font-size: 14px; opacity: 0.8; } .bx-road b { font-weight: 600; }
@media (max-width: 640px) { .bx-road li, .bx-road p { grid-template-columns: 1fr 1fr; gap: 4px 12px; } }
</style>"""
