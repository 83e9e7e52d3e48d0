"""What only a browser shows: links that set every part of a network, and a training that starts and stops."""

from tests.browser.conftest import addressed, settle


def test_links_set_all_parts(visit):
    page = visit("/take_away")
    alone = page.inner_text(".bx-reading")
    page.get_by_text("Give the skip connections back").click()
    page.wait_for_function("b => document.querySelector('.bx-reading').innerText !== b", arg=alone)
    addressed(page, {"skips": "with"})
    assert "stay different" in page.inner_text(".bx-reading")
    page.get_by_text("All but the skips").click()
    page.wait_for_function("() => document.querySelector('.bx-reading').innerText.includes('same vector')")
    addressed(page, {"skips": None, "ffn": "with", "norm": "with"})  # once it is shown, a default is no choice


def test_a_training_starts_and_stops(visit):
    page = visit("/take_away?part=trained")
    page.get_by_text("Train both again here").click()
    page.get_by_role("button", name="Stop", exact=True).last.click()
    page.wait_for_selector("text=Train both again here", timeout=30_000)
    settle(page)
    assert page.locator(".bx-reading").count() == 2
