"""The socket of one window: join, what it has not seen, then one fragment for each revision. It carries; it does not
think.
"""

import asyncio
import logging
import time
from collections import Counter
from typing import cast
from urllib.parse import parse_qs
from uuid import UUID

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import DatabaseError

from conversations.announce.sender import snapshot
from conversations.announce.thread import load_thread
from conversations.live.guard import Seat, guard
from conversations.live.looks import looks, newest_now
from conversations.live.patience import COME_AGAIN
from conversations.models import User
from conversations.rendering.fragments import with_revision
from conversations.wire import topics
from conversations.wire.hub import Listener

NOT_SIGNED_IN, NOT_YOURS, TOO_SLOW, TOO_MANY = 4401, 4404, 4408, 4429
NOT_TEXT = 1003
SOCKETS_PER_PERSON = 20  # windows of one person in this process
QUIET_S = 20.0  # after so long without news, look whether a last fragment was lost and whether one may still watch
HASTE_S = 2.0  # the same while an answer is on its way, or while news of other processes do not arrive

log = logging.getLogger(__name__)
_sockets: Counter[int] = Counter()


class ConversationConsumer(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        # Accept before closing: a refusal at the handshake reaches the browser as 1006, which it retries for ever.
        await self.accept()
        self.conversation_id: UUID = self.scope["url_route"]["kwargs"]["conversation_id"]
        self.person = cast(User, self.scope["user"])  # AnonymousUser has the two attributes that we ask it for
        self.pump: asyncio.Task[None] | None = None
        self.revision = 0
        self.is_active = False  # whether an answer is on its way, as far as this window knows
        self.is_sending = False  # whether what was sent waits for the window to read
        refusal = self._refusal()
        if refusal:
            await self.close(code=refusal)
            return
        _sockets[self.person.pk] += 1
        self.seat = Seat(self.person.pk, self.person.password, self.scope["session"].session_key or "", self._sign_out)
        guard.seat(self.seat)
        self.pump = asyncio.create_task(self._pump(), name=f"socket-{self.conversation_id}")

    async def disconnect(self, code: int) -> None:
        if self.pump:
            _sockets[self.person.pk] -= 1
            guard.rise(self.seat)
            self.pump.cancel()

    async def _sign_out(self) -> None:
        await self.close(code=NOT_SIGNED_IN)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Nothing is taken over the socket: commands come by POST."""
        if bytes_data is not None:
            await self.close(code=NOT_TEXT)

    def _refusal(self) -> int | None:
        if not self.person.is_authenticated:
            return NOT_SIGNED_IN
        return TOO_MANY if _sockets[self.person.pk] >= SOCKETS_PER_PERSON else None

    async def _pump(self) -> None:
        # Before the state is read, so that nothing is missed.
        listener = topics.fragments.listen(self.conversation_id, on_overflow=self._fall_behind)
        try:
            await self._forward(listener)
        except DatabaseError:
            log.warning("socket given up: the database does not answer")
            await self.close(code=COME_AGAIN)  # a window that stayed open would never hear anything again
        finally:
            topics.fragments.leave(listener, self.conversation_id)

    async def _forward(self, listener: Listener[topics.Fragment]) -> None:
        await self._send_news_since(self._seen())
        while True:
            in_haste = self.is_active or topics.fragments.is_cut
            fragment = await listener.next_within(HASTE_S if in_haste else QUIET_S)
            if fragment is None:
                await self._look_again()
            elif fragment.revision == self.revision + 1:
                self.is_active = True  # most fragments are of a running answer; the next look knows
                await self._send(fragment)
            elif fragment.revision > self.revision:  # a gap
                await self._send_snapshot()

    def _seen(self) -> int | None:
        """The revision of what the window shows already: its page has just been read, or its socket was only lost."""
        given = parse_qs(self.scope["query_string"].decode("latin-1")).get("seen", [""])[0]
        return int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else None

    async def _look_again(self) -> None:
        newest = await looks.newest((self.person.pk, self.conversation_id))
        if newest is None:
            await self._leave()
        elif newest[0] != self.revision:
            await self._send_snapshot()
        else:
            self.is_active = newest[1]
            await self._beat()

    async def _beat(self) -> None:
        """A window that has heard nothing for two beats knows that its connection is dead, and makes another one."""
        if time.monotonic() - self.sent_at >= QUIET_S:
            await self._send(topics.Fragment(self.revision, with_revision(self.revision, "")))

    async def _send_snapshot(self) -> None:
        await self._send_news_since(None)

    async def _send_news_since(self, seen: int | None) -> None:
        """A snapshot, or the revision alone where that is what the window has seen."""
        news = await load_news(self.person, self.conversation_id, seen)
        if news is None:
            await self._leave()
        else:
            fragment, self.is_active = news
            await self._send(fragment)

    async def _leave(self) -> None:
        await self.close(code=NOT_YOURS)
        await asyncio.sleep(QUIET_S)  # the disconnect that follows ends this task

    async def _send(self, fragment: topics.Fragment) -> None:
        """Waits for a window that does not read; meanwhile its news wait in the listener."""
        self.revision = fragment.revision
        self.is_sending = True
        self.sent_at = time.monotonic()
        await self.send(text_data=fragment.html)
        self.is_sending = False

    def _fall_behind(self) -> None:
        """Too many news wait, and were thrown away. A window that does not read is cut, every other gets a snapshot."""
        if self.is_sending and self.pump:
            self.is_sending = False
            self.pump.cancel()
            self.pump = asyncio.create_task(self._cut(), name=f"cut-{self.conversation_id}")

    async def _cut(self) -> None:
        log.warning("socket too slow", extra={"person": self.person.pk, "conversation": str(self.conversation_id)})
        await self.close(code=TOO_SLOW)


@database_sync_to_async
def load_news(person: User, conversation_id: UUID, seen: int | None) -> tuple[topics.Fragment, bool] | None:
    """What a window of this revision lacks, and whether a turn is active; None when this person may not watch. In one
    go, since each hop to the thread of all sockets opens the database anew, and a thousand windows may come at once.
    """
    newest = newest_now((person.pk, conversation_id))
    if newest is None:
        return None
    revision, is_active = newest
    if revision == seen:
        return topics.Fragment(revision, with_revision(revision, "")), is_active
    thread = load_thread(conversation_id)
    return snapshot(thread), thread.is_active
