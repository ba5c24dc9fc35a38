"""`python -m tests.ops.lag_probe serve …` is manage.py with a task that notes how late the event loop ran at worst.

The time goes to LAG_FILE, in milliseconds, whenever it grew. Removing the file starts anew.
"""

import asyncio
import os
import time
from pathlib import Path

EVERY_S = 0.005


async def probe(file: Path) -> None:
    worst_ms = 0.0
    while True:
        due = time.perf_counter() + EVERY_S
        await asyncio.sleep(EVERY_S)
        late_ms = (time.perf_counter() - due) * 1000
        worst_ms = note(file, late_ms, worst_ms)


def note(file: Path, late_ms: float, worst_ms: float) -> float:
    if file.exists() and late_ms <= worst_ms:
        return worst_ms
    file.write_text(f"{late_ms:.1f}")
    return late_ms


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "chatsite.settings"
    from daphne.server import reactor
    from django.core.management import execute_from_command_line

    running: list[asyncio.Task[None]] = []
    file = Path(os.environ["LAG_FILE"])
    reactor.callWhenRunning(lambda: running.append(asyncio.get_event_loop().create_task(probe(file))))
    execute_from_command_line()


if __name__ == "__main__":
    main()
