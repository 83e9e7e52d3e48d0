"""The input pages in a real browser: a token and its three vectors, and every glyph of the Chinese pages."""

from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import addressed, settle


def test_pick_a_token_and_see_its_vectors(visit):
    page = visit("/sum?text=" + quote("Dogs chase cats"))
    reading = page.locator(".bx-reading").first
    expect(reading).to_contain_text("“cats” at position 3")
    page.get_by_role("option", name="dogs").click()
    settle(page)
    expect(reading).to_contain_text("“dogs” at position 1")
    addressed(page, {"token": "1"})
    figure = page.locator(".st-key-token-figure")
    for name in ("Word", "+ Position", "+ Segment", "= Sum", "LayerNorm"):
        expect(figure.locator(".annotation", has_text=name).first).to_be_visible()
    assert figure.locator(".heatmaplayer image").count() == 5


def test_pick_a_card_with_the_keyboard_and_see_its_search(visit):
    page = visit("/tokens?text=" + quote("Unbelievably <b>bold</b>"))
    card = page.get_by_role("option").nth(1)
    card.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    settle(page)
    expect(page.get_by_role("option").nth(2)).to_have_attribute("aria-selected", "true")
    addressed(page, {"token": "2"})
    expect(page.locator(".bx-search li").first).to_be_visible()


def test_the_map_moves_through_the_layers(visit):
    page = visit("/neighbours?panel=paths")
    figure = page.locator(".st-key-paths-figure")
    expect(figure).to_contain_text("embedding): 6")
    figure.locator(".updatemenu-button, .updatemenu-header").first.click()
    expect(figure).to_contain_text("embedding): 2", timeout=10_000)


@pytest.mark.parametrize("name", ["tokens", "sum", "neighbours", "positions"])
def test_the_chinese_pages_have_every_glyph(visit, name):
    page = visit(f"/{name}?lang=zh&text=" + quote("我昨天在河边的银行取了钱。"))
    expect(page.locator(".bx-reading").first).to_be_visible()
    missing = page.evaluate(
        """() => {
          const canvas = document.createElement("canvas"), pen = canvas.getContext("2d", {willReadFrequently: true});
          const draw = (c) => { canvas.width = canvas.height = 32; pen.font = getComputedStyle(document.body).font;
            pen.fillText(c, 4, 24); return pen.getImageData(0, 0, 32, 32).data.join(); };
          const box = draw("\\u{10FFFE}"), seen = new Set(document.body.textContent.match(/[\\u4e00-\\u9fff]/g));
          return [...seen].filter((c) => draw(c) === box).join("");
        }"""
    )
    assert missing == ""
