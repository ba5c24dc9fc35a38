"""`./run bench`: the site against a bare relay, both measured now on this machine. A missed floor ends it with 1."""

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.capacity import MOST as MOST_STREAMS
from tests.bench.floors import LEAST_CACHE_SHARE, Floor, Ledger, floors, ledger_floors, soak_floors
from tests.bench.measure import QUICK, WHOLE, Measured, Plan, measure
from tests.bench.processes import CLIENT_CORE, Server, allow_many_sockets
from tests.bench.report import cache_table, ledger_table, soak_table, tables, verdicts
from tests.bench.scale import Scaled, scale
from tests.bench.soak import soak
from tests.bench.stage import Enter, Stage, by_relay, by_site, command_of_site, prepare
from tests.machine import find_postgresql
from tests.postgres import own_database

CONVERSATIONS_EACH = 100  # more than any plan asks of one person
SOAK_MINUTES = 15


def main() -> int:
    arguments = _parser().parse_args()
    if arguments.cache:
        return _told(_cache())
    if arguments.ledger:
        return _told(_ledger())
    os.sched_setaffinity(0, {CLIENT_CORE})
    allow_many_sockets()
    with TemporaryDirectory(prefix="bench-") as folder:
        stage = Stage(Path(folder))
        with stage.upstream():
            verdict = _soak(stage, arguments.soak) if arguments.soak else _compare(stage, arguments.quick)
    return _told(verdict)


def _told(verdict: list[Floor]) -> int:
    print("", verdicts(verdict), sep="\n")
    return 0 if all(floor.holds for floor in verdict) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--quick", action="store_true", help="one pass instead of the medians of three, no capacity")
    which.add_argument(
        "--soak",
        nargs="?",
        type=int,
        const=SOAK_MINUTES,
        metavar="MINUTES",
        help=f"half of what one process carries, for {SOAK_MINUTES} minutes; a worker is killed every minute",
    )
    which.add_argument("--ledger", action="store_true", help="pages with a report, over a million attempts")
    which.add_argument("--cache", action="store_true", help="what a long chat reads from the prompt cache; counted")
    return parser


def _compare(stage: Stage, quick: bool) -> list[Floor]:
    plan = QUICK if quick else WHOLE
    with stage.relay() as server:
        relay = asyncio.run(_measure(stage, server, by_relay, plan))
    with stage.relay() as server:
        relay_scaled = asyncio.run(_scale(stage, server, by_relay, plan))
    enter = by_site(prepare(stage.data, people=MOST_STREAMS, conversations_each=CONVERSATIONS_EACH))
    with stage.site() as server:
        site = asyncio.run(_measure(stage, server, enter, plan))
    with stage.site(TURN_CONCURRENCY=str(MOST_STREAMS)) as server:
        site_scaled = asyncio.run(_scale(stage, server, enter, plan))
    print(tables((relay, site), (relay_scaled, site_scaled)))
    return floors((relay, site), (relay_scaled, site_scaled))


async def _measure(stage: Stage, server: Server, enter: Enter, plan: Plan) -> Measured:
    async with stage.bench(server, enter) as bench:
        return await measure(bench, plan)


async def _scale(stage: Stage, server: Server, enter: Enter, plan: Plan) -> Scaled:
    async with stage.bench(server, enter) as bench:
        return await scale(bench, plan)


def _cache() -> list[Floor]:
    from tests.bench.cache import cached_turns  # sets up Django, which the other phases start as processes

    played = cached_turns()
    print(cache_table(played.turns))
    return [Floor("input tokens read from the cache after the second turn", played.share, least=LEAST_CACHE_SHARE)]


def _ledger() -> list[Floor]:
    with TemporaryDirectory(prefix="bench-") as folder:
        measured = [_of_a_ledger({"DATA_DIR": f"{folder}/sqlite"})]
        if server := find_postgresql():
            with own_database(server, "bench_ledger") as url:
                measured.append(_of_a_ledger({"DATA_DIR": f"{folder}/postgresql", "DATABASE_URL": url}))
    print(ledger_table(measured))
    return ledger_floors(measured)


def _of_a_ledger(environment: dict[str, str]) -> Ledger:
    Path(environment["DATA_DIR"]).mkdir()
    told = json.loads(command_of_site(environment, "-m", "tests.bench.ledger").splitlines()[-1])
    return Ledger(**told)


def _soak(stage: Stage, minutes: int) -> list[Floor]:
    soaked = soak(stage, minutes)
    print(soak_table(soaked))
    return soak_floors(soaked)


if __name__ == "__main__":
    sys.exit(main())
