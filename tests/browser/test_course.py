"""Lessons in a browser: walked to their end by the space key, with the light on something that can be seen."""

import pytest
from playwright.sync_api import Page, expect

from explorer.i18n import LANGUAGES, Translator
from explorer.ui.shell.course import course
from tests.browser.conftest import addressed, params, settle

LESSONS = [(lang, name) for lang in LANGUAGES for name in course(lang)]
PHONE = {"width": 390, "height": 844}


def begin(page: Page, server: str, lang: str, name: str) -> None:
    """Open a lesson by the address that a start page links to."""
    page.goto(f"{server}/?lang={lang}&lesson={name}&stop=0")
    addressed(page, {"lesson": name, "stop": "1"})
    page.wait_for_selector(".cb", timeout=60_000)
    settle(page)


def at(page: Page, number: int, of: int) -> None:
    """Wait until the bar says that this is the stop."""
    addressed(page, {"stop": str(number)})
    settle(page)
    expect(page.locator(".cb .dots i.done")).to_have_count(min(number, of))


def lit(page: Page) -> str:
    """Wait for the light, and say what is wrong with it: it must stand on a part of the page that can be seen."""
    ring = page.locator(".bx-light")
    expect(ring).to_be_visible()
    page.wait_for_timeout(500)
    return page.evaluate(
        """() => {
            const box = document.querySelector(".bx-light").getBoundingClientRect();
            const bar = document.querySelector(".st-key-course").parentElement;
            const covered = getComputedStyle(bar).position === "sticky" ? bar.getBoundingClientRect().bottom : 0;
            const seen = Math.min(box.bottom, innerHeight) - Math.max(box.top, covered);
            if (box.width < 20 || box.height < 20) return `too small: ${box.width} x ${box.height}`;
            return seen < Math.min(60, box.height - 12) ? `${box.top} to ${box.bottom}, bar to ${covered}` : "";
        }"""
    )


@pytest.mark.parametrize(("lang", "name"), LESSONS)
@pytest.mark.timeout(600)
def test_a_lesson_is_walked_by_the_space_key(browser_page, server, lang, name):
    page, lesson, t = browser_page, course(lang)[name], Translator(lang)
    begin(page, server, lang, name)
    for number, stop in enumerate(lesson.stops, 1):
        where = f"{lang} {name} {number}"
        at(page, number, len(lesson.stops))
        assert page.url.split("?")[0].endswith(f"/{'' if stop.page == 'journey' else stop.page}"), where
        left_over = set(params(page)) - set(stop.state) - {"lang", "lesson", "stop", "token", "layer", "head"}
        assert not left_over, f"{where}: of another stop"
        if stop.ask:
            expect(page.locator(".bx-cover"), where).to_be_visible()
            assert page.locator(".bx-light").count() == 0, where
            page.keyboard.press("Space")
            expect(page.locator(".bx-cover"), where).to_have_count(0)
            settle(page)
            expect(page.locator(".bx-verdict"), where).to_be_visible()
        text = page.get_by_test_id("stMain").inner_text()
        assert t("frame.oops") not in text, where
        expect(page.locator(".bx-alert"), where).to_have_count(0)
        if stop.look:
            assert lit(page) == "", where
        page.keyboard.press("Space")
    at(page, len(lesson.stops) + 1, len(lesson.stops))
    asked = sum(stop.ask is not None for stop in lesson.stops)
    expect(page.locator(".bx-verdict")).to_have_count(asked)
    expect(page.locator(".bx-verdict.open")).to_have_count(asked)


def test_a_clicker_goes_on_and_back_and_a_text_field_keeps_its_keys(browser_page, server):
    page = browser_page
    begin(page, server, "en", "sqrt-d")
    page.keyboard.press("PageDown")
    at(page, 2, 8)
    page.keyboard.press("PageUp")
    at(page, 1, 8)
    field = page.locator("[data-testid=stSidebar] textarea").first
    field.click()
    field.press("ArrowRight")
    field.press("PageDown")
    field.press("Space")
    page.wait_for_timeout(600)
    assert params(page)["stop"] == "1"
    page.locator(".stMain h1").click()
    page.keyboard.press("ArrowRight")
    at(page, 2, 8)
    page.go_back()
    at(page, 1, 8)
    page.go_forward()
    at(page, 2, 8)
    page.keyboard.press("ArrowLeft")
    at(page, 1, 8)


