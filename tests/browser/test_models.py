"""Who sees whom and the comparison of two, in a real browser: rows, words and heads that the visitor chooses."""

from playwright.sync_api import Page, expect

from explorer.i18n import Translator
from tests.browser.conftest import addressed, settle, still

T = Translator("en")


def point(page: Page, canvas: int, down: float) -> None:
    """Click into a canvas, in its middle across and at a share of its height."""
    at = page.locator("canvas").nth(canvas)
    box = still(at)
    assert box is not None
    at.click(position={"x": box["width"] / 2, "y": box["height"] * down})
    settle(page)


def test_choose_who_looks_and_exchange_a_word(visit):
    page = visit("/who_sees_whom?family=gpt&text=Dogs+chase+cats+today")
    reading = page.locator(".bx-reading").first
    expect(reading).to_contain_text("10 of 16 cells are open")
    point(page, 0, 0.97)
    expect(reading).to_contain_text("“today” sees 4 of 4 tokens")
    addressed(page, {"token": "4"})
    expect(page.locator(".bx-seen.no")).to_have_count(0)

    page.locator("[data-testid=stButtonGroup]").get_by_text("Change a word").click()
    settle(page)
    page.get_by_role("option", name="cats").click()
    settle(page)
    field = page.get_by_label("The chosen word becomes")
    field.fill("<b>birds")
    field.press("Enter")
    settle(page)
    expect(reading).to_contain_text("becomes “< b > birds”")
    expect(reading).to_contain_text("3 of the 3 tokens before it move")
    expect(reading).to_contain_text("exactly 0")
    addressed(page, {"token": "3"})
    expect(page.locator("canvas")).to_have_count(2)


def test_a_head_is_chosen_in_both_and_opened(visit):
    page = visit("/compare?change=causal&layer=0&head=2")
    expect(page.locator("canvas")).to_have_count(3)
    point(page, 1, 0.99)
    addressed(page, {"layer": "5"})
    link = page.get_by_role("link", name="This head of both, in full")
    assert "change" not in (link.get_attribute("href") or ""), "what is compared is remembered, not repeated"
    link.click()
    settle(page)
    expect(page.locator(".bx-panel").nth(1)).to_contain_text("Causal mask in every layer")
    expect(page.locator(".bx-panel").nth(2)).to_have_text(T("compare.b_minus_a"))
    expect(page.get_by_role("button", name=T("controls.place", layer=5, head=5))).to_be_visible()
