"""A turn, walked through at random: many people of one kind, workers that die, wake up and quarrel, and one database.

Each rule does to the rows what somebody may do at any time, and to `Expected` what that should mean. After each step
the invariants compare the two.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db.models.functions import Now
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from conversations.announce.thread import load_thread
from conversations.chats.keep import move
from conversations.models import Conversation, Message, Project, Turn, TurnEvent, TurnStatus, UsageEntry, User
from conversations.projects.keep import delete
from conversations.turns import leases
from conversations.turns.interrupted import close_stale
from conversations.turns.start import Sending, ask_again, start_turn
from conversations.turns.start_errors import NotTheLastAnswer, SendConflict, StartError, TurnIsActive
from conversations.turns.stop import request_stop
from conversations.turns.worker import claim_next
from conversations.usage import rollups
from tests.proof.depth import walks
from tests.proof.expected import Expected, ExpectedTurn
from tests.proof.owner import Owner
from tests.turns.conversing import sending
from tests.usage.attempts import forget_the_ledger

HOUR = timedelta(hours=1)
MOST_CONVERSATIONS = 2  # more of them meet one another no more often
ROWS: tuple[Any, ...] = (Conversation, Message, Turn, TurnEvent, UsageEntry)
words = st.sampled_from(["A drowned ", "valley, ", "carved by ", "ice. ", "Deep. "])
ends = st.sampled_from([TurnStatus.COMPLETE, TurnStatus.STOPPED, TurnStatus.REFUSED, TurnStatus.FAILED])


def all_rows() -> list[list[dict[str, Any]]]:
    return [list(model.objects.order_by("pk").values()) for model in ROWS]


@dataclass(frozen=True)
class Sent:
    sending: Sending
    conversation: Conversation
    turn: int


class TurnMachine(RuleBasedStateMachine):
    conversations = Bundle("conversations")
    sends = Bundle("sends")
    owners = Bundle("owners")

    @initialize()
    def begin(self) -> None:
        self.alice = User.objects.create_user("alice")
        self.expected = Expected()
        self.ended: dict[int, tuple[str, ...]] = {}
        self.views: dict[UUID, tuple[int, Any]] = {}
        self.project_of: dict[UUID, int | None] = {}
        self.booked_for: dict[int, int | None] = {}

    def teardown(self) -> None:
        User.objects.all().delete()
        forget_the_ledger()

    # ── A person ─────────────────────────────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: len({turn.conversation for turn in self.expected.turns.values()}) < MOST_CONVERSATIONS)
    @rule(target=conversations)
    def send_the_first_question(self) -> UUID:
        turn = start_turn(self.alice, sending(), None)
        self.expected.turns[turn.pk] = ExpectedTurn(turn.pk, turn.conversation_id)
        return turn.conversation_id

    @rule(target=sends, conversation=conversations)
    def send(self, conversation: UUID) -> Any:
        sent, found = sending(), Conversation.objects.get(pk=conversation)
        if self.expected.is_busy(conversation):
            self.is_refused(TurnIsActive, lambda: start_turn(self.alice, sent, found))
            return multiple()
        turn = start_turn(self.alice, sent, found)
        self.expected.turns[turn.pk] = ExpectedTurn(turn.pk, conversation)
        return Sent(sent, found, turn.pk)

    @rule(sent=sends)
    def send_again(self, sent: Sent) -> None:
        """The network swallowed the answer, and the browser tries once more."""
        if sent.turn in self.expected.turns:
            again = self.changes_nothing(lambda: start_turn(self.alice, sent.sending, sent.conversation))
            assert again.pk == sent.turn

    @rule(sent=sends)
    def send_other_words_under_the_same_name(self, sent: Sent) -> None:
        if sent.turn in self.expected.turns:
            other = sending("What is a bay?", client_id=sent.sending.client_id)
            self.is_refused(SendConflict, lambda: start_turn(self.alice, other, sent.conversation))

    @rule(conversation=conversations, place=st.integers(0, 2))
    def retry(self, conversation: UUID, place: int) -> None:
        """Another answer in the place of the last one; of an older one it is refused."""
        turns = self.expected.of(conversation)[::-1]
        if place >= len(turns):
            return
        answer = Message.objects.select_related("conversation", "parent").get(turn=turns[place].pk)
        refusal = TurnIsActive if self.expected.is_busy(conversation) else NotTheLastAnswer if place else None
        if refusal:
            self.is_refused(refusal, lambda: ask_again(self.alice, answer, uuid4()))
        else:
            turn = ask_again(self.alice, answer, uuid4())
            self.expected.turns[turn.pk] = ExpectedTurn(turn.pk, conversation)

    @rule(conversation=conversations)
    def stop(self, conversation: UUID) -> None:
        """A queued turn ends at once; a running one learns of it from the row."""
        active = next((turn for turn in self.expected.of(conversation) if turn.is_active), None)
        assert request_stop(Conversation.objects.get(pk=conversation)) == (active is not None)
        if active and active.status == TurnStatus.QUEUED:
            active.end(TurnStatus.STOPPED, "")
        elif active:
            active.is_to_stop = True

    @rule(conversation=conversations, name=st.sampled_from(["", "Garden", "House"]))
    def move(self, conversation: UUID, name: str) -> None:
        project = Project.objects.get_or_create(owner=self.alice, name=name)[0] if name else None
        move(Conversation.objects.get(pk=conversation), project)
        self.project_of[conversation] = project.pk if project else None

    @precondition(lambda self: any(self.project_of.values()))
    @rule()
    def delete_a_project(self) -> None:
        number = next(number for number in self.project_of.values() if number)
        delete(Project.objects.get(pk=number))
        self.project_of = {chat: None if of == number else of for chat, of in self.project_of.items()}

    @rule(conversation=consumes(conversations))
    def delete(self, conversation: UUID) -> None:
        Conversation.objects.filter(pk=conversation).delete()
        self.expected.delete(conversation)
        self.views.pop(conversation, None)
        self.project_of.pop(conversation, None)

    # ── Workers ──────────────────────────────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self.expected.queued())
    @rule(target=owners)
    def claim(self) -> Owner:
        ((turn_id, fence),) = claim_next().items()
        self.expected.turns[turn_id].claim()
        assert self.expected.turns[turn_id].fence == fence
        return Owner.of(turn_id, fence)

    @precondition(lambda self: not self.expected.queued())
    @rule()
    def claim_in_vain(self) -> None:
        assert self.changes_nothing(claim_next) == {}

    @rule(owner=owners, words=words)
    def hear(self, owner: Owner, words: str) -> None:
        owner.hear(words)

    @rule(owner=owners, words=words)
    def hear_and_save(self, owner: Owner, words: str) -> None:
        owner.hear(words)
        turn = self.held_by(owner)
        if turn:
            assert owner.tick()
            turn.show(owner.text.removeprefix(turn.shown))
        else:
            assert not self.changes_nothing(owner.tick)

    @rule(owner=owners)
    def renew(self, owner: Owner) -> None:
        leases.beat(uuid4(), {owner.turn_id: owner.fence})
        turn = self.held_by(owner)
        if turn:
            turn.has_lapsed = False

    @rule(owner=owners)
    def look(self, owner: Owner) -> None:
        turn = self.held_by(owner)
        seen = leases.look({owner.turn_id: owner.fence})
        assert seen.lost == (set() if turn else {owner.turn_id})
        assert seen.to_stop == ({turn.pk} if turn and turn.is_to_stop else set())

    @rule(owner=owners)
    def ask_another_model(self, owner: Owner) -> None:
        """What ended is booked before the next request goes out. Who lost the turn sends none."""
        if owner.text:
            return
        turn = self.held_by(owner)
        if turn:
            assert owner.ask_another()
            turn.ask_another()
        else:
            assert not self.changes_nothing(owner.ask_another)

    @rule(target=owners, owner=consumes(owners))
    def meet_a_limit(self, owner: Owner) -> Owner | MultipleResults[Owner]:
        """The turn stands in the line again, as if nobody had claimed it, and its owner is done with it. Who lost it
        changes nothing.
        """
        if owner.text:
            return owner
        turn = self.held_by(owner)
        if turn and not turn.is_to_stop:
            assert owner.go_back()
            turn.go_back()
            return multiple()
        assert not self.changes_nothing(owner.go_back)
        owner.live.progress.unbooked.pop()
        return owner

    @rule(owner=consumes(owners), status=ends)
    def finish(self, owner: Owner, status: TurnStatus) -> None:
        turn = self.held_by(owner)
        if turn:
            assert owner.end(status)
            turn.end(status, owner.text)
        elif owner.turn_id in self.expected.turns:
            assert not self.changes_nothing(lambda: owner.end(status))
        else:
            self.finish_deleted(owner, status)

    def finish_deleted(self, owner: Owner, status: TurnStatus) -> None:
        """What it cost is booked all the same, but for what was booked by whoever closed it before."""
        deleted = self.expected.deleted[owner.turn_id]
        assert not owner.end(status)
        unbooked = len(owner.live.progress.unbooked)
        if deleted.status == TurnStatus.RUNNING and deleted.fence == owner.fence:
            deleted.end(status, owner.text)
            deleted.attempts += unbooked - 1  # those before the last one
        elif not deleted.has_begun:
            deleted.attempts += unbooked  # known by no name that the other row could have

    @rule(owner=consumes(owners))
    def die(self, owner: Owner) -> None:
        """The process is gone, with all that it had not saved."""

    @precondition(lambda self: self.expected.running())
    @rule(place=st.integers(0, 3))
    def let_a_lease_run_out(self, place: int) -> None:
        """Its worker stands still for an hour."""
        running = self.expected.running()
        turn = running[place % len(running)]
        Turn.objects.filter(pk=turn.pk).update(lease_until=Now() - HOUR)
        turn.has_lapsed = True

    @precondition(lambda self: self.expected.stale())
    @rule()
    def take_over_and_die(self) -> None:
        """Whoever was to close these turns died before it did."""
        for turn in self.expected.stale():
            assert Turn.objects.stale().take_over(turn.pk, turn.fence) == turn.fence + 1
            turn.take_over()

    @precondition(lambda self: self.expected.stale())
    @rule()
    def close_what_was_left(self) -> None:
        stale = self.expected.stale()
        assert close_stale() == len(stale)
        for turn in stale:
            turn.take_over()
            turn.close()

    @precondition(lambda self: not self.expected.stale())
    @rule()
    def find_nothing_to_close(self) -> None:
        assert self.changes_nothing(close_stale) == 0

    # ── What must hold ───────────────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def the_rows_are_as_expected(self) -> None:
        found = {turn.pk: (turn.status, turn.fence) for turn in Turn.objects.all()}
        assert found == {turn.pk: (turn.status, turn.fence) for turn in self.expected.turns.values()}

    @invariant()
    def a_conversation_has_one_active_turn_at_most(self) -> None:
        active = Counter(Turn.objects.active().values_list("conversation", flat=True))
        assert all(number == 1 for number in active.values())

    @invariant()
    def what_was_shown_is_kept(self) -> None:
        """In the journal while the answer is on its way, in the answer itself afterwards, and never in both."""
        for row in Turn.objects.select_related("answer"):
            turn = self.expected.turns[row.pk]
            journal = "".join(row.journal.order_by("pk").values_list("text", flat=True))
            assert (journal, row.answer.text) == ((turn.shown, "") if turn.is_active else ("", turn.text))
            assert turn.is_active or turn.text.startswith(turn.shown)

    @invariant()
    def nothing_leaves_an_end(self) -> None:
        for row in Turn.objects.exclude(status__in=("queued", "running")).select_related("answer"):
            answer = row.answer
            end = (row.status, answer.state, answer.reason, answer.text, str(row.ended_at), str(answer.ended_at))
            assert row.status == answer.state
            assert self.ended.setdefault(row.pk, end) == end

    @invariant()
    def the_ledger_has_one_row_for_each_attempt(self) -> None:
        rows = list(UsageEntry.objects.values_list("turn", "attempt"))
        of_turns = [row for row in rows if row[0] is not None]
        assert len(set(of_turns)) == len(of_turns)
        assert Counter(turn for turn, _ in of_turns) == {
            turn.pk: turn.attempts for turn in self.expected.turns.values() if turn.attempts
        }
        assert len(rows) - len(of_turns) == sum(turn.attempts for turn in self.expected.deleted.values())

    @invariant()
    def a_row_counts_for_the_project_of_its_chat_as_it_was_booked(self) -> None:
        for pk, conversation, project in UsageEntry.objects.values_list("pk", "conversation", "project"):
            assert project == self.booked_for.setdefault(pk, self.project_of.get(conversation))

    @invariant()
    def the_sums_count_each_row(self) -> None:
        assert rollups.are_in_step()

    @invariant()
    def a_visible_change_advances_the_revision(self) -> None:
        for conversation in {turn.conversation for turn in self.expected.turns.values()}:
            thread = load_thread(conversation)
            revision, view = self.views.get(conversation, (-1, None))
            assert thread.revision >= revision
            assert thread.revision > revision or thread == view
            self.views[conversation] = (thread.revision, thread)

    # ── Helpers ──────────────────────────────────────────────────────────────────────────────────────────────────

    def held_by(self, owner: Owner) -> ExpectedTurn | None:
        turn = self.expected.turns.get(owner.turn_id)
        return turn if turn and turn.status == TurnStatus.RUNNING and turn.fence == owner.fence else None

    def is_refused(self, refusal: type[StartError], act: Callable[[], Any]) -> None:
        def refused() -> None:
            with pytest.raises(refusal):
                act()

        self.changes_nothing(refused)

    def changes_nothing(self, act: Callable[[], Any]) -> Any:
        before = all_rows()
        result = act()
        assert all_rows() == before
        return result


@pytest.mark.django_db(transaction=True)
def test_a_turn_ends_once_and_keeps_what_was_shown() -> None:
    run_state_machine_as_test(TurnMachine, settings=walks(30, steps=40))


@pytest.mark.django_db(transaction=True)
def test_what_was_booked_before_a_turn_was_deleted_is_not_booked_by_who_lost_it() -> None:
    """A walk that found something, and is too rare to be met each time."""
    walk = TurnMachine()
    walk.begin()
    conversation = walk.send_the_first_question()
    owner = walk.claim()
    walk.hear_and_save(owner, "A drowned ")
    walk.let_a_lease_run_out(0)
    walk.close_what_was_left()
    walk.delete(conversation)

    walk.finish(owner, TurnStatus.COMPLETE)

    walk.the_ledger_has_one_row_for_each_attempt()
    walk.teardown()
