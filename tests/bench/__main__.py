"""`./run bench`: the site against a bare relay, both measured now on this machine. A missed floor ends it with 1."""

import argparse
import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

from tests.bench.doors import Door, RelayDoor, SiteDoor
from tests.bench.floors import floors
from tests.bench.measure import GROWTH, Measured, Plan, measure
from tests.bench.passes import Bench
from tests.bench.processes import CLIENT_CORE, ROOT, SERVER_CORE, Server, clean_environment, free_port, running
from tests.bench.report import tables, verdicts

WHOLE = Plan(crowds=(1, 20, 100, 200), passes=3, growth=GROWTH)
QUICK = Plan(crowds=(1, 100, 200), passes=1, growth=tuple(subject for subject in GROWTH if subject[1] >= 8_000))
CONVERSATIONS_EACH = 100  # more than any plan asks of one person
Enter = Callable[[int, ClientSession], Door]


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one pass instead of the medians of three, fewer crowds")
    plan = QUICK if parser.parse_args().quick else WHOLE
    os.sched_setaffinity(0, {CLIENT_CORE})
    with TemporaryDirectory(prefix="bench-") as folder:
        relay, site = _measure_both(plan, Path(folder))
    print(tables(relay, site))
    verdict = floors(relay, site)
    print("", verdicts(verdict), sep="\n")
    return 0 if all(floor.holds for floor in verdict) else 1


def _measure_both(plan: Plan, folder: Path) -> tuple[Measured, Measured]:
    upstream_port = free_port()
    upstream = ["-m", "tests.bench.upstream", str(upstream_port)]
    claude = {"ANTHROPIC_BASE_URL": f"http://127.0.0.1:{upstream_port}", "ANTHROPIC_API_KEY": "bench"}
    with running(upstream, port=upstream_port, core=CLIENT_CORE, log=folder / "upstream.log"):
        return _relay(plan, folder, upstream_port, claude), _site(plan, folder, upstream_port, claude)


def _relay(plan: Plan, folder: Path, upstream_port: int, claude: dict[str, str]) -> Measured:
    port = free_port()
    daphne = ["-m", "daphne", "--verbosity", "0", "--bind", "127.0.0.1", "--port", str(port), "tests.bench.relay:app"]
    with running(daphne, port=port, core=SERVER_CORE, log=folder / "relay.log", **claude) as server:
        return asyncio.run(_measure(plan, server, upstream_port, lambda port, _: RelayDoor(port)))


def _site(plan: Plan, folder: Path, upstream_port: int, claude: dict[str, str]) -> Measured:
    port = free_port()
    environment = {**claude, "DATA_DIR": str(folder / "var"), "PORT": str(port)}
    seats = _seats(environment, max(plan.crowds))
    with running(["manage.py", "serve"], port=port, core=SERVER_CORE, log=folder / "site.log", **environment) as server:
        return asyncio.run(_measure(plan, server, upstream_port, lambda port, http: SiteDoor(port, http, seats)))


def _seats(environment: dict[str, str], people: int) -> list[dict[str, Any]]:
    """Accounts and conversations, in the site's own database, before it starts."""
    env = clean_environment(**environment)
    for command in (["migrate"], ["collectstatic", "--no-input"]):  # what `./run` does when it first starts
        subprocess.run([sys.executable, "manage.py", *command, "--verbosity", "0"], cwd=ROOT, env=env, check=True)
    seed = [sys.executable, "-m", "tests.bench.seed", str(people), str(CONVERSATIONS_EACH)]
    seats: list[dict[str, Any]] = json.loads(subprocess.check_output(seed, cwd=ROOT, env=env))
    return seats


async def _measure(plan: Plan, server: Server, upstream_port: int, enter: Enter) -> Measured:
    connector = TCPConnector(limit=0)
    timeout = ClientTimeout(total=60)
    async with ClientSession(connector=connector, cookie_jar=DummyCookieJar(), timeout=timeout) as http:
        return await measure(Bench(enter(server.port, http), server, http, upstream_port), plan)


if __name__ == "__main__":
    sys.exit(main())
