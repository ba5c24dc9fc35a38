"""A minute of chaos over the second shape: two web processes behind nginx, two workers, PostgreSQL and Redis.

`CHAOS_S` says how long it lasts, `CHAOS_SEED` which faults happen: the seed of a run stands in its output.
"""

import os
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.postgres import own_database
from tests.proof.chaos.claude import BadDay
from tests.proof.chaos.faults import Faults
from tests.proof.chaos.people import Guest
from tests.proof.chaos.verdict import Verdict
from tests.proof.depth import CHAOS_S
from tests.redis import RedisServer
from tests.shapes.nginx import Nginx, nginx_before
from tests.shapes.site import Shape, environment_of, eventually
from tests.upstream import Upstream, running_upstream

GUESTS = ("Ada", "Ben", "Cleo", "Dora", "Emil", "Frida")
END_WITHIN_S = 90  # of the turns that are still on their way afterwards, on a busy machine
IMPATIENT = {"CLAUDE_FIRST_BYTE_S": "2", "CLAUDE_STALL_S": "2", "CLAUDE_TOTAL_S": "20", "CLAUDE_RETRIES": "2"}
ACTIVE_TURNS = "SELECT id, status FROM conversations_turn WHERE status IN ('queued', 'running')"
REVISION = "SELECT revision FROM conversations_conversation WHERE id = %s"


@pytest.fixture
def claude() -> Iterator[Upstream]:
    with running_upstream() as running:
        yield running


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def shape(claude: Upstream, redis: RedisServer, postgres_url: str, tmp_path: Path) -> Iterator[Shape]:
    with own_database(postgres_url, "chaos") as database:
        environment = environment_of(tmp_path / "data", database=database, redis=redis, claude=claude)
        shape = Shape(environment | IMPATIENT, tmp_path)
        shape.prepare(len(GUESTS))
        shape.keep_addresses()
        shape.heal()
        yield shape
        shape.end()


def guests_of(shape: Shape, door: Nginx, seed: int) -> list[Guest]:
    tired, gone = threading.Event(), threading.Event()
    seats = [shape.seats.pop() for _ in GUESTS]
    return [
        Guest(name, seat["conversations"][0], seat["session"], door, random.Random(f"{seed} {name}"), tired, gone)
        for name, seat in zip(GUESTS, seats, strict=True)
    ]


def live_through_it(shape: Shape, redis: RedisServer, guests: list[Guest], dice: random.Random) -> Faults:
    """Returns when the last turn has ended and each window has caught up."""
    faults = Faults(shape, redis, dice)
    tired, gone = guests[0].tired, guests[0].gone
    with ThreadPoolExecutor(2 * len(guests)) as pool:
        acting = [pool.submit(guest.act) for guest in guests]
        watching = [pool.submit(guest.watch) for guest in guests]
        try:
            faults.happen(CHAOS_S)
            tired.set()
            for acted in acting:
                acted.result()
            eventually(lambda: not shape.rows(ACTIVE_TURNS), END_WITHIN_S)
            eventually(lambda: all(has_caught_up(shape, guest) for guest in guests), END_WITHIN_S)
        finally:
            print("\n".join(faults.told))
            tired.set()
            gone.set()
        for watched in watching:
            watched.result()
    return faults


def has_caught_up(shape: Shape, guest: Guest) -> bool:
    return guest.page is not None and [(guest.page.revision,)] == shape.rows(REVISION, guest.conversation)


def test_after_a_minute_of_chaos_everybody_tells_one_story(
    shape: Shape, claude: Upstream, redis: RedisServer, tmp_path: Path
) -> None:
    seed = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(1_000_000))
    print(f"CHAOS_SEED={seed} CHAOS_S={CHAOS_S}")
    claude.otherwise = BadDay(random.Random(seed))

    with nginx_before(shape.webs, tmp_path) as nginx:
        guests = guests_of(shape, nginx, seed)
        live_through_it(shape, redis, guests, random.Random(seed))

        assert all(process.popen and process.popen.poll() is None for process in (*shape.webs, *shape.workers))
        assert shape.rows("SELECT count(*) FROM conversations_turnevent") == [(0,)]
        requests = [request for request in claude.requests if request.method == "POST"]
        for guest in guests:
            verdict = Verdict(shape, guest, requests)
            verdict.each_question_is_there_once()
            verdict.each_turn_has_one_end()
            verdict.nothing_that_was_seen_is_missing()
            verdict.everybody_is_shown_the_same()
            verdict.answers_are_what_claude_said()
            verdict.each_request_is_booked_once()
            verdict.tokens_are_those_that_claude_reported()
            print(guest.name, verdict)
