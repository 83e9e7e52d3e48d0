"""Marked terms: what they mean is shown on hover, on keyboard focus and on a tap, in the sentence and in the lesson."""

import pytest
from playwright.sync_api import expect

from explorer.glossary import glossary
from tests.browser.conftest import settle


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_term_is_explained_by_mouse_and_keyboard(visit, lang):
    page = visit(f"/saturation?lang={lang}")
    tip, term = page.locator("#bx-tip"), page.locator('.bx-reading a[href="words#w-token"]').first
    says = glossary(lang)["token"].says
    address = page.url
    expect(tip).to_be_hidden()
    term.hover()
    expect(tip).to_have_text(says)
    expect(term).to_have_attribute("aria-describedby", "bx-tip")
    box = tip.bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= 1440 and box["y"] + box["height"] <= 900
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    term.click()
    page.mouse.move(2, 2)
    page.wait_for_timeout(400)
    expect(tip).to_be_visible()
    term.click()
    expect(tip).to_be_hidden()
    page.locator(".bx-head a").first.focus()
    page.keyboard.press("Tab")
    expect(tip).to_be_visible()
    page.keyboard.press("Enter")
    expect(tip).to_be_visible()
    assert page.url == address


def test_a_tap_opens_and_closes_it_on_a_phone(chromium, server):
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, locale="en")
    page = context.new_page()
    page.goto(f"{server}/heads")
    page.wait_for_selector(".bx-reading", timeout=60_000)
    settle(page)
    tip, lesson = page.locator("#bx-tip"), page.locator(".stExpander").filter(has_text="Why")
    lesson.locator("summary").tap()
    term = lesson.locator('a[href="words#w-head"]').first
    term.tap()
    expect(tip).to_have_text(glossary("en")["head"].says)
    box = tip.bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390
    term.tap()
    expect(tip).to_be_hidden()
    assert len(context.pages) == 1 and "/heads" in page.url
    context.close()


def test_the_page_of_words_finds_and_leads_on(visit):
    page = visit("/words?find=jacobian&layer=2")
    names = page.locator(".bx-words dt")
    expect(names).to_have_count(2)
    page.locator(".bx-words a").last.click()
    page.wait_for_url("**/saturation?**layer=2**")
    page.goto(page.url.split("/saturation")[0] + "/words?find=%3Cb%3Exyz%3C/b%3E")
    expect(page.locator(".bx-note")).to_contain_text("<b>xyz</b>")
