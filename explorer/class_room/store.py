"""What is kept of rooms, and the few things a store can do with it. Each is done as a whole or not at all.

A store knows no rules: who may what is `rooms`. Times are seconds since 1970, given by whoever asks.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol, runtime_checkable

from explorer.class_room.settings import store_place


@dataclass(frozen=True)
class Room:
    """A room. code: to join; key: digest of the teacher's key. place: what the teacher shows, as JSON; asked: the
    question that is open there, "" for none. version grows with whatever followers must be told, stirred with whatever
    they do."""

    code: str
    key: str
    ends: float
    place: str = ""
    asked: str = ""
    version: int = 0
    stirred: int = 0


@dataclass(frozen=True)
class Follower:
    """One who has joined. number: counted from 1 in the room; token: digest of what only their browser has."""

    number: int
    name: str
    token: str


@dataclass(frozen=True)
class Vote:
    """An answer: as it is counted, and whether it is right for the follower's own text; None where nothing is."""

    question: str
    follower: int
    value: str
    right: bool | None


@dataclass(frozen=True)
class Raised:
    """A question that a follower has for the teacher. number: counted from 1 in the room."""

    number: int
    follower: int
    text: str
    done: bool = False


@runtime_checkable
class Store(Protocol):
    """Rooms, followers, votes, questions. What is asked of a room that is over, or never was, is empty or refused."""

    def count(self, who: str, now: float, seconds: float) -> int:
        """One more try of somebody; how many there were within these seconds, this one included."""

    def tried(self, who: str, now: float, seconds: float) -> int:
        """How many tries there were, without another one."""

    def open(self, room: Room, most: int, now: float) -> bool:
        """A new room, unless its code is taken or there are as many as there may be."""

    def room(self, code: str, now: float) -> Room | None:
        """A room, until it ends."""

    def show(self, code: str, place: str, asked: str) -> None:
        """Put what the teacher shows, if it is new."""

    def reveal(self, code: str, question: str) -> None:
        """No vote on this question is taken any more."""

    def revealed(self, code: str) -> frozenset[str]:
        """The questions that are over."""

    def join(self, code: str, name: str, token: str, most: int) -> Follower | None:
        """One more follower with the next number, unless the room is full; one whose token is there is that one."""

    def follower(self, code: str, token: str) -> Follower | None:
        """Who has this token."""

    def followers(self, code: str) -> tuple[Follower, ...]:
        """All, by number."""

    def vote(self, code: str, vote: Vote) -> bool:
        """Put a follower's one vote in place of an earlier one, unless the question is over; whether it was."""

    def votes(self, code: str) -> tuple[Vote, ...]:
        """All, by question and follower."""

    def ask(self, code: str, follower: int, text: str, most: int) -> bool:
        """Raise a question, unless there are as many as there may be; whether it was."""

    def raised(self, code: str) -> tuple[Raised, ...]:
        """All, in the order in which they were raised."""

    def settle(self, code: str, number: int) -> None:
        """A raised question is done."""

    def put(self, code: str, number: int, name: str, text: str) -> None:
        """Keep a text of a follower under a name, in place of an earlier one; of the teacher under number 0. An empty
        one is kept no more."""

    def own(self, code: str, number: int) -> dict[str, str]:
        """All texts of a follower, by name."""

    def every(self, code: str, name: str) -> dict[int, str]:
        """All texts of that name, by follower."""

    def delete(self, code: str) -> None:
        """The room, and all that is kept of it."""

    def sweep(self, now: float) -> None:
        """Delete what is over."""


@cache
def store() -> Store:
    """The operator's."""
    place = store_place()
    if isinstance(place, Path):
        from explorer.class_room.sqlite_store import SqliteStore

        return SqliteStore(place)
    from explorer.class_room.redis_store import RedisStore

    return RedisStore(place)
