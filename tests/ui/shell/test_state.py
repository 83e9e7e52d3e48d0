"""What a link and a widget set, and what they cannot: controls of `state`, each in a small script of its own."""

from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from explorer.ui.shell import state


def one(name: str, page: str) -> str:
    return f"""
import streamlit as st
from explorer.ui.shell import state
state.arrive()
state.enter({page!r})
{name}
state.settle()
"""


SLIDER = one("st.text(state.slider('w', range(3, 9), 'place', 4))", "positions")


@pytest.mark.parametrize(
    ("link", "said"), [("8", "8"), ("99", "8"), ("-1", "3"), ("3.0", "4"), ("nan", "4"), ("", "4")]
)
def test_a_slider_shows_the_nearest_and_leaves_the_choice(link, said):
    test = AppTest.from_string(SLIDER)
    test.query_params["place"] = link
    assert test.run().text[0].value == said and not test.exception
    if link == "99":
        test.run()
        assert test.query_params["place"] == "99"


@pytest.mark.parametrize(("link", "said"), [("0.25", "0.25"), ("1", "1.0"), ("0", "0.0"), ("7", "1.0"), ("0.3", "1.0")])
def test_a_slider_over_numbers(link, said):
    test = AppTest.from_string(one("st.text(state.slider('a', (0.0, 0.25, 0.5, 0.75, 1.0), 'a', 1.0))", "softmax"))
    test.query_params["a"] = link
    assert test.run().text[0].value == said and not test.exception


def test_a_link_to_the_default_undoes_a_choice():
    test = AppTest.from_string(SLIDER).run()
    test.slider(key="positions.place").set_value(7).run()
    assert test.query_params["place"] == "7" and test.text[0].value == "7"
    test.query_params["place"] = "4"
    assert test.run().text[0].value == "4"
    assert "place" not in test.query_params


@pytest.mark.parametrize("back", [False, True])
def test_an_address_without_a_name_keeps_the_choice_but_after_back(back, monkeypatch):
    """The menu carries no choices; Back leads to where it was not chosen yet."""
    test = AppTest.from_string(SLIDER).run()
    test.slider(key="positions.place").set_value(7).run()
    monkeypatch.setattr(state, "get_script_run_ctx", lambda: SimpleNamespace(is_history_navigation=back))
    test.query_params.clear()
    assert test.run().text[0].value == ("4" if back else "7")


def test_what_is_followed_stands_even_where_it_is_the_default():
    source = "st.text(state.choice(st.segmented_control, 'l', range(4), 'layer', 1, required=True))"
    test = AppTest.from_string(one(source, "heads")).run()
    assert "layer" not in test.query_params  # a default never becomes a choice
    test.segmented_control(key="heads.layer").set_value(2).run()
    test.segmented_control(key="heads.layer").set_value(1).run()
    assert test.query_params["layer"] == "1"


HOSTILE = [None, "None", "1", 1.5, True, -(10**12), 10**12, [], {}, [None], float("nan"), b"1"]


@pytest.mark.parametrize("sent", HOSTILE, ids=repr)
@pytest.mark.parametrize("name", ["token", "layer", "head", "off", "view", "words", "row", "text"])
def test_no_component_can_put_another_kind_in(name, sent):
    test = AppTest.from_string(one("st.text(repr(state.chosen(st.session_state['name'])))", "heads"))
    test.session_state["name"] = name
    test.run()
    kept = test.session_state["state"]
    state._adopt(kept, {name: sent})
    found = test.run().text[0].value
    allowed = {"text": isinstance(sent, str), "view": sent in ("None", "1"), "words": sent is True, "off": sent == []}
    assert not test.exception
    assert (found != "None") == allowed.get(name, False), found
    for text in test.query_params.values():
        assert "nan" not in text


def test_a_widget_that_says_nothing_changes_nothing():
    source = "st.text(state.choice(st.segmented_control, 'l', range(4), 'layer', 1))"  # may be emptied: not required
    test = AppTest.from_string(one(source, "heads")).run()
    test.segmented_control(key="heads.layer").set_value(2).run()
    test.segmented_control(key="heads.layer").set_value(None).run()
    assert test.text[0].value == "2" and test.query_params["layer"] == "2"


def test_pages_with_one_spelling_keep_their_own():
    both = """
import streamlit as st
from explorer.ui.shell import state
state.arrive()
page = st.session_state.get("where", "gradients")
state.enter(page)
st.text(state.choice(st.segmented_control, "seed", (0, 1, 2), "seed", 0, required=True))
state.settle()
"""
    test = AppTest.from_string(both).run()
    test.segmented_control(key="gradients.seed").set_value(2).run()
    test.session_state["where"] = "saturation"
    test.query_params.clear()
    assert test.run().text[0].value == "0"
    assert "seed" not in test.query_params
    test.session_state["where"] = "gradients"
    test.query_params.clear()
    assert test.run().text[0].value == "2"
    assert test.query_params["seed"] == "2"


def test_a_first_run_that_is_interrupted_loses_nothing_of_the_address():
    """Before its page is known: by a second message of the browser, as where a line is taken up again."""
    again = "if not st.session_state.get('again'):\n    st.session_state['again'] = True\n    st.rerun()\nstate.enter("
    test = AppTest.from_string(SLIDER.replace("state.enter(", again))
    test.query_params["place"] = "7"
    assert test.run().text[0].value == "7" and test.query_params["place"] == "7"


LONG = "river " * 400 + "bank"
SENT = [["st-key-text", LONG], ["st-key-words-find", "short"], ["st-key-lang", "zh"], ["st-key-more", 3], 7]


def test_a_session_that_has_just_begun_learns_what_no_address_can_hold():
    """The server was started again; the browser goes on, and says what stands in its fields."""
    asked = "state.resume(__SENT__)\nst.text(state.words(st.text_area, 't', 'text', 'a default'))"
    script = one(asked.replace("__SENT__", repr(SENT)), "words") + "\nst.text(repr(state.chosen('lang')))"
    test = AppTest.from_string(script).run()
    assert [said.value for said in test.text] == [LONG, "None"] and not test.exception
    test.text_area(key="text").set_value("mine").run()
    assert test.text[0].value == "mine", "a session that goes on knows better"


@pytest.mark.parametrize("sent", ["None", "7", "'x'", "{'st-key-text': 'x'}", "[[1, 2]]", "[['st-key-text', None]]"])
def test_what_is_no_list_of_fields_changes_nothing(sent):
    test = AppTest.from_string(one(f"state.resume({sent})\nst.text(repr(state.chosen('text')))", "words")).run()
    assert test.text[0].value == "None" and not test.exception
