"""The pages on using BERT in both languages, with awkward lists, tables and choices."""

import re
import time
from threading import Event

import pytest
from transformers import BertForMaskedLM, BertForQuestionAnswering, BertForTokenClassification

from explorer.analysis.use import task_texts
from explorer.analysis.use.labelled_texts import LabelledTexts
from explorer.training.fine_tune import Step
from explorer.training.two_ways import example
from explorer.ui.panels.use import task_head
from explorer.ui.panels.use.token_task import TASKS
from explorer.ui.shell import works
from tests.checkpoints import checkpoint
from tests.conftest import page_text

LISTS = {
    "default": None,
    "two": "hi\nyou",
    "no groups": "a\nb\nc",
    "alone": "a\n\nb\n\nc",
    "emoji": "😀 <script>alert(1)</script>\n我爱北京\n\n&amp;\n“x”",
}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("view", ["matrices", "ranking", "layers", "map", "input", "nonsense"])
def test_sentences(app, lang, view):
    test = app("use/sentences", lang=lang, view=view, model="mini-bert")
    assert not test.exception
    assert "bx-reading" in page_text(test) and "bx-alert" not in page_text(test)


def test_what_is_not_stored_of_a_classifiers_input_is_made_on_request(app, monkeypatch):
    few = LabelledTexts(("is it dry", "is it wet", "will it rain", "call a cab", "call me", "call home"), (*"aaabbb",))
    monkeypatch.setattr("explorer.ui.panels.use.sentences.example", lambda: few)
    test = app("use/sentences", view="input")
    assert "bx-reading" not in page_text(test), "nothing is read before it is asked for"
    test.button(key="classifier-input-start").click().run()
    for _ in range(600):
        if "bx-reading" in page_text(test):
            break
        time.sleep(0.1)
        test.run()
    assert "6 short English texts with 2 labels" in re.sub("<.*?>", "", page_text(test))
    assert not any(button.key == "classifier-input-start" for button in test.button)


@pytest.mark.parametrize("case", LISTS)
@pytest.mark.parametrize("view", ["matrices", "ranking", "layers", "map"])
def test_sentence_lists(app, case, view):
    listed = LISTS[case]
    test = app("use/sentences", view=view, **({"list": listed} if listed else {}))
    assert not test.exception
    said = page_text(test)
    assert "bx-alert" not in said and "<script>alert" not in said


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"list": "one"}, "At least two sentences"),
        ({"list": "x\n" * 60}, "60 sentences are too many"),
        ({"list": "fine\n\x07"}, "nothing to read"),
        ({"view": "layers", "list": "a\nb"}, "at least two groups"),
        ({"view": "layers", "measure": "nearest"}, "Best here"),
        ({"model": "minilm-random", "after6": "99"}, "Layers passed: 6"),
        ({"sentence": "999", "view": "ranking"}, "related sentences. The mean puts"),
    ],
)
def test_sentence_choices(app, params, sentence):
    test = app("use/sentences", **params)
    assert not test.exception
    assert sentence in page_text(test)


