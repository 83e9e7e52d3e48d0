"""The panels of the page on models of one's own: hub, with cost, progress and stop; architectures; folder; refusals."""

import html
from collections.abc import Iterator
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.analysis.models.curated_list import shelf
from explorer.errors import ExplorerError
from explorer.i18n import Translator
from explorer.models.curated import CURATED
from explorer.models.families import FAMILIES, TITLES
from explorer.models.handle import Dims
from explorer.models.load import configuration
from explorer.models.menu import FOLDER, HUB, hub_name, in_folders
from explorer.models.strangers import settings
from explorer.models.strangers.hub import store
from explorer.models.strangers.hub.plan import Plan, plan
from explorer.models.strangers.hub.running import start
from explorer.ui.browser.curated_list import shelf_rows
from explorer.ui.parts.show import say, show
from explorer.ui.parts.work_panel import Words, work_panel
from explorer.ui.shell import model_choice, navigation, state, words
from explorer.ui.shell.page import Visit, notice
from explorer.ui.shell.works import ask, mine, works
from explorer.work import Job, Work

ASK, DOWNLOAD, FIELD = "hub-ask", "hub-download", "repo"


def hub(visit: Visit, line: DeltaGenerator) -> None:
    """The field for any id, the desk where the price is named before anything is fetched, and the shelf."""
    if not settings.hub_open():
        notice(visit.t("error.HubClosed"))
    with line:
        name = state.words(
            st.text_input, visit.t("any_model.id"), FIELD, _wanted(), max_chars=120, width="stretch",
            label_visibility="collapsed", icon=":material/search:",
        ).strip()  # fmt: skip
        icon = ":material/receipt_long:"
        asked = st.button(visit.t("any_model.ask"), icon=icon, key=ASK, disabled=not settings.hub_open())
    if asked:
        ask(ASK, Job(_plan(name), 1, name))
    desk(visit, name)
    info = shelf(store.stored())
    show(visit.t, lambda: shelf_rows(info, visit.t, FIELD), info, "shelf")
    say(visit.t("any_model.masks"))


def _wanted() -> str:
    """The id that stands in the field at first: that of a link whose model is not here, else the first of the shelf."""
    linked = model_choice.absent()
    return linked.removeprefix(HUB).partition("@")[0] if linked.startswith(HUB) else CURATED[0].repo


def _plan(name: str) -> Iterator[Plan]:
    yield plan(name, next((m.revision for m in CURATED if m.repo == name), None))


def desk(visit: Visit, name: str) -> None:
    """What follows the question: waiting, the price, the download, the way in."""
    t, asked, download = visit.t, mine(ASK, name), works().get(DOWNLOAD)
    found: Plan | None = next(iter(asked.items()), None) if asked else None
    if asked and not found:
        asking = Words(None, lambda work: t("any_model.asking", host=settings.hub_endpoint()))
        work_panel(visit, ASK, asked, asking, lambda: asked)
    elif not asked and not download:
        _here(visit, name)
    if download and not download.running:
        _ended(visit, download)
    here = found is not None and _is_here(found)
    label = None
    if found and not (download and download.about == found and (download.running or here)):
        _facts(visit, found)
        if here:
            _open(visit, hub_name(found.spec))
        else:
            label = t("any_model.download", mb=found.n_bytes / 1e6)

    def begin() -> Work:
        assert found is not None
        return start(found)

    work_panel(visit, DOWNLOAD, download, Words(label, partial(_going, t), ":material/download:"), begin)


def _going(t: Translator, work: Work) -> str:
    assert isinstance(work.about, Plan)
    return t("any_model.progress", name=work.about.repo, received=work.done / 1e6, total=work.expected / 1e6)


def _ended(visit: Visit, download: Work) -> None:
    t, got = visit.t, download.about
    assert isinstance(got, Plan)
    if _is_here(got):
        notice(t("any_model.done", name=got.repo))
        _open(visit, hub_name(got.spec))
    elif not download.failed:
        notice(t("any_model.stopped", received=download.done / 1e6))


def _is_here(found: Plan) -> bool:
    return hub_name(found.spec) in {hub_name(there.spec) for there in store.stored()}


def _here(visit: Visit, name: str) -> None:
    """A model that is here is opened without asking anybody."""
    there = next((there for there in store.stored() if there.repo == name), None)
    if there is not None:
        _open(visit, hub_name(there.spec))


