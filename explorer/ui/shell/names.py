"""Every name that stands in the address of the app, with its kind: shared by all pages, or owned by one.

A shared name means the same on every page; a page's own name is kept apart from another page's of the same spelling.
A kind reads what a link says and checks what a widget or a component sends: `None` means "nothing that counts".
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs


@dataclass(frozen=True)
class Kind:
    """What may stand under a name."""

    def read(self, texts: Sequence[str]) -> object | None:
        """The value that a link means (the texts given under the name, usually one), or None for nonsense."""
        return None

    def checked(self, value: object) -> object | None:
        """The value if it is of this kind, else None."""
        return None

    def spelled(self, value: object) -> str | None:
        """How it stands in the address; None for what is too long to stand there."""
        return str(value)


@dataclass(frozen=True)
class Whole(Kind):
    """A whole number."""

    def read(self, texts: Sequence[str]) -> int | None:
        return int(texts[-1]) if re.fullmatch(r"-?[0-9]{1,9}", texts[-1]) else None

    def checked(self, value: object) -> int | None:
        return value if type(value) is int and abs(value) < 10**9 else None


@dataclass(frozen=True)
class Number(Kind):
    """A number between 1e-12 and 1e12 in size, or 0; a whole one may be written without its point."""

    def read(self, texts: Sequence[str]) -> float | None:
        found = re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,24})?(e[+-]?[0-9]{1,2})?", texts[-1])
        return self.checked(float(texts[-1])) if found else None

    def checked(self, value: object) -> float | None:
        if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
            return None
        return float(value) if value == 0 or 1e-12 < abs(value) < 1e12 else None


@dataclass(frozen=True)
class Option(Kind):
    """The name of one of a few things; which of them there are is known where they are offered."""

    def read(self, texts: Sequence[str]) -> str | None:
        return self.checked(texts[-1])

    def checked(self, value: object) -> str | None:
        found = isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}", value)
        return value if found else None  # type: ignore[return-value]


# Characters that are kept of a text, a little more than any page reads: so that a page can say that it is too long.
MOST = 1_000_100


@dataclass(frozen=True)
class Words(Kind):
    """Text of the visitor; what is longer than `limit` characters is kept in the session alone, up to `MOST`."""

    limit: int

    def read(self, texts: Sequence[str]) -> str | None:
        return texts[-1]

    def checked(self, value: object) -> str | None:
        return value[:MOST] if isinstance(value, str) else None

    def spelled(self, value: object) -> str | None:
        return str(value) if len(str(value)) <= self.limit else None


@dataclass(frozen=True)
class Flag(Kind):
    """Yes or no."""

    def read(self, texts: Sequence[str]) -> bool | None:
        return {"true": True, "false": False}.get(texts[-1].lower())

    def checked(self, value: object) -> bool | None:
        return value if isinstance(value, bool) else None

    def spelled(self, value: object) -> str:
        return str(value).lower()


@dataclass(frozen=True)
class Wholes(Kind):
    """Several whole numbers from 0, in order and each once: `3-7`, or `none`. Links from before may repeat the name."""

    def read(self, texts: Sequence[str]) -> tuple[int, ...] | None:
        parts = [part for text in texts for part in text.split("-")]
        found = {int(part) for part in parts if re.fullmatch(r"[0-9]{1,5}", part)}
        return tuple(sorted(found)) if found or texts[-1] == "none" else None

    def checked(self, value: object) -> tuple[int, ...] | None:
        if not isinstance(value, list | tuple) or not all(type(one) is int and 0 <= one < 10**5 for one in value):
            return None
        return tuple(sorted(set(value)))

    def spelled(self, value: object) -> str:
        assert isinstance(value, tuple)
        return "-".join(map(str, value)) or "none"


@dataclass(frozen=True)
class Heads(Kind):
    """Several heads, each as layer and head: `0.3-2.11`."""

    def read(self, texts: Sequence[str]) -> tuple[tuple[int, int], ...] | None:
        parts = [part.split(".") for part in texts[-1].split("-") if re.fullmatch(r"[0-9]{1,4}\.[0-9]{1,4}", part)]
        return self.checked([(int(layer), int(head)) for layer, head in parts]) if parts else None

    def checked(self, value: object) -> tuple[tuple[int, int], ...] | None:
        if not isinstance(value, list | tuple):
            return None
        pairs = [tuple(one) for one in value if isinstance(one, list | tuple) and len(one) == 2]
        if len(pairs) < len(value) or not all(type(n) is int and 0 <= n < 10**4 for pair in pairs for n in pair):
            return None
        return tuple(sorted(set(pairs)))

    def spelled(self, value: object) -> str | None:
        assert isinstance(value, tuple)
        return "-".join(f"{layer}.{head}" for layer, head in value) or None


# A longer text would make links that mail programs and chats cut; it stays out of the address, and the page says so.
LINK = 2_000

# The frame's: its widgets stand on every page.
FRAME: dict[str, Kind] = {
    "lang": Option(),
    "model": Words(200),
    "stack": Option(),
    "text": Words(LINK),
    "pair": Words(LINK),
    # A lesson that leads through the pages, and its stop, counted from 1; at 0 it is about to begin.
    "lesson": Option(),
    "stop": Whole(),
    # The class room that one is in, by its code.
    "room": Words(12),
    # Whether the page is presented on a wall (presenting.py).
    "present": Flag(),
}
# What the visitor follows through the app: a word (its position in the text), a layer, a head, and the heads left out.
# A page has its own default for them, so that a choice is kept even where it is the default of the page it was made on.
FOLLOWED: dict[str, Kind] = {"token": Whole(), "layer": Whole(), "head": Whole(), "off": Heads()}
SHARED = FRAME | FOLLOWED
# What a link says stays chosen also where it is the default of now: it has another one in another language.
KEPT = (*FOLLOWED, "model")

# Sizes of a configuration, as `analysis.parameters.SIZES` calls them, and what else is chosen of one.
SIZES: dict[str, Kind] = dict.fromkeys(
    ("layers", "width", "heads", "ffn", "vocabulary", "positions", "segments"), Whole()
)
_CONFIGURATION: dict[str, Kind] = {"preset": Option(), "config": Words(LINK)} | SIZES
_TRAINING: dict[str, Kind] = {
    "scale": Option(),
    "d_head": Whole(),
    "init_std": Number(),
    "learning_rate": Number(),
    "causal": Flag(),
    "rate": Number(),
    "tied": Flag(),
    "ffn": Flag(),
    "layers": Whole(),
    "steps": Whole(),
    "seed": Whole(),
}


def _each(prefixes: Iterable[str], names: dict[str, Kind]) -> dict[str, Kind]:
    return {prefix + name: kind for prefix in prefixes for name, kind in names.items()}


OWN: dict[str, dict[str, Kind]] = {
    "journey": {},
    "around": {},
    "course": {},
    "room": {"measure": Option(), "of": Option()},
    "tokens": {"word": Words(200), "part": Whole(), "find": Words(60), "other": Option()},
    "sum": dict.fromkeys(("w", "p", "s"), Whole()),
    "neighbours": {
        "panel": Option(),
        "near": Words(60),
        "first": Words(300),
        "second": Words(300),
        "common": Words(100),
    },
    "positions": {"show": Option(), "place": Whole(), "dimension": Whole(), "seed": Whole()},
    "atlas": {"view": Option(), "order": Option(), "shade": Option(), "strength": Option()},
    "heads": {
        "view": Option(),
        "of": Option(),
        "part": Option(),
        "words": Flag(),
        "bare": Flag(),
        "strength": Option(),
        "row": Whole(),
        "least": Option(),
        "residual": Flag(),
    },
    "steps": {"key": Whole(), "step": Option()},
    "sink": {},
    "ablation": {"every": Flag()},
    "scaling": {"show": Option(), "factor": Number(), "scale": Option(), "changed": Wholes()},
    "saturation": {
        "regime": Option(),
        "measure": Option(),
        "way": Option(),
        "std": Number(),
        "seed": Whole(),
        "d": Whole(),
        "keys": Whole(),
        "samples": Whole(),
    },
    "softmax": {"a": Number(), "vector": Words(400)},
    "after_sqrt_d": {"rule": Option()},
    "precision": {"grow": Option(), "order": Option(), "format": Option(), "tile": Whole(), "read": Whole()},
    "which_d": {"case": Whole(), "answer": Option()},
    "gradients": {"whose": Option(), "dhead": Whole(), "std": Number(), "seed": Whole()},
    "masked": {
        "show": Option(),
        "mask": Wholes(),
        "answer": Wholes(),
        "about": Option(),
        "at": Whole(),
        "rate": Whole(),
        "cover": Whole(),
        "swap": Whole(),
        "draw": Whole(),
        "many": Whole(),
    },
    "next_sentence": {
        "nsp": Option(),
        "more": Words(LINK),
        "more-toy": Words(LINK),
        "more-toy_zh": Words(LINK),
        "more-zh": Words(LINK),
    },
    "tied": {"tie": Option(), "of": Option(), "steps": Whole()},
    "training_lab": {"kind": Option()} | _each(("a_", "b_"), _TRAINING),
    "take_away": {
        "part": Option(),
        "lr": Number(),
        "probed": Option(),
        "seed": Whole(),
        "removed": Option(),
        "mode": Option(),
        "label": Option(),
        **dict.fromkeys(("skips", "ffn", "norm"), Option()),
    },
    "parameters": {
        **{"top": Option(), "labels": Whole(), "view": Option(), "removed": Whole()},
        **_each(("", "b-", "c-", "d-"), _CONFIGURATION),
    },
    "cost": {**_CONFIGURATION, "n": Whole(), "batch": Whole(), "draw": Option(), "lm": Flag()},
    "reshape": {"h": Whole()},
    "any_model": {"source": Option(), "repo": Words(120)},
    "who_sees_whom": {
        "show": Option(),
        "family": Option(),
        "permutation": Whole(),
        "into": Words(60),
        "row": Whole(),
    },
    "compare": {
        "what": Option(),
        "change": Option(),
        "degree": Number(),
        "against": Words(LINK),
        "with": Words(200),
        "look": Option(),
        "measure": Option(),
        "follows": Option(),
        "corrected": Flag(),
        "layer-b": Whole(),
        "head-b": Whole(),
        "token-b": Whole(),
    },
    "sentences": {
        "view": Option(),
        "after": Whole(),
        "special": Option(),
        "sentence": Whole(),
        "measure": Option(),
        "pooling": Option(),
        "list": Words(LINK),
    },
    "labels": {
        "what": Option(),
        "task": Option(),
        "at": Whole(),
        "view": Option(),
        "data": Option(),
        "pooling": Option(),
        "k": Whole(),
        "passes": Whole(),
        "seed": Whole(),
        "table": Words(LINK),
        "short": Option(),
        "try": Words(300),
    },
    "long_text": {
        "part": Option(),
        "document": Option(),
        "long": Words(LINK),
        "window": Whole(),
        "step": Whole(),
        "ask": Words(300),
        "tau": Number(),
        "at": Whole(),
    },
    "questions": {"question": Option(), "at": Whole()},
    "words": {"find": Words(60)},
}

# Names in links from before, as a pattern, and the name that means the same today. They are read for ever.
# A row of a matrix that may show words in place of pieces, or a part of the text, is turned into a position where it
# is drawn ("row"); where rows are always the text's tokens it is the followed word itself.
_QUERY = {"query": "token"}
OLD: dict[str, dict[str, str]] = {
    "heads": {"query": "row"},
    "atlas": _QUERY,
    "steps": _QUERY,
    "scaling": {"row": "token"},
    "neighbours": {"piece": "token"},
    "who_sees_whom": {"source-row": "row", "query": "token", "changed-word": "token"},
    "compare": {"query": "token", "layer_b": "layer-b", "head_b": "head-b"},
    "sentences": {"after[0-9]{1,4}": "after"},
    "labels": {"at[0-9]{1,4}": "at"},
    "long_text": {"query": "ask"},
}


@dataclass(frozen=True)
class Way:
    """Where a page from before has gone.

    names: in its links, as a pattern, and the names that mean the same on the page `to`; others are called as before.
    opens: what the old page showed by itself, as an address. when: a name and the value that it needs for this way.
    """

    to: str
    opens: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    when: tuple[str, str] | None = None


# Pages from before and the ways from them, the first that fits. Their addresses are read for ever.
MOVED: dict[str, tuple[Way, ...]] = {
    "patterns": (
        Way("heads", "of=rollout", {**_QUERY, "layer": "", "upto": "layer"}, ("show", "rollout")),
        *(
            Way("atlas", f"view=patterns&order={name}", _QUERY, ("pattern", str(number)))
            for number, name in enumerate(
                ("previous", "next", "self", "first", "separator", "punctuation", "same", "broad")
            )
        ),
        Way("atlas", "view=patterns", _QUERY),
    ),
    "bertviz": (
        Way("heads", "view=bertviz&of=model", when=("bv", "model")),
        Way("heads", "view=bertviz&of=layer"),
    ),
    "why_sqrt_d": (Way("saturation", "regime=drawn"),),
    "unscaled": (Way("scaling", "show=network"),),
    "rank_collapse": (Way("take_away", "part=alone"),),
    "without_ffn": (
        Way("take_away", "part=removed", when=("view", "removed")),
        Way("take_away", "part=trained"),
    ),
    "task_head": (Way("labels", "what=text"),),
    "token_task": (Way("labels", "what=token"),),
    "contrast": (
        Way("parameters", "b-preset=thin", {"a-(.*)": r"\1", "b-preset": ""}, ("mode", "thin")),
        Way("parameters", "b-preset=distilbert", {"a-(.*)": r"\1"}),
    ),
}


def moved(page: str, address: dict[str, list[str]]) -> tuple[str, dict[str, list[str]]]:
    """The page that shows today what this address of an old page showed, and the address there.

    Raises:
        KeyError: when there was no such page.
    """
    way = next(way for way in MOVED[page] if way.when is None or address.get(way.when[0], [""])[-1] == way.when[1])
    found = dict(parse_qs(way.opens))
    for name, texts in address.items():
        patterns = (old for old in way.names if re.fullmatch(old, name))
        new = next((re.sub(f"{old}$", way.names[old], name, count=1) for old in patterns), name)
        if today(way.to, new) is not None:
            found[new] = texts
    return way.to, found


def kind_of(page: str, name: str) -> Kind:
    """What may stand under this name on this page.

    Raises:
        KeyError: when the name is not declared for the page.
    """
    return SHARED[name] if name in SHARED else OWN[page][name]


def key_of(page: str, name: str) -> str:
    """Where the value is kept in the session: a page's own name is prefixed by the page.

    Raises:
        KeyError: when the name is not declared for the page.
    """
    kind_of(page, name)
    return name if name in SHARED else f"{page}.{name}"


def today(page: str, name: str) -> str | None:
    """The declared name that a name in an address means on this page; None for one that means nothing here."""
    if name in SHARED or name in OWN[page]:
        return name
    return next((new for old, new in OLD.get(page, {}).items() if re.fullmatch(old, name)), None)


def said(page: str, address: dict[str, list[str]]) -> dict[str, object]:
    """The choices that an address means on this page; what is nonsense, or no name, is left out.

    A name of today counts before one of before.
    """
    found: dict[str, object] = {}
    for name, texts in sorted(address.items(), key=lambda entry: entry[0] in SHARED or entry[0] in OWN[page]):
        new = today(page, name)
        value = kind_of(page, new).read(texts) if new is not None and texts else None
        # On this page a row number of another one could stand under the name of the question.
        if (page, name) == ("long_text", "query") and texts[-1].isdecimal():
            continue
        if new is not None and value is not None:
            found[new] = value
    return found


def spelled(page: str, choices: dict[str, object]) -> dict[str, str]:
    """The choices as a link to this page carries them.

    Raises:
        KeyError: when a name is not declared for the page.
        ValueError: when a value is not of the name's kind.
    """
    found = {}
    for name, value in choices.items():
        kind = kind_of(page, name)
        own = kind.checked(value)
        if own is None and isinstance(value, str):
            own = kind.read([value])
        if own is None:
            raise ValueError(f"{page}: {name}={value!r} is no {type(kind).__name__}")
        text = kind.spelled(own)
        if text is not None:
            found[name] = text
    return found
