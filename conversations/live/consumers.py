"""The socket of one window: join, one snapshot, then one fragment for each revision. It carries; it does not think."""

import asyncio
from collections import Counter
from typing import cast
from uuid import UUID

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db.models import Exists, OuterRef

from conversations.announce.sender import snapshot
from conversations.announce.thread import load_thread
from conversations.live.guard import Seat, guard
from conversations.models import Conversation, Turn, User
from conversations.wire import topics
from conversations.wire.hub import Listener

NOT_SIGNED_IN, NOT_YOURS, TOO_MANY = 4401, 4404, 4429
SOCKETS_PER_PERSON = 20  # windows of one person in this process
QUIET_S = 20.0  # after so long without news, look whether a last fragment was lost and whether one may still watch
HASTE_S = 2.0  # the same while an answer is on its way, or while news of other processes do not arrive

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
        refusal = await self._refusal()
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
        await self._send_snapshot()
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

    async def _look_again(self) -> None:
        newest = await newest_state(self.person, self.conversation_id)
        if newest is None:
            await self.close(code=NOT_YOURS)
            await asyncio.sleep(QUIET_S)  # the disconnect that follows ends this task
        elif newest[0] != self.revision:
            await self._send_snapshot()
        else:
            self.is_active = newest[1]

    async def _send_snapshot(self) -> None:
        fragment, self.is_active = await load_snapshot(self.conversation_id)
        await self._send(fragment)

    async def _send(self, fragment: topics.Fragment) -> None:
        self.revision = fragment.revision
        await self.send(text_data=fragment.html)


@database_sync_to_async
def may_watch(person: User, conversation_id: UUID) -> bool:
    return Conversation.objects.visible_to(person).filter(pk=conversation_id).exists()


@database_sync_to_async
def newest_state(person: User, conversation_id: UUID) -> tuple[int, bool] | None:
    """The revision, and whether a turn is active; None when the conversation is gone, or not this person's any more."""
    visible = Conversation.objects.visible_to(person).filter(pk=conversation_id)
    is_active = Exists(Turn.objects.active().filter(conversation=OuterRef("pk")))
    return visible.values_list("revision", is_active).first()


@database_sync_to_async
def load_snapshot(conversation_id: UUID) -> tuple[topics.Fragment, bool]:
    """The snapshot, and whether a turn is active."""
    thread = load_thread(conversation_id)
    return snapshot(thread), thread.is_active
