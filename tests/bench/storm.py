"""A thousand windows lose their sockets at the same moment and come back, each as the page does it.

The page's part is `static/js/live-updates.js`: pauses that double and are drawn by lot, and, until a socket is open, a
poll of the page now and then. Once it is the network that fails, once the server is stopped and started again.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from time import monotonic

from aiohttp import ClientError

from tests.bench.doors import SiteDoor, SiteVisit
from tests.bench.figures import Figures, figures
from tests.bench.measure import PACED_LENGTH, PACED_PER_SECOND
from tests.bench.passes import ENTER_AT_ONCE, Bench, at_most
from tests.bench.sockets import Refused

WINDOWS = 1_000
BYSTANDERS = 20  # who ask at the moment of the storm, and whose answers stream through it
POLL_EVERY_S = 4.0
FOR_GOOD = (4401, 4404, 4429)  # codes after which the page does not try again
RETRIED_AT_ONCE = (1006, 1011, 1012, 1013)  # by htmx; after any other the page waits a moment first
GIVE_UP_S = 90.0
SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class Storm:
    name: str
    live_s: tuple[float, float]  # until half of the windows, and until all of them, had their first frame
    refused: int  # windows that were told not to come again, or were not live after GIVE_UP_S
    errors: int  # answers of 500 and above, to a handshake or a poll
    bystanders: Figures | None


async def storms(bench: Bench, door: SiteDoor) -> list[Storm]:
    return [await _network_fails(bench, door), await _server_restarts(bench, door)]


async def _network_fails(bench: Bench, door: SiteDoor) -> Storm:
    windows = await _open(door)
    bystanding = asyncio.create_task(bench.run(BYSTANDERS, "prose", PACED_LENGTH, PACED_PER_SECOND))
    came_back = await _all_back(windows, partial(_drop, windows))
    return _storm("sockets dropped", windows, came_back, figures(await bystanding))


async def _server_restarts(bench: Bench, door: SiteDoor) -> Storm:
    windows = await _open(door)
    came_back = await _all_back(windows, partial(asyncio.to_thread, bench.server.restart))
    return _storm("server restarted", windows, came_back, None)


async def _open(door: SiteDoor) -> "list[Window]":
    return [Window(visit) for visit in await at_most(ENTER_AT_ONCE, [partial(door.window, n) for n in range(WINDOWS)])]


async def _drop(windows: "list[Window]") -> None:
    for window in windows:
        window.visit.socket.close()


async def _all_back(windows: "list[Window]", blow: Callable[[], Awaitable[None]]) -> list[float]:
    """Seconds from the blow to the first frame, of each window that became live again."""
    began_at = monotonic()
    returning = [asyncio.create_task(window.come_back()) for window in windows]
    await blow()
    await asyncio.wait(returning, timeout=GIVE_UP_S)
    back_at = [task.result() for task in returning if task.done()]
    for task in returning:
        task.cancel()
    return [at - began_at for at in back_at if at is not None]


def _storm(name: str, windows: "list[Window]", came_back: list[float], bystanders: Figures | None) -> Storm:
    for window in windows:
        window.visit.socket.close()
    ranked = sorted(came_back) or [float("inf")]
    errors = sum(window.errors for window in windows)
    return Storm(name, (ranked[len(ranked) // 2], ranked[-1]), len(windows) - len(came_back), errors, bystanders)


@dataclass
class Window:
    visit: SiteVisit
    errors: int = field(default=0, init=False)

    async def come_back(self) -> float | None:
        """When the first frame was there, once the present socket has been lost; None when told to stay away."""
        code = await self.visit.socket.closed
        polling = asyncio.create_task(self._poll())
        pauses = pauses_s()
        try:
            while code not in FOR_GOOD:
                await asyncio.sleep(next(pauses) if code in RETRIED_AT_ONCE else random.uniform(0.5, 1))
                code = await self._try()
                if not code:
                    return self.visit.socket.frames[0][0]
        finally:
            polling.cancel()
        return None

    async def _try(self) -> int:
        """0 when the window is live, else the code with which a browser would tell that it is not."""
        lost = self.visit.socket
        try:
            await self.visit.open()
        except Refused as refused:
            self.errors += refused.status >= SERVER_ERROR
            return 1006
        except OSError:
            opened = self.visit.socket
            return 1006 if opened is lost else await opened.closed
        return 0

    async def _poll(self) -> None:
        took_s = 0.0
        while True:
            await asyncio.sleep(max(POLL_EVERY_S, 10 * took_s) * random.uniform(1, 1.5))
            began_at = monotonic()
            with suppress(ClientError, OSError, TimeoutError):  # nobody there
                self.errors += await self.visit.page() >= SERVER_ERROR
            took_s = monotonic() - began_at


def pauses_s() -> Iterator[float]:
    """As the page draws them: a quarter of a second, then twice as long each time, up to 8 s."""
    for tries in count():
        yield min(0.25 * 2**tries, 8.0) * random.uniform(0.75, 1)
