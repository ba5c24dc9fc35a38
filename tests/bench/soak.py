"""Half of what one process carries, for long, while a worker is killed every minute: what is left of it at the end."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

from tests.bench.balance import Booked, balance
from tests.bench.capacity import FINEST, MOST, Capacity, capacity
from tests.bench.doors import SiteDoor
from tests.bench.guests import Guests
from tests.bench.measure import warm_up
from tests.bench.processes import Server
from tests.bench.shape import Shape, shape
from tests.bench.stage import Stage, by_site, command_of_site, prepare, session

MINUTE_S = 60.0
CONVERSATIONS_EACH = 50  # to find the capacity
ANSWERS_A_MINUTE = 12  # of one person, at most
REST_S = 5.0  # for what is done after the last frame


@dataclass(frozen=True, slots=True)
class Soaked:
    people: int
    processes: int
    seen: Counter[str]  # by the guests
    booked: Counter[str]  # verdicts of balance.py
    growth: dict[str, float]  # of the survivors: memory at the end, of that after the first minute


def soak(stage: Stage, minutes: int) -> Soaked:
    people = max(asyncio.run(_carried(stage)).streams // 2, FINEST)
    with shape(stage.folder, stage.claude) as site:
        seats = prepare({**site.environment}, people=people, conversations_each=minutes * ANSWERS_A_MINUTE + 2)
        with site.running():
            return asyncio.run(_soak(stage, site, seats, minutes))


async def _carried(stage: Stage) -> Capacity:
    enter = by_site(prepare(stage.data, people=MOST, conversations_each=CONVERSATIONS_EACH))
    with stage.site(TURN_CONCURRENCY=str(MOST)) as server:
        async with stage.bench(server, enter) as bench:
            await warm_up(bench)
            return await capacity(bench)


async def _soak(stage: Stage, site: Shape, seats: list[dict[str, Any]], minutes: int) -> Soaked:
    async with session() as http:
        guests = Guests([SiteDoor(web.port, http, seats) for web in site.webs])
        began_at = monotonic()
        talking = asyncio.create_task(guests.talk(len(seats), began_at + minutes * MINUTE_S))
        memory = [await _minute(number, began_at, site, guests) for number in range(1, minutes + 1)]
        await talking
        await asyncio.sleep(REST_S)
        async with http.get(f"http://127.0.0.1:{stage.upstream_port}/books") as response:
            upstream = {int(key): tokens for key, tokens in (await response.json()).items()}
    turns = json.loads(command_of_site({**site.environment}, "-m", "tests.bench.books"))
    booked = balance(map(Booked.of, turns), {key: upstream[key] for key in upstream if key >= _first_key(turns)})
    growth = {name: memory[-1][name] / memory[0][name] for name in site.survivors}
    return Soaked(len(seats), len(site.servers), guests.fates, booked, growth)


async def _minute(number: int, began_at: float, site: Shape, guests: Guests) -> Mapping[str, float]:
    """The memory of the survivors at its end, in MB. In its middle somebody dies."""
    await asyncio.sleep(began_at + (number - 0.5) * MINUTE_S - monotonic())
    await asyncio.to_thread(_kill_and_start, site.victim)
    await asyncio.sleep(began_at + number * MINUTE_S - monotonic())
    memory = {name: server.resident_mb() for name, server in site.survivors.items()}
    fates = ", ".join(f"{count} {fate}" for fate, count in sorted(guests.fates.items()))
    sizes = ", ".join(f"{name} {mb:.0f} MB" for name, mb in memory.items())
    print(
        f"minute {number}: {fates}; {len(guests.asking)} wait, {guests.oldest_wait_s():.0f} s at most; {sizes}",
        flush=True,
    )
    return memory


def _kill_and_start(victim: Server) -> None:
    victim.kill()
    victim.start()


def _first_key(turns: list[dict[str, Any]]) -> int:
    """Keys before it are of the passes in which the capacity was found."""
    return min(int(turn["key"]) for turn in turns)
