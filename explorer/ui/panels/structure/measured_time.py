"""The panel that measures forward passes of the loaded model: start, progress, stop, picture."""

from explorer.analysis.structure.cost import COUNTED, shape
from explorer.analysis.structure.measured_time import measured
from explorer.capture.timing import lengths, timings
from explorer.figures.structure.cost import times
from explorer.ui.parts.show import show
from explorer.ui.parts.work_panel import Words, work_panel
from explorer.ui.shell.page import Visit, notice
from explorer.ui.shell.works import mine
from explorer.work import Job

NAME = "timing"


def stopwatch(visit: Visit) -> None:
    """Start, stop, and the lengths measured so far; the rest of the page stays usable."""
    t, handle = visit.t, visit.handle
    if handle.config.model_type not in COUNTED or handle.config.is_encoder_decoder:
        notice(t("cost.no_timing"))
        return
    work, n = mine(NAME, visit.spec), len(lengths(handle))

    def drawn() -> None:
        if work is not None and work.items():
            info = measured(shape(handle.config), work.items())
            show(t, times(info, t, visit.palette), info, NAME)

    words = Words(t("cost.measure"), lambda work: t("cost.progress", done=work.done, of=n), ":material/timer:")
    work_panel(visit, NAME, work, words, lambda: Job(timings(handle), n, visit.spec), drawn)
