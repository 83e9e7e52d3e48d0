"""The page of lessons: what is offered, and the answers as files."""

import csv
import io
from urllib.parse import parse_qs, urlparse

import pytest

from explorer.analysis.course.answers import Answers, Row
from explorer.analysis.info import csv_file
from explorer.i18n import LANGUAGES, Translator
from explorer.ui.panels.start.course import _row, markdown
from explorer.ui.shell.course import course
from explorer.ui.shell.labels import plain
from tests.conftest import ROOT, page_text, says


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_lesson_is_offered(app, lang):
    test = app("start/course", lang=lang)
    for lesson in course(lang).values():
        assert lesson.title in page_text(test)
    assert says(test, lang, "course.reading.none")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_was_answered_stands_there(app, lang):
    test = app("scaling/saturation", lang=lang, lesson="sqrt-d", stop="2", regime="drawn", measure="max_prob")
    test.radio(key="ask-sqrt-d-2").set_value("times").run()
    test.button(key="ask-sqrt-d-2-reveal").click().run()
    assert 'class="bx-verdict wrong"' in page_text(test)
    test.switch_page(str(ROOT / "pages/start/course.py")).run()
    assert says(test, lang, "course.reading", met=1, answered=1, right=0)
    choices = course(lang)["sqrt-d"].stops[1].ask.choices
    assert choices["times"] in page_text(test) and choices["root"] in page_text(test)
    assert [button.proto.id for button in test.get("download_button")]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_right_number_says_how_near_and_the_sheet_what_was_said(app, lang):
    test = app("scaling/softmax", lang=lang, lesson="sqrt-d", stop="3", vector="0,1,2,3")
    test.number_input(key="ask-sqrt-d-3").set_value(60.0).run()
    test.button(key="ask-sqrt-d-3-reveal").click().run()
    within = Translator(lang)("course.points", size="8")
    assert within in page_text(test) and "64.4%" in page_text(test)
    given = test.session_state["course"].given["sqrt-d", 3]
    sheet = app("start/course", lang=lang, lesson="sqrt-d", stop="9")
    sheet.session_state["course"].given["sqrt-d", 3] = given
    sheet.run()
    assert says(sheet, lang, "course.line.right.number", given="60%", right="64.4%")
    assert says(sheet, lang, "course.sheet")
    assert plain(Translator(lang)("course.next_lesson", title=course(lang)["after"].title)) in [
        link.proto.label for link in sheet.get("page_link")
    ]


ROW = Row(
    "√d", 2, "How | many <b>?", "=1+1", "[2](http://x)", False, "+3", "@SUM(A1)", "http://localhost:8501/heads?stop=2"
)


def test_no_file_runs_what_a_visitor_wrote():
    info = Answers((ROW,))
    cells = list(csv.reader(io.StringIO(csv_file(info.table()).decode("utf-8-sig"))))[1]
    assert cells[3] == "'=1+1" and cells[6] == "'+3" and cells[7] == "'@SUM(A1)"
    line = markdown(Translator("en"), info).splitlines()[-1]
    assert "<b>" not in line.replace("\\<", "") and "\\[2\\]" in line and "How \\| many" in line
    assert line.endswith("| <http://localhost:8501/heads?stop=2> |")


def test_the_link_of_an_answer_shows_the_same_elsewhere(app):
    text = "Two birds & a tree."
    test = app("scaling/scaling", lang="zh", lesson="sqrt-d", stop="5", factor="1", text=text, token="2")
    test.button(key="ask-sqrt-d-5-reveal").click().run()
    given = test.session_state["course"].given["sqrt-d", 5]
    test.switch_page(str(ROOT / "pages/start/course.py")).run()
    row = _row(Translator("zh"), course("zh")["sqrt-d"], 5, given)
    assert urlparse(row.link).path == "scaling"
    said = {name: values[-1] for name, values in parse_qs(urlparse(row.link).query).items()}
    wanted = {"lang": "zh", "text": text, "token": "2", "lesson": "sqrt-d", "stop": "5", "factor": "1.0"}
    assert wanted.items() <= said.items() and said["model"] and said["layer"] and said["head"]
