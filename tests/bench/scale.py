"""What is measured with many windows, or as many streams as a process carries, on a server that did nothing before."""

from dataclasses import dataclass

from tests.bench.capacity import Capacity, capacity
from tests.bench.doors import SiteDoor
from tests.bench.idle import Idle, idle
from tests.bench.measure import Plan, warm_up
from tests.bench.passes import Bench
from tests.bench.storm import Storm, storms


@dataclass(frozen=True, slots=True)
class Scaled:
    name: str
    idle: Idle
    storms: list[Storm]  # none of the relay, which has nothing to come back to
    capacity: Capacity | None  # None when it was not asked for


async def scale(bench: Bench, plan: Plan) -> Scaled:
    await warm_up(bench)
    quiet = await idle(bench, plan.idle_s)
    gusts = await storms(bench, bench.door) if isinstance(bench.door, SiteDoor) else []
    return Scaled(bench.door.name, quiet, gusts, await capacity(bench) if plan.capacity else None)
