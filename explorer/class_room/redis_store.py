"""Rooms in Redis, for several servers. Every change of more than one key is one script, which Redis runs as a whole.

Of a room: `{bx:CODE}` itself, `:followers` (number → name and token), `:tokens`, `:votes`, `:revealed`, `:raised`,
`:done`, `:own:NUMBER` (name → text). All of them end when the room does.
"""

import json
import math
from typing import Any, cast

from redis import Redis

from explorer.class_room.store import Follower, Raised, Room, Vote

ALL = "bx:rooms"
PARTS = ("", ":followers", ":tokens", ":votes", ":revealed", ":raised", ":done")
# Each begins: is the room there, and until when?
THERE = "local ends = redis.call('hget', KEYS[1], 'ends'); if not ends then return false end; "
STIR = "redis.call('hincrby', KEYS[1], 'stirred', 1); "
UNTIL = "redis.call('expireat', KEYS[2], math.ceil(tonumber(ends))); "
OPEN = """
redis.call('zremrangebyscore', KEYS[2], '-inf', ARGV[1])
if redis.call('zcard', KEYS[2]) >= tonumber(ARGV[2]) or redis.call('exists', KEYS[1]) == 1 then return 0 end
redis.call('hset', KEYS[1], 'code', ARGV[3], 'key', ARGV[4], 'ends', ARGV[5], 'place', ARGV[6], 'asked', ARGV[7],
  'version', ARGV[8], 'stirred', ARGV[9])
redis.call('expireat', KEYS[1], ARGV[10])
redis.call('zadd', KEYS[2], ARGV[5], ARGV[3])
return 1
"""
SHOW = f"""{THERE}
local now = redis.call('hmget', KEYS[1], 'place', 'asked')
if now[1] == ARGV[1] and now[2] == ARGV[2] then return 0 end
redis.call('hset', KEYS[1], 'place', ARGV[1], 'asked', ARGV[2])
return redis.call('hincrby', KEYS[1], 'version', 1)
"""
REVEAL = f"""{THERE}
if redis.call('sadd', KEYS[2], ARGV[1]) == 1 then redis.call('hincrby', KEYS[1], 'version', 1) end
{UNTIL} return 1
"""
JOIN = f"""{THERE}
local number = redis.call('hget', KEYS[3], ARGV[2])
if number then return redis.call('hget', KEYS[2], number) end
number = redis.call('hlen', KEYS[2]) + 1
if number > tonumber(ARGV[3]) then return false end
local one = cjson.encode({{number, ARGV[1], ARGV[2]}})
redis.call('hset', KEYS[2], number, one); redis.call('hset', KEYS[3], ARGV[2], number)
{STIR} {UNTIL} redis.call('expireat', KEYS[3], math.ceil(tonumber(ends)))
return one
"""
VOTE = f"""{THERE}
if redis.call('sismember', KEYS[3], ARGV[1]) == 1 or redis.call('hexists', KEYS[4], ARGV[2]) == 0 then return 0 end
redis.call('hset', KEYS[2], ARGV[3], ARGV[4])
{STIR} {UNTIL} return 1
"""
ASK = f"""{THERE}
if redis.call('llen', KEYS[2]) >= tonumber(ARGV[3]) or redis.call('hexists', KEYS[3], ARGV[1]) == 0 then return 0 end
redis.call('rpush', KEYS[2], cjson.encode({{tonumber(ARGV[1]), ARGV[2]}}))
{STIR} {UNTIL} return 1
"""
SETTLE = f"{THERE} redis.call('sadd', KEYS[2], ARGV[1]); {UNTIL} return 1"
PUT = f"""{THERE}
if ARGV[2] == '' then redis.call('hdel', KEYS[2], ARGV[1]) else redis.call('hset', KEYS[2], ARGV[1], ARGV[2]) end
{STIR} {UNTIL} return 1
"""
COUNT = """
redis.call('zremrangebyscore', KEYS[1], '-inf', ARGV[2])
local n = redis.call('incr', KEYS[1] .. ':n'); redis.call('expire', KEYS[1] .. ':n', ARGV[3])
redis.call('zadd', KEYS[1], ARGV[1], n); redis.call('expire', KEYS[1], ARGV[3])
return redis.call('zcard', KEYS[1])
"""


