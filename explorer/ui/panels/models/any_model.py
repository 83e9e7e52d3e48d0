"""The panels of the page on models of one's own: the hub, with cost, progress and stop; the folder; what is refused."""

import html
from collections.abc import Iterator
from uuid import uuid4

import streamlit as st

from explorer.analysis.models.curated_list import shelf
from explorer.errors import ExplorerError
from explorer.models.curated import CURATED
from explorer.models.menu import FOLDER, HUB, hub_name, in_folders
from explorer.models.strangers import settings
from explorer.models.strangers.hub import store
from explorer.models.strangers.hub.plan import Plan, plan
from explorer.models.strangers.hub.running import Download, leave, start
from explorer.ui.browser.curated_list import shelf_rows
from explorer.ui.parts.show import show
from explorer.ui.shell import model_choice, navigation, state
from explorer.ui.shell.jobs import Job, jobs
from explorer.ui.shell.page import Visit, fragment, notice

ASK, FIELD = "hub-ask", "repo"


@st.cache_resource(scope="session", on_release=leave, show_spinner=False)
def _visitor() -> str:
    """A name for this session among those that watch a download; it stops watching when the tab is closed."""
    return uuid4().hex


def hub(visit: Visit) -> None:
    """The field for any id, the desk where the price is named before anything is fetched, and the shelf."""
    if not settings.hub_open():
        notice(visit.t("error.HubClosed"))
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        name = state.words(st.text_input, visit.t("any_model.id"), FIELD, _wanted(), max_chars=120).strip()
    icon = ":material/receipt_long:"
    if right.button(visit.t("any_model.ask"), icon=icon, key=ASK, width="stretch", disabled=not settings.hub_open()):
        jobs()[ASK] = Job(_ask(name), 1, name)
    desk(visit, name)
    info = shelf(store.stored())
    show(visit.t, lambda: shelf_rows(info, visit.t, FIELD), info, "shelf")


def _wanted() -> str:
    """The id that stands in the field at first: that of a link whose model is not here, else the first of the shelf."""
    linked = model_choice.absent()
    return linked.removeprefix(HUB).partition("@")[0] if linked.startswith(HUB) else CURATED[0].repo


def _ask(name: str) -> Iterator[Plan | ExplorerError]:
    """The plan, or why there is none; a refusal is a result and no failure."""
    revision = next((m.revision for m in CURATED if m.repo == name), None)
    try:
        yield plan(name, revision)
    except ExplorerError as error:
        yield error


def desk(visit: Visit, name: str) -> None:
    """What follows the question: waiting, the price, the download, the way in; twice a second while it waits."""
    job, running = _asked(name), _running()
    waiting = (job is not None and job.running) or (running is not None and running.running)
    fragment(_desk, run_every=0.5 if waiting else None)(visit, name, waiting)


def _asked(name: str) -> Job | None:
    job = jobs().get(ASK)
    return job if job is not None and job.about == name else None


def _running() -> Download | None:
    found: Download | None = st.session_state.get("hub-download")
    return found


def _desk(visit: Visit, name: str, waiting: bool) -> None:
    t, job, running = visit.t, _asked(name), _running()
    if running is not None:
        _progress(visit, running)
    busy = (job is not None and job.running) or (running is not None and running.running)
    if waiting and not busy:
        st.rerun()  # leave polling, and let the shelf and the menu see what is here now
    if job is not None and job.running:
        notice(t("any_model.asking", host=settings.hub_endpoint()))
    elif job is not None and job.failed:
        notice(t("frame.oops"), alert=True)
    elif job is None and running is None:
        _here(visit, name)
    elif job is not None and job.results:
        found = job.results[0]
        if isinstance(found, ExplorerError):
            notice(t.error(found), alert=True)
        elif running is None or running.plan != found or not (running.running or running.complete):
            _price(visit, found)


def _here(visit: Visit, name: str) -> None:
    """A model that is here is opened without asking anybody."""
    there = next((there for there in store.stored() if there.repo == name), None)
    if there is not None:
        _open(visit, hub_name(there.spec))


