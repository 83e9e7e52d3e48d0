"""A request for a model, hashable, so that it is the key of every cache."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from explorer.errors import ConfigInvalid

Kind = Literal["embedded", "hub", "folder", "config", "meta"]
Head = Literal["none", "mlm", "pretraining", "nsp", "classification", "qa", "tokens", "lm", "seq2seq"]
Scalar = int | float | str | bool | None


@dataclass(frozen=True)
class ModelSpec:
    """Which model is meant.

    kind: `embedded` (ships with a package), `config` (random weights drawn from `seed`), `meta` (no weights, for
        counting), `hub` (a repository id) or `folder` (a name below the operator's root).
    source: the name in the registry, the id, the folder's name, or for `config` and `meta` a model type ("bert").
    revision: commit of a hub model.
    overrides: configuration fields that replace the source's; a mapping is accepted and kept as sorted pairs.
    head: the task head on top; only `config` and `meta` choose it freely, for a checkpoint see `heads.head_of`.
    seed: of the random weights, used by `config` alone.
    stack: which stack of layers is looked at ("encoder", "decoder", "cross"); "" is the architecture's first. All
        stacks of a model are one model in memory.
    """

    kind: Kind = "embedded"
    source: str = "all-MiniLM-L6-v2"
    revision: str | None = None
    overrides: tuple[tuple[str, Scalar], ...] = ()
    head: Head = "none"
    seed: int = 0
    stack: str = ""

    def __init__(
        self,
        kind: str = "embedded",
        source: str | None = None,
        revision: str | None = None,
        overrides: Mapping[str, Scalar] | tuple[tuple[str, Scalar], ...] = (),
        head: str = "none",
        seed: int = 0,
        stack: str = "",
    ) -> None:
        if kind not in get_args(Kind):
            raise ConfigInvalid(field="kind", found=kind, allowed=", ".join(get_args(Kind)))
        if head not in get_args(Head):
            raise ConfigInvalid(field="head", found=head, allowed=", ".join(get_args(Head)))
        default = "bert" if kind in ("config", "meta") else "all-MiniLM-L6-v2"
        pairs = overrides.items() if isinstance(overrides, Mapping) else overrides
        for name, value in (
            ("kind", kind),
            ("source", default if source is None else source),
            ("revision", revision),
            ("overrides", tuple(sorted(pairs))),
            ("head", head),
            ("seed", seed),
            ("stack", stack),
        ):
            object.__setattr__(self, name, value)
