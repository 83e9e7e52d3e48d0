"""Who may what in a room: the teacher holds a key, each follower a token, everybody else a code that lets them join.

Keys and tokens are kept as digests. Whoever asks gives what they hold every time; nothing is taken on trust.
"""

import hashlib
import hmac
import json
import secrets
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from explorer.class_room.settings import teacher_key
from explorer.class_room.store import Follower, Raised, Room, Store, Vote
from explorer.errors import NoSuchRoom, NotTheTeacher, RoomFull, RoomsFull, TooManyTries, VoteTooLate

# No 0 and O, 1, I and L: codes are read from a wall and typed on phones. 31 signs, 4.95 bits each.
SIGNS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE, KEY = 6, 16  # signs: 30 bits to join, 79 bits to teach
LASTS = 8 * 3600.0  # seconds
MOST_ROOMS, MOST_FOLLOWERS, MOST_RAISED = 200, 120, 300
NAME, TEXT, VALUE, PLACE, SHEET = 40, 300, 80, 6_000, 4_000  # characters
MOST_SHEETS = 100  # of one member: the questions of all lessons
LENT, ANSWERED = "text", "answered "
# Tries within so many seconds. Joining: of codes that are wrong, from one address (a class has one). With 200 rooms
# open, an address that tries for eight hours finds one with a chance of 0.3 %, and is then a student there.
WRONG, OPENED, SAID, LENDS = (30, 60.0), (20, 600.0), (6, 60.0), (20, 60.0)


@dataclass(frozen=True)
class Member:
    """One who is in a room: its teacher, or a follower."""

    room: Room
    follower: Follower | None = None

    @property
    def teaches(self) -> bool:
        """Whether this is the teacher."""
        return self.follower is None


@dataclass(frozen=True)
class Board:
    """What the teacher sees of a class: who has joined, all votes, what was revealed, questions."""

    followers: tuple[Follower, ...]
    votes: tuple[Vote, ...]
    revealed: frozenset[str]
    raised: tuple[Raised, ...]

    def counted(self, question: str) -> Counter[str]:
        """How often each answer was given to a question."""
        return Counter(vote.value for vote in self.votes if vote.question == question)


