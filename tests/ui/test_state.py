"""What a link sets: sliders and switches of `state`, each in a small script of its own."""

import pytest
from streamlit.testing.v1 import AppTest


def script() -> None:
    import streamlit as st

    from explorer.ui import state

    factor = state.slider("a", (0.0, 0.25, 0.5, 0.75, 1.0), "a", 1.0)
    whole = state.slider("w", range(3, 9), "w", 4)
    only = state.slider("only", range(16, 17), "only", 16)
    st.text(f"{factor} {whole} {only} {state.toggle('on', 'on')}")


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ({}, "1.0 4 16 False"),
        ({"a": "0.25", "w": "8", "on": "true"}, "0.25 8 16 True"),
        ({"a": "1", "w": "3.0", "on": "1"}, "1.0 4 16 False"),
        ({"a": "0", "w": "9", "only": "17", "on": "True"}, "0.0 4 16 False"),
        ({"a": "nan", "w": "-1", "on": "<script>"}, "1.0 4 16 False"),
    ],
)
def test_links(link, said):
    test = AppTest.from_function(script)
    for name, value in link.items():
        test.query_params[name] = value
    assert test.run().text[0].value == said and not test.exception


def test_a_link_to_the_default_undoes_a_choice():
    test = AppTest.from_function(script).run()
    test.slider(key="w").set_value(7).run()
    assert test.query_params["w"] == "7"
    test.query_params["w"] = "4"
    assert test.run().text[0].value == "1.0 4 16 False"
    assert "w" not in test.query_params
