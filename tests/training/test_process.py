"""A training in a process of its own: it reports, it can be stopped, and it never outlives the one who started it."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from explorer.training.loop import Training
from explorer.training.process import ROOT, Process
from explorer.training.setting import TrainingSetting

TINY = TrainingSetting(steps=20, layers=1, batch=8, seed=5)
PATIENCE = 120  # seconds; importing torch on a loaded machine takes long


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait(until, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


def test_it_reports_what_the_loop_yields(tmp_path):
    over = []
    process = Process(TINY, tmp_path / "model", over.append)
    wait(lambda: over)
    assert over == [process]
    assert process.done and not process.failed
    losses = [record.loss for record in Training(TINY).steps()]
    assert [point.step for point in process.points] == [10, 20]
    assert process.points[0].loss == pytest.approx(sum(losses[:10]) / 10)
    assert process.points[-1].verb is not None
    assert set(process.saturation) == {"entropy", "max_prob", "trace", "dead", "spread"}
    assert (tmp_path / "model" / "model.safetensors").is_file()


def test_a_stop_ends_it(tmp_path):
    over = []
    process = Process(replace(TINY, steps=2_000), tmp_path / "model", over.append)
    wait(lambda: process.points)
    process.stop()
    wait(lambda: over, 10)
    assert not alive(process.pid)
    assert not process.done and not process.failed


def test_a_training_that_breaks_says_so(tmp_path, caplog):
    (tmp_path / "model").write_text("in the way")
    over = []
    process = Process(TINY, tmp_path / "model", over.append)
    wait(lambda: over)
    assert process.failed
    assert "training failed" in caplog.text


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_it_does_not_outlive_its_parent(tmp_path):
    """The parent is killed the hard way, so that nothing of it can tidy up."""
    script = f"""
import time
from pathlib import Path
from explorer.training.process import Process
from explorer.training.setting import TrainingSetting
process = Process(TrainingSetting(steps=2000), Path({str(tmp_path / "m")!r}), print)
print(process.pid, flush=True)
time.sleep(600)
"""
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    pid = int(parent.stdout.readline())
    assert alive(pid)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait(10)
    parent.stdout.close()
    wait(lambda: not alive(pid), 30)


def test_a_child_that_dies_before_it_reads_is_a_failure(tmp_path, monkeypatch):
    """An interpreter that ends at once: the setting is written into a broken pipe."""
    real = subprocess.Popen

    def dead(command, **settings):
        child = real([sys.executable, "-c", "import os; os.close(0)"], **settings)
        child.wait(PATIENCE)
        return child

    monkeypatch.setattr("explorer.training.process.subprocess.Popen", dead)
    over = []
    process = Process(TINY, tmp_path / "model", over.append)
    wait(lambda: over)
    assert process.failed and not process.points


def stand_in(monkeypatch, program):
    """Another program in the worker's place."""
    real = subprocess.Popen
    monkeypatch.setattr(
        "explorer.training.process.subprocess.Popen",
        lambda command, **settings: real([sys.executable, "-c", program], **settings),
    )


@pytest.mark.parametrize("line", ["no JSON", "[1, 2]", '{"step": 3}', '{"saturation"'])
def test_a_line_that_is_no_record_ends_the_worker_and_is_told(tmp_path, monkeypatch, caplog, line):
    stand_in(monkeypatch, f"import time; print({line!r}, flush=True); time.sleep(600)")
    over = []
    process = Process(TINY, tmp_path / "model", over.append)
    wait(lambda: over)
    assert process.failed and not process.points and not alive(process.pid)
    assert "training failed" in caplog.text


def test_a_silent_worker_is_ended_and_a_slow_one_is_not(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr("explorer.training.process.SILENCE", 2.0)
    stand_in(
        monkeypatch,
        "import time\nfor _ in range(10): print('{\"alive\": 1}', flush=True); time.sleep(0.5)\ntime.sleep(600)",
    )
    over, begun = [], time.monotonic()
    process = Process(TINY, tmp_path / "model", over.append)
    wait(lambda: over)
    assert process.failed and time.monotonic() - begun > 5 and "hangs" in caplog.text