class Rooms:
    """All rooms of a store. clock: seconds since 1970."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._store, self._clock = store, clock

    def open(self, who: str, word: str = "") -> tuple[Room, str]:
        """A new room and its teacher's key. who: the address that asks; word: what `EXPLORER_TEACHER_KEY` asks for.

        Raises:
            NotTheTeacher: when the word is another one.
            TooManyTries: for an address that opens, or tries to, all the time.
            RoomsFull: when there are as many as there may be.
        """
        self._bound(f"open {who}", OPENED)
        if teacher_key() and not hmac.compare_digest(teacher_key().encode(), word.strip().encode("utf-8", "replace")):
            raise NotTheTeacher()
        key = _drawn(KEY)
        for _ in range(3):  # a code that is taken is drawn again
            room = Room(_drawn(CODE), digest(key), self._clock() + LASTS)
            if self._store.open(room, MOST_ROOMS, self._clock()):
                return room, key
        raise RoomsFull(allowed=MOST_ROOMS)

    def join(self, code: str, name: str, who: str, token: str = "") -> tuple[Member, str]:
        """Come in by a code, or come back with what was held before. Returns it: a token, or the teacher's key.

        Raises:
            NoSuchRoom, TooManyTries: for a code that is none, the second after many of them from one address.
            RoomFull: when as many have joined as may.
        """
        code, _, key = code.strip().upper().partition("-")
        if (there := self.member(code, key or token)) is not None:
            return there, key or token
        wrong = f"join {who}"
        if self._tried(wrong) >= WRONG[0]:
            raise TooManyTries(seconds=int(WRONG[1]))
        room = self._store.room(code, self._clock()) if len(code) == CODE and not key else None
        if room is None:
            self._store.count(wrong, self._clock(), WRONG[1])
            raise NoSuchRoom(found=bounded(code, 20))
        token = secrets.token_urlsafe(16)
        follower = self._store.join(code, bounded(name, NAME), digest(token), MOST_FOLLOWERS)
        if follower is None:
            raise RoomFull(allowed=MOST_FOLLOWERS)
        return Member(room, follower), token

    def member(self, code: str, held: str) -> Member | None:
        """Who holds this key or token; None for a stranger, and when the room is over."""
        if not held or len(code) != CODE or len(held) > 64:
            return None
        room = self._store.room(code, self._clock())
        if room is None:
            return None
        if hmac.compare_digest(room.key, digest(held)):
            return Member(room)
        follower = self._store.follower(code, digest(held))
        return None if follower is None else Member(room, follower)

    def show(self, code: str, key: str, place: Mapping[str, Any], asked: str = "") -> None:
        """What the teacher looks at now, and the question that is open there."""
        written = json.dumps(place, sort_keys=True, ensure_ascii=False)
        if len(written) <= PLACE:
            self._store.show(self._taught(code, key).code, written, asked)

    def reveal(self, code: str, key: str, question: str) -> None:
        """End the votes on a question."""
        self._store.reveal(self._taught(code, key).code, question)

    def revealed(self, code: str, held: str) -> frozenset[str]:
        """The questions that are over."""
        return self._store.revealed(self._inside(code, held).room.code)

    def vote(self, code: str, token: str, question: str, value: str, right: bool | None) -> None:
        """A follower's one answer to the open question; a later one takes the place of an earlier one.

        Raises:
            VoteTooLate: when another question is open, or this one is over.
        """
        me = self._follows(code, token)
        vote = Vote(question, me.follower.number, bounded(value, VALUE), right)  # type: ignore[union-attr]
        if me.room.asked != question or not self._store.vote(code, vote):
            raise VoteTooLate()

    def voted(self, code: str, token: str) -> dict[str, Vote]:
        """A follower's own votes, by question."""
        me = self._follows(code, token).follower
        return {vote.question: vote for vote in self._store.votes(code) if me and vote.follower == me.number}

    def ask(self, code: str, token: str, text: str) -> None:
        """Raise a question. An empty one is none.

        Raises:
            TooManyTries: for one who asks all the time, or when the class has raised as many as anybody reads.
        """
        me, text = self._follows(code, token).follower, bounded(text, TEXT)
        if me is None or not text:
            return
        self._bound(f"ask {code} {me.number}", SAID)
        if not self._store.ask(code, me.number, text, MOST_RAISED):
            raise TooManyTries(seconds=int(SAID[1]))

    def settle(self, code: str, key: str, number: int) -> None:
        """A raised question is done."""
        self._store.settle(self._taught(code, key).code, number)

    def lend(self, code: str, token: str, text: str) -> None:
        """A follower's consent that the class sees this text, with their name; an empty one takes it back.

        Raises:
            TooManyTries: for one who does so all the time.
        """
        number = self._follows(code, token).follower.number  # type: ignore[union-attr]
        self._bound(f"lend {code} {number}", LENDS)
        self._store.put(code, number, LENT, bounded(text, TEXT))

    def lent(self, code: str, held: str) -> dict[int, str]:
        """Who has consented: number → text. Of a follower it is their own alone."""
        me = self._inside(code, held).follower
        if me is None:
            return self._store.every(code, LENT)
        own = self._store.own(code, me.number)
        return {me.number: own[LENT]} if LENT in own else {}

    def keep(self, code: str, held: str, question: str, answered: Mapping[str, Any]) -> None:
        """What a member's own sheet says of a question. It outlives the server, for nobody but this member."""
        number, written = self._number(code, held), json.dumps(answered, ensure_ascii=False)
        if len(written) <= SHEET and len(self._store.own(code, number)) < MOST_SHEETS:
            self._store.put(code, number, ANSWERED + bounded(question, VALUE), written)

    def kept(self, code: str, held: str) -> dict[str, dict[str, Any]]:
        """A member's own sheet, by question."""
        found = self._store.own(code, self._number(code, held)).items()
        return {name.removeprefix(ANSWERED): json.loads(text) for name, text in found if name.startswith(ANSWERED)}

    def board(self, code: str, key: str) -> Board:
        """What the teacher sees."""
        self._taught(code, key)
        store = self._store
        return Board(store.followers(code), store.votes(code), store.revealed(code), store.raised(code))

    def close(self, code: str, key: str) -> None:
        """Delete the room and all that is kept of it."""
        self._store.delete(self._taught(code, key).code)

    def sweep(self) -> None:
        """Delete the rooms that are over."""
        self._store.sweep(self._clock())

    def at(self, code: str) -> tuple[int, int] | None:
        """What has changed so far: for followers, and by them; None when the room is over."""
        room = self._store.room(code, self._clock())
        return None if room is None else (room.version, room.stirred)

    def _inside(self, code: str, held: str) -> Member:
        if (found := self.member(code, held)) is None:
            raise NoSuchRoom(found=bounded(code, 20))
        return found

    def _taught(self, code: str, key: str) -> Room:
        found = self._inside(code, key)
        if not found.teaches:
            raise NotTheTeacher()
        return found.room

    def _follows(self, code: str, token: str) -> Member:
        found = self._inside(code, token)
        if found.teaches:
            raise NotTheTeacher()
        return found

    def _number(self, code: str, held: str) -> int:
        me = self._inside(code, held).follower
        return 0 if me is None else me.number

    def _tried(self, who: str) -> int:
        return self._store.tried(who, self._clock(), WRONG[1])

    def _bound(self, who: str, allowed: tuple[int, float]) -> None:
        most, seconds = allowed
        if self._store.count(who, self._clock(), seconds) > most:
            raise TooManyTries(seconds=int(seconds))


def digest(held: str) -> str:
    """A key or token as the store keeps it. They are drawn at random, so that nothing slower is needed."""
    return hashlib.sha256(held.encode("utf-8", "replace")).hexdigest()


def bounded(text: str, most: int) -> str:
    """What somebody has written, in one line of at most so many characters that can be seen: no controls, and none of
    the signs that turn the direction of what stands beside them."""
    seen = "".join(sign if sign.isprintable() else " " for sign in unicodedata.normalize("NFC", text[: 8 * most]))
    return " ".join(seen.split())[:most].strip()


def _drawn(signs: int) -> str:
    return "".join(secrets.choice(SIGNS) for _ in range(signs))
