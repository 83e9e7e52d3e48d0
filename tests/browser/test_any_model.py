"""A visitor brings a model: id, price, download, open; and the browser talks to the app alone."""

import os
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import patient, running, settle
from tests.checkpoints import checkpoint
from tests.hub import serving


@pytest.fixture
def own(tmp_path):
    """A hub, and the app that knows it."""
    with serving() as hub:
        hub.add("house/tiny", checkpoint(tmp_path / "published"))
        where = {"HF_ENDPOINT": hub.address, "EXPLORER_HUB_CACHE": str(tmp_path / "cache"), "EXPLORER_HUB": "on"}
        with running(tmp_path / "log", {**os.environ, **where}) as base:
            yield hub, base


@pytest.mark.timeout(400)  # a server of its own, cold, beside other tests
def test_from_the_id_to_the_heads(own, chromium):
    hub, base = own
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="en-US", reduced_motion="reduce")
    page, outside = context.new_page(), []
    patient(page)
    inside = (base, base.replace("http", "ws"), "data:", "blob:")
    page.on("request", lambda request: None if request.url.startswith(inside) else outside.append(request.url))
    page.goto(f"{base}/any_model")
    page.wait_for_selector(".shelf-row", timeout=150_000)
    settle(page)
    page.get_by_role("option", name="BERT tiny").click()
    expect(page.get_by_label("Model id on the hub")).to_have_value("google/bert_uncased_L-2_H-128_A-2")
    page.get_by_label("Model id on the hub").fill("house/tiny")
    page.get_by_label("Model id on the hub").press("Enter")
    settle(page)
    assert hub.asked == [], "nothing is asked before the button"
    page.get_by_role("button", name="How large is it?").click()
    expect(page.locator(".bx-facts")).to_contain_text("774,290", timeout=20_000)
    assert not any("safetensors" in path for path, _ in hub.asked)
    hub.pause = 0.2
    page.get_by_role("button", name="Download").click()
    page.get_by_role("button", name="Stop", exact=True).wait_for(timeout=20_000)
    page.wait_for_timeout(3_500)  # the tokenizer takes 1.6 s: the break is to fall into the weights
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator(".bx-note").filter(has_text="Stopped")).to_be_visible(timeout=20_000)
    hub.pause = 0.0
    page.get_by_role("button", name="Download").click(timeout=20_000)
    page.get_by_role("link", name="All its heads").click(timeout=30_000)
    expect(page.locator(".bx-head h1")).to_have_text("What do all the heads look at?", timeout=30_000)
    settle(page)
    page.wait_for_url(re.compile("model=hub%3Ahouse%2Ftiny%40"))
    expect(page.locator(".bx-alert")).to_have_count(0)
    assert any(given.startswith("bytes=") for _, given in hub.asked), "the second download went on"
    context.close()
    assert outside == []
