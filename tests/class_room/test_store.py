"""Every store does the same: each test runs on SQLite, and on Redis where a server can be started."""

import os
import shutil
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from explorer.class_room import settings
from explorer.class_room.redis_store import RedisStore
from explorer.class_room.sqlite_store import SqliteStore
from explorer.class_room.store import Follower, Raised, Room, Store, Vote

ROOT = Path(__file__).resolve().parents[2]
SERVER = shutil.which("redis-server")
FAR = 4e9  # Redis has a clock of its own; a room of these tests ends in 2096
ROOM = Room("ABCDEF", "digest", FAR)


@pytest.fixture(scope="session")
def redis_address(tmp_path_factory) -> Iterator[str]:
    if SERVER is None:
        pytest.skip("no redis-server found")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("redis")
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen([SERVER, *options], stdout=subprocess.DEVNULL)
    import redis

    client = redis.Redis(port=port, retry=redis.retry.Retry(redis.backoff.ConstantBackoff(0.1), 100))
    client.ping()
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait()


@pytest.fixture(params=["sqlite", "redis"])
def address(request, tmp_path) -> str:
    """Where the rooms are."""
    if request.param == "sqlite":
        return str(tmp_path / "deep" / "rooms.sqlite")
    found = request.getfixturevalue("redis_address")
    opened(found)._redis.flushall()
    return found


def opened(address: str):
    return RedisStore(address) if address.startswith("redis") else SqliteStore(Path(address))


@pytest.fixture
def store(address) -> Store:
    found = opened(address)
    assert found.open(ROOM, 9, 0.0)
    return found


def test_a_room_is_opened_once_and_ends(store):
    assert store.room("ABCDEF", 1.0) == ROOM
    assert not store.open(Room("ABCDEF", "another", FAR), 9, 0.0)
    assert store.room("ABCDEF", 1.0).key == "digest"
    assert store.room("ABCDEF", FAR) is None and store.room("ABCDEG", 0.0) is None


def test_there_are_as_many_rooms_as_there_may_be_and_those_that_are_over_make_way(store):
    assert store.open(Room("B", "", FAR + 9), 2, 0.0)
    assert not store.open(Room("C", "", FAR + 9), 2, 0.0)
    assert store.open(Room("C", "", FAR + 9), 2, FAR + 1)
    assert store.room("ABCDEF", 0.0) is None or isinstance(store, RedisStore)


def test_what_is_shown_is_news_once(store):
    store.show("ABCDEF", '{"page": "heads"}', "sqrt-d 2")
    store.show("ABCDEF", '{"page": "heads"}', "sqrt-d 2")
    found = store.room("ABCDEF", 0.0)
    assert (found.place, found.asked, found.version) == ('{"page": "heads"}', "sqrt-d 2", 1)
    store.show("ABCDEF", '{"page": "heads"}', "")
    assert store.room("ABCDEF", 0.0).version == 2


def test_who_joins_twice_is_one(store):
    assert store.join("ABCDEF", "Ada", "t1", 2) == Follower(1, "Ada", "t1")
    assert store.join("ABCDEF", "Eve", "t1", 2) == Follower(1, "Ada", "t1")
    assert store.join("ABCDEF", "", "t2", 2) == Follower(2, "", "t2")
    assert store.join("ABCDEF", "", "t3", 2) is None
    assert store.follower("ABCDEF", "t2").number == 2 and store.follower("ABCDEF", "t3") is None
    assert [one.name for one in store.followers("ABCDEF")] == ["Ada", ""]
    assert store.join("NOROOM", "", "t1", 2) is None and store.followers("NOROOM") == ()


