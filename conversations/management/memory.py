"""Python's collector of garbage, in a process that has started and goes on for weeks."""

import asyncio
import gc
import time

# New objects until the youngest are looked through, and how many such looks until the next older ones are. By default
# (700, 10, 10) the parse of one long list has all its hundred thousand tokens walked again and again, up to 170 ms at a
# time in which nobody else is heard. They are freed without the collector anyway; it is for cycles, which are few.
THRESHOLDS = (10_000, 10, 100)
CLEAR_EVERY_S = 60.0
MOST_OF_THE_TIME = 0.001


def settle() -> None:
    """What start-up made lives as long as the process: full collections need not walk it again (98 ms each)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)


async def clear_now_and_then() -> None:
    """Each connection leaves cycles of some two hundred objects, and by its thresholds the collector would look for
    them after a hundred thousand connections. With many windows a look takes longer, and comes less often.
    """
    while True:
        began = time.monotonic()
        gc.collect()
        await asyncio.sleep(max(CLEAR_EVERY_S, (time.monotonic() - began) / MOST_OF_THE_TIME))
