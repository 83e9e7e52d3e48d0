"""Walks by clicks, in one session: what visitors do, and no test did that opens each page by its address."""

import random
import re
from urllib.parse import urlparse

import pytest
from playwright.sync_api import Locator, Page, expect

from explorer.i18n import Translator
from explorer.ui.shell.navigation import MENU
from tests.browser.conftest import addressed, params, settle, still

CLICKS = 12
PHONE = {"width": 390, "height": 844}
SECTIONS = {entry.name: entry.section for entry in MENU}
# Links of ours, buttons of views, pieces, rows, tiles; what downloads, uploads or trains is a plain button.
TARGETS = """[data-testid=stPageLink-NavLink], [data-testid=stButtonGroup] button:enabled, [role=option], .journey a,
  .both .marks button, .both .modes button, .mx canvas, .at canvas, .both canvas, .ln canvas,
  [data-testid=stCheckbox] label"""
WRONG = re.compile(r"\b(None|nan|NaN|undefined|Infinity)\b")


def arrived(page: Page, wanted: dict[str, str], path: str | None = None) -> None:
    """Wait until the address says this and nothing else."""
    page.wait_for_url(lambda url: params(page) == wanted and path in (None, urlparse(url).path))


def healthy(page: Page, where: str, oops: str) -> None:
    """No error of ours, none of Streamlit's, nothing that is no value."""
    expect(page.get_by_test_id("stException"), where).to_have_count(0)
    said = page.locator(".bx-head, .bx-alert, .bx-note, .bx-reading, .bx-check, .bx-say, .bx-values").all_inner_texts()
    for sentence in said:
        assert oops not in sentence, where
        assert not WRONG.search(sentence), (where, sentence)
    assert not any(WRONG.fullmatch(value) for value in params(page).values()), (where, page.url)
    assert page.locator(".bx-head h1").count() == 1, where


def menu(page: Page, t: Translator, name: str) -> None:
    """Choose a page in the menu, or in the list that a phone has in its place."""
    title = t(f"nav.{name}")
    if page.viewport_size == PHONE:
        page.locator(".ph summary").click()
        page.locator(".ph-list a").get_by_text(title, exact=True).click()
    else:
        page.get_by_test_id("stTopNavSection").filter(has_text=t(f"section.{SECTIONS[name]}")).first.click()
        page.get_by_test_id("stTopNavPopover").get_by_text(title, exact=True).click()
    expect(page.locator(".bx-head h1")).to_have_text(t(f"{name}.title"))
    settle(page)


def targets(page: Page) -> Locator:
    """What can be clicked on the page."""
    return page.get_by_test_id("stMain").locator(TARGETS).filter(visible=True)


def click(page: Page, chance: random.Random, one: Locator) -> str:
    """Click somewhere in a picture, in the middle of everything else; returns what it was."""
    label = (one.get_attribute("aria-label") or one.text_content() or "")[:40]
    one.scroll_into_view_if_needed()
    if one.evaluate("e => e.tagName") == "CANVAS":
        box = one.bounding_box()
        assert box is not None
        one.click(position={"x": chance.uniform(2, box["width"] - 4), "y": chance.uniform(2, box["height"] - 4)})
    else:
        one.click(force=True)
    settle(page)
    return label


@pytest.mark.parametrize(
    ("seed", "lang", "size"), [(1, "en", None), (2, "zh", None), (3, "en", PHONE), (4, "zh", PHONE), (5, "en", None)]
)
def test_a_walk(browser_page, server, seed, lang, size):
    chance, t, page = random.Random(seed), Translator(lang), browser_page
    if size:
        page.set_viewport_size(size)
    first = chance.choice(MENU)
    page.goto(f"{server}/{first.name if first is not MENU[0] else ''}?lang={lang}")
    page.wait_for_selector(".bx-head", timeout=60_000)
    settle(page)
    path = [first.name]
    for _ in range(CLICKS):
        healthy(page, " → ".join(path), t("frame.oops"))
        found = targets(page)
        count = found.count()
        if not count or chance.random() < 0.4:
            name = chance.choice(MENU).name
            menu(page, t, name)
            path.append(f"menu {name}")
        elif chance.random() < 0.15:
            page.go_back()
            if not page.url.startswith(server):  # before the first page
                page.go_forward()
                page.wait_for_selector(".bx-head", timeout=60_000)
            settle(page)
            path.append("Back")
        else:
            path.append(click(page, chance, found.nth(chance.randrange(count))))
    healthy(page, " → ".join(path), t("frame.oops"))


T = Translator("en")


def chosen(page: Page, key: str) -> str:
    return page.locator(f".st-key-{key}").get_by_role("radio", checked=True).inner_text()