SMALL = "".join(
    f"the {word} {n},{'sky' if at < 2 else 'animal'}\n"
    for at, word in enumerate(["sun", "rain", "cat", "dog"])
    for n in range(4)
)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("view", ["result", "confusion", "try", "road", "split", "nonsense"])
def test_task_head_before_training(app, lang, view):
    test = app("use/labels", lang=lang, view=view)
    assert not test.exception
    assert "bx-alert" not in page_text(test)
    assert "bx-reading" in page_text(test) or view in ("confusion", "try")
    if view == "try":  # answered by the stored map, without a training
        assert set(re.findall(r"<b>([^<]*)</b>", page_text(test))) & set(example().names)


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("", "until then the example"),
        ("no separator", "No row with a text and a label"),
        ("x,a\ny,a", "At least two labels"),
        ("a,x\n\n,x\nb,x\nc,y\nd,y", "2 rows have no text or no label"),
        ("text,label\na,x\nb,x\nc,y\nd,y", "read as column names; 4 texts"),
        ("a,x\nb,x\nc,y\nd,y\n<script>alert(1)</script>,z", "1 row was left out"),
    ],
)
def test_own_tables(app, table, sentence):
    test = app("use/labels", data="own", table=table)
    assert not test.exception
    assert sentence in page_text(test)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_training(app, lang):
    test = app("use/labels", lang=lang, data="own", table=SMALL, k="1", passes="2")
    test.button(key="tuning-start").click().run()
    for _ in range(300):
        if any(button.key == "tuning-start" for button in test.button):
            break
        time.sleep(0.1)
        test.run()
    said = page_text(test)
    assert not test.exception and "bx-alert" not in said
    assert ("fine-tuned" in said) if lang == "en" else ("微调" in said)
    for view in ("confusion", "try"):
        test.selectbox(key="labels.view").set_value(view).run()
        assert not test.exception and "bx-alert" not in page_text(test) and "bx-note" not in page_text(test)


def test_visitors_with_equal_settings_share_a_training(app, monkeypatch):
    """The second who presses the button sees the first one's training, and it goes on when one of them stops."""
    begun, go, held = [], Event(), [{}, {}, {}]  # test sessions have one name, so what each holds is kept here

    def run(number, press=None):
        monkeypatch.setattr(works, "works", lambda: held[number])
        if press is not None:
            visitors[number].button(key=press).click()
        keys = {button.key for button in visitors[number].run().button}
        assert not visitors[number].exception
        return keys & {"tuning-start", "tuning-stop"}

    def events(handle, data, parts, pooling, recipe):
        begun.append((pooling, recipe))
        yield Step(1, 2, 0.5)
        go.wait(20)
        yield Step(2, 2, 0.25)

    monkeypatch.setattr(task_head, "two_ways", events)
    visitors = [app("use/labels", data="own", table=SMALL, passes="3", k=k, lang="en") for k in ("1", "1", "2")]
    try:
        assert [run(number, "tuning-start") for number in range(3)] == [{"tuning-stop"}] * 3
        assert [recipe.layers for _, recipe in begun] == [1, 2]
        assert run(0, "tuning-stop") == {"tuning-start"} or run(0) == {"tuning-start"}
        assert run(1) == {"tuning-stop"}, "the other visitor's goes on"
    finally:
        go.set()


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("task", [*TASKS, "nonsense"])
def test_token_task(app, lang, task):
    test = app("use/labels", what="token", lang=lang, task=task)
    assert not test.exception
    assert "bx-reading" in page_text(test) and "bx-alert" not in page_text(test)


@pytest.mark.parametrize("text", ["hi", "😀 <script>alert(1)</script>", "我爱北京", "word " * 600])
@pytest.mark.parametrize("task", ["before", "capital", "lot"])
def test_token_task_on_awkward_texts(app, text, task):
    test = app("use/labels", what="token", task=task, text=text, pair="" if text == "hi" else "It <b>is</b>.")
    assert not test.exception
    assert "bx-reading" in page_text(test) and "<script>alert" not in page_text(test)


def test_a_model_that_reads_one_text_is_not_asked_for_the_second(app):
    test = app("use/labels", what="token", model="gpt2-random", task="sentence")
    assert not test.exception and "bx-alert" not in page_text(test)
    assert "Sentence A or B" not in str(test.selectbox(key="labels.task").options)


@pytest.mark.parametrize("text", ["Did Marco really swim across the lake?", "did marco really swim across the lake?"])
def test_a_text_to_learn_from_is_not_judged(app, text):
    test = app("use/labels", what="token", text=text)
    assert "another one is shown" in page_text(test) and "marco" not in page_text(test)


PAGES = [("sentences", {}), ("labels", {"what": "text"}), ("labels", {"what": "token"})]


