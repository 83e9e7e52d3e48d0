"""The line is lost: the server dies, the network goes. The visitor comes back to the same place with the same texts."""

import pytest
from playwright.sync_api import expect

from explorer.i18n import Translator
from tests.browser.conftest import addressed, params, settle

LONG = "the river is deep and the bridge is old " * 60  # longer than an address holds


@pytest.mark.timeout(300)
def test_a_visitor_comes_back_to_the_same_place(person, class_server):
    page = person("/heads?lang=zh&layer=1&head=2")
    line, said = page.locator("#bx-line"), Translator("zh")("frame.lost")
    text, pair = page.locator(".st-key-text textarea"), page.locator(".st-key-pair textarea")
    text.fill(LONG)
    text.press("Control+Enter")
    addressed(page, {"text": None})
    settle(page)
    notes = page.locator(".bx-note").all_inner_texts()
    assert any("512" in note for note in notes), "the text is cut, and the page says so"
    page.locator(".mx canvas").first.click(position={"x": 60, "y": 60})  # Streamlit itself runs the page again after it
    settle(page)
    # Typed and not applied, when the server dies.
    pair.press_sequentially("half a sen")
    page.evaluate("window.same = true")
    class_server.kill()
    expect(line).to_have_text(said)
    expect(page.get_by_test_id("stConnectionStatus")).to_be_hidden()
    expect(page.locator(".mx canvas").first).to_be_visible()
    class_server.start()
    expect(line).to_have_count(0)
    expect(text).to_have_value(LONG)
    expect(pair).to_have_value("half a sen")
    expect(pair).to_be_focused()
    settle(page)
    assert page.locator(".bx-note").all_inner_texts() == notes
    expect(page.locator('.st-key-heads-layer [aria-checked="true"]')).to_have_text("1")
    assert "pair" not in params(page), "it is not applied for the visitor"
    addressed(page, {"lang": "zh", "layer": "1", "head": "2"})
    assert page.evaluate("window.same"), "the page was not loaded again"
    # The session that has begun anew works, and so does the next loss: of the network, without a word.
    page.keyboard.type("tence")
    pair.press("Control+Enter")
    addressed(page, {"pair": "half a sentence"})
    settle(page)
    page.context.set_offline(True)
    expect(line).to_have_text(said)
    assert page.get_by_role("dialog").count() == 0
    page.context.set_offline(False)
    expect(line).to_have_count(0)
    expect(text).to_have_value(LONG)
    settle(page)
    # A page that is loaded again keeps what it was about to lose.
    page.reload()
    page.wait_for_selector(".bx-head")
    expect(text).to_have_value(LONG)