def rows(page: Page, number: int) -> None:
    """Click on the label of a row of the first matrix."""
    canvas = page.locator(".mx canvas").first
    box = still(canvas)
    assert box is not None
    canvas.click(position={"x": 40, "y": 110 + 25 * number})
    settle(page)


def test_the_second_click_of_a_newcomer(visit):
    page = visit("/heads")
    menu(page, T, "steps")
    healthy(page, "heads → steps", T("frame.oops"))
    arrived(page, {})  # a default is no choice
    menu(page, T, "scaling")
    menu(page, T, "steps")
    arrived(page, {})
    assert chosen(page, "steps-layer") == "1"
    page.locator(".st-key-steps-layer button").nth(3).click()
    settle(page)
    for name in ("scaling", "heads", "who_sees_whom", "steps"):
        menu(page, T, name)
        healthy(page, name, T("frame.oops"))
        arrived(page, {"layer": "3"})
    assert chosen(page, "steps-layer") == "3"


def test_a_row_is_no_question(visit):
    page = visit("/heads")
    rows(page, 5)
    page.wait_for_url(re.compile("token="))
    followed = params(page)["token"]
    menu(page, T, "long_text")
    healthy(page, "heads → long_text", T("frame.oops"))
    arrived(page, {"token": followed})
    page = visit("/long_text?query=3")  # a row, in links from before
    healthy(page, "long_text?query=3", T("frame.oops"))


def test_one_word_is_followed(visit):
    page = visit("/")
    page.locator("[data-focus=token-2]").first.click()
    settle(page)
    addressed(page, {"token": "2"})
    menu(page, T, "steps")
    expect(page.locator(".piece[aria-selected=true] bdi").first).to_have_text("animal")
    for name in ("heads", "scaling", "tokens", "sum", "neighbours", "who_sees_whom"):
        menu(page, T, name)
        addressed(page, {"token": "2"})
    menu(page, T, "tokens")
    expect(page.locator(".card[aria-selected=true] .card-piece")).to_have_text("animal")
    menu(page, T, "heads")
    expect(page.locator(".bars figcaption").first).to_have_text(T("heads.row_title", token="animal"))


def test_back_undoes_and_forward_redoes(visit):
    page = visit("/heads")
    group = ".st-key-heads-{} button"
    page.locator(group.format("layer")).nth(3).click()
    settle(page)
    page.locator(group.format("head")).nth(5).click()
    settle(page)
    rows(page, 4)
    page.wait_for_url(re.compile("token="))
    word = params(page)["token"]
    page.locator(group.format("of")).nth(1).click()
    settle(page)
    menu(page, T, "steps")
    page.locator(".st-key-language").get_by_text("中文").click()
    settle(page)
    shared = {"layer": "3", "head": "5", "token": word}
    arrived(page, {"lang": "zh", **shared})
    states = [
        ("/steps", shared, "en"),
        ("/heads", {**shared, "of": "layer"}, "en"),
        ("/heads", shared, "en"),
        ("/heads", {"layer": "3", "head": "5"}, "en"),
        ("/heads", {"layer": "3"}, "en"),
        ("/heads", {}, "en"),
    ]
    for path, wanted, lang in states:
        page.go_back()
        settle(page)
        name = path.strip("/")
        arrived(page, wanted, path)
        assert page.locator(".bx-head h1").inner_text() == Translator(lang)(f"{name}.title")
        assert chosen(page, f"{name}-layer") == wanted.get("layer", "1")
        assert chosen(page, f"{name}-head") == wanted.get("head", "7")
    for path, wanted, _ in [*states[-2::-1], ("/steps", {"lang": "zh", **shared}, "zh")]:
        page.go_forward()
        settle(page)
        arrived(page, wanted, path)
    assert page.locator(".bx-head h1").inner_text() == Translator("zh")("steps.title")


def test_twelve_steps_of_the_slider(visit):
    page = visit("/scaling")
    slider = page.locator(".dial input")
    slider.focus()
    before = int(slider.input_value())
    for _ in range(12):
        page.keyboard.press("ArrowLeft")
    settle(page)
    page.wait_for_timeout(1_000)
    settle(page)
    assert int(slider.input_value()) == before - 12
    page.wait_for_url(re.compile("factor=0"))


@pytest.mark.parametrize(
    ("path", "focus"), [("/heads?view=lines&token=1", ".ln-scroll"), ("/?token=1", "[data-focus=token-1]")]
)
def test_quick_keys_are_all_heard(visit, path, focus):
    page = visit(path)
    page.locator(focus).first.focus()
    key = "ArrowDown" if "lines" in path else "ArrowRight"
    for _ in range(8):
        page.keyboard.press(key)
        if "lines" not in path:
            page.keyboard.press("Enter")
    settle(page)
    page.wait_for_timeout(800)
    settle(page)
    addressed(page, {"token": "9"})
