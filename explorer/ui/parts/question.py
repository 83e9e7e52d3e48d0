"""A question before the picture: what is asked, how it is answered, and afterwards what is right.

It knows nothing of lessons: whoever asks gives the question, its words with their facts, and a key for the widgets.
"""

import html
from collections.abc import Mapping

import streamlit as st

from explorer.analysis.course.answer import Answer, Judged, number
from explorer.course import Question
from explorer.i18n import Translator
from explorer.models.encode import Encoded
from explorer.ui.browser.pieces import pick
from explorer.ui.shell.labels import plain

MOST = 1e12


def ask(t: Translator, asked: Question, facts: Mapping[str, object], encoded: Encoded, key: str) -> object:
    """Draw the question with its choices; returns what is answered so far, None for nothing yet."""
    words = asked.words.format(**facts)
    st.html(f'<p class="bx-ask">{html.escape(words)}</p>')
    if asked.kind == "token":
        return pick(encoded, words, key)
    if asked.kind == "number":
        label = asked.unit or t("course.number")
        return st.number_input(plain(label), -MOST, MOST, None, key=key, placeholder=t("course.guess"), width=240)
    names = {name: plain(choice.format(**facts)) for name, choice in asked.choices.items()}
    return st.radio(
        words, list(names), index=None, format_func=names.__getitem__, key=key, label_visibility="collapsed"
    )


def answered(asked: Question, value: object, encoded: Encoded) -> str | int | float | None:
    """The answer, if it is one that this question can have."""
    if asked.kind == "choice":
        return value if isinstance(value, str) and value in asked.choices else None
    if type(value) not in (int, float):
        return None
    if asked.kind == "token":
        return value if type(value) is int and 0 <= value < encoded.n_tokens else None
    return value  # type: ignore[return-value]


def said(asked: Question, value: str | int | float, tokens: tuple[str, ...], facts: Mapping[str, object]) -> str:
    """An answer in words."""
    if asked.kind == "choice":
        return asked.choices.get(str(value), str(value)).format(**facts)
    if asked.kind == "token":
        return tokens[int(value)]
    return f"{number(float(value))} {asked.unit}".strip() if asked.unit != "%" else f"{number(float(value))}%"


def verdict(
    t: Translator, asked: Question, right: Answer, judged: Judged | None, given: str | int | float | None,
    tokens: tuple[str, ...], facts: Mapping[str, object],
) -> None:  # fmt: skip
    """What is right, what was given, by how much it was off, and the numbers that show it."""
    shown = said(asked, right.value, tokens, facts).rstrip(".。")
    if given is None or judged is None:
        kind, sentence = "open", t("course.verdict.open", right=shown)
    else:
        kind = "right" if judged.right else "wrong"
        key = f"course.verdict.{kind}" + (f".{asked.kind}" if judged.off and abs(judged.off) > 1e-9 else "")
        sentence = t(
            key,
            right=shown,
            given=said(asked, given, tokens, facts),
            off=off(t, asked, judged),
            within=within(t, asked),
        )
    fact = f" <span>{html.escape(right.fact)}</span>" if right.fact and "{fact}" not in asked.after else ""
    why = html.escape(asked.after.format(**{**facts, "right": shown, "fact": right.fact}))
    said_so = f"<p><strong>{html.escape(sentence)}</strong>{fact}</p>" + (f"<p>{why}</p>" if why else "")
    st.html(f'<div class="bx-verdict {kind}" role="status">{said_so}</div>')


def off(t: Translator, asked: Question, judged: Judged) -> str:
    """By how much an answer was off, in its unit; between two shares in percentage points."""
    if judged.off is None:
        return ""
    size = abs(judged.off)
    if asked.kind == "token" or asked.unit == "%":
        return t("course.points", size=f"{size * 100 if asked.kind == 'token' else size:.1f}")
    return f"{number(size)} {asked.unit}".strip()


def within(t: Translator, asked: Question) -> str:
    """How far off a number may be, in its unit, or as a share of what is right."""
    size = asked.within
    if size.endswith("%"):
        return t("course.of_right", size=size)
    return t("course.points", size=size) if asked.unit == "%" else f"{size} {asked.unit}".strip()


def cover(t: Translator) -> None:
    """What stands in the picture's place until the question is answered."""
    st.html(f'<div class="bx-cover"><p>{html.escape(t("course.covered"))}</p></div>')
