"""The socket of one window: join, one snapshot, then one fragment for each revision. It carries; it does not think."""

import asyncio
from collections import Counter
from typing import cast
from uuid import UUID

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from conversations.announce.sender import snapshot
from conversations.announce.thread import load_thread
from conversations.models import Conversation, User
from conversations.wire import topics
from conversations.wire.hub import Listener

NOT_SIGNED_IN, NOT_YOURS, TOO_MANY = 4401, 4404, 4429
SOCKETS_PER_PERSON = 20  # windows of one person in this process
QUIET_S = 20.0  # after so long without news, look whether a last fragment was lost and whether one may still watch

_sockets: Counter[int] = Counter()


class ConversationConsumer(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        # Accept before closing: a refusal at the handshake reaches the browser as 1006, which it retries for ever.
        await self.accept()
        self.conversation_id: UUID = self.scope["url_route"]["kwargs"]["conversation_id"]
        self.person = cast(User, self.scope["user"])  # AnonymousUser has the two attributes that we ask it for
        self.pump: asyncio.Task[None] | None = None
        refusal = await self._refusal()
        if refusal:
            await self.close(code=refusal)
            return
        _sockets[self.person.pk] += 1
        self.pump = asyncio.create_task(self._pump(), name=f"socket-{self.conversation_id}")

    async def disconnect(self, code: int) -> None:
        if self.pump:
            _sockets[self.person.pk] -= 1
            self.pump.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Nothing is taken over the socket: commands come by POST."""

    async def _refusal(self) -> int | None:
        if not self.person.is_authenticated:
            return NOT_SIGNED_IN
        if not await may_watch(self.person, self.conversation_id):
            return NOT_YOURS
        return TOO_MANY if _sockets[self.person.pk] >= SOCKETS_PER_PERSON else None

    async def _pump(self) -> None:
        listener = topics.fragments.listen(self.conversation_id)  # before the state is read, so that nothing is missed
        try:
            await self._forward(listener)
        finally:
            topics.fragments.leave(listener, self.conversation_id)

    async def _forward(self, listener: Listener[topics.Fragment]) -> None:
        revision = await self._send_snapshot()
        while True:
            fragment = await self._next(listener)
            if fragment is None:
                revision = await self._look_again(revision)
            elif fragment.revision == revision + 1:
                await self._send(fragment)
                revision = fragment.revision
            elif fragment.revision > revision:  # a gap
                revision = await self._send_snapshot()

    async def _next(self, listener: Listener[topics.Fragment]) -> topics.Fragment | None:
        """The next fragment; None when it has been quiet for QUIET_S."""
        try:
            async with asyncio.timeout(QUIET_S):
                return await listener.next()
        except TimeoutError:
            return None

    async def _look_again(self, revision: int) -> int:
        newest = await newest_revision(self.person, self.conversation_id)
        if newest is None:
            await self.close(code=NOT_YOURS)
            await asyncio.sleep(QUIET_S)  # the disconnect that follows ends this task
        return revision if newest == revision else await self._send_snapshot()

    async def _send_snapshot(self) -> int:
        fragment = await load_snapshot(self.conversation_id)
        await self._send(fragment)
        return fragment.revision

    async def _send(self, fragment: topics.Fragment) -> None:
        await self.send(text_data=fragment.html)


@database_sync_to_async
def may_watch(person: User, conversation_id: UUID) -> bool:
    return Conversation.objects.visible_to(person).filter(pk=conversation_id).exists()


@database_sync_to_async
def newest_revision(person: User, conversation_id: UUID) -> int | None:
    """None when the conversation is gone, or not this person's any more."""
    visible = Conversation.objects.visible_to(person).filter(pk=conversation_id, owner__is_active=True)
    return visible.values_list("revision", flat=True).first()


@database_sync_to_async
def load_snapshot(conversation_id: UUID) -> topics.Fragment:
    return snapshot(load_thread(conversation_id))