def test_one_vote_each_until_the_question_is_over(store):
    store.join("ABCDEF", "", "t1", 9)
    store.join("ABCDEF", "", "t2", 9)
    assert store.vote("ABCDEF", Vote("q", 1, "root", True))
    assert store.vote("ABCDEF", Vote("q", 1, "times", False))
    assert store.vote("ABCDEF", Vote("q", 2, "字", None))
    assert store.vote("ABCDEF", Vote("r", 1, "1.5", False))
    assert not store.vote("ABCDEF", Vote("q", 3, "root", True)), "nobody has this number"
    assert not store.vote("NOROOM", Vote("q", 1, "root", True))
    assert store.revealed("ABCDEF") == frozenset()
    store.reveal("ABCDEF", "q")
    version = store.room("ABCDEF", 0.0).version
    store.reveal("ABCDEF", "q")
    assert store.room("ABCDEF", 0.0).version == version == 1
    assert not store.vote("ABCDEF", Vote("q", 1, "root", True))
    assert store.vote("ABCDEF", Vote("r", 2, "2", None))
    assert store.votes("ABCDEF") == (
        Vote("q", 1, "times", False), Vote("q", 2, "字", None), Vote("r", 1, "1.5", False), Vote("r", 2, "2", None),
    )  # fmt: skip
    assert store.revealed("ABCDEF") == {"q"}


def test_questions_are_raised_and_done(store):
    store.join("ABCDEF", "", "t1", 9)
    assert store.ask("ABCDEF", 1, "Why?", 2) and store.ask("ABCDEF", 1, '<b>"为什么"</b>', 2)
    assert not store.ask("ABCDEF", 1, "A third?", 2) and not store.ask("ABCDEF", 5, "Nobody", 9)
    store.settle("ABCDEF", 2)
    assert store.raised("ABCDEF") == (Raised(1, 1, "Why?"), Raised(2, 1, '<b>"为什么"</b>', True))


def test_texts_are_kept_by_name_until_they_are_taken_back(store):
    store.join("ABCDEF", "", "t1", 9)
    store.put("ABCDEF", 1, "text", "Mine.")
    store.put("ABCDEF", 1, "text", "我的[1]。")
    store.join("ABCDEF", "", "t2", 9)
    store.put("ABCDEF", 2, "text", "Theirs.")
    store.put("ABCDEF", 0, "answered q", "{}")
    store.put("NOROOM", 1, "text", "Nowhere.")
    assert store.every("ABCDEF", "text") == {1: "我的[1]。", 2: "Theirs."}
    assert store.own("ABCDEF", 0) == {"answered q": "{}"} and store.own("NOROOM", 1) == {}
    store.put("ABCDEF", 1, "text", "")
    assert store.every("ABCDEF", "text") == {2: "Theirs."} and store.own("ABCDEF", 1) == {}


def test_whoever_looks_is_told_what_has_stirred(store):
    def stirred():
        return store.room("ABCDEF", 0.0).stirred

    seen = [stirred()]
    for change in (
        lambda: store.join("ABCDEF", "", "t1", 9),
        lambda: store.vote("ABCDEF", Vote("q", 1, "a", None)),
        lambda: store.ask("ABCDEF", 1, "?", 9),
        lambda: store.put("ABCDEF", 1, "text", "Mine."),
    ):
        change()
        seen.append(stirred())
    assert len(set(seen)) == 5 and seen == sorted(seen)
    assert store.room("ABCDEF", 0.0).version == 0, "nothing of it is for followers"


def test_nothing_is_left_of_a_room(store, address):
    store.join("ABCDEF", "Ada", "t1", 9)
    store.vote("ABCDEF", Vote("q", 1, "root", True))
    store.ask("ABCDEF", 1, "A secret question", 9)
    store.put("ABCDEF", 1, "text", "A secret question")
    store.settle("ABCDEF", 1)
    store.reveal("ABCDEF", "q")
    store.delete("ABCDEF")
    assert store.room("ABCDEF", 0.0) is None and store.votes("ABCDEF") == () and store.raised("ABCDEF") == ()
    assert store.followers("ABCDEF") == () and store.revealed("ABCDEF") == frozenset()
    for change in (lambda: store.show("ABCDEF", "x", ""), lambda: store.reveal("ABCDEF", "q"),
                   lambda: store.settle("ABCDEF", 1)):  # fmt: skip
        change()
    if isinstance(store, RedisStore):
        assert store._redis.keys("*") == []
    else:
        store._db.execute("pragma wal_checkpoint(truncate)")
        assert b"secret" not in Path(address).read_bytes()


def test_what_is_over_is_swept(store):
    store.join("ABCDEF", "Ada", "t1", 9)
    store.sweep(FAR - 1)
    assert store.followers("ABCDEF")
    store.sweep(FAR)
    assert store.followers("ABCDEF") == ()


