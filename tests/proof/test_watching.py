"""Watching, walked through at random: one conversation that goes on, and windows on a wire that keeps no promise.

News may get lost, come twice, late and in any order; windows are opened, reloaded, cut off and told to doubt. No window
ever goes back, and when all is quiet each one shows what a fresh page shows.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from itertools import cycle
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from conversations.announce.sender import send
from conversations.models import Message, Turn, TurnStatus, User
from conversations.turns.frames import frame
from conversations.turns.start import ask_again, start_turn
from conversations.turns.stop import request_stop
from conversations.turns.worker import claim_next
from conversations.wire import topics
from conversations.wire.hub import Listener
from tests.live.page import OpenPage
from tests.live.windows import Window, window
from tests.proof.depth import walks
from tests.proof.owner import Owner
from tests.proof.wire import WorstWire
from tests.rendering.texts import LINES
from tests.turns.conversing import sending
from tests.usage.attempts import forget_the_ledger

MOST_WINDOWS = 4
STATES = ("queued", "streaming", "ended")
pieces = st.sampled_from([*LINES, "A drowned ", "valley, ", "**carved", "** by `ice`. ", "\n\n"])
fates = st.lists(st.sampled_from(["delivered", "lost", "late", "twice"]), min_size=1, max_size=5)
ends = st.sampled_from([TurnStatus.COMPLETE, TurnStatus.STOPPED, TurnStatus.REFUSED, TurnStatus.FAILED])


class Watcher:
    """One window: the page, its socket, and the news that are late."""

    def __init__(self, page: OpenPage) -> None:
        self.page = page
        self.socket: Window
        self.stack: AsyncExitStack
        self.listener: Listener[topics.Fragment]
        self.late: list[topics.Fragment] = []

    def take(self, html: str) -> None:
        """A frame arrives, and what was seen is never taken back."""
        before, seen = self.page.revision, self.page.messages
        self.page.receive(html)
        assert self.page.revision >= before
        now = self.page.messages
        for pk in seen.keys() & now.keys():
            assert _age(now[pk].state) >= _age(seen[pk].state)


def _age(state: str) -> int:
    return STATES.index(state) if state in STATES else len(STATES)


class WatchingMachine(RuleBasedStateMachine):
    watchers = Bundle("watchers")

    @initialize()
    def begin(self) -> None:
        self.patch = pytest.MonkeyPatch()
        self.wire = WorstWire()
        self.patch.setattr(topics, "fragments", self.wire)
        self.alice = User.objects.create_user("alice")
        self.browser = Client()
        self.browser.force_login(self.alice)
        self.owner: Owner | None = None
        self.open: list[Watcher] = []
        self.conversation = start_turn(self.alice, sending(), None).conversation
        self.runner = asyncio.Runner()

    def teardown(self) -> None:
        try:
            self.all_windows_show_what_a_fresh_page_shows()
        finally:
            self.clear_away()

    def clear_away(self) -> None:
        for watcher in self.open:
            self.run(watcher.stack.aclose())
        self.runner.close()
        self.patch.undo()
        User.objects.all().delete()
        forget_the_ledger()

    # ── The conversation goes on ─────────────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: not self.is_active)
    @rule(is_new=st.booleans(), is_claimed=st.booleans(), fates=fates)
    def ask(self, is_new: bool, is_claimed: bool, fates: list[str]) -> None:
        answer = Message.objects.select_related("conversation", "parent").filter(role="assistant").latest("position")
        if is_new:
            start_turn(self.alice, sending(), self.conversation)
        else:
            ask_again(self.alice, answer, uuid4())
        self.carry(fates)
        if is_claimed:
            self.claim()

    @precondition(lambda self: self.is_queued)
    @rule()
    def claim(self) -> None:
        ((turn_id, fence),) = claim_next().items()
        self.owner = Owner.of(turn_id, fence)

    @precondition(lambda self: self.owner and not self.owner.text)
    @rule(fates=fates)
    def another_model_is_asked(self, fates: list[str]) -> None:
        assert self.owner
        assert self.owner.ask_another()
        self.carry(fates)

    @precondition(lambda self: self.owner)
    @rule(texts=st.lists(pieces, min_size=1, max_size=4), fates=fates)
    def the_answer_grows(self, texts: list[str], fates: list[str]) -> None:
        """Each piece as a tick does it: saved, drawn, sent."""
        owner = self.owner
        assert owner
        for text in texts:
            owner.hear(text)
            assert owner.tick(lambda revision, news: send(self.conversation.pk, revision, frame(owner.live, news)))
        self.carry(fates)

    @precondition(lambda self: self.owner)
    @rule(status=ends, fates=fates)
    def the_answer_ends(self, status: TurnStatus, fates: list[str]) -> None:
        assert self.owner
        assert self.owner.end(status)
        self.owner = None
        self.carry(fates)

    @precondition(lambda self: self.is_queued)
    @rule(fates=fates)
    def stop_before_it_began(self, fates: list[str]) -> None:
        request_stop(self.conversation)
        self.carry(fates)

    # ── Windows come and go ──────────────────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: len(self.open) < MOST_WINDOWS)
    @rule(target=watchers, waits=st.booleans())
    def open_a_window(self, waits: bool) -> Watcher:
        """Whether or not it waits for its first snapshot, news go on."""
        watcher = Watcher(self.fresh_page())
        self.connect(watcher)
        if waits:
            self.run(self.take_one(watcher))
        self.open.append(watcher)
        return watcher

    @rule(watcher=watchers)
    def lose_the_connection_and_come_back(self, watcher: Watcher) -> None:
        """The page stays as it is."""
        self.run(watcher.stack.aclose())
        self.connect(watcher)

    @rule(watcher=watchers)
    def reload(self, watcher: Watcher) -> None:
        self.run(watcher.stack.aclose())
        watcher.page = self.fresh_page()
        self.connect(watcher)

    @rule(watcher=consumes(watchers))
    def close(self, watcher: Watcher) -> None:
        self.run(watcher.stack.aclose())
        self.open.remove(watcher)

    # ── The wire ─────────────────────────────────────────────────────────────────────────────────────────────────

    def carry(self, fates: list[str]) -> None:
        """What was published just now meets one fate after the other, for each window another one."""
        fate = cycle(fates)
        for fragment in self.wire.take_new():
            for watcher in self.open:
                match next(fate):
                    case "delivered":
                        watcher.listener.put(fragment)
                    case "twice":
                        watcher.listener.put(fragment)
                        watcher.listener.put(fragment)
                    case "late":
                        watcher.late.append(fragment)

    @rule(watcher=watchers)
    def deliver_what_is_late(self, watcher: Watcher) -> None:
        """The last first."""
        while watcher.late:
            watcher.listener.put(watcher.late.pop())

    @precondition(lambda self: self.wire.published)
    @rule(watcher=watchers, place=st.integers(0, 30))
    def deliver_anything_once_more(self, watcher: Watcher, place: int) -> None:
        watcher.listener.put(self.wire.published[-1 - place % len(self.wire.published)])

    @rule(watcher=watchers)
    def tell_to_doubt(self, watcher: Watcher) -> None:
        watcher.listener.put(None)

    @rule(watcher=watchers)
    def look(self, watcher: Watcher) -> None:
        self.run(self.take_what_came(watcher))

    @rule()
    def all_windows_show_what_a_fresh_page_shows(self) -> None:
        """When it is quiet: the last doubt reaches every window."""
        fresh = self.fresh_page()
        for watcher in self.open:
            watcher.listener.put(None)
            self.run(self.catch_up(watcher, fresh.revision))
            assert watcher.page.thread == fresh.thread
            assert watcher.page.action == fresh.action

    # ── Helpers ──────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def is_active(self) -> bool:
        return Turn.objects.active().exists()

    @property
    def is_queued(self) -> bool:
        return Turn.objects.queued().exists()

    def fresh_page(self) -> OpenPage:
        return OpenPage(self.browser.get(f"/c/{self.conversation.pk}/").content.decode())

    def run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self.runner.run(coroutine)

    def connect(self, watcher: Watcher) -> None:
        self.run(self._connect(watcher))

    async def _connect(self, watcher: Watcher) -> None:
        """Until it listens; its first snapshot may still be on the way."""
        self.wire.joined.clear()
        watcher.stack = AsyncExitStack()
        watcher.socket = await watcher.stack.enter_async_context(window(self.alice, self.conversation.pk))
        await self.wire.joined.wait()
        watcher.listener = self.wire.newest
        watcher.late = []

    async def take_one(self, watcher: Watcher) -> None:
        watcher.take(await watcher.socket.frame())

    async def take_what_came(self, watcher: Watcher) -> None:
        await asyncio.sleep(0)
        while watcher.socket.has_frame:
            await self.take_one(watcher)

    async def catch_up(self, watcher: Watcher, revision: int) -> None:
        await self.take_what_came(watcher)
        while watcher.page.revision < revision:
            await self.take_one(watcher)


@pytest.mark.django_db(transaction=True)
def test_in_the_end_every_window_shows_what_a_fresh_page_shows() -> None:
    run_state_machine_as_test(WatchingMachine, settings=walks(20, steps=40))
