"""What using BERT costs: sentence vectors, both ways to classify, and a click of another visitor while one trains."""

# ruff: noqa: I001 (timing sets the thread environment before torch)
from tests.benchmarks.timing import median_ms, row, seconds

import statistics
import time
from pathlib import Path

from streamlit.testing.v1 import AppTest

from explorer import load
from explorer.analysis.use.task_head import majority, stratified
from explorer.analysis.use.labelled_texts import labelled_texts
from explorer.analysis.use.pooling import sentence_vectors
from explorer.analysis.use.sentences import sentence_list
from explorer.home import ASSETS
from explorer.models.spec import ModelSpec
from explorer.training.fine_tune import Recipe, Tuned
from explorer.training.two_ways import Frozen, two_ways
from explorer.ui.panels.use import token_task
from explorer.work import Job

ROOT = Path(__file__).resolve().parents[2]


def heads() -> AppTest:
    """The page of another visitor."""
    test = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120)
    return test.switch_page(str(ROOT / "pages/attention/heads.py")).run()


def click(test: AppTest, layer: int) -> float:
    """Milliseconds of a rerun with another layer."""
    test.segmented_control(key="heads.layer").set_value(layer % 6)
    return 1000 * seconds(test.run)


if __name__ == "__main__":
    handle = load()
    listed = sentence_list((ASSETS / "examples/sentences.txt").read_text("utf-8"))
    took = median_ms(lambda: sentence_vectors(handle, listed.sentences))
    row("20 sentences, four poolings at 7 depths", f"{took:.0f} ms", "< 300 ms")
    took = seconds(lambda: token_task.seen(ModelSpec(), "text"))
    row("100 text pairs read for the token tasks, once", f"{took:.1f} s", "< 1 s")
    token_task.scores(ModelSpec(), "before", 0)
    took = seconds(lambda: token_task.scores(ModelSpec(), "before", 1))
    row("probe and its control at 7 depths", f"{1000 * took:.0f} ms", "< 300 ms")

    test = heads()
    idle = statistics.median(click(test, at) for at in range(20))
    row("click of a visitor on heads while nobody trains", f"{idle:.0f} ms", "< 300 ms")
    data = labelled_texts((ASSETS / "examples/intents.csv").read_bytes())
    for seed in range(3):
        parts = stratified(data.codes, seed)
        start = time.perf_counter()
        job = Job(two_ways(handle, data, parts, "mean", Recipe(seed=seed)), 1)
        clicks: list[float] = []
        while seed == 0 and job.running:  # another visitor is at work during the first training
            clicks.append(click(test, len(clicks)))
            time.sleep(0.5)
        job.join()
        took = time.perf_counter() - start
        meanwhile = " with another visitor clicking twice a second" if clicks else ""
        row(f"both ways on 14 intents: 2 layers, 6 passes, seed {seed}{meanwhile}", f"{took:.1f} s", "< 30 s")
        if clicks:
            typical, worst = statistics.median(clicks), max(clicks)
            row("that visitor's click, median and worst", f"{typical:.0f} and {worst:.0f} ms", "< 300 ms")
        frozen = next(event.outcome for event in job.items() if isinstance(event, Frozen))
        tuned = next(event.probabilities for event in job.items() if isinstance(event, Tuned))
        right = (tuned.argmax(1) == data.codes[parts.test]).mean()
        shares = f"{majority(data.codes, parts):.0%}, {frozen.accuracy:.0%}, {right:.0%}"
        row(f"held-out accuracy, seed {seed}: most frequent label, frozen, fine-tuned", shares, "far above the first")
