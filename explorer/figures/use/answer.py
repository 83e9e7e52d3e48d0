"""A span head's scores over the tokens of a passage, and the best spans beside "no answer"."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.analysis.use.answer import Answer
from explorer.analysis.use.spans import window
from explorer.figures.marks import UNIT, above, bars, beams
from explorer.figures.text import plain
from explorer.figures.theme import LABEL, Palette, layout
from explorer.i18n import Translator


def places(info: Answer, t: Translator, palette: Palette) -> go.Figure:
    """The score of every token as the start and as the end; [CLS], first, stands for "no answer"; the rest of the
    question is left out. The best answer is shaded."""
    of = window(info.encoded)
    shown = [0, *range(of.first, of.last)]
    figure = make_subplots(2, 1, shared_xaxes=True, vertical_spacing=0.12)
    for row, (name, colour) in enumerate((("start", palette.query), ("end", palette.key)), 1):
        bars(figure, info.logits[shown, row - 1], colour, row=row, col=1, hovertemplate="%{y:.1f}<extra></extra>")
        above(figure, t(f"trained_task.{name}"), row, colour=colour)
    best = info.candidates[0]
    first = shown.index(best.first)
    figure.add_vrect(first - 0.5, shown.index(best.last) + 0.5, fillcolor=palette.value, opacity=0.18, line_width=0)
    figure = layout(figure, palette, 420).update_layout(showlegend=False, bargap=0.15)
    limit = float(np.abs(info.logits[shown]).max(initial=0.1)) * 1.08
    figure.update_yaxes(range=[-limit, limit], title_text=t("trained_task.logit"))
    names = [plain(info.encoded.tokens[at]) for at in shown]
    ticks = {"tickvals": list(range(len(shown))), "ticktext": names, "tickangle": -60, "tickfont": {"size": LABEL}}
    figure.update_xaxes(showticklabels=False, row=1)
    return figure.update_xaxes(ticks, row=2)


def candidates(info: Answer, t: Translator, palette: Palette) -> go.Figure:
    """The best legal spans and "no answer" by their share, the likeliest first."""
    found = info.candidates
    figure = layout(go.Figure(), palette, 120 + 48 * len(found)).update_layout(showlegend=False)
    names = [t("trained_task.no_answer") if one.text is None else plain(_short(one.text)) for one in found]
    colours = [palette.quiet if one.text is None else palette.value for one in found]
    texts = [f"{one.share:.0%}" for one in found]
    beams(figure, [one.share for one in found], np.arange(len(found)), colours, texts)
    figure.update_yaxes(tickvals=np.arange(len(found)), ticktext=[name + " " for name in names])
    return figure.update_xaxes(UNIT, range=[0, 1.08], tickformat=".0%", title_text=t("trained_task.share"))


def _short(text: str, longest: int = 40) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
