"""The pages of the app: section (folder), name (file and URL), icon. The order here is the order of the menu."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from explorer.class_room.settings import rooms_on
from explorer.i18n import Translator
from explorer.ui.shell import state
from explorer.ui.shell.labels import plain
from explorer.ui.shell.names import MOVED


@dataclass(frozen=True)
class Entry:
    """One page; its menu title is the message `nav.<name>`, its section's `section.<section>`.

    hidden: whether it is reached by a link alone, and stands in no menu.
    """

    section: str
    name: str
    icon: str
    hidden: bool = False

    @property
    def path(self) -> str:
        """The file, from the top of the repository."""
        return f"pages/{self.section}/{self.name}.py"


PAGES = (
    Entry("start", "journey", "route"),
    Entry("start", "around", "map", hidden=True),
    Entry("start", "course", "school"),
    Entry("start", "room", "groups"),
    Entry("input", "tokens", "segment"),
    Entry("input", "sum", "add"),
    Entry("input", "neighbours", "scatter_plot"),
    Entry("input", "positions", "pin"),
    Entry("attention", "atlas", "apps"),
    Entry("attention", "heads", "grid_on"),
    Entry("attention", "steps", "stairs"),
    Entry("attention", "sink", "filter_alt"),
    Entry("attention", "ablation", "content_cut"),
    Entry("scaling", "scaling", "tune"),
    Entry("scaling", "saturation", "blur_on"),
    Entry("scaling", "softmax", "biotech"),
    Entry("scaling", "which_d", "rule"),
    Entry("scaling", "after_sqrt_d", "update"),
    Entry("scaling", "precision", "decimal_decrease"),
    Entry("scaling", "gradients", "trending_up"),
    Entry("pretraining", "masked", "password"),
    Entry("pretraining", "next_sentence", "swap_horiz"),
    Entry("pretraining", "tied", "link"),
    Entry("pretraining", "training_lab", "science"),
    Entry("structure", "parameters", "account_tree"),
    Entry("structure", "cost", "speed"),
    Entry("structure", "reshape", "view_column"),
    Entry("structure", "take_away", "layers_clear"),
    Entry("models", "any_model", "cloud_download", hidden=True),
    Entry("models", "who_sees_whom", "visibility"),
    Entry("models", "compare", "compare_arrows"),
    Entry("use", "sentences", "join_inner"),
    Entry("use", "labels", "label"),
    Entry("use", "long_text", "menu_book"),
    Entry("questions", "questions", "quiz"),
    Entry("questions", "words", "dictionary"),
)

# What the menu shows, in its order.
MENU = tuple(entry for entry in PAGES if not entry.hidden)


def offered() -> tuple[Entry, ...]:
    """What it shows on this server."""
    return tuple(entry for entry in MENU if entry.name != "room" or rooms_on())


def menu(t: Translator) -> dict[str, list[StreamlitPage]]:
    """The pages by section, as `st.navigation` takes them; the first page is the default one.

    The addresses of before are among them, unseen: an address that is not registered would be an error page.
    """
    sections: dict[str, list[StreamlitPage]] = {}
    for entry in PAGES:
        if entry.name == "room" and not rooms_on():
            continue
        page = st.Page(
            entry.path,
            title=t(f"nav.{entry.name}"),
            icon=f":material/{entry.icon}:",
            url_path=entry.name,
            default=entry is PAGES[0],
            visibility="hidden" if entry.hidden else "visible",
        )
        sections.setdefault(t(f"section.{entry.section}"), []).append(page)
    first = next(iter(sections.values()))
    first += [st.Page(lambda: None, title=name, url_path=name, visibility="hidden") for name in MOVED]
    return sections


def forward(page: StreamlitPage) -> None:
    """From a page of before go on to the one that shows the same today; this ends the run."""
    if page.url_path in MOVED:
        name, params = state.moved(page.url_path)
        st.switch_page(path(name), query_params=params)


def entry(name: str) -> Entry:
    """A page by its name.

    Raises:
        KeyError: when there is no such page.
    """
    return {page.name: page for page in PAGES}[name]


def path(name: str) -> str:
    """The file of a page, for links.

    Raises:
        KeyError: when there is no such page.
    """
    return entry(name).path


def name_of(page: StreamlitPage) -> str:
    """The name of a page of the menu; the first one has an empty address."""
    return page.url_path or PAGES[0].name


def onward(t: Translator, name: str) -> None:
    """The way on from a page: the next one of the menu by its question, or the first one where nothing comes next."""
    there = [page.name for page in offered()]
    place = there.index(name) + 1 if name in there else len(there)
    with st.container(key="next", horizontal=True, horizontal_alignment="right"):
        if place < len(there):
            link(there[place], t("frame.next", title=t(f"{there[place]}.title")))
        else:
            link(there[0], t("frame.start", title=t(f"{there[0]}.title")), icon=PAGES[0].icon)


def ways(t: Translator) -> None:
    """The ways to begin, on the first page: to be led, to ask, or to look around."""
    there = {page.name: page.icon for page in PAGES}
    with st.container(key="ways", horizontal=True):
        for name in ("course", "questions", "around"):
            if name in there:
                link(name, t(f"start.{name}"), icon=there[name])


def links(t: Translator, choices: Mapping[str, tuple[str, Mapping[str, object]]]) -> None:
    """A row of "try this" links: message key of the label → page and the state it is opened with."""
    with st.container(horizontal=True):
        for key, (name, params) in choices.items():
            link(name, t(key), params)


def link(name: str, label: str, params: Mapping[str, object] = {}, icon: str = "arrow_forward") -> None:
    """A link to a page, with what it is opened with: names of that page, values of their kinds."""
    icon = f":material/{icon}:"
    st.page_link(path(name), label=plain(label), icon=icon, query_params=state.links(name, params))