def _price(visit: Visit, found: Plan) -> None:
    """Files, megabytes, parameters, commit, licence; and the button, unless it is here already."""
    t = visit.t
    _facts(visit, found)
    if hub_name(found.spec) in {hub_name(there.spec) for there in store.stored()}:
        _open(visit, hub_name(found.spec))
    elif st.button(
        t("any_model.download", mb=found.n_bytes / 1e6), icon=":material/download:", key="hub-download-start"
    ):
        try:
            st.session_state["hub-download"] = start(found, _visitor())
            st.rerun()
        except ExplorerError as error:
            notice(t.error(error), alert=True)


def _facts(visit: Visit, found: Plan) -> None:
    t = visit.t
    entries = [
        (t("any_model.fact.files"), f"{len(found.files)}", ", ".join(file.name for file in found.files)),
        (t("any_model.fact.size"), f"{found.n_bytes / 1e6:,.1f} MB", t("any_model.fact.size_note")),
        (t("any_model.fact.parameters"), f"{found.n_parameters:,}", f"{found.architecture}, {found.head}"),
        (t("any_model.fact.revision"), found.revision[:7], found.repo),
        (t("any_model.fact.license"), found.license or "–", t("any_model.fact.license_note")),
    ]
    cells = "".join(
        f"<div>{html.escape(label)}<strong>{html.escape(value)}</strong><span>{html.escape(note)}</span></div>"
        for label, value, note in entries
    )
    st.html(f'<div class="bx-facts">{cells}</div>')


def _progress(visit: Visit, running: Download) -> None:
    t, total = visit.t, max(1, running.plan.n_bytes)
    if running.running:
        facts = {"name": running.plan.repo, "received": running.received / 1e6, "total": total / 1e6}
        st.progress(min(running.received / total, 1.0), t("any_model.progress", **facts))
        if st.button(t("any_model.stop"), icon=":material/stop_circle:", key="hub-download-stop"):
            leave(_visitor())
    elif running.complete:
        notice(t("any_model.done", name=running.plan.repo))
        _open(visit, hub_name(running.plan.spec))
    elif running.error is not None:
        notice(t.error(running.error), alert=True)
    elif running.failed:
        notice(t("frame.oops"), alert=True)
    else:
        notice(t("any_model.stopped", received=running.received / 1e6))


def _open(visit: Visit, name: str) -> None:
    params = {"model": name}
    choices = {"any_model.open.journey": ("journey", params), "any_model.open.atlas": ("atlas", params)}
    navigation.links(visit.t, choices)


def folder(visit: Visit) -> None:
    """The operator's folder: what is in it, and why something in it is not opened; or how to set it."""
    t, root = visit.t, settings.models_root()
    found = in_folders() if root is not None else {}
    here = sum(spec is not None for spec, _ in found.values())
    st.html(f'<p class="bx-reading">{html.escape(t("any_model.folder", here=here))}</p>')
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
        st.html(f'<p class="bx-reading">{html.escape(t("any_model.not_offered", n=len(reasons)))}</p>')
    for name, error in reasons.items():
        st.html(f"<p><b>{html.escape(name)}</b> {html.escape(t.error(error))}</p>")


REFUSED = ("pickle", "other", "code", "kernel", "path", "link", "missing", "size", "tokenizer", "token")


def rules(visit: Visit) -> None:
    """What is refused, and why."""
    t = visit.t
    heads = "".join(f"<th>{html.escape(t(f'any_model.rules.{part}'))}</th>" for part in ("what", "why"))
    rows = "".join(
        f"<tr><td><b>{html.escape(t(f'any_model.rule.{name}'))}</b></td>"
        f"<td>{html.escape(t(f'any_model.rule.{name}.why'))}</td></tr>"
        for name in REFUSED
    )
    st.html(f'<div class="bx-scroll"><table class="bx-rules"><tr>{heads}</tr>{rows}</table></div>')


VIEWS = {"hub": hub, "folder": folder, "rules": rules}
