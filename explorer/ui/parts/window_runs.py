"""The run of a document's windows: at once where there are few, else as a job with progress and stop."""

from collections.abc import Iterator

import numpy as np
import streamlit as st
import torch

from explorer.analysis.use.windows import Normalised, Windows, normalised
from explorer.capture.windows import window_states, window_vectors
from explorer.models.document import Document
from explorer.models.handle import ModelHandle
from explorer.models.spec import ModelSpec
from explorer.ui.shell import cached
from explorer.ui.shell.jobs import Job, jobs, own
from explorer.ui.shell.page import Visit, notice

NAME = "windows"
# So many windows are run without being asked: no slower than any other page.
AT_ONCE = 3


def vectors(visit: Visit, info: Windows) -> np.ndarray:
    """The vectors of the windows that have been run so far, in their order; windows x d_model."""
    if len(info.spans) <= AT_ONCE:
        return few_windows(visit.spec, info.document, info.spans).numpy()
    job = mine(visit, info)
    found = [] if job is None else list(job.results)
    return torch.cat(found).numpy() if found else np.zeros((0, visit.handle.dims.d_model), dtype=np.float32)


@cached.bounded(4 * 2**20)
def few_windows(spec: ModelSpec, document: Document, spans: tuple[tuple[int, int], ...]) -> torch.Tensor:
    """The vectors of a short text's windows."""
    return torch.cat([batch.cpu() for batch in window_vectors(cached.model(spec), document, spans)])


@cached.bounded(2**20)
def sentence_tensor(spec: ModelSpec, query: str) -> torch.Tensor:
    """The mean of the last states of a question, as of a window."""
    seen = cached.capture(spec, query)
    return seen.last[0].mean(0).cpu()


def sentence(spec: ModelSpec, query: str) -> np.ndarray:
    """The vector of a question."""
    return np.asarray(sentence_tensor(spec, query).numpy())


@cached.few(8)
def _word_scores(
    spec: ModelSpec, info: tuple[Document, int, int], chosen: tuple[int, ...], query: str, temperature: float
) -> Normalised:
    from explorer.analysis.use.windows import windows

    cut, handle = windows(*info), cached.model(spec)
    states = [window_states(handle, cut.document, cut.spans[at]).cpu().numpy() for at in chosen]
    return normalised(cut, chosen, states, sentence(spec, query), temperature)


def word_scores(visit: Visit, info: Windows, chosen: tuple[int, ...], query: str, temperature: float) -> Normalised:
    """The chosen windows once more, this time word by word."""
    return _word_scores(visit.spec, (info.document, info.width, info.step), chosen, query, temperature)


def controls(visit: Visit, info: Windows) -> None:
    """Start, progress, stop; nothing where the windows are run at once."""
    t, job = visit.t, mine(visit, info)
    if len(info.spans) <= AT_ONCE:
        return
    if job is None or not job.running:
        done = 0 if job is None else _done(job)
        if done < len(info.spans):
            if done:
                notice(t("long_text.stopped", done=done, n=len(info.spans)))
            if st.button(t("long_text.run", n=len(info.spans)), icon=":material/play_arrow:", key="windows-start"):
                _start(visit, info)
                st.rerun()
    elif st.button(t("long_text.stop"), icon=":material/stop_circle:", key="windows-stop"):
        job.leave()
    if job is None:
        return
    if job.running:
        st.progress(_done(job) / len(info.spans), t("long_text.progress", done=_done(job), n=len(info.spans)))
    elif jobs().pop("windows-polling", None) is not None:
        st.rerun()  # leave polling
    if job.failed:
        notice(t("frame.oops"), alert=True)


def mine(visit: Visit, info: Windows) -> Job | None:
    """This visitor's run of just these windows; one of other windows is stopped."""
    job: Job | None = own(NAME, _about(visit, info))
    return job


def running(visit: Visit, info: Windows) -> bool:
    """Whether vectors are still coming."""
    job = mine(visit, info)
    return job is not None and job.running


def _start(visit: Visit, info: Windows) -> None:
    job = Job(_run(visit.handle, info), len(info.spans), _about(visit, info))
    jobs()[NAME] = jobs()["windows-polling"] = job


def _run(handle: ModelHandle, info: Windows) -> Iterator[torch.Tensor]:
    for batch in window_vectors(handle, info.document, info.spans):
        yield batch.cpu()


def _about(visit: Visit, info: Windows) -> object:
    return visit.spec, info.document.text, info.width, info.step


def _done(job: Job) -> int:
    return sum(map(len, list(job.results)))