def test_redis_forgets_a_room_by_itself(store):
    if not isinstance(store, RedisStore):
        pytest.skip("SQLite is swept")
    store.join("ABCDEF", "", "t1", 9)
    store.vote("ABCDEF", Vote("q", 1, "a", True))
    store.ask("ABCDEF", 1, "?", 9)
    store.settle("ABCDEF", 1)
    store.reveal("ABCDEF", "q")
    keys = store._redis.keys("{bx:ABCDEF}*")
    assert len(keys) == 7 and all(store._redis.expiretime(key) == FAR for key in keys)


def test_tries_are_counted_within_a_time(store):
    assert [store.count("a", 100.0 + n, 60.0) for n in range(3)] == [1, 2, 3]
    assert store.count("b", 103.0, 60.0) == 1
    assert store.count("a", 161.5, 60.0) == 2  # those of 100 and 101 are over


def test_a_restart_loses_nothing(store, address):
    store.join("ABCDEF", "Ada", "t1", 9)
    store.vote("ABCDEF", Vote("q", 1, "root", True))
    store.show("ABCDEF", "place", "q")
    again = opened(address)  # the first one was never closed, as after a kill
    assert again.room("ABCDEF", 0.0) == store.room("ABCDEF", 0.0) and again.room("ABCDEF", 0.0).asked == "q"
    assert again.follower("ABCDEF", "t1").name == "Ada"
    assert again.votes("ABCDEF") == (Vote("q", 1, "root", True),)


def test_the_file_is_its_owners(store, address):
    if isinstance(store, SqliteStore):
        assert stat.S_IMODE(os.stat(address).st_mode) == 0o600


def _student(store: Store, number: int) -> int:
    """Joins and votes, three times each, as a browser does that is not sure."""
    for _ in range(3):
        me = store.join("ABCDEF", f"n{number}", f"t{number}", 1000)
        assert me is not None and store.vote("ABCDEF", Vote("q", me.number, str(number), None))
    assert store.ask("ABCDEF", me.number, "?", 1000)
    return me.number


def _class(address: str, first: int, count: int) -> None:
    store = opened(address)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: _student(store, number), range(first, first + count)))


def test_two_processes_with_threads_lose_no_vote_and_take_none_twice(store, address):
    code = "import sys; from tests.class_room.test_store import _class; _class(sys.argv[1], int(sys.argv[2]), 30)"
    both = [subprocess.Popen([sys.executable, "-c", code, address, first], cwd=ROOT) for first in ("0", "100")]
    for process in both:
        assert process.wait(120) == 0
    followers, votes = store.followers("ABCDEF"), store.votes("ABCDEF")
    assert [one.number for one in followers] == list(range(1, 61))
    assert {one.token for one in followers} == {f"t{n}" for n in (*range(30), *range(100, 130))}
    assert {(one.follower, one.value) for one in votes} == {(one.number, one.name[1:]) for one in followers}
    assert len(votes) == 60 and [one.number for one in store.raised("ABCDEF")] == list(range(1, 61))


def test_a_full_room_is_full_for_all_who_come_at_once(store):
    ready = threading.Barrier(12)

    def come(number: int) -> Follower | None:
        ready.wait()
        return store.join("ABCDEF", "", f"t{number}", 5)

    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(come, range(12)))
    assert sorted(one.number for one in found if one) == [1, 2, 3, 4, 5]


def test_where_the_rooms_are(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("EXPLORER_STORE", raising=False)
    assert settings.store_place() == tmp_path / "bert-explorer" / "rooms.sqlite"
    monkeypatch.setenv("EXPLORER_STORE", "/x/y.sqlite")
    assert settings.store_place() == Path("/x/y.sqlite")
    monkeypatch.setenv("EXPLORER_STORE", "redis://h:1/0")
    assert settings.store_place() == "redis://h:1/0"
    for word in ("off", "OFF", "0", "no"):
        monkeypatch.setenv("EXPLORER_ROOMS", word)
        assert not settings.rooms_on()
    monkeypatch.delenv("EXPLORER_ROOMS")
    assert settings.rooms_on()
