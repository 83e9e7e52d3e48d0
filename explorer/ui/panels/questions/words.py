"""The words of the app, by the section of the page that shows each."""

import html
from itertools import groupby
from urllib.parse import urlencode

import streamlit as st

from explorer.glossary import Term, glossary
from explorer.i18n import Translator
from explorer.ui.shell import navigation, state
from explorer.ui.shell.page import Visit, notice


def panel(visit: Visit) -> None:
    """A field to look one up, and all that fit."""
    t = visit.t
    asked = state.words(st.text_input, t("words.find"), "find", "").strip().lower()
    found = [
        term
        for term in glossary(t.language).values()
        if any(asked in text.lower() for text in (term.name, *term.words, term.says))
    ]
    if not found:
        notice(t("words.none", asked=asked))
    sections = list(dict.fromkeys(entry.section for entry in navigation.PAGES))
    found.sort(key=lambda term: sections.index(_section(term)))
    parts = []
    for section, terms in groupby(found, key=_section):
        entries = "".join(_entry(t, term) for term in terms)
        parts.append(f"<section><h2>{html.escape(t(f'section.{section}'))}</h2><dl>{entries}</dl></section>")
    st.html(f'<div class="bx-words">{"".join(parts)}</div>{STYLE}')


def _section(term: Term) -> str:
    return navigation.entry(term.page).section


def _entry(t: Translator, term: Term) -> str:
    path = "./" if term.page == navigation.PAGES[0].name else term.page
    link = html.escape(f"{path}?{urlencode(state.shared())}")
    title = html.escape(t("words.see", page=t(f"nav.{term.page}")))
    return (
        f'<div id="w-{term.key}"><dt>{html.escape(term.name)}</dt>'
        f'<dd>{html.escape(term.says)} <a href="{link}">{title}</a></dd></div>'
    )


STYLE = """<style>
.bx-words h2 { font-size: 1.375rem; margin: 24px 0 8px; padding: 0; }
.bx-words dl { columns: 2 26rem; column-gap: 48px; margin: 0; }
.bx-words dl > div { break-inside: avoid; padding: 0 0 16px; scroll-margin-top: 96px; }
.bx-words dt { font-size: 1.125rem; font-weight: 600; }
.bx-words dd { margin: 0; font-size: 1.0625rem; line-height: 1.5; }
.bx-words a { color: var(--bx-query); white-space: nowrap; }
</style>"""