def _facts(visit: Visit, found: Plan) -> None:
    t = visit.t
    entries = [
        (t("any_model.fact.files"), f"{len(found.files)}", ", ".join(file.name for file in found.files)),
        (t("any_model.fact.size"), f"{found.n_bytes / 1e6:,.1f} MB", t("any_model.fact.size_note")),
        (t("any_model.fact.parameters"), f"{found.n_parameters:,}", f"{found.architecture}, {found.head}"),
        (t("any_model.fact.revision"), found.revision[:7], f"{found.repo} {found.branch}"),
        (t("any_model.fact.license"), found.license or "–", t("any_model.fact.license_note")),
    ]
    cells = "".join(
        f"<div>{html.escape(label)}<strong>{html.escape(value)}</strong><span>{html.escape(note)}</span></div>"
        for label, value, note in entries
    )
    st.html(f'<div class="bx-facts">{cells}</div>')


def _open(visit: Visit, name: str) -> None:
    params = {"model": name}
    choices = {"any_model.open.journey": ("journey", params), "any_model.open.atlas": ("atlas", params)}
    navigation.links(visit.t, choices)


def folder(visit: Visit, line: DeltaGenerator) -> None:
    """The operator's folder: what is in it, and why something in it is not opened; or how to set it."""
    t, root = visit.t, settings.models_root()
    found = in_folders() if root is not None else {}
    here = sum(spec is not None for spec, _ in found.values())
    st.html(f'<p class="bx-reading">{words.explained(t, t("any_model.folder", here=here))}</p>')
    if root is None:
        st.code("EXPLORER_MODELS=/srv/models make run", language="sh")
        st.code(
            "/srv/models/my-bert/config.json\n/srv/models/my-bert/tokenizer.json\n/srv/models/my-bert/model.safetensors"
        )
    for name, (spec, _) in found.items():
        if spec is not None:
            left, right = st.columns([2, 1], vertical_alignment="center")
            head = spec.head if spec.head != "none" else ""
            left.html(f"<b>{html.escape(name)}</b> <span>{html.escape(head)}</span>")
            params = {"model": f"{FOLDER}{name}"}
            with right:
                navigation.link("atlas", t("any_model.open.atlas"), params)
    _not_offered(visit, {name: error for name, (_, error) in found.items() if error is not None})


def _not_offered(visit: Visit, reasons: dict[str, ExplorerError]) -> None:
    """Every folder that is no model for this app, each with its reason."""
    t = visit.t
    if reasons:
        st.html(f'<p class="bx-reading">{words.explained(t, t("any_model.not_offered", n=len(reasons)))}</p>')
    for name, error in reasons.items():
        st.html(f"<p><b>{html.escape(name)}</b> {html.escape(t.error(error))}</p>")


def families(visit: Visit, line: DeltaGenerator) -> None:
    """What each architecture does otherwise than BERT, and a small one of random weights to look into."""
    t, dims = visit.t, Dims.of(configuration(next(iter(FAMILIES.values()))))
    sizes = {"layers": dims.n_layers, "heads": dims.n_heads, "width": dims.d_model}
    st.html(f'<p class="bx-reading">{words.explained(t, t("any_model.families", n=len(FAMILIES), **sizes))}</p>')
    told = [(TITLES[name], t(f"any_model.family.{spec.source}")) for name, spec in FAMILIES.items()]
    _rows((t("any_model.families.what"), t("any_model.families.how")), told)
    st.html(f"<p>{html.escape(t('any_model.families.open'))}</p>")
    with st.container(horizontal=True):
        for name, title in TITLES.items():
            navigation.link("atlas", title, {"model": name})


REFUSED = ("pickle", "other", "parts", "code", "kernel", "path", "link", "missing", "size", "tokenizer", "token")


def rules(visit: Visit, line: DeltaGenerator) -> None:
    """What is refused, and why."""
    t = visit.t
    told = [(t(f"any_model.rule.{name}"), t(f"any_model.rule.{name}.why")) for name in REFUSED]
    _rows((t("any_model.rules.what"), t("any_model.rules.why")), told)


def _rows(head: tuple[str, str], rows: list[tuple[str, str]]) -> None:
    """A table of names and what is said of each."""
    first = "".join(f"<th>{html.escape(name)}</th>" for name in head)
    rest = "".join(f"<tr><td><b>{html.escape(a)}</b></td><td>{html.escape(b)}</td></tr>" for a, b in rows)
    st.html(f'<div class="bx-scroll"><table class="bx-rules"><tr>{first}</tr>{rest}</table></div>')


VIEWS = {"hub": hub, "families": families, "folder": folder, "rules": rules}
