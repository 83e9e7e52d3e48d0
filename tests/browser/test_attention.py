"""The attention pages as a visitor uses them: mouse, keyboard, links, long and awkward texts."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser, Page, expect

from explorer.i18n import Translator
from tests.browser.conftest import addressed, settle, still

T = Translator("en")
Visit = Callable[[str], Page]
LONG = quote("the cat sat on the mat and looked at the dog . " * 41)  # 494 word pieces, short enough for a link
PAIR = quote("it slept there all of the afternoon until it was dark and then it went home")


def inked(page: Page, selector: str) -> int:
    """How many different colours a canvas shows: 1 for an empty one."""
    script = """canvas => { const d = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        return new Set(new Uint32Array(d.buffer)).size; }"""
    return int(page.locator(selector).first.evaluate(script))


def test_choose_a_head_with_the_mouse(visit: Visit) -> None:
    page = visit("/atlas")
    canvas = page.locator(".at canvas")
    box = still(canvas)
    assert box and inked(page, ".at canvas") > 50
    canvas.click(position={"x": box["width"] * 0.97, "y": box["height"] * 0.95})
    settle(page)
    addressed(page, {"layer": "5", "head": "11"})
    expect(page.locator(".at-read")).to_contain_text("Layer 5, head 11")


def test_choose_a_head_with_the_keyboard_and_mark_another(visit: Visit) -> None:
    page = visit("/atlas?layer=0&head=0")
    page.locator(".at canvas").focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    settle(page)
    addressed(page, {"layer": "1", "head": "2"})
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    settle(page)
    addressed(page, {"off": "0.2"})
    page.get_by_role("link", name="Run without the marked heads").click()
    page.wait_for_url(re.compile(r"/ablation\?.*off=0.2"))
    expect(page.locator(".bx-reading").first).to_contain_text("Without 1 head,")


def test_a_link_restores_text_layer_head_and_token(visit: Visit) -> None:
    page = visit(f"/heads?text={quote('Birds sing at dawn.')}&layer=2&head=11&token=3")
    expect(page.get_by_label("Text", exact=True)).to_have_value("Birds sing at dawn.")
    expect(page.locator(".bx-reading").first).to_contain_text("Layer 2, head 11")
    expect(page.locator(".bars figcaption")).to_have_text("Where “at” looks")


def test_a_click_on_a_row_chooses_it_and_zoom_survives(visit: Visit) -> None:
    page = visit("/heads")
    canvas = page.locator(".mx canvas")
    page.get_by_role("button", name="Zoom in (+)").click()
    expect(canvas).to_have_class("zoomed")
    box = still(canvas)
    assert box
    page.mouse.click(box["x"] + 300, box["y"] + 300)
    settle(page)
    page.wait_for_url(re.compile("token="))
    page.get_by_test_id("stButtonGroup").get_by_role("radio", name="4").first.click()
    settle(page)
    expect(canvas).to_have_class("zoomed")
    expect(page.locator(".bx-reading").first).to_contain_text("Layer 4")


def test_the_matrix_by_keyboard_reads_values_aloud(visit: Visit) -> None:
    page = visit("/heads?layer=0&head=2&token=2")
    page.locator(".mx canvas").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".mx-read")).to_contain_text("animal 2 → the 1 0.99")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    settle(page)
    addressed(page, {"token": "3"})


def test_500_tokens_and_a_row_click_sends_little(browser_page: Page, server: str) -> None:
    received: list[int] = []
    browser_page.on("websocket", lambda ws: ws.on("framereceived", lambda frame: received.append(len(frame))))
    browser_page.goto(f"{server}/heads?text={LONG}&pair={PAIR}")
    browser_page.wait_for_selector(".mx canvas", timeout=60_000)
    settle(browser_page)
    assert inked(browser_page, ".mx canvas") > 20
    box = still(browser_page.locator(".mx canvas"))
    assert box
    received.clear()
    browser_page.mouse.click(box["x"] + 300, box["y"] + 300)
    settle(browser_page)
    assert sum(received) < 30_000, "a click on a row must not send the matrix again"
    received.clear()
    browser_page.get_by_test_id("stButtonGroup").get_by_role("radio", name="2").first.click()
    settle(browser_page)
    assert 100_000 < sum(received) < 350_000  # a byte each; as float32 they would be a million


@pytest.mark.parametrize("name", ["atlas", "heads", "steps", "ablation"])
@pytest.mark.parametrize("query", ["text=hi&pair=", f"text={LONG}&pair={PAIR}"], ids=["hi", "long"])
def test_one_token_and_many(visit: Visit, name: str, query: str) -> None:
    page = visit(f"/{name}?{query}")
    expect(page.locator(".bx-alert")).to_have_count(0)
    expect(page.locator(".bx-reading, .weight-says").first).to_be_visible()


def test_lines_choose_a_query(visit: Visit) -> None:
    page = visit("/heads?view=lines&token=3")
    assert inked(page, ".ln canvas") > 30
    page.locator(".ln-scroll").focus()
    page.keyboard.press("ArrowDown")
    settle(page)
    addressed(page, {"token": "4"})


def test_next_and_back_through_the_steps(visit: Visit) -> None:
    page = visit("/steps")
    says = page.locator(".weight-says")
    for _ in range(2):
        page.get_by_role("button", name=T("steps.tell.next")).click()
        settle(page)
    addressed(page, {"step": "sum"})
    expect(says).to_contain_text("the dot product")
    page.get_by_role("button", name=T("steps.tell.back")).click()
    settle(page)
    addressed(page, {"step": "product"})
    page.locator(".weight-steps button").nth(3).click()
    settle(page)
    score = re.search(r"the score (\S+)\.", says.inner_text())[1]
    page.locator(".weight-steps button").nth(4).click()
    settle(page)
    # The sentence of the page, which Python has computed, ends where the stage has come to.
    found = re.search(r"score (\S+), weight (\S+)\.", page.locator(".bx-reading").inner_text())
    assert float(score) == pytest.approx(float(found[1]), abs=2e-3)
    expect(says).to_contain_text(f"gets {float(found[2]):.0%}")
    page.locator(".weight canvas").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    settle(page)
    addressed(page, {"key": "0", "step": "softmax"})
    expect(page.locator(".bx-reading")).to_contain_text("“[CLS]”")


def test_bertviz_draws_offline_and_a_token_stays_text(chromium: Browser, server: str) -> None:
    """Its own context: Streamlit's iframe makes the browser warn about features that it does not know."""
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    outside: list[str] = []
    page.on(
        "request", lambda r: outside.append(r.url) if "127.0.0.1" not in r.url and r.url.startswith("http") else None
    )
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    text = quote("</script><script>parent.document.title='broken'</script> <img src=x onerror=alert(1)> word")
    for view in ("head", "model"):
        page.goto(f"{server}/bertviz?bv={view}&text={text}")  # the address of before
        page.wait_for_url(re.compile(r"/heads\?.*view=bertviz"))
        frame = page.frame_locator('[data-testid="stIFrame"], iframe').first
        expect(frame.locator("#vis line").first).to_be_attached(timeout=30_000)
        assert frame.locator("#vis line").count() > 50
        if view == "head":
            expect(frame.locator("#vis text", has_text="script").first).to_be_visible()
    assert "broken" not in page.title() and not outside and not errors
    page.close()