class RedisStore:
    """See `Store`. address: `redis://host:port/number`."""

    def __init__(self, address: str) -> None:
        self._redis = cast(
            Any, Redis.from_url(address, decode_responses=True, socket_timeout=5, health_check_interval=30)
        )

    def _run(self, script: str, keys: list[str], *values: object) -> Any:
        return self._redis.eval(script, len(keys), *keys, *values)

    def count(self, who: str, now: float, seconds: float) -> int:
        return int(self._run(COUNT, [f"{{bx:tried:{who}}}"], now, now - seconds, math.ceil(seconds)))

    def tried(self, who: str, now: float, seconds: float) -> int:
        return int(self._redis.zcount(f"{{bx:tried:{who}}}", f"({now - seconds}", "+inf"))

    def open(self, room: Room, most: int, now: float) -> bool:
        values = (
            room.code,
            room.key,
            room.ends,
            room.place,
            room.asked,
            room.version,
            room.stirred,
            math.ceil(room.ends),
        )
        return bool(self._run(OPEN, [_key(room.code), ALL], now, most, *values))

    def room(self, code: str, now: float) -> Room | None:
        found = self._redis.hgetall(_key(code))
        if not found or float(found["ends"]) <= now:
            return None
        version, stirred = int(found["version"]), int(found["stirred"])
        return Room(code, found["key"], float(found["ends"]), found["place"], found["asked"], version, stirred)

    def show(self, code: str, place: str, asked: str) -> None:
        self._run(SHOW, [_key(code)], place, asked)

    def reveal(self, code: str, question: str) -> None:
        self._run(REVEAL, [_key(code), _key(code, "revealed")], question)

    def revealed(self, code: str) -> frozenset[str]:
        return frozenset(self._redis.smembers(_key(code, "revealed")))

    def join(self, code: str, name: str, token: str, most: int) -> Follower | None:
        keys = [_key(code), _key(code, "followers"), _key(code, "tokens")]
        found = self._run(JOIN, keys, name, token, most)
        return Follower(*json.loads(found)) if found else None

    def follower(self, code: str, token: str) -> Follower | None:
        number = self._redis.hget(_key(code, "tokens"), token)
        found = None if number is None else self._redis.hget(_key(code, "followers"), number)
        return Follower(*json.loads(found)) if found else None

    def followers(self, code: str) -> tuple[Follower, ...]:
        found = (Follower(*json.loads(one)) for one in self._redis.hvals(_key(code, "followers")))
        return tuple(sorted(found, key=lambda one: one.number))

    def vote(self, code: str, vote: Vote) -> bool:
        keys = [_key(code), _key(code, "votes"), _key(code, "revealed"), _key(code, "followers")]
        name = json.dumps([vote.question, vote.follower])
        value = json.dumps([vote.value, vote.right])
        return bool(self._run(VOTE, keys, vote.question, vote.follower, name, value))

    def votes(self, code: str) -> tuple[Vote, ...]:
        found = self._redis.hgetall(_key(code, "votes"))
        votes = (Vote(*json.loads(name), *json.loads(value)) for name, value in found.items())
        return tuple(sorted(votes, key=lambda one: (one.question, one.follower)))

    def ask(self, code: str, follower: int, text: str, most: int) -> bool:
        keys = [_key(code), _key(code, "raised"), _key(code, "followers")]
        return bool(self._run(ASK, keys, follower, text, most))

    def raised(self, code: str) -> tuple[Raised, ...]:
        done = self._redis.smembers(_key(code, "done"))
        found = self._redis.lrange(_key(code, "raised"), 0, -1)
        raised = [(number, *json.loads(one)) for number, one in enumerate(found, 1)]
        return tuple(Raised(number, follower, text, str(number) in done) for number, follower, text in raised)

    def settle(self, code: str, number: int) -> None:
        self._run(SETTLE, [_key(code), _key(code, "done")], number)

    def put(self, code: str, number: int, name: str, text: str) -> None:
        self._run(PUT, [_key(code), _key(code, f"own:{number}")], name, text)

    def own(self, code: str, number: int) -> dict[str, str]:
        return dict(self._redis.hgetall(_key(code, f"own:{number}")))

    def every(self, code: str, name: str) -> dict[int, str]:
        numbers = self._numbers(code)
        with self._redis.pipeline() as at_once:
            for number in numbers:
                at_once.hget(_key(code, f"own:{number}"), name)
            found = zip(numbers, at_once.execute(), strict=True)
        return {number: text for number, text in found if text is not None}

    def _numbers(self, code: str) -> range:
        """Of the teacher, and of all who have joined."""
        return range(self._redis.hlen(_key(code, "followers")) + 1)

    def delete(self, code: str) -> None:
        parts = [*PARTS, *(f":own:{number}" for number in self._numbers(code))]
        with self._redis.pipeline() as at_once:
            at_once.delete(*(_key(code) + part for part in parts))
            at_once.zrem(ALL, code)
            at_once.execute()

    def sweep(self, now: float) -> None:
        """Redis forgets by itself; only by the clock of whoever asks it may be earlier."""
        for code in self._redis.zrangebyscore(ALL, "-inf", now):
            self.delete(code)


def _key(code: str, part: str = "") -> str:
    return f"{{bx:{code}}}" + (f":{part}" if part else "")
