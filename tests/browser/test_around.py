"""The first page's ways to begin, and the map of pages that one of them leads to."""

import pytest
from playwright.sync_api import expect

from explorer.i18n import Translator
from explorer.ui.shell.navigation import MENU
from tests.browser.conftest import addressed, settle


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_first_page_leads_to_questions_and_to_all_pages(visit, lang):
    t = Translator(lang)
    page = visit(f"/?lang={lang}")
    expect(page.locator(".bx-head p").last).to_contain_text("BERT Explorer")
    page.locator(".st-key-ways").get_by_role("link", name=t("start.questions")).click()
    expect(page.locator(".bx-head h1")).to_have_text(t("questions.title"))
    page.go_back()
    page.locator(".st-key-ways").get_by_role("link", name=t("start.around")).click()
    expect(page.locator(".bx-head h1")).to_have_text(t("around.title"))
    expect(page.locator(".ar a")).to_have_count(len(MENU))
    drawn = page.locator(".ar svg").evaluate_all("all => all.map(e => [e.clientWidth, e.childElementCount])")
    assert len(drawn) == len(MENU), "each page has its picture"
    assert all(width > 120 and parts >= 3 for width, parts in drawn)


def test_a_picture_opens_its_page_with_what_is_followed(visit):
    page = visit("/around?text=A+small+test.&layer=2&head=3")
    page.locator('.ar a[href="./heads"]').click()
    expect(page.locator(".bx-head h1")).to_have_text(Translator("en")("heads.title"))
    settle(page)
    addressed(page, {"text": "A small test.", "layer": "2", "head": "3"})
    expect(page.locator(".bx-reading").first).to_contain_text("Layer 2, head 3")


def test_a_link_with_a_page_goes_straight_there(visit):
    page = visit("/softmax?a=3")
    expect(page.locator(".bx-head h1")).to_have_text(Translator("en")("softmax.title"))
    assert page.locator(".st-key-ways").count() == 0
