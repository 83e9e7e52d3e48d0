"""Ask the hub for every curated model, download it, open it and let it guess: for a person with a network, once.

`python -m explorer.analysis.models.check_hub [--plan] [KEY …]`: all of them (about 7 GB), or those of these keys; with
`--plan` only what the hub says of them. What came stays in the app's cache. The table goes to the standard output as
Markdown; the exit status is 0 if every model opens, 1 if one does not, 2 without a hub.
"""

import argparse
import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version

from explorer.capture.heads import verdict, word_logits
from explorer.capture.load import load
from explorer.capture.records import Capture
from explorer.capture.run import run
from explorer.errors import ExplorerError, HubClosed, HubUnreachable
from explorer.i18n import Translator
from explorer.models.curated import CURATED, Curated
from explorer.models.encode import named
from explorer.models.handle import ModelHandle
from explorer.models.strangers import settings
from explorer.models.strangers.hub.download import download
from explorer.models.strangers.hub.plan import Plan, plan

# What each kind of head is asked.
CLOZE, BEGUN, JUDGED = "Paris is the {mask} of France.", "Paris is the capital of", "A good film."
CLOZES = {"bert-chinese": "巴黎是{mask}国的首都。"}
COLUMNS = ("model", "id", "revision", "pinned", "files", "bytes", "opens", "first guess")


@dataclass(frozen=True)
class Row:
    """What became of one model; fails: it did not open, or not as what it is."""

    cells: tuple[str, ...]
    fails: bool = False


def check(model: Curated, whole: bool = True) -> Row:
    """Ask for one model, and if `whole` download, open and try it.

    Raises:
        HubUnreachable, HubClosed: no other model would fare better.
    """
    head = (model.key, model.repo)
    pinned = "newest" if model.revision is None else "pinned"
    try:
        found = plan(model.repo, model.revision)
        facts = (found.revision, found.branch or pinned, f"{len(found.files)}", f"{found.n_bytes:,}")
    except (HubUnreachable, HubClosed):
        raise
    except ExplorerError as error:
        return Row((*head, model.revision or "", pinned, "", "", _said(error), ""), True)
    if not whole:
        return Row((*head, *facts, "", ""), found.architecture != model.family)
    try:
        return Row(
            (*head, *facts, "yes", guess(opened(found), CLOZES.get(model.key, CLOZE))),
            found.architecture != model.family,
        )
    except ExplorerError as error:
        return Row((*head, *facts, _said(error), ""), True)


def opened(found: Plan) -> ModelHandle:
    """Download what is not here yet, and load it."""
    deque(download(found), maxlen=0)
    return load(found.spec)


def guess(handle: ModelHandle, cloze: str = CLOZE) -> str:
    """The first thing that the model says, by the head that it has. cloze: a sentence with `{mask}`."""
    if handle.predicts_masked:
        seen = run(handle, cloze.format(mask=handle.special_names["mask"]))
        return _word(handle, seen.encoded.text, seen, seen.encoded.typed_masks[0])
    if handle.spec.head in ("lm", "seq2seq"):
        decoder = handle.of_stack("decoder") if "decoder" in handle.stacks else handle
        seen = run(decoder, BEGUN)
        last = max(at for at, special in enumerate(seen.encoded.special) if not special)
        return _word(decoder, BEGUN, seen, last)
    seen = run(handle, JUDGED)
    said = verdict(handle, seen, 2)
    if said is None:
        return "–"
    best = max(range(len(said.values)), key=said.values.__getitem__)
    name = said.names[best] if said.names else f"{seen.encoded.tokens[2]}, {said.about}"
    return f"{JUDGED} → {name} {said.values[best]:.2f}"


def _word(handle: ModelHandle, text: str, seen: Capture, place: int) -> str:
    """The likeliest word at a place; a dash where the run gave none."""
    if seen.guesses is None:
        return "–"
    share, best = word_logits(handle, seen, (0, place)).float().softmax(-1).max(-1)
    return f"{text} → {named(handle, [int(best)])[0]} {float(share):.2f}"


def _said(error: ExplorerError) -> str:
    return Translator("en").error(error)


def main(arguments: Sequence[str]) -> int:
    """Print the table, a row as soon as it is known."""
    parser = argparse.ArgumentParser(prog="check_hub", description="Ask the hub for the curated models.")
    parser.add_argument("keys", nargs="*", metavar="KEY", help=", ".join(m.key for m in CURATED))
    parser.add_argument("--plan", action="store_true", help="download nothing")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.keys) - {m.key for m in CURATED}:
        parser.error(f"no such key: {', '.join(sorted(unknown))}")
    _say(f"{settings.hub_endpoint()}, huggingface_hub {version('huggingface_hub')}, {date.today()}\n")
    _say(_line(COLUMNS))
    _say(_line(["---"] * len(COLUMNS)))
    failed = False
    for model in CURATED:
        if not asked.keys or model.key in asked.keys:
            try:
                row = check(model, not asked.plan)
            except (HubUnreachable, HubClosed) as error:
                _say(f"\n{_said(error)}")
                return 2
            _say(_line(row.cells))
            failed |= row.fails
    return int(failed)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
