"""A mistake of ours: its traceback in the log, one sentence for the visitor, nothing of Streamlit's own beside it."""

import html
import logging

import streamlit as st
from streamlit import error_util

from explorer.i18n import Translator, preferred
from explorer.ui.shell import state


def say() -> None:
    """The sentence, in the visitor's language."""
    sentence = Translator(state.chosen("lang") or preferred(st.context.locale))("frame.oops")
    st.html(f'<p class="bx-alert" role="alert">{html.escape(sentence)}</p>')


def caught() -> None:
    """Log the exception that is being handled, and say the sentence where the picture would stand."""
    logging.getLogger("explorer").exception("page failed")
    say()


# Whatever is raised where nobody catches it (a callback, a forged state, the router itself) is logged by Streamlit and
# then drawn by this function, in words about its own cloud. Nothing but `st.App` has a setting for it.
error_util.show_uncaught_app_exception = lambda ex: say()
