"""What a first visitor's line has to carry."""

import pytest

from tests.browser.conftest import SCHOOL, settle


@pytest.mark.parametrize(("path", "most"), [("/", 2_300_000), ("/softmax", 3_900_000)])
def test_scripts_come_compressed_and_stay(chromium, server, path, most):
    """Without compression these are 4.9 and 9.8 million bytes."""
    context = chromium.new_context()
    page = context.new_page()
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    sizes, scripts = [], []
    line.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.on("response", lambda r: scripts.append(r) if "/static/js/" in r.url else None)
    answer = page.goto(server + path)
    assert SCHOOL in answer.headers["content-security-policy"], "the door stands, and has read the secrets"
    page.wait_for_selector(".bx-head", timeout=60_000)
    if path != "/":
        page.wait_for_selector(".js-plotly-plot .main-svg")
    settle(page)
    assert 0 < sum(sizes) < most
    headers = [script.headers for script in scripts]
    assert headers and all(each["content-encoding"] == "gzip" for each in headers)
    assert all("immutable" in each["cache-control"] for each in headers)
    context.close()


# How far apart those controls end that stand above the first picture, or above the sentence on it.
LINES = """() => {
  const all = [...document.querySelectorAll(".stMain *")];
  const box = (one) => one.getBoundingClientRect();
  const shown = all.filter((one) => one.matches(".bx-reading, .stPlotlyChart") || one.shadowRoot);
  const first = Math.min(...shown.map(box).filter((b) => b.height > 20).map((b) => b.top));
  const kinds = '[data-testid="stButtonGroup"], .stSelectbox, [data-testid="stPopover"], .stTextInput, .stSlider';
  const ends = all.filter((one) => one.matches(kinds)).map(box).filter((b) => b.height && b.top < first);
  return Math.max(...ends.map((b) => b.bottom)) - Math.min(...ends.map((b) => b.bottom));
}"""


@pytest.mark.parametrize("name", ["atlas", "compare", "labels", "parameters", "cost", "neighbours"])
def test_the_first_visit_has_one_line_of_controls(visit, name):
    page = visit(f"/{name}")
    page.locator(".bx-reading").first.wait_for()
    settle(page)
    assert page.evaluate(LINES) < 20
