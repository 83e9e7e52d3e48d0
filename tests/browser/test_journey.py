"""The poster in a real browser: it fits the screen, follows clicks and keys, links and saves."""

from playwright.sync_api import expect

from tests.browser.conftest import addressed, settle, still

READING = ".bx-reading"


def test_it_fits_a_laptop_screen(visit):
    page = visit("/")
    box = still(page.locator(".journey svg"))
    assert box["y"] + box["height"] <= 900 and box["width"] > 900
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_clicks_and_keys_choose(visit):
    page = visit("/")
    page.locator('[data-focus="layer-1"]').click()
    settle(page)
    page.locator('[data-focus="head-7"]').click()
    settle(page)
    expect(page.locator(READING)).to_contain_text("Layer 1, head 7 sends “it”")
    page.locator('[data-focus="token-2"]').click()
    settle(page)
    page.keyboard.press("ArrowDown")
    settle(page)
    expect(page.locator(READING)).to_contain_text("“didn”")
    page.locator('[data-focus="layer-1"]').focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    settle(page)
    expect(page.locator(READING)).to_contain_text("Layer 2, head 7")
    addressed(page, {"layer": "2", "head": "7", "token": "3"})


def test_pointing_at_a_cell_tells_its_value_and_a_click_opens_its_page(visit):
    page = visit("/?layer=2&head=5&token=3")
    strip = page.locator(".journey a[aria-label^='query'] .frame").first
    strip.hover()
    expect(page.locator(".tip")).to_contain_text("B×H×T×K = 1×12×16×32")
    strip.click()
    settle(page)
    assert page.locator(".journey").count() == 0
    addressed(page, {"layer": "2", "head": "5"})


def test_the_picture_can_be_saved(visit):
    page = visit("/")
    for kind, start in (("PNG", b"\x89PNG"), ("SVG", b"<svg")):
        with page.expect_download() as download:
            page.locator(".save").get_by_text(kind).click()
        with open(download.value.path(), "rb") as file:
            assert file.read().startswith(start)


def test_a_phone_scrolls_down_only(visit):
    page = visit("/")
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(500)
    assert page.locator(".journey.tall").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
