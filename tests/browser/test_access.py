"""Every page for those who do not see it, do not hold a mouse or hold a phone: axe-core's rules, names, targets."""

from pathlib import Path

import pytest

from explorer.ui.shell.navigation import MENU, PAGES
from tests.browser.conftest import settle, still

AXE = (Path(__file__).parents[1] / "vendor/axe-core/axe.min.js").read_text(encoding="utf-8")
# Streamlit's own findings, which no page can mend: rule → selectors of its elements.
STREAMLIT: dict[str, tuple[str, ...]] = {}
# What depends on the width; the whole rules look once more at what only a narrow screen shows.
NARROW, BAR = ["target-size", "scrollable-region-focusable", "color-contrast"], ".st-key-phone"
RULES = """async ([only, within]) => {
  const options = { resultTypes: ["violations"], rules: { "label-content-name-mismatch": { enabled: true } } };
  if (only) options.runOnly = only;
  const found = await axe.run(within || document, options);
  return found.violations.flatMap((v) => v.nodes.map((n) => [v.id, n.target.flat(9).join(" "), n.html.slice(0, 160)]));
}"""
# Everything in the page and in the components' shadow trees.
DEEP = """
  const within = (e) => (e.shadowRoot ? deep(e.shadowRoot) : []);
  const deep = (root) => [...root.querySelectorAll("*")].flatMap((e) => [e, ...within(e)]);
"""
PICTURES = f"""() => {{ {DEEP}
  const named = (e) => e.getAttribute("role") && e.getAttribute("aria-label");
  const canvas = deep(document).filter((e) => e.tagName === "CANVAS" && e.clientWidth && !e.closest(".stDataFrame") &&
    !named(e) && !named(e.parentElement));
  const charts = [...document.querySelectorAll(".stPlotlyChart")].filter((e) => !named(e));
  const crowded = (e) => e.querySelectorAll(".modebar-btn").length > 3;
  const buttons = [...document.querySelectorAll(".js-plotly-plot")].filter(crowded);
  return [...canvas, ...charts, ...buttons].map((e) => e.outerHTML.slice(0, 160));
}}"""
# What a finger has to hit and is ours: not Streamlit's widgets, not a link within a sentence.
SMALL = f"""() => {{ {DEEP}
  const ours = "a[href], button, input, select, summary, [role=option], [role=slider]";
  const all = deep(document).filter((e) => e.matches(ours) && (e.getRootNode() !== document || e.closest(".modebar")));
  return all.filter((e) => {{
    const box = e.getBoundingClientRect();
    return box.width && box.height && Math.min(Math.round(box.width), Math.round(box.height)) < 24;
  }}).map((e) => [e.outerHTML.slice(0, 120), e.getBoundingClientRect().width, e.getBoundingClientRect().height]);
}}"""

GROUND = "() => getComputedStyle(document.querySelector('.stApp')).backgroundColor"


def findings(page, only=None, within=None):
    """What axe-core finds, less what is Streamlit's own. only: names of rules; within: a selector."""
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(AXE)
    for _ in range(5):  # what scrolls after a change of width becomes a stop for Tab a moment later
        found = page.evaluate(RULES, [only, within])
        ours = [each for each in found if not any(part in each[1] + each[2] for part in STREAMLIT.get(each[0], ()))]
        if not ours:
            break
        page.wait_for_timeout(400)
    return ours


@pytest.mark.parametrize("name", [entry.name for entry in PAGES])
def test_a_page_without_sight_mouse_or_width(visit, name):
    page = visit("/" if name == PAGES[0].name else f"/{name}")
    page.wait_for_timeout(400)  # components draw after the script has ended
    assert findings(page) == [], "light"
    assert page.evaluate(PICTURES) == [], "pictures without a name, or with too many buttons"
    light = page.evaluate(GROUND)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"light => ({GROUND})() !== light", arg=light)
    assert findings(page, ["color-contrast"]) == [], "dark"
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator(".ph").wait_for()
    page.wait_for_timeout(300)
    assert findings(page, within=BAR) == [], "the bar of a phone"
    assert findings(page, NARROW) == [], "on a phone"
    assert page.evaluate(SMALL) == [], "too small for a finger"
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390, "scrolls sideways"


@pytest.fixture
def phone(chromium, server):
    """A page with a touch screen, in Chinese."""
    size = {"width": 390, "height": 844}
    context = chromium.new_context(viewport=size, has_touch=True, is_mobile=True, reduced_motion="reduce")
    page = context.new_page()

    def open_address(path):
        page.goto(server + path)
        page.wait_for_selector(".bx-head", timeout=60_000)
        settle(page)
        return page

    yield open_address
    context.close()


def test_all_pages_and_the_text_are_one_tap_away(phone):
    page = phone("/heads?lang=zh&layer=3")
    bar = page.locator(".ph")
    assert bar.bounding_box()["y"] < 200
    assert not page.get_by_test_id("stSidebarNav").is_visible()
    bar.locator("summary").tap()
    assert bar.locator("a").count() == len(MENU)
    assert bar.locator("[aria-current]").inner_text() == "注意力头"
    bar.locator("a[href$=cost]").tap()
    page.wait_for_url("**/cost*")
    settle(page)
    assert page.locator(".ph details[open]").count() == 0
    page.locator(".ph-write").tap()
    page.wait_for_function("document.activeElement.tagName === 'TEXTAREA'")
    box = page.locator("textarea:focus").bounding_box()
    assert 0 <= box["x"] < 390 and 0 <= box["y"] < 800


def test_a_tap_shows_the_value_and_buttons_cover_nothing(phone):
    page = phone("/heads?lang=zh&layer=3&head=1")
    canvas = page.locator(".mx canvas").first
    box = still(canvas)
    canvas.tap(position={"x": box["width"] * 0.7, "y": box["height"] * 0.7})
    settle(page)
    assert "→" in page.locator(".mx-read").first.inner_text()
    page = phone("/softmax?lang=zh")
    page.wait_for_selector(".js-plotly-plot .modebar-btn")
    plot, tools = (page.locator(f".js-plotly-plot {part}").first.bounding_box() for part in (".main-svg", ".modebar"))
    assert tools["y"] >= plot["y"] + plot["height"] - 1
    assert page.locator(".modebar-btn").first.get_attribute("data-title") == "下载图片"


def test_a_first_tap_on_the_journey_tells_and_a_second_opens(phone):
    page = phone("/")
    link = page.locator(".journey a[href*='positions']").first
    link.tap()
    tip = page.locator(".journey > .tip")
    assert tip.is_visible() and "/positions" not in page.url
    link.tap()
    page.wait_for_url("**/positions*")
