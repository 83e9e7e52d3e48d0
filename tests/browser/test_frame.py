"""The frame in a real browser: links, languages, rude text, nothing from outside."""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import WebSocketRoute, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from explorer.i18n import LANGUAGES, Translator
from tests.browser.conftest import addressed, settle


def write(page, text, label="Text"):
    box = page.get_by_label(label, exact=True)
    box.fill(text)
    box.press("Control+Enter")
    settle(page)


def test_a_deep_link_opens_the_page_on_a_cold_server(visit):
    page = visit("/heads?layer=2&head=7&text=" + quote("Dogs chase cats"))
    expect(page.locator(".bx-reading").first).to_contain_text("Layer 2, head 7")
    expect(page.get_by_label("Text", exact=True)).to_have_value("Dogs chase cats")
    expect(page.get_by_text("Page not found")).to_have_count(0)


def test_a_run_that_lasts_has_no_stop_but_ours(chromium, server):
    """Streamlit's own, in the header after half a second, would leave a half-drawn page without a word."""

    def endless(socket: WebSocketRoute) -> None:
        """The browser never hears that a run has ended."""
        to = socket.connect_to_server()
        ends = ("script_finished", "session_status_changed")
        to.on_message(
            lambda sent: None if ForwardMsg.FromString(sent).WhichOneof("type") in ends else socket.send(sent)
        )

    with chromium.new_context() as context:
        page = context.new_page()
        page.route_web_socket(re.compile("_stcore/stream"), endless)
        page.goto(server)
        page.wait_for_selector(".bx-head", timeout=60_000)  # our style has come
        page.locator("[data-testid=stStatusWidget] button").wait_for(state="attached")
        expect(page.get_by_role("button", name="Stop")).to_have_count(0)


def test_text_and_language_survive_a_page_change(visit):
    page = visit("/")
    write(page, "Dogs chase cats")
    page.get_by_role("radio", name="中文").click()
    settle(page)
    expect(page.locator(".bx-head h1")).to_contain_text("BERT")
    expect(page.get_by_label("模型", exact=True)).to_have_value(Translator("zh")("model.mini-bert"))
    page.get_by_test_id("stTopNavSection").filter(has_text="注意力").click()
    page.get_by_role("menuitem", name="注意力头", exact=True).click()
    settle(page)
    expect(page.locator(".bx-head h1")).to_have_text("这个注意力头在看什么？")
    expect(page.get_by_label("文本", exact=True)).to_have_value("Dogs chase cats")
    addressed(page, {"text": "Dogs chase cats", "lang": "zh"})
    assert page.evaluate("document.documentElement.lang") == "zh-CN"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "There is nothing to read"),
        ("   \n ", "There is nothing to read"),
        ("x" * 100_000, "at most 20,000"),
        ("hi \x07 there", "1 invisible control character"),
        ("😀😀 我爱北京", "does not know"),
        ("word " * 600, "602 word pieces, the model takes 512"),
    ],
    ids=["empty", "spaces", "100000", "control", "unknown", "long"],
)
def test_bad_text_is_answered_with_a_sentence(visit, text, sentence):
    page = visit("/heads")
    write(page, text)
    expect(page.locator(".bx-note").filter(has_text=sentence)).to_have_count(1)
    expect(page.locator(".bx-reading").first).to_be_visible()
    expect(page.get_by_label("Text", exact=True)).to_have_value(text)


def test_markup_stays_text(visit):
    page = visit("/heads?text=" + quote("<script>document.title='taken'</script> <b>مرحبا</b> $x$ :red[no]"))
    expect(page.locator(".bx-reading").first).to_be_visible()
    assert page.title() != "taken"


def test_a_long_text_stays_out_of_the_link(visit):
    page = visit("/heads")
    write(page, "Dogs chase cats. " * 150)
    expect(page.locator(".bx-note").filter(has_text="not part of the link")).to_have_count(1)
    addressed(page, {"text": None})
    write(page, "Dogs chase cats")
    addressed(page, {"text": "Dogs chase cats"})


def test_nonsense_in_the_link_is_ignored(visit):
    page = visit("/heads?layer=99&head=-3&lang=klingon&model=nothing&token=x&foo=bar")
    expect(page.locator(".bx-head h1")).to_have_text("What does this head look at?")
    expect(page.locator(".bx-reading").first).to_be_visible()


def test_the_chinese_page_has_every_glyph(visit):
    """Each character of the page is wider than nothing and is not drawn as the box of a missing glyph."""
    page = visit("/heads?lang=zh")
    missing = page.evaluate(
        """() => {
          const canvas = document.createElement("canvas"), pen = canvas.getContext("2d", {willReadFrequently: true});
          const draw = (c) => { canvas.width = canvas.height = 32; pen.font = getComputedStyle(document.body).font;
            pen.fillText(c, 4, 24); return pen.getImageData(0, 0, 32, 32).data.join(); };
          const box = draw("\\u{10FFFE}"), seen = new Set(document.body.innerText.match(/[\\u4e00-\\u9fff]/g));
          return [...seen].filter((c) => draw(c) === box).join("");
        }"""
    )
    assert missing == ""


def test_numbers_can_be_downloaded(visit):
    page = visit("/heads?text=" + quote("Dogs chase cats"))
    page.get_by_text("Numbers and downloads").first.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Table as CSV").click()
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "query,query token,key,key token,attention probability"
    assert len(lines) == 1 + 5 * 5


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_menu_says_where_one_is_and_the_foot_leads_on(visit, lang):
    t, page = Translator(lang), visit(f"/positions?lang={lang}")
    here = page.locator("[data-testid=stTopNavSection][aria-current]")
    expect(here).to_have_text(t("section.input"))
    expect(page.get_by_test_id("stHeaderLogo").or_(page.get_by_test_id("stSidebarLogo")).first).to_be_visible()
    page.locator(".st-key-next").get_by_text(t("frame.next", title=t("atlas.title"))).click()
    expect(page.locator(".bx-head h1")).to_have_text(t("atlas.title"))
    settle(page)
    expect(here).to_have_text(t("section.attention"))
    page.go_back()
    expect(here).to_have_text(t("section.input"))