@pytest.mark.parametrize(("page", "state"), PAGES)
def test_the_toy_model(app, page, state):
    test = app(f"use/{page}", model="toy-bert", **state)
    assert not test.exception and "bx-alert" not in page_text(test)
    if state.get("what") == "token":
        assert [one.rpartition(": ")[2] for one in test.selectbox(key="labels.task").options] == [
            "Role", "Number of the subject",
        ]  # fmt: skip
    else:
        assert "was not made for these texts" in page_text(test)


@pytest.mark.parametrize(("page", "state"), PAGES)
def test_nonsense_in_the_url(app, page, state):
    odd = {
        "seed": "x",
        "k": "99",
        "passes": "-3",
        "after6": "🙂",
        "at6": "1e9",
        "pooling": "",
        "data": "?",
        "special": "no",
    }
    test = app(f"use/{page}", **state, **odd, view="99", task="<b>", measure="0", sentence="-1")
    assert not test.exception and "bx-alert" not in page_text(test)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("what", ["span", "pair", "name"])
@pytest.mark.parametrize("view", ["result", "try", "road", "data", "nonsense"])
def test_trained_tasks_before_training(app, lang, what, view):
    """The result of the default settings stands there at once; without them what will be trained is said."""
    test = app("use/labels", lang=lang, what=what, view=view)
    said = page_text(test)
    assert "bx-alert" not in said and ("bx-reading" in said or view == "try")
    if view == "result" and lang == "en":
        assert "follow no template (95% interval" in said
        again = page_text(app("use/labels", lang=lang, what=what, view=view, seed="3"))
        assert "held out (seed 3)" in again


@pytest.mark.parametrize(
    ("what", "state", "said"),
    [
        ("span", {"text": "Who came?", "pair": "Old Mr Boateng came, and <b>sat</b>."}, "bx-reading"),
        ("span", {"text": "hi", "pair": "😀"}, "bx-reading"),
        ("pair", {"text": "It rains.", "pair": "<script>alert(1)</script>"}, "Label"),
        ("name", {"try": "Ottilie <b>sailed</b> to Ghana"}, "found"),
        ("name", {"try": "\x07"}, "nothing to read"),
    ],
)
def test_a_trained_task_answers(app, tmp_path, monkeypatch, what, state, said):
    """With a training that is over at once: the head of a tiny model, one pass, over a few texts."""
    checkpoint(tmp_path / "m", BertForMaskedLM)
    monkeypatch.setenv("EXPLORER_MODELS", str(tmp_path))
    monkeypatch.setattr(task_texts, "QUESTIONS", {"learnt": 24, "words": 8, "templates": 8})
    task_texts.examples.cache_clear()
    test = app("use/labels", what=what, view="try", k="0", passes="1", lang="en", model="folder:m", **state)
    test.button(key="task-start").click().run()
    for _ in range(600):
        if any(button.key == "task-start" for button in test.button):
            break
        time.sleep(0.1)
        test.run()
    task_texts.examples.cache_clear()
    text = page_text(test)
    assert said in text and "<script>alert" not in text and "<b>sat" not in text


def test_a_checkpoint_with_the_head_answers_untrained(app, tmp_path, monkeypatch):
    for what, built in (("span", BertForQuestionAnswering), ("name", BertForTokenClassification)):
        checkpoint(tmp_path / what, built)
    monkeypatch.setenv("EXPLORER_MODELS", str(tmp_path))
    for what in ("span", "name"):
        test = app("use/labels", what=what, view="try", model=f"folder:{what}", lang="en", text="Who?", pair="Anna.")
        assert "a head of its own" in page_text(test) and "bx-reading" in page_text(test)


def test_a_model_that_reads_one_text_has_no_pairs(app):
    test = app("use/labels", what="span", model="gpt2-random", lang="en")
    assert "this task needs two" in page_text(test)
