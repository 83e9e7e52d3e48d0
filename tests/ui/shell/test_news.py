"""The request that waits until something has changed in a room; without a server, and in steps of its own."""

import asyncio

import pytest

from explorer.class_room.rooms import Rooms
from explorer.class_room.sqlite_store import SqliteStore
from explorer.ui.shell import news
from explorer.ui.shell.news import MOST, OVER, News
from tests.ui.shell.conftest import alone


@pytest.fixture
def rooms(tmp_path, monkeypatch) -> Rooms:
    found = Rooms(SqliteStore(tmp_path / "rooms.sqlite"))
    monkeypatch.setattr(news, "rooms", lambda: found)
    monkeypatch.setattr(news, "_listeners", [])
    return found


async def ask(app: News, code: str, held: str, seen: str, path: str = "/sub/_room") -> tuple[int, str]:
    """Status and body of an answer."""
    sent: list[dict] = []
    said = {"x-room-code": code, "x-room-held": held, "x-room-seen": seen}
    headers = [(name.encode(), value.encode()) for name, value in said.items()]

    async def send(message):
        sent.append(message)

    await app({"type": "http", "method": "GET", "path": path, "headers": headers}, None, send)
    return sent[0]["status"], sent[1]["body"].decode()


async def within(scope, receive, send):
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b"the app"})


def at(value: str) -> str:
    return f'{{"at":"{value}"}}'


@pytest.mark.parametrize("held", ["", "x", "y" * 10_000])
def test_strangers_learn_nothing(rooms, held):
    room, _ = rooms.open("t")
    there = alone(ask(News(within), room.code, held, "0"))
    assert there == alone(ask(News(within), "ZZZZZZ", held, "0")) == (200, at(OVER))


def test_what_is_news_already_is_told_at_once(rooms):
    room, key = rooms.open("t")
    _, token = rooms.join(room.code, "", "s")
    rooms.show(room.code, key, {"page": "heads"})
    app = News(within)
    assert alone(ask(app, room.code, token, "0")) == (200, at("1"))
    assert alone(ask(app, room.code, key, "1.0")) == (200, at("1.1"))


@pytest.mark.parametrize("stirs", [True, False], ids=["this process", "another process"])
def test_who_waits_is_told_when_it_happens(rooms, monkeypatch, stirs):
    monkeypatch.setattr(news, "LOOKS", 60.0 if stirs else 0.02)
    monkeypatch.setattr(news, "WAITS", 60.0)
    room, key = rooms.open("t")
    _, token = rooms.join(room.code, "", "s")
    app = News(within)

    async def scene():
        waits = asyncio.create_task(ask(app, room.code, token, "0"))
        await asyncio.sleep(0.1)
        assert not waits.done()
        rooms.ask(room.code, token, "nothing for followers")
        news.stir(room.code)
        await asyncio.sleep(0.1)
        assert not waits.done()
        rooms.show(room.code, key, {"page": "heads"})
        if stirs:
            await asyncio.to_thread(news.stir, room.code)
        return await asyncio.wait_for(waits, 20)

    assert alone(scene()) == (200, at("1"))
    assert not app._rooms and not app._members, "nothing is left of those who waited"


def test_nobody_waits_for_ever(rooms, monkeypatch):
    monkeypatch.setattr(news, "WAITS", 0.05)
    room, key = rooms.open("t")
    assert alone(ask(News(within), room.code, key, "0.0")) == (200, at("0.0"))


def test_one_look_serves_all_who_wait(rooms, monkeypatch):
    room, _ = rooms.open("t")
    tokens = [rooms.join(room.code, "", "s")[1] for _ in range(30)]
    looks = []
    look = rooms.at
    monkeypatch.setattr(rooms, "at", lambda code: (looks.append(code), look(code))[1])
    monkeypatch.setattr(news, "WAITS", 0.2)

    async def scene():
        app = News(within)
        return await asyncio.gather(*(ask(app, room.code, token, "0") for token in tokens))

    assert set(alone(scene())) == {(200, at("0"))}
    assert len(looks) <= 2


def test_one_member_does_not_wait_a_thousand_times(rooms, monkeypatch):
    monkeypatch.setattr(news, "WAITS", 0.3)
    room, _ = rooms.open("t")
    _, token = rooms.join(room.code, "", "s")

    async def scene():
        app = News(within)
        return await asyncio.gather(*(ask(app, room.code, token, "0") for _ in range(20)))

    answers = [status for status, _ in alone(scene())]
    assert answers.count(200) == MOST and answers.count(429) == 20 - MOST


def test_a_room_that_ends_says_so(rooms):
    room, key = rooms.open("t")
    _, token = rooms.join(room.code, "", "s")
    app = News(within)

    async def scene():
        waits = asyncio.create_task(ask(app, room.code, token, "0"))
        await asyncio.sleep(0.05)
        rooms.close(room.code, key)
        news.stir(room.code)
        return await asyncio.wait_for(waits, 20)

    assert alone(scene()) == (200, at(OVER))


def test_everything_else_is_the_apps(rooms, monkeypatch):
    assert alone(ask(News(within), "", "", "", "/heads")) == (299, "the app")
    monkeypatch.setenv("EXPLORER_ROOMS", "off")
    assert alone(ask(News(within), "", "", "")) == (299, "the app")
