"""The pre-training pages in a real browser: hide words by clicking them, multiply a large table as a job."""

import pytest
from playwright.sync_api import expect

from explorer.i18n import Translator
from explorer.models.registry import OFFERS
from explorer.ui.parts.heads_offered import MLM, offered
from tests.browser.conftest import addressed, settle

T = Translator("en")

needs_a_head = pytest.mark.skipif(offered(MLM) is None, reason="no model with a masked-word head in the menu")


@needs_a_head
def test_click_words_to_hide_them(visit):
    page = visit(f"/masked?model={offered(MLM)}&mask=1&text=" + "it sleeps and it cooks".replace(" ", "+"))
    options = page.get_by_role("option")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    expect(options.nth(1)).to_contain_text("[MASK]")
    expect(page.locator(".bars")).to_have_count(1)
    options.nth(2).click()
    settle(page)
    addressed(page, {"mask": "1-2"})
    expect(page.locator(".bars")).to_have_count(2)
    expect(page.locator(".bars figcaption").nth(1)).to_contain_text("position 2")
    expect(options.nth(2).locator("bdi")).to_be_hidden()  # what stood there is told when asked for
    expect(page.locator(".bx-reading")).to_have_count(0)
    page.get_by_role("button", name=T("masked.answer")).click()
    settle(page)
    expect(options.nth(2).locator("bdi")).to_be_visible()
    expect(page.locator(".bx-reading").first).to_contain_text("of 2 hidden words")
    options.nth(1).focus()
    page.keyboard.press("Enter")
    settle(page)
    addressed(page, {"mask": "2"})
    expect(page.locator(".bars")).to_have_count(1)


@needs_a_head
def test_a_link_sets_the_recipe(visit):
    page = visit(f"/masked?model={offered(MLM)}")
    page.get_by_role("link", name="Hide everything").click()
    expect(page.locator(".bx-reading").first).to_contain_text("Every word is hidden", timeout=20_000)
    expect(page.locator(".bx-draw .masked").nth(3)).to_be_visible()
    page.get_by_role("link", name="Hide 40%").click()
    expect(page.locator(".bx-reading").first).to_contain_text("word pieces count")
    addressed(page, {"rate": "40"})
    expect(page.locator(".bx-values").first).to_contain_text("10%")  # the other two are as published again


@needs_a_head
def test_one_click_from_a_model_without_the_head(visit):
    page = visit("/masked?model=minilm")
    expect(page.locator(".bx-note").first).to_contain_text("without a masked-word head")
    page.get_by_role("link", name=T("heads_offered.switch")).click()
    settle(page)
    expect(page.locator(".bx-alert")).to_have_count(0)
    expect(page.locator(".bars")).to_have_count(1)
    addressed(page, {"model": offered(MLM)})


def test_a_large_table_is_a_job_with_a_stop(visit):
    assert "minilm" in OFFERS
    page = visit("/tied?model=minilm&tie=rows")
    page.get_by_role("button", name="Multiply the table").click()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Multiply the table")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Multiply the table").click()
    expect(page.locator(".bx-reading").first).to_contain_text("99.94%", timeout=60_000)
    expect(page.locator(".st-key-rows-figure")).to_be_visible()