def test_leave_and_come_back(browser_page, server):
    page = browser_page
    begin(page, server, "en", "sqrt-d")
    page.keyboard.press("PageDown")
    at(page, 2, 8)
    page.locator(".cb .leave").click()
    settle(page)
    addressed(page, {"lesson": None, "stop": None})
    expect(page.locator(".bx-cover")).to_have_count(0)
    expect(page.locator(".bx-light")).to_have_count(0)
    page.locator(".cb.resume button").click()
    at(page, 2, 8)
    expect(page.locator(".bx-cover")).to_be_visible()


def test_a_question_is_answered_and_judged(browser_page, server):
    page, t = browser_page, Translator("en")
    begin(page, server, "en", "sqrt-d")
    page.keyboard.press("PageDown")
    at(page, 2, 8)
    page.get_by_text("It doubles").click()
    settle(page)
    expect(page.locator(".cb .next")).to_have_count(0)
    page.get_by_role("button", name=t("course.reveal")).click()
    expect(page.locator(".bx-verdict.right")).to_contain_text("It doubles")
    page.keyboard.press("PageDown")
    at(page, 3, 8)
    page.locator(".stMain input[type=number]").fill("55")
    page.locator(".stMain input[type=number]").press("Enter")
    settle(page)
    page.get_by_role("button", name=t("course.reveal")).click()
    expect(page.locator(".bx-verdict.wrong")).to_contain_text("You said 55%, off by 9.4 percentage points")
    page.keyboard.press("PageDown")
    at(page, 4, 8)
    page.locator(".piece").nth(2).click()  # [CLS] is right
    settle(page)
    page.get_by_role("button", name=t("course.reveal")).click()
    expect(page.locator(".bx-verdict.wrong")).to_contain_text("You picked “animal”")


def test_another_text_asks_again(browser_page, server):
    page = browser_page
    begin(page, server, "en", "sqrt-d")
    page.keyboard.press("PageDown")
    at(page, 2, 8)
    page.keyboard.press("PageDown")
    expect(page.locator(".bx-verdict")).to_be_visible()
    field = page.locator("[data-testid=stSidebar] textarea").first
    field.fill("Two birds sang in the old tree.")
    field.press("Control+Enter")
    settle(page)
    expect(page.locator(".bx-cover")).to_be_visible()


def test_the_light_dims_until_the_page_is_touched(browser_page, server):
    page = browser_page
    begin(page, server, "en", "sqrt-d")
    assert lit(page) == ""
    dimmed = "() => getComputedStyle(document.querySelector('.bx-light')).boxShadow !== 'none'"
    assert page.evaluate(dimmed)
    page.locator(".stMain h1").click()
    assert not page.evaluate(dimmed)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_lesson_fits_a_phone(browser_page, server, lang):
    page = browser_page
    page.set_viewport_size(PHONE)
    begin(page, server, lang, "sqrt-d")
    for number in (1, 2, 3):
        at(page, number, 8)
        wide = page.evaluate("() => document.querySelector('.stMain').scrollWidth - innerWidth")
        assert wide <= 0, f"stop {number} is wider than the phone by {wide}"
        for one in page.locator(".cb button").filter(visible=True).all():  # what presents is not for a phone
            box = one.bounding_box()
            assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 390
            assert box["height"] >= 40
        if number == 2:
            page.keyboard.press("PageDown")
            expect(page.locator(".bx-verdict")).to_be_visible()
        page.keyboard.press("PageDown")


def test_a_picture_that_comes_late_is_brought_into_sight(browser_page, server):
    """A slow page draws its picture seconds after the stop has opened."""
    page = browser_page
    begin(page, server, "en", "sqrt-d")
    page.keyboard.press("PageDown")
    at(page, 2, 8)
    late = page.add_style_tag(content=".st-key-variance { display: none !important; }")
    page.keyboard.press("PageDown")
    expect(page.locator(".bx-verdict")).to_be_visible()
    page.wait_for_timeout(4500)
    expect(page.locator(".bx-light")).to_be_hidden()
    late.evaluate("style => style.remove()")
    assert lit(page) == ""
