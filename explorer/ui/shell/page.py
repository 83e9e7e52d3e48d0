"""The frame of one page: its question, its notices, its errors as sentences, its lesson."""

import html
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.errors import ExplorerError, WorkStopped
from explorer.figures.theme import PALETTES, Palette
from explorer.i18n import Translator
from explorer.models.handle import ModelHandle
from explorer.models.menu import menu
from explorer.models.spec import ModelSpec
from explorer.ui.shell import cached, model_choice, navigation, oops, state, words
from explorer.ui.shell.progress import shown


@dataclass(frozen=True)
class Visit:
    """What the visitor has chosen in the frame; the page's first argument to almost everything.

    notices: sentences about the choice itself (a model that could not be opened …), under the title of every page.
    remarks: sentences about the text as this model reads it (cut, unknown pieces …); see `remarks`.
    suggests: a model that reads what this one does not, if there is something of the kind: see `text_notices`.
    """

    t: Translator
    spec: ModelSpec
    text: str
    pair: str | None
    notices: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    suggests: str | None = None

    @property
    def handle(self) -> ModelHandle:
        """The loaded model."""
        return cached.model(self.spec)

    @property
    def scene(self) -> cached.KeptScene:
        """The model, reading the visitor's text."""
        return cached.scene(self.spec, self.text, self.pair)

    @property
    def speaks(self) -> str | None:
        """The language of the texts for this model: see `model_choice.speaks`."""
        return model_choice.speaks(self.t, self.spec)

    @property
    def palette(self) -> Palette:
        """Colours of the theme in the visitor's browser, for figures that Python draws."""
        return PALETTES["dark" if st.context.theme.type == "dark" else "light"]


@contextmanager
def page(name: str, title: Callable[[Visit], str] | None = None, remarked: bool = True) -> Iterator[Visit]:
    """Title and lead before, errors as sentences within, lesson after. Keys: `<name>.title`, `<name>.lead`.

    title: the key of a title that depends on the visit.
    remarked: False where the page calls `remarks` itself, because it may show another model than the visit's.

    A programmer's mistake is not caught here: see `oops`.
    """
    visit: Visit = st.session_state["visit"]
    t = visit.t
    heading, lead = html.escape(t(title(visit) if title else f"{name}.title")), words.explained(t, t(f"{name}.lead"))
    where = html.escape(t("frame.where", section=t(f"section.{navigation.entry(name).section}"), page=t(f"nav.{name}")))
    st.html(f'<header class="bx-head"><p class="bx-where">{where}</p><h1>{heading}</h1><p>{lead}</p></header>')
    for sentence in visit.notices:
        notice(sentence)
    if remarked:
        remarks(visit)
    with _refusals(t, name), shown(t, name):
        yield visit
    lesson(t, name)
    navigation.onward(t, name)


@contextmanager
def _refusals(t: Translator, name: str) -> Iterator[None]:
    """Say what is refused in the place where it would have stood; what was stopped can go on."""
    try:
        yield
    except WorkStopped as stopped:
        notice(t.error(stopped))
        st.button(t("work.again"), icon=":material/play_arrow:", key=f"work-again-{name}")
    except ExplorerError as error:
        notice(t.error(error), alert=True)


def fragment(panel: Callable[..., None], run_every: float | None = None) -> Callable[..., None]:
    """A part of a page that reruns alone; what it refuses, or fails at, is said in its place, and the page goes on.

    run_every: seconds after which it reruns by itself.
    """

    @wraps(panel)
    def guarded(visit: Visit, *args: object, **settings: object) -> None:
        try:
            with _refusals(visit.t, panel.__name__), shown(visit.t, panel.__name__):
                panel(visit, *args, **settings)
                _tell()
        except Exception:
            oops.caught()

    rerunning: Callable[..., None] = st.fragment(guarded, run_every=run_every)
    return rerunning


def _tell() -> None:
    """In a class room, show the others what a teacher has chosen in a part of a page that runs alone."""
    from explorer.ui.shell import room  # which stands on this module

    ctx = get_script_run_ctx()
    if ctx is not None and ctx.fragment_ids_this_run:
        room.tell()


def remarks(visit: Visit) -> None:
    """What the visit's model does to its text, and the way to a model that reads it better."""
    for sentence in visit.remarks:
        notice(sentence)
    if visit.suggests is None:
        return
    if visit.suggests in menu():
        model = model_choice.label(visit.t, visit.suggests)
        navigation.link(state.page(), visit.t("frame.reads_here", model=model), {"model": visit.suggests}, "swap_horiz")
    else:
        navigation.link("any_model", visit.t("frame.chinese_model"), {"repo": visit.suggests})


def notice(sentence: str, alert: bool = False) -> None:
    """One sentence to the visitor, shown as plain text; `alert` when something they asked for was not done."""
    kind, role = ("bx-alert", "alert") if alert else ("bx-note", "status")
    st.html(f'<p class="{kind}" role="{role}">{html.escape(sentence)}</p>')


def lesson(t: Translator, name: str) -> None:
    """The page's lesson: one closed expander for each `## heading` of its Markdown file."""
    _, *sections = re.split(r"^## ", t.lesson(name), flags=re.MULTILINE)
    for section in sections:
        heading, _, body = section.partition("\n")
        with st.expander(heading.strip()):
            st.markdown(words.markdown(t, body))
