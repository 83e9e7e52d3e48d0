"""What is written on a picture, as those hear it who do not see it."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.figures.text import labels, plain


def test_titles_axes_and_legend_in_this_order_each_once():
    figure = make_subplots(1, 2, subplot_titles=("loss", "heads <b>right</b>"))
    figure.add_scatter(y=[1], name="with √d", row=1, col=1)
    figure.add_scatter(y=[1], name="with √d", row=1, col=2)
    figure.add_scatter(y=[1], name="band", showlegend=False, row=1, col=2)
    figure.update_xaxes(title_text="steps").update_layout(title_text="Two trainings")
    figure.add_annotation(x=0, y=1, text="here", showarrow=True)
    assert labels(figure) == ["Two trainings", "loss", "heads right", "steps", "with √d"]


def test_a_picture_without_axes_or_legend_has_no_labels():
    assert labels(go.Figure(go.Treemap(labels=["a"], parents=[""], values=[1]))) == []
    assert labels(go.Figure(go.Heatmap(z=[[1]]))) == []


def test_a_token_is_said_as_it_is_written():
    assert labels(go.Figure(go.Scatter(y=[1], name=plain("<b> & c")))) == ["<b> & c"]
