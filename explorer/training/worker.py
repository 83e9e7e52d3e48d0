"""One training in a process of its own: `python -m explorer.training.worker FOLDER`, started by `training.process`.

The setting comes as one line of JSON through stdin; one line of JSON a record goes out through stdout. The process is
polite (nice 5, one thread) and follows its parent: when stdin closes, because the parent stops it or dies, it ends.
"""

import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from threading import Thread
from typing import Any

# A line stands for the steps since the one before it: its loss is their mean.
EVERY = 10
# Seconds after which it says at least that it is there.
ALIVE = 5.0


def main() -> None:
    """Read the setting, train, save, and say every ten steps how it goes."""
    os.nice(5)
    setting = json.loads(sys.stdin.readline())
    Thread(target=_follow_parent, daemon=True).start()
    import torch  # after the parent's line: a process that is stopped at once has not imported anything

    from explorer.models.altered_bert import save
    from explorer.models.spec import ModelSpec
    from explorer.training.loop import Training
    from explorer.training.model import as_handle
    from explorer.training.saturation import saturation_of
    from explorer.training.setting import TrainingSetting

    torch.set_num_threads(1)
    training, since = Training(TrainingSetting(**setting)), list[float]()
    said = time.monotonic()
    for record in training.steps():
        since.append(record.loss)
        if time.monotonic() - said > ALIVE:  # steps of a large model, one after the other
            _say({"alive": record.step})
            said = time.monotonic()
        if len(since) == EVERY or record.accuracies:
            _say(asdict(record) | {"loss": sum(since) / len(since)})
            since.clear()
    save(training.model, Path(sys.argv[1]))
    handle = as_handle(training.model, ModelSpec("trained", training.setting.key, head="pretraining"))
    _say({"saturation": asdict(saturation_of(handle, variant=training.variant))})


def _follow_parent() -> None:
    """Wait for the end of stdin, and end at once: nothing here needs tidying up."""
    while sys.stdin.readline():
        pass
    os._exit(3)


def _say(fact: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(fact) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
