"""The run of a document's windows: at once where there are few, else as a job with progress and stop."""

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import torch

from explorer.analysis.use.windows import Normalised, Windows, normalised
from explorer.capture.windows import window_states, window_vectors
from explorer.models.document import Document
from explorer.models.spec import ModelSpec
from explorer.ui.parts.work_panel import Words, work_panel
from explorer.ui.shell import cached
from explorer.ui.shell.page import Visit, notice
from explorer.ui.shell.works import mine
from explorer.work import Job

NAME = "windows"
# So many windows are run without being asked: no slower than any other page.
AT_ONCE = 8


def vectors(visit: Visit, info: Windows) -> np.ndarray:
    """The vectors of the windows that have been run so far, in their order; windows x d_model."""
    if len(info.spans) <= AT_ONCE:
        return few_windows(visit.spec, info.document, info.spans).numpy()
    work = _mine(visit, info)
    found = work.items() if work else ()
    return torch.cat(found).numpy() if found else np.zeros((0, visit.handle.dims.d_model), dtype=np.float32)


@cached.bounded(4 * 2**20)
def few_windows(spec: ModelSpec, document: Document, spans: tuple[tuple[int, int], ...]) -> torch.Tensor:
    """The vectors of a short text's windows."""
    return torch.cat([batch.cpu() for batch in window_vectors(cached.model(spec), document, spans)])


@cached.bounded(2**20)
def sentence_tensor(spec: ModelSpec, query: str) -> torch.Tensor:
    """The mean of the last states of a question, as of a window."""
    return cached.scene(spec, query).capture().last[0].mean(0).cpu()


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


def panel(visit: Visit, info: Windows, drawn: Callable[[], None] = lambda: None) -> None:
    """Start, progress, stop, and what is drawn of the windows so far; no start where they are run at once."""
    t, n, work = visit.t, len(info.spans), _mine(visit, info)
    done = work.done if work else 0

    def stopped() -> None:
        if work and not work.running and 0 < work.done < n:
            notice(t("long_text.stopped", done=work.done, n=n))
        drawn()

    def begin() -> Job:
        vectors = (batch.cpu() for batch in window_vectors(visit.handle, info.document, info.spans))
        return Job(vectors, n, _about(visit, info), done=lambda batches: sum(map(len, batches)))

    start = None if n <= AT_ONCE or done == n else t("long_text.run", n=n)
    words = Words(start, lambda work: t("long_text.progress", done=work.done, n=n))
    work_panel(visit, NAME, work, words, begin, stopped)


def _mine(visit: Visit, info: Windows) -> Any:
    return mine(NAME, _about(visit, info))


def _about(visit: Visit, info: Windows) -> Hashable:
    return visit.spec, info.document.text, info.width, info.step
