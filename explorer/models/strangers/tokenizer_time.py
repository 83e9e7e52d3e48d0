"""How long a tokenizer takes on the worst texts of full length, tried in a process of its own that can be ended.

The library holds Python's lock while it works: a text that it cuts for ten seconds stops every other visitor for ten
seconds. `python -m explorer.models.strangers.tokenizer_time` is that process: the tokenizer comes through stdin, the
seconds of the slowest text go out through stdout.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from explorer.errors import TokenizerRefused
from explorer.home import APP

MAX_SECONDS = 0.5  # for one text, of the process itself
LIMIT = 20.0  # seconds after which all of it is ended
LENGTH = 20_000  # characters, as `encode` allows
LETTERS = ("a", " ", "ﷺ", "🙂", "e\u0301", "\u0301", "▁", "汉", "0", "\u2028", "A\u00a0")
LONGEST = 24  # pieces that are tried, the longest first


@lru_cache(256)
def check_time(state: str) -> None:
    """Refuse a tokenizer, given as its own JSON, that takes too long for any of the texts; asked once for each.

    Raises:
        TokenizerRefused.
    """
    try:
        command = [sys.executable, "-m", __name__]
        done = subprocess.run(command, input=state, capture_output=True, text=True, timeout=LIMIT, cwd=APP, check=False)
        slowest, text = json.loads(done.stdout or "[0, null]")
    except subprocess.TimeoutExpired as error:
        raise TokenizerRefused(reason=f"> {LIMIT:.0f} s") from error
    if text is None:
        raise TokenizerRefused(reason=(done.stderr.strip().splitlines() or ["?"])[-1][:80])
    if slowest > MAX_SECONDS:
        raise TokenizerRefused(reason=f"{text!r} × {LENGTH // len(text):,}: {slowest:.1f} s > {MAX_SECONDS} s")


def texts(vocabulary: list[str], also: list[str]) -> Iterator[str]:
    """What is repeated: letters of all kinds, what the tokenizer replaces, the longest pieces, and letters of those."""
    longest = sorted(vocabulary, key=len, reverse=True)[:LONGEST]
    yield from dict.fromkeys([*LETTERS, *also, *longest, *(piece[0] for piece in longest if len({*piece}) <= 2)])


def replaced(source: str) -> list[str]:
    """What the steps before the vocabulary replace by something else."""
    patterns = (step.get("pattern") for step in nested(json.loads(source).get("normalizer")))
    return [found["String"] for found in patterns if isinstance(found, dict) and found.get("String")]


def nested(value: Any) -> Iterable[dict[str, Any]]:
    """Every object inside nested objects and lists."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            yield found
            waiting.extend(found.values())
        elif isinstance(found, list):
            waiting.extend(found)


def main() -> None:
    """Cut each text, and write the seconds of the slowest and what it repeats; stop at the first that is too slow."""
    from tokenizers import Tokenizer

    source = sys.stdin.read()
    tokenizer = Tokenizer.from_str(source)
    slowest = (0.0, "a")
    for part in texts([piece for piece in tokenizer.get_vocab() if piece], replaced(source)):
        text = (part * (LENGTH // len(part) + 1))[:LENGTH]
        begin = time.process_time()
        tokenizer.encode(text, add_special_tokens=False)
        slowest = max(slowest, (time.process_time() - begin, part[:40]))
        if slowest[0] > MAX_SECONDS:
            break
    sys.stdout.write(json.dumps(slowest))


if __name__ == "__main__":
    main()
