"""The thirteen questions in a real browser: every miniature draws, links lead to their lab and state."""

from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import expect

from explorer.i18n import Translator
from explorer.ui.panels.questions.questions import QUESTIONS
from tests.browser.conftest import addressed, settle, still

# Drawn by Plotly, as bars, as windows, as chips: something with a size on the screen.
PICTURES = ".js-plotly-plot, .bars, .wd svg, .bx-rates"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_miniature_draws(visit, lang):
    t = Translator(lang)
    page = visit(f"/questions?lang={lang}")
    for name in QUESTIONS:
        page.get_by_role("option", name=t(f"questions.ask.{name}")).click()
        expect(page.locator(".bx-answer h2")).to_have_text(t(f"questions.ask.{name}"))
        settle(page)
        picture = page.locator(PICTURES).first
        expect(picture).to_be_visible()
        box = still(picture)
        assert box and box["width"] > 300 and box["height"] > 60, name
        expect(page.locator(".bx-reading").first).to_be_visible()
        assert page.locator(".bx-alert").count() == 0, name
        if name != "qkv":  # the first one needs no click
            addressed(page, {"question": name})


def labs(page):
    """The addresses of all links of the question that is shown."""
    links = page.locator(".st-key-labs a")
    expect(links.first).to_be_visible()
    return [link.get_attribute("href") for link in links.all()]


@pytest.mark.parametrize(("name", "lang"), [("cls", "en"), ("sum", "zh")])
def test_links_lead_to_a_page_with_that_state(visit, name, lang):
    """As a browser follows them; tests/pages/test_questions.py asks each page what all links make of it."""
    found = labs(visit(f"/questions?lang={lang}&question={name}"))
    for address in found:
        target = urlparse(address)
        page = visit(f"/{target.path.strip('/')}?{target.query}&lang={lang}")
        asked, kept = parse_qs(target.query), parse_qs(urlparse(page.url).query)
        assert {key: kept.get(key) for key in asked} == asked, "a page did not take over what it was opened with"
        assert page.locator(".bx-alert").count() == 0, page.url
        expect(page.locator(".bx-head h1")).to_have_text(Translator(lang)(f"{target.path.strip('/')}.title"))
