"""A lesson on the wall: large, covered and shown by one key, with the notes in a second window that stays in step."""

from playwright.sync_api import Page, expect

from explorer.i18n import Translator
from explorer.ui.shell.course import course
from tests.browser.conftest import addressed, params, settle, still
from tests.browser.test_course import at, begin

T = Translator("en")
LESSON = course("en")["sqrt-d"]
WALL = {"width": 1920, "height": 1080}
# The size of every text that can be seen, in pixels of the screen; components and pictures included. What is raised or
# lowered beside a text, the buttons of a picture and what is closed are no labels.
SMALL = """() => {
  const found = [];
  const look = (root) => {
    for (const one of root.querySelectorAll("*")) {
      if (one.shadowRoot) look(one.shadowRoot);
      const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
      if (!own || !one.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
      const box = one.getBoundingClientRect();
      if (box.width < 2 || box.height < 2) continue;
      if (one.closest("style, script, sup, sub, .katex, .modebar, details")) continue;
      const svg = one instanceof SVGElement && one.ownerSVGElement;
      const matrix = svg && one.getScreenCTM();
      const scale = svg ? Math.hypot(matrix.a, matrix.b) : one.currentCSSZoom;
      const size = parseFloat(getComputedStyle(one).fontSize) * scale;
      if (size < 19.9) found.push(`${size.toFixed(1)} ${one.tagName} ${one.textContent.trim().slice(0, 40)}`);
    }
  };
  look(document.querySelector(".stMain"));
  return [...new Set(found)];
}"""


def open_notes(page: Page) -> Page:
    with page.context.expect_page() as opened:
        page.keyboard.press("n")
    expect(opened.value.locator("h1")).to_be_visible()
    return opened.value


def test_a_lesson_is_presented_with_notes_that_stay_in_step(browser_page, server):
    page = browser_page
    page.set_viewport_size(WALL)
    begin(page, server, "en", "sqrt-d")
    field = page.locator("[data-testid=stSidebar] textarea").first
    field.focus()
    page.keyboard.press("f")
    page.keyboard.press("Control+z")
    page.wait_for_timeout(600)
    assert "present" not in params(page), "a letter that is typed is no key"
    page.locator(".stMain h1").click()
    page.keyboard.press("f")
    addressed(page, {"present": "true", "stop": "1"})
    settle(page)
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    stop = LESSON.stops[0]
    notes = open_notes(page)
    expect(notes.locator(".notes")).to_have_text(stop.speaker.notes.format(d=32))
    expect(notes.locator("dt")).to_have_text(list(stop.speaker.asks))
    expect(notes.locator("dd")).to_have_text(list(stop.speaker.asks.values()))
    expect(notes.locator("main")).to_contain_text(LESSON.stops[1].title)
    expect(notes.locator("main")).to_contain_text("We follow it in layer 5, head 6.")
    # Keys in the second window lead the first one, which uncovers before it goes on.
    notes.keyboard.press("ArrowRight")
    at(page, 2, 8)
    expect(notes.locator("h1")).to_have_text(LESSON.stops[1].title)
    expect(page.locator(".bx-cover")).to_be_visible()
    page.keyboard.press("b")
    expect(page.locator(".bx-verdict")).to_be_visible()
    settle(page)
    assert page.evaluate(SMALL) == []
    # One key covers the picture and shows it again; the next stop is not covered.
    page.keyboard.press("b")
    expect(page.locator(".bx-curtain")).to_be_visible()
    bar, cloth = (page.locator(one).bounding_box() for one in (".st-key-course", ".bx-curtain"))
    assert abs(bar["y"] + bar["height"] - cloth["y"]) < 2 and cloth["y"] + cloth["height"] == 1080
    notes.keyboard.press("b")
    expect(page.locator(".bx-curtain")).to_have_count(0)
    page.keyboard.press("b")
    notes.keyboard.press("PageDown")
    at(page, 3, 8)
    expect(page.locator(".bx-curtain")).to_have_count(0)
    # Both windows survive a reload of the first one.
    page.reload()
    page.wait_for_selector(".cb")
    settle(page)
    addressed(page, {"present": "true", "stop": "3"})
    notes.get_by_role("button", name=T("course.back")).click()
    at(page, 2, 8)
    expect(notes.locator("h1")).to_have_text(LESSON.stops[1].title)
    page.keyboard.press("Escape")
    addressed(page, {"present": None, "stop": "2"})
    expect(page.get_by_test_id("stSidebar")).to_be_visible()
    expect(notes.locator("main")).to_have_text(T("course.notes_none"))


def test_labels_are_read_from_the_last_row_and_pictures_answer_the_pointer(visit):
    for path in ("/saturation?present=true", "/softmax?present=true", "/heads?present=true&layer=1&head=7&token=10"):
        page = visit(path)
        page.set_viewport_size(WALL)
        settle(page)
        page.wait_for_timeout(1_000)
        assert page.evaluate(SMALL) == [], path
    # What is pointed at is what is named: the column of "tired" begins in the middle, the last row ends at the bottom.
    canvas = page.locator(".mx canvas").first
    canvas.scroll_into_view_if_needed()
    box = still(canvas)
    for down, row in ((0.75, "was 11"), (0.985, "[SEP] 15")):
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * down)
        expect(page.locator(".mx").first).to_contain_text(f"{row} → tired 13")
    page.get_by_role("button", name=T("course.present_end")).click()
    addressed(page, {"present": None})
