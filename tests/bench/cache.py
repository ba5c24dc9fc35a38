"""What a long chat with tools and a picture reads from the prompt cache, request by request.

Counted against a cache that is as strict as the API's, so that every machine tells the same.
"""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
django.setup()

from django.test import override_settings  # noqa: E402

from conversations.claude.events import AttemptEnded  # noqa: E402
from tests.upstream import running_upstream  # noqa: E402
from tests.upstream.cached import CachedChat, share_read  # noqa: E402

TURNS = 20
WARM_AFTER = 2  # turns


@dataclass(frozen=True, slots=True)
class CachedTurns:
    """The requests of each turn, in their order."""

    turns: Sequence[Sequence[AttemptEnded]]

    @property
    def share(self) -> float:
        """Of all input tokens once the chat is warm, how much was read."""
        return share_read([request for requests in self.turns[WARM_AFTER:] for request in requests])


def cached_turns() -> CachedTurns:
    with running_upstream() as upstream:
        access = {"ANTHROPIC_BASE_URL": upstream.base_url, "ANTHROPIC_API_KEY": "bench", "CLAUDE_TRANSPORT": ""}
        with override_settings(**access):
            return CachedTurns(asyncio.run(_played(CachedChat(upstream))))


async def _played(chat: CachedChat) -> list[list[AttemptEnded]]:
    return [await chat.play(turns=1) for _ in range(TURNS)]
