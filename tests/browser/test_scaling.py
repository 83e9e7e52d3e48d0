"""What only a browser shows of the scaling lab: the slider answers without the server, and the link follows it."""

import re

import pytest

from tests.browser.conftest import addressed, settle

TEXT = "The animal did not cross the street because it was too tired. " * 10
# How many of the moves have another picture two frames later; the server hears of a move when the slider is let go.
MOVE = """async () => {
  const host = [...document.querySelectorAll("*")].find((e) => e.shadowRoot?.querySelector(".both"));
  const slider = host.shadowRoot.querySelector("input[type=range]");
  const drawn = () => [...host.shadowRoot.querySelectorAll("canvas")].map((canvas) => canvas.toDataURL()).join();
  let changed = 0;
  for (let i = 0; i < 11; i++) {
    const before = drawn();
    slider.value = 100 + 80 * i;
    slider.dispatchEvent(new Event("input"));
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    changed += drawn() !== before;
  }
  return changed;
}"""


def test_slider_marks_and_rows(visit):
    page = visit(f"/scaling?factor=1&text={TEXT}")
    page.wait_for_selector(".both")
    before = page.inner_text(".bx-reading")
    page.locator(".marks button", has_text="1/√d").click()
    page.wait_for_function("b => document.querySelector('.bx-reading').innerText !== b", arg=before)
    assert "the model's own factor" in page.inner_text(".bx-reading")
    addressed(page, {"factor": "0.176777"})
    canvas = page.locator(".both canvas").first
    canvas.focus()
    row = page.locator(".lower h2").nth(1).inner_text()
    page.keyboard.press("ArrowDown")
    settle(page)
    assert page.locator(".lower h2").nth(1).inner_text() != row
    page.wait_for_url(re.compile("token="))


def test_a_slider_move_is_drawn_without_the_server(visit):
    """How long it takes is measured by `make bench`."""
    page = visit(f"/scaling?text={TEXT}")
    page.wait_for_selector(".both")
    assert page.evaluate(MOVE) == 11


@pytest.mark.parametrize(
    "path", ("saturation", "saturation?regime=drawn", "softmax", "gradients", "scaling?show=network")
)
def test_pictures_are_drawn(visit, path):
    page = visit(f"/{path}")
    page.wait_for_selector(".js-plotly-plot .main-svg")
    assert page.locator(".bx-reading").count() >= 1
