"""The thirteen questions in a real browser: every miniature draws, every link leads to its lab and state."""

from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import expect

from explorer.i18n import Translator
from explorer.ui.panels.questions.questions import QUESTIONS
from explorer.ui.shell.navigation import PAGES
from tests.browser.conftest import settle

THERE = {entry.name for entry in PAGES}
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
        box = picture.bounding_box()
        assert box and box["width"] > 300 and box["height"] > 60, name
        expect(page.locator(".bx-reading").first).to_be_visible()
        assert page.locator(".bx-alert").count() == 0, name
        assert name == "qkv" or f"question={name}" in page.url


def labs(page, t):
    """The addresses of all links, question by question."""
    for name in QUESTIONS:
        page.get_by_role("option", name=t(f"questions.ask.{name}")).click()
        expect(page.locator(".bx-answer h2")).to_have_text(t(f"questions.ask.{name}"))
        settle(page)
        links = page.locator(".st-key-labs a")
        expect(links.first).to_be_visible()
        yield from ((name, link.get_attribute("href")) for link in links.all())


def test_every_link_leads_to_a_page_with_that_state(visit):
    """The links are the same in both languages; each is opened in one of them, by turns."""
    found = {lang: list(labs(visit(f"/questions?lang={lang}"), Translator(lang))) for lang in ("en", "zh")}
    assert found["en"] == found["zh"]
    assert {name for name, _ in found["en"]} == set(QUESTIONS)
    lost: set[tuple[str, str]] = set()
    for at, (name, address) in enumerate(found["en"]):
        target, lang = urlparse(address), ("en", "zh")[at % 2]
        assert target.path.strip("/") in THERE, address
        page = visit(f"/{target.path.strip('/')}?{target.query}&lang={lang}")
        asked, kept = parse_qs(target.query), parse_qs(urlparse(page.url).query)
        lost |= {(name, key) for key, value in asked.items() if kept.get(key) != value}
        assert page.locator(".bx-alert").count() == 0, page.url
        expect(page.locator(".bx-head h1")).to_have_text(Translator(lang)(f"{target.path.strip('/')}.title"))
    assert not lost, "a page did not take over what it was opened with"
