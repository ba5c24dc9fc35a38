"""The life of one turn, over the real wire to a scripted upstream."""

import pytest
from asgiref.sync import sync_to_async

from conversations.models import RefusalEvent, State, UsageEntry, User
from conversations.turns.worker import Worker
from conversations.usage.filters import UsageFilter
from conversations.usage.reports import ReportRow, report_rows
from tests.turns.conversing import answer_to, ask, attempts_of, booked, ended, journal_of, journaled, stop
from tests.upstream import Gate, Hang, Reply, Upstream, begin, block_start, block_stop, end, spoken, text

pytestmark = pytest.mark.django_db(transaction=True)


async def test_an_answer_arrives_whole(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(spoken("A drowned valley, carved by ice."))

    turn = await ended(await ask(alice))

    assert (turn.answer.state, turn.answer.reason) == (State.COMPLETE, "")
    assert turn.answer.text == "A drowned valley, carved by ice."
    assert turn.answer.model == "claude-opus-5-5"
    assert await journal_of(turn) == ""


async def test_what_the_ledger_holds_is_what_the_upstream_reported(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(spoken(input_tokens=321, cache_read_input_tokens=1000, output_tokens=77))

    turn = await ended(await ask(alice))

    (entry,) = await attempts_of(turn)
    assert (entry.input_tokens, entry.cache_read_tokens, entry.output_tokens) == (321, 1000, 77)
    assert (entry.stop_reason, entry.billed, entry.estimated) == ("end_turn", True, False)
    assert entry.request_id == "req_upstream"
    assert entry.cost_usd > 0


async def test_the_next_question_carries_the_conversation(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(spoken("A drowned valley."), spoken("A bay is wider."))
    first = await ended(await ask(alice))

    await answer_to(alice, "And a bay?", first.conversation)

    sent = upstream.requests[-1].body["messages"]
    assert [message["role"] for message in sent] == ["user", "assistant", "user"]
    assert sent[1]["content"][-1]["text"] == "A drowned valley."


async def test_words_are_in_the_journal_while_the_answer_runs(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(Reply.streaming(begin(), text("A drowned "), Gate("middle"), text("valley."), end()))
    turn = await ask(alice)

    await journaled(turn, "A drowned ")
    upstream.release("middle")

    assert (await ended(turn)).answer.text == "A drowned valley."


async def test_stop_keeps_what_had_arrived_and_closes_the_upstream(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(Reply.streaming(begin(), text("A drowned valley"), Hang()))
    turn = await ask(alice)
    await journaled(turn, "A drowned valley")

    await stop(turn)

    turn = await ended(turn)
    assert (turn.answer.state, turn.answer.text) == (State.STOPPED, "A drowned valley")
    await upstream.left(upstream.requests[0])
    (entry,) = await attempts_of(turn)
    assert entry.estimated
    assert entry.output_tokens > 1


async def test_stop_before_the_first_word_ends_the_turn(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(Reply.streaming(begin(index=None), Gate("never")))
    turn = await ask(alice)

    await stop(turn)

    assert (await ended(turn)).answer.state == State.STOPPED


async def test_stopping_twice_or_after_the_end_changes_nothing(alice: User, upstream: Upstream, worker: Worker) -> None:
    turn = await ended(await ask(alice))

    assert not await stop(turn)
    assert not await stop(turn)

    assert (await ended(turn)).answer.state == State.COMPLETE


async def test_a_clean_early_end_is_a_failure_that_keeps_its_words(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(Reply.streaming(begin(), text("A drowned")))

    turn = await ended(await ask(alice))

    assert (turn.answer.state, turn.answer.reason) == (State.FAILED, "incomplete_stream")
    assert turn.answer.text == "A drowned"
    assert turn.answer.advice


async def test_an_answer_cut_at_its_length_is_complete_and_says_so(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(spoken("A drowned", stop_reason="max_tokens"))

    turn = await ended(await ask(alice))

    assert (turn.answer.state, turn.answer.reason) == (State.COMPLETE, "max_tokens")


async def test_a_stop_reason_that_does_not_exist_yet_completes_the_answer(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(spoken(stop_reason="moon_phase"))

    turn = await ended(await ask(alice))

    assert (turn.answer.state, turn.answer.reason) == (State.COMPLETE, "")


async def test_a_refusal_is_an_event_for_the_admin_and_is_not_sent_again(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": "This area is limited."}
    upstream.script(Reply.streaming(begin(index=None), end("refusal", index=None, stop_details=details)), spoken())

    turn = await ended(await ask(alice, "How do I break in?"))
    await answer_to(alice, "What is a fjord?", turn.conversation)

    assert turn.answer.state == State.REFUSED
    event = await RefusalEvent.objects.select_related("usage", "person").aget()
    assert (event.person, event.category, event.after_text) == (alice, "cyber", False)
    assert not event.usage.billed
    assert event.usage.cost_usd == 0
    assert [block["text"] for m in upstream.requests[-1].body["messages"] for block in m["content"]] == [
        "What is a fjord?"
    ]


async def test_thinking_is_kept_beside_the_answer(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(
        Reply.streaming(
            begin(kind="thinking"),
            text("Norway, ice.", kind="thinking"),
            block_stop(),
            block_start(1),
            text("A drowned valley.", 1),
            end(index=1),
        )
    )

    turn = await ended(await ask(alice))

    assert [block["type"] for block in turn.answer.content] == ["thinking", "text"]
    assert turn.answer.content[0]["thinking"] == "Norway, ice."
    assert turn.answer.text == "A drowned valley."


async def test_each_attempt_is_one_row_of_the_ledger(
    alice: User, upstream: Upstream, worker: Worker, settings: object
) -> None:
    settings.CLAUDE_RETRIES = 1  # type: ignore[attr-defined]
    upstream.script(Reply.error(529, "overloaded_error", retry_after="0"), spoken())

    turn = await ended(await ask(alice))

    assert turn.answer.state == State.COMPLETE
    assert [(entry.attempt, entry.reason, entry.billed) for entry in await attempts_of(turn)] == [
        (1, "overloaded", False),
        (2, "", True),
    ]


async def test_a_question_deleted_in_mid_answer_is_still_paid_for(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(Reply.streaming(begin(), text("A drowned"), Gate("middle"), end()))
    turn = await ask(alice)
    await journaled(turn, "A drowned")

    await turn.conversation.adelete()
    upstream.release("middle")

    await booked(1)
    assert await UsageEntry.objects.filter(conversation=None, person=alice, billed=True).acount() == 1


async def test_what_a_deleted_person_was_still_being_answered_is_booked_to_them_and_to_no_name(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(Reply.streaming(begin(), text("A drowned "), Gate("middle"), text("valley."), end()))
    was_called = alice.pseudonym
    await journaled(await ask(alice), "A drowned ")

    await alice.adelete()
    upstream.release("middle")

    await booked(1)
    entry = await UsageEntry.objects.aget()
    assert (entry.person_id, entry.pseudonym) == (None, was_called)
    assert [row.group["user"] for row in await sync_to_async(this_month)()] == [was_called]


def this_month() -> list[ReportRow]:
    return list(report_rows(UsageFilter.this_month()))
