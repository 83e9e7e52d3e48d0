"""The poster in a real browser: it fits the screen, follows clicks and keys, links and saves; it is built in steps, and
attention opens in place, without asking the server."""

import math
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from explorer.i18n import Translator
from tests.browser.conftest import addressed, settle, still

READING = ".bx-reading"
SAYS = ".weight-says"
PARTS = ["pieces", "sum", "layers", "qkv", "attention", "mixed", "ffn", "outputs"]
T = Translator("en")


def test_it_fits_a_laptop_screen(visit):
    page = visit("/")
    box = still(page.locator(".journey svg.poster"))
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
    page.locator(".journey a[aria-label^='query'] .frame").first.hover()
    expect(page.locator(".journey > .tip")).to_contain_text("B×H×T×K = 1×12×16×32")
    strip = page.locator(".journey a[aria-label^='word'] .frame").first
    strip.hover()
    expect(page.locator(".journey > .tip")).to_contain_text("B×T×D = 1×16×384")
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


def pale(page: Page) -> set[str]:
    """The parts that are still to come."""
    names = page.locator(".journey .later[data-part]").evaluate_all("all => all.map(e => e.dataset.part)")
    return set(names) - {"legend"}


def test_the_picture_is_built_part_by_part(visit):
    page = visit("/")
    names = page.locator(".journey [data-part]").evaluate_all("all => all.map(e => e.dataset.part)")
    assert sorted(names) == sorted([*PARTS, "legend"])  # what others point at: one of each
    asked = sent(page)
    page.locator(".tour .go").click()
    said = []
    for step in range(len(PARTS)):
        expect(page.locator(".tour-says b")).to_have_text(f"{step + 1}/8")
        assert pale(page) == set(PARTS[step + 1 :])
        said.append(page.locator(".tour-says").inner_text())
        page.keyboard.press("ArrowRight")
    assert len(set(said)) == 8 and "“tired” (65%)" in said[4]
    page.get_by_role("button", name=T("journey.tour_back"), exact=True).click()
    assert pale(page) == {"outputs"}
    page.keyboard.press("Escape")
    expect(page.locator(".tour .go")).to_be_focused()
    assert not pale(page) and not asked


class sent:  # noqa: N801
    """Whether the page has sent anything to the server since."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.evaluate("""() => {
            window.sent = 0;
            const send = WebSocket.prototype.send;
            WebSocket.prototype.send = function (data) { window.sent += 1; send.call(this, data); };
        }""")

    def __bool__(self) -> bool:
        return bool(self.page.evaluate("window.sent"))


def at_rest(page: Page, step: str) -> Locator:
    return page.locator(f'.weight[data-step="{step}"][data-moment="rest"]')


def test_attention_opens_in_place_and_ends_in_the_numbers_of_the_page(visit):
    page = visit("/")
    page.emulate_media(reduced_motion="no-preference")
    asked = sent(page)
    page.locator(".journey .more").click()
    expect(page.locator(SAYS)).to_contain_text("1/10")
    page.get_by_role("button", name=T("steps.tell.pause")).click()
    moved, still_frames = {}, {}
    steps = page.locator(".weight-steps button")
    names = ("project", "product", "sum", "scale", "softmax", "value", "context", "concat", "output", "residual")
    for frames, motion in ((moved, "no-preference"), (still_frames, "reduce")):
        page.emulate_media(reduced_motion=motion)
        for number, name in enumerate(names):
            steps.nth(number).click()
            if motion == "no-preference" and name in ("sum", "context"):
                expect(page.locator(".weight")).to_have_attribute("data-moment", "moving")
            expect(at_rest(page, name)).to_be_visible()
            frames[name] = page.locator(".weight canvas").evaluate("canvas => canvas.toDataURL()")
    assert moved == still_frames and len(set(moved.values())) == 10
    steps.nth(4).click()
    share = re.search(r"\((\d+%)\)", page.locator(READING).inner_text())[1]
    expect(page.locator(SAYS)).to_contain_text(f"“tired” gets {share}")
    assert not asked  # all of it was there before
    page.keyboard.press("Escape")
    expect(page.locator(".weight")).to_be_hidden()
    expect(page.locator(".more")).to_be_focused()


def products(text: str) -> None:
    """Two factors and their product, of four digits each."""
    a, b, product = (float(x.replace("−", "-")) for x in re.search(r"(\S+) × (\S+) = (\S+)$", text).groups())
    assert math.isclose(a * b, product, rel_tol=1e-2, abs_tol=1e-6), text


def test_a_number_tells_its_two_factors(visit):
    page = visit("/")
    page.locator(".journey .more").click()
    tip = page.locator(".weight .tip")
    canvas = page.locator(".weight canvas")
    for step, x, y in (("product", 0.5, 0.86), ("value", 0.4, 0.86), ("context", 0.45, 0.3), ("output", 0.5, 0.1)):
        page.locator(".weight-steps button").get_by_text(T(f"steps.name.{step}"), exact=True).click()
        expect(at_rest(page, step)).to_be_visible()
        box = still(canvas)
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        expect(tip).to_be_visible()
        products(tip.inner_text())
    page.locator(".weight-steps button").nth(1).click()
    canvas.focus()
    told = set()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "End"):
        page.keyboard.press(key)
        products(tip.inner_text())
        told.add(tip.inner_text())
    assert len(told) == 3  # down: the same number of the other vector, of the same two


def test_another_key_is_chosen_in_the_row(visit):
    page = visit("/")
    page.locator(".journey .more").click()
    page.locator(".weight-steps button").nth(4).click()
    asked = sent(page)
    page.locator(".weight canvas").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(SAYS)).to_contain_text("“[CLS]” gets 15%")
    page.locator(".weight-steps button").nth(1).click()
    expect(page.locator(SAYS)).to_contain_text("speak for a match")
    assert not asked


def test_the_first_frame_comes_at_once(visit):
    """One answer to a click is drawn before the browser shows the next frame: no wait, no rerun."""
    page = visit("/")
    drawn = page.evaluate("""() => {
        const find = (node, what) => {
            if (node.querySelector?.(what)) return node.querySelector(what);
            for (const each of node.querySelectorAll?.('*') ?? []) {
                const found = each.shadowRoot && find(each.shadowRoot, what);
                if (found) return found;
            }
        };
        find(document, '.more').dispatchEvent(new MouseEvent('click', { bubbles: true }));
        const canvas = find(document, '.weight canvas');
        return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((x) => x > 0);
    }""")
    assert drawn


@pytest.fixture
def phone(chromium: Browser, server: str) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, reduced_motion="reduce")
    page = context.new_page()
    page.goto(server)
    page.wait_for_selector(".bx-head", timeout=60_000)
    settle(page)
    yield page
    context.close()


def test_a_finger_can_do_all_of_it(phone):
    phone.locator(".tour .go").tap()
    phone.get_by_role("button", name=T("journey.tour_next")).tap()
    expect(phone.locator(".tour-says b")).to_have_text("2/8")
    phone.get_by_role("button", name=T("journey.tour_leave")).tap()
    phone.locator(".journey .more").tap()
    phone.get_by_role("button", name=T("steps.tell.next")).tap()
    canvas = phone.locator(".weight canvas")
    box = still(canvas)
    phone.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + 0.8 * box["height"])
    expect(phone.locator(".weight .tip")).to_be_visible()
    products(phone.locator(".weight .tip").inner_text())
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    phone.get_by_role("button", name=T("journey.tour_leave")).tap()
    expect(phone.locator(".weight")).to_be_hidden()
