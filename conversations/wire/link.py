"""The bridge of this process, if it has one. Its library is an extra, so it is imported with the first address."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from conversations.wire import topics
from conversations.wire.hub import Topic

if TYPE_CHECKING:
    from conversations.wire.bridge import Bridge

FOR_WINDOWS = (topics.fragments, topics.roster_changes)
FOR_WORKERS = (topics.queued_turns, topics.stop_requests, topics.roster_changes)
ALL: tuple[Topic[Any], ...] = tuple({*FOR_WINDOWS, *FOR_WORKERS})

_bridge: Bridge | None = None


async def join(url: str, *, hearing: Collection[Topic[Any]]) -> None:
    """Share the news of the processes that share this Redis. Harmless without an address."""
    global _bridge
    if url:
        from conversations.wire.bridge import Bridge

        _bridge = Bridge(url, carried=ALL, heard=hearing)
        await _bridge.open()


async def leave() -> None:
    """Harmless when there was nothing to join."""
    global _bridge
    bridge, _bridge = _bridge, None
    if bridge:
        await bridge.close()


async def is_reachable(url: str) -> bool:
    from conversations.wire.bridge import is_reachable

    return await is_reachable(url)
