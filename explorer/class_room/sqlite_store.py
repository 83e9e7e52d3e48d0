"""Rooms in one SQLite file: several processes on one machine may share it, and a killed one loses nothing."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from explorer.class_room.store import Follower, Raised, Room, Vote

TABLES = """
create table if not exists room (
  code text primary key, key text, ends real, place text, asked text, version integer, stirred integer) without rowid;
create table if not exists follower (
  code text references room on delete cascade, number integer, name text, token text,
  primary key (code, number), unique (code, token)) without rowid;
create table if not exists vote (
  code text references room on delete cascade, question text, follower integer, value text, right integer,
  primary key (code, question, follower)) without rowid;
create table if not exists revealed (
  code text references room on delete cascade, question text, primary key (code, question)) without rowid;
create table if not exists raised (
  code text references room on delete cascade, number integer, follower integer, text text, done integer,
  primary key (code, number)) without rowid;
create table if not exists own (
  code text references room on delete cascade, number integer, name text, text text,
  primary key (code, number, name)) without rowid;
create table if not exists tried (who text, at real);
create index if not exists tried_by on tried (who, at);
"""
TRIED = 3600.0  # seconds; no limit asks about a longer time


class SqliteStore:
    """See `Store`. One connection a process, one thread at a time; other processes are waited for."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # nobody else's: names and questions stand in it
        self._lock = RLock()
        self._db = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
        for line in ("busy_timeout = 10000", "journal_mode = wal", "synchronous = full", "foreign_keys = on",
                     "secure_delete = on"):  # fmt: skip
            self._db.execute(f"pragma {line}")
        with self._write():
            for statement in filter(str.strip, TABLES.split(";")):
                self._db.execute(statement)

    @contextmanager
    def _write(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("begin immediate")
            try:
                yield
            except BaseException:
                self._db.execute("rollback")
                raise
            self._db.execute("commit")

    def _read(self, question: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(question, values).fetchall()

    def _stir(self, code: str) -> None:
        self._do("update room set stirred = stirred + 1 where code = ?", code)

    def _do(self, statement: str, *values: Any) -> int:
        return self._db.execute(statement, values).rowcount

    def count(self, who: str, now: float, seconds: float) -> int:
        with self._write():
            self._do("delete from tried where at < ?", now - TRIED)
            self._do("insert into tried values (?, ?)", who, now)
            return self.tried(who, now, seconds)

    def tried(self, who: str, now: float, seconds: float) -> int:
        return int(self._read("select count(*) from tried where who = ? and at > ?", who, now - seconds)[0][0])

    def open(self, room: Room, most: int, now: float) -> bool:
        with self._write():
            self._do("delete from room where ends <= ?", now)
            if self._read("select count(*) from room")[0][0] >= most:
                return False
            values = (room.code, room.key, room.ends, room.place, room.asked, room.version, room.stirred)
            return self._do("insert or ignore into room values (?, ?, ?, ?, ?, ?, ?)", *values) == 1

    def room(self, code: str, now: float) -> Room | None:
        found = self._read("select * from room where code = ? and ends > ?", code, now)
        return Room(*found[0]) if found else None

    def show(self, code: str, place: str, asked: str) -> None:
        with self._write():
            self._do(
                "update room set place = ?2, asked = ?3, version = version + 1"
                " where code = ?1 and (place <> ?2 or asked <> ?3)", code, place, asked,
            )  # fmt: skip

    def reveal(self, code: str, question: str) -> None:
        with self._write():
            if self._do("insert or ignore into revealed select code, ? from room where code = ?", question, code):
                self._do("update room set version = version + 1 where code = ?", code)

    def revealed(self, code: str) -> frozenset[str]:
        return frozenset(row[0] for row in self._read("select question from revealed where code = ?", code))

    def join(self, code: str, name: str, token: str, most: int) -> Follower | None:
        with self._write():
            if (there := self.follower(code, token)) is not None:
                return there
            (taken,) = self._read("select count(*) from follower where code = ?", code)[0]
            if taken >= most or not self._read("select 1 from room where code = ?", code):
                return None
            self._do("insert into follower values (?, ?, ?, ?)", code, taken + 1, name, token)
            self._stir(code)
            return Follower(taken + 1, name, token)

    def follower(self, code: str, token: str) -> Follower | None:
        found = self._read("select number, name, token from follower where code = ? and token = ?", code, token)
        return Follower(*found[0]) if found else None

    def followers(self, code: str) -> tuple[Follower, ...]:
        found = self._read("select number, name, token from follower where code = ? order by number", code)
        return tuple(Follower(*row) for row in found)

    def vote(self, code: str, vote: Vote) -> bool:
        with self._write():
            if self._read("select 1 from revealed where code = ? and question = ?", code, vote.question):
                return False
            self._stir(code)
            return self._do(
                "insert or replace into vote select code, ?, number, ?, ? from follower where code = ? and number = ?",
                vote.question, vote.value, vote.right, code, vote.follower,
            ) == 1  # fmt: skip

    def votes(self, code: str) -> tuple[Vote, ...]:
        found = self._read("select question, follower, value, right from vote where code = ? order by 1, 2", code)
        return tuple(Vote(q, f, v, None if right is None else bool(right)) for q, f, v, right in found)

    def ask(self, code: str, follower: int, text: str, most: int) -> bool:
        with self._write():
            (there,) = self._read("select count(*) from raised where code = ?", code)[0]
            self._stir(code)
            return there < most and self._do(
                "insert into raised select code, ?, number, ?, 0 from follower where code = ? and number = ?",
                there + 1, text, code, follower,
            ) == 1  # fmt: skip

    def raised(self, code: str) -> tuple[Raised, ...]:
        found = self._read("select number, follower, text, done from raised where code = ? order by number", code)
        return tuple(Raised(number, follower, text, bool(done)) for number, follower, text, done in found)

    def settle(self, code: str, number: int) -> None:
        with self._write():
            self._do("update raised set done = 1 where code = ? and number = ?", code, number)

    def put(self, code: str, number: int, name: str, text: str) -> None:
        with self._write():
            self._do("delete from own where code = ? and number = ? and name = ?", code, number, name)
            if text:
                self._do("insert into own select code, ?, ?, ? from room where code = ?", number, name, text, code)
            self._stir(code)

    def own(self, code: str, number: int) -> dict[str, str]:
        return dict(self._read("select name, text from own where code = ? and number = ?", code, number))

    def every(self, code: str, name: str) -> dict[int, str]:
        return dict(self._read("select number, text from own where code = ? and name = ?", code, name))

    def delete(self, code: str) -> None:
        with self._write():
            self._do("delete from room where code = ?", code)

    def sweep(self, now: float) -> None:
        with self._write():
            self._do("delete from room where ends <= ?", now)
            self._do("delete from tried where at < ?", now - TRIED)