def test_bertviz_says_when_a_text_is_too_long(visit: Visit) -> None:
    page = visit(f"/heads?view=bertviz&text={LONG}")
    expect(page.locator("iframe[srcdoc]")).to_have_count(0)
    page.get_by_role("link", name="Lines", exact=True).click()
    page.wait_for_url(re.compile(r"/heads\?.*view=lines"))
    expect(page.locator(".ln canvas")).to_be_visible()


def test_the_matrix_is_saved_as_svg_and_png(visit: Visit) -> None:
    page = visit(f"/heads?text={quote('a <b>bold</b> & brave text')}")
    with page.expect_download() as svg:
        page.get_by_role("button", name="Save the whole matrix as SVG").click()
    root = ElementTree.fromstring(Path(svg.value.path()).read_bytes())
    words = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert svg.value.suggested_filename == "head.svg" and words.count("<") == 4 and words.count("&") == 2
    with page.expect_download() as png:
        page.get_by_role("button", name="Save what is shown as PNG").click()
    assert Path(png.value.path()).read_bytes().startswith(b"\x89PNG")


def test_try_this_sets_the_state(visit: Visit) -> None:
    page = visit("/heads")
    page.get_by_role("link", name="From question to answer").click()
    settle(page)
    expect(page.get_by_label("Text", exact=True)).to_have_value("How many people live in Paris?")
    expect(page.locator(".bx-reading").first).to_contain_text("Only a part is shown")
    page.get_by_role("link", name="A head that looks one token back").click()
    settle(page)
    expect(page.get_by_test_id("stButtonGroup").get_by_role("radio", name="2", checked=True)).to_be_visible()


def test_links_on_the_page_write_the_address_and_set_defaults_too(visit: Visit) -> None:
    page = visit("/heads")

    def shown(key: str) -> str:
        return page.locator(f".st-key-heads-{key}").get_by_role("radio", checked=True).inner_text()

    page.locator(".st-key-heads-layer").get_by_role("radio", name="3").click()
    expect(page).to_have_url(re.compile(r"heads\?layer=3$"))
    page.get_by_role("link", name="A head that looks one token back").click()
    expect(page).to_have_url(re.compile("layer=0&head=2$"))
    page.get_by_role("link", name="What is left without special tokens").click()
    expect(page).to_have_url(re.compile("bare=true"))
    page.get_by_role("link", name="The next token, as lines").click()
    expect(page).to_have_url(re.compile("view=lines"))
    settle(page)
    assert (shown("layer"), shown("head")) == ("1", "8")
    # What a link sets is a choice, also where it is this page's default: other pages have another.
    addressed(page, {"bare": "true", "layer": "1", "head": "8"})
