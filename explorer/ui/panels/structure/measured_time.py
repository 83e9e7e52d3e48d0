"""The panel that measures forward passes of the loaded model: start, progress, stop, picture."""

import streamlit as st

from explorer.analysis.structure.cost import COUNTED, shape
from explorer.analysis.structure.measured_time import measured
from explorer.capture.timing import lengths, timings
from explorer.figures.structure.cost import times
from explorer.ui.parts.show import show
from explorer.ui.shell.jobs import Job, jobs, own
from explorer.ui.shell.page import Visit, fragment, notice

NAME = "timing"


def stopwatch(visit: Visit) -> None:
    """While a measurement runs the panel looks twice a second; the rest of the page stays usable."""
    job = own(NAME, visit.spec)
    fragment(_panel, run_every=0.5 if job is not None and job.running else None)(visit)


def _panel(visit: Visit) -> None:
    t, job = visit.t, own(NAME, visit.spec)
    config = visit.handle.config
    if config.model_type not in COUNTED or config.is_encoder_decoder:
        notice(t("cost.no_timing"))
        return
    if job is None or not job.running:
        if st.button(t("cost.measure"), icon=":material/timer:", key="timing-start"):
            _start(visit)
            st.rerun()
    elif st.button(t("cost.stop"), icon=":material/stop_circle:", key="timing-stop"):
        job.leave()
    if job is None:
        return
    if job.running:
        st.progress(job.progress, t("cost.progress", done=len(job.results), of=job.expected))
    elif jobs().pop("polling", None) is not None:
        st.rerun()  # leave polling
    if job.failed:
        notice(t("frame.oops"), alert=True)
    if job.results:
        info = measured(shape(visit.handle.config), tuple(job.results))
        show(t, times(info, t, visit.palette), info, "timing")


def _start(visit: Visit) -> None:
    handle = visit.handle
    job = Job(timings(handle), len(lengths(handle)), visit.spec)
    jobs()[NAME] = jobs()["polling"] = job
