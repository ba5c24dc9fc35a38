"""A batch from its confirmation to the ledger: each result once, whatever breaks on the way."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from threading import Barrier
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections
from django.db.models.functions import Now

from conversations.batches import collecting
from conversations.batches.drafts import confirm, request_cancel, try_again
from conversations.batches.prompts import Prompt
from conversations.claude.batch_answers import BatchAnswer, Outcome
from conversations.models import Batch, BatchState, ItemOutcome, Purpose, RefusalEvent, UsageEntry, User
from tests.batches.conftest import drafted, fresh, look, make_due
from tests.upstream import Close, Reply, Reset, Upstream, errored, succeeded
from tests.usage.attempts import OPUS

pytestmark = pytest.mark.django_db
Confirmed = Callable[..., Batch]
LOST = Reply((), steps_before=(Reset(),))


def outcomes(batch: Batch) -> list[str]:
    return [item.outcome for item in batch.items.in_order()]


def ledger() -> list[tuple[str, bool, Decimal | int]]:
    rows = UsageEntry.objects.order_by("batch_item__number")
    return [(row.reason or row.stop_reason, row.billed, row.cost_usd) for row in rows]


def ended(upstream: Upstream, batch: Batch) -> Batch:
    """Handed in, done, read."""
    upstream.batches.takes_s = 0
    look(2)
    return fresh(batch)


def test_nothing_is_handed_in_before_it_is_confirmed(alice: User, upstream: Upstream) -> None:
    batch = drafted(alice)
    look()
    assert upstream.batches.created == []

    assert confirm(batch)
    assert not confirm(batch)
    look()

    assert fresh(batch).state == BatchState.RUNNING
    assert len(upstream.batches.created) == 1


def test_answers_come_to_their_prompts_and_into_the_ledger_at_half_the_price(
    confirmed: Confirmed, alice: User, upstream: Upstream
) -> None:
    batch = ended(upstream, confirmed())

    assert batch.state == BatchState.ENDED
    assert [item.answer for item in batch.items.in_order()] == [f"You asked: Question {n}" for n in (1, 2, 3)]
    # 100 tokens in at $4 and 50 out at $20 a million, and half of that.
    assert ledger() == [("end_turn", True, Decimal("0.0007"))] * 3
    entry = UsageEntry.objects.first()
    assert entry
    assert (entry.person, entry.purpose, entry.price["factor"]) == (alice, Purpose.BATCH, "0.5")
    assert entry.request_id == f"{batch.pk.hex}-{entry.batch_item.number}"


def test_what_was_not_answered_has_its_outcome_and_costs_nothing(confirmed: Confirmed, upstream: Upstream) -> None:
    results = {"1": errored("overloaded_error"), "2": {"type": "expired"}}
    upstream.batches.result_for = lambda request: (
        results.get(request["custom_id"].rpartition("-")[2]) or succeeded(request)
    )

    batch = ended(upstream, confirmed())

    assert outcomes(batch) == [ItemOutcome.ERRORED, ItemOutcome.EXPIRED, ItemOutcome.SUCCEEDED]
    assert ledger()[:2] == [("overloaded", False, 0), ("expired", False, 0)]


def test_a_refusal_is_a_refusal_event_of_its_person(confirmed: Confirmed, alice: User, upstream: Upstream) -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": None}
    upstream.batches.result_for = lambda request: succeeded(
        request, stop_reason="refusal", content=[], stop_details=details
    )

    batch = ended(upstream, confirmed([Prompt("One")]))

    event = RefusalEvent.objects.get()
    assert (outcomes(batch), event.person, event.category) == ([ItemOutcome.REFUSED], alice, "cyber")
    assert ledger() == [("refusal", False, 0)]


def test_results_that_are_read_again_are_booked_once(confirmed: Confirmed, upstream: Upstream) -> None:
    batch = ended(upstream, confirmed())
    Batch.objects.update(state=BatchState.RUNNING)

    look()

    assert fresh(batch).state == BatchState.ENDED
    assert len(ledger()) == 3


def test_results_that_break_off_are_read_on(confirmed: Confirmed, upstream: Upstream, monkeypatch: Any) -> None:
    monkeypatch.setattr(collecting, "PORTION", 1)
    batch = confirmed()
    upstream.batches.twist("results", lambda reply: replace(reply, steps=(_lines(reply)[0], Reset())))

    half = ended(upstream, batch)
    assert (half.state, half.reason, len(ledger())) == (BatchState.RUNNING, "connection_lost", 1)

    look()
    assert fresh(batch).state == BatchState.ENDED
    assert len(ledger()) == 3


def test_results_that_lack_some_are_read_again_and_then_given_up(confirmed: Confirmed, upstream: Upstream) -> None:
    batch = confirmed()
    short = [lambda reply: replace(reply, steps=(_lines(reply)[0],))] * collecting.MOST_READINGS
    upstream.batches.twist("results", *short)

    first = ended(upstream, batch)
    assert (first.state, len(ledger())) == (BatchState.RUNNING, 1)

    look(collecting.MOST_READINGS - 1)
    last = fresh(batch)
    assert (last.state, last.reason) == (BatchState.ENDED, "protocol")
    assert outcomes(batch) == [ItemOutcome.LOST, ItemOutcome.LOST, ItemOutcome.SUCCEEDED]
    assert len(ledger()) == 1


def test_who_lost_the_batch_writes_nothing(confirmed: Confirmed, upstream: Upstream, monkeypatch: Any) -> None:
    batch = confirmed()
    look()
    held = fresh(batch)
    make_due()
    assert Batch.objects.take(hold=timedelta(minutes=1))

    assert not collecting.keep(held, [])


@pytest.mark.django_db(transaction=True)
def test_results_that_two_read_at_once_are_booked_once(confirmed: Confirmed, upstream: Upstream) -> None:
    batch = confirmed()
    look()
    held = fresh(batch)
    answers = [BatchAnswer(f"{batch.pk.hex}-{number}", Outcome.SUCCEEDED, model=OPUS) for number in (1, 2, 3)]
    together = Barrier(2)

    def read() -> bool:
        try:
            together.wait(30)
            return collecting.keep(held, answers)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as readers:
        kept = [reading.result() for reading in [readers.submit(read), readers.submit(read)]]

    assert kept == [True, True]
    assert len(ledger()) == 3


def test_a_batch_is_looked_after_by_one_process_at_a_time(confirmed: Confirmed) -> None:
    confirmed()

    assert Batch.objects.take(hold=timedelta(minutes=1))
    assert Batch.objects.take(hold=timedelta(minutes=1)) is None


@pytest.mark.parametrize("is_cut", ["reset", "closed"])
def test_a_batch_whose_acknowledgement_was_lost_is_found_and_not_sent_twice(
    confirmed: Confirmed, upstream: Upstream, is_cut: str
) -> None:
    step = Reset() if is_cut == "reset" else Close()
    upstream.batches.twist("create", lambda reply: replace(reply, steps_before=(step,)))
    batch = confirmed()

    look(2)
    waiting = fresh(batch)
    assert (waiting.state, waiting.reason) == (BatchState.SENDING, "connection")
    _long_ago()
    look()  # it may be ours, so it is waited for
    assert fresh(batch).state == BatchState.SENDING

    done = ended(upstream, batch)
    assert (done.state, len(upstream.batches.created), len(ledger())) == (BatchState.ENDED, 1, 3)


def test_a_batch_that_never_arrived_is_sent_again_once_that_is_certain(
    confirmed: Confirmed, upstream: Upstream
) -> None:
    upstream.script(LOST, when=lambda request: request.method == "POST")
    batch = confirmed()

    look(2)
    assert (fresh(batch).state, upstream.batches.created) == (BatchState.SENDING, [])
    _long_ago()
    look(2)

    assert fresh(batch).state == BatchState.RUNNING
    assert len(upstream.batches.created) == 1


def test_another_batch_of_the_same_size_is_not_taken_for_ours(confirmed: Confirmed, upstream: Upstream) -> None:
    upstream.batches.takes_s = 0
    foreign = [{"custom_id": f"theirs-{n}", "params": _params()} for n in range(3)]
    body = _json({"requests": foreign})
    upstream.batches.reply("POST", "/v1/messages/batches", body)
    upstream.script(LOST, when=lambda request: request.method == "POST")
    batch = confirmed()
    look()
    _long_ago()

    look(3)

    assert len(upstream.batches.created) == 2
    assert fresh(batch).state == BatchState.ENDED
    assert len(ledger()) == 3


@pytest.mark.parametrize(
    ("reply", "state", "reason"),
    [
        (Reply.error(400, "invalid_request_error"), BatchState.FAILED, "invalid_request"),
        (Reply.error(401, "authentication_error"), BatchState.QUEUED, "unauthorized"),
        (Reply.error(429, "rate_limit_error", retry_after="90"), BatchState.QUEUED, "rate_limited"),
        (Reply.error(529, "overloaded_error"), BatchState.QUEUED, "overloaded"),
    ],
    ids=["rejected", "denied", "rate_limited", "overloaded"],
)
def test_a_refused_hand_in_says_why_and_loses_nothing(
    confirmed: Confirmed, upstream: Upstream, reply: Reply, state: BatchState, reason: str
) -> None:
    upstream.script(reply, when=lambda request: request.method == "POST")
    batch = confirmed()

    look()
    refused = fresh(batch)
    assert (refused.state, refused.reason, ledger()) == (state, reason, [])

    try_again(refused)
    look(2)
    assert fresh(batch).state == BatchState.RUNNING
    assert outcomes(batch) == [ItemOutcome.PENDING] * 3


def test_a_cancelled_batch_ends_without_a_charge(confirmed: Confirmed, upstream: Upstream) -> None:
    batch = confirmed()
    look()

    assert request_cancel(batch)
    assert not request_cancel(batch)
    look(2)

    assert fresh(batch).state == BatchState.ENDED
    assert outcomes(batch) == [ItemOutcome.CANCELED] * 3
    assert ledger() == [("stopped", False, 0)] * 3


def test_a_batch_that_is_cancelled_before_it_is_handed_in_never_is(confirmed: Confirmed, upstream: Upstream) -> None:
    batch = confirmed()
    request_cancel(batch)

    look()

    assert (fresh(batch).state, outcomes(batch)) == (BatchState.ENDED, [ItemOutcome.CANCELED] * 3)
    assert (upstream.batches.created, ledger()) == ([], [])


def test_results_of_a_batch_that_the_api_forgot_are_lost_and_said_to_be(
    confirmed: Confirmed, upstream: Upstream
) -> None:
    batch = confirmed()
    look()
    upstream.batches.twist("look", lambda _: Reply.error(404, "not_found_error"))

    look()

    gone = fresh(batch)
    assert (gone.state, gone.reason) == (BatchState.ENDED, "results_gone")
    assert outcomes(batch) == [ItemOutcome.LOST] * 3


def test_while_the_api_is_away_the_batch_waits(confirmed: Confirmed, upstream: Upstream) -> None:
    batch = confirmed()
    look()
    upstream.batches.twist("look", lambda _: Reply.error(503, "api_error"))

    look()
    waiting = fresh(batch)
    assert (waiting.state, waiting.reason) == (BatchState.RUNNING, "api_error")

    assert ended(upstream, batch).state == BatchState.ENDED
    assert fresh(batch).reason == ""


def test_who_pays_may_be_gone_by_then(confirmed: Confirmed, alice: User, upstream: Upstream) -> None:
    batch = confirmed()
    look()
    alice.delete()

    ended(upstream, batch)

    assert len(ledger()) == 3
    assert not Batch.objects.all().forsaken().exists()
    Batch.objects.update(created_at=Now() - timedelta(days=2))
    assert Batch.objects.all().forsaken().get() == batch


def test_a_draft_that_was_never_finished_is_nobodys_and_is_swept(alice: User) -> None:
    drafted(alice)
    unfinished = Batch.objects.create(purpose=Purpose.BATCH, model=OPUS, max_tokens=1)
    assert unfinished not in Batch.objects.visible_to(alice)
    Batch.objects.update(created_at=Now() - timedelta(days=2))

    call_command("sweep", stdout=StringIO())

    assert Batch.objects.get().person == alice


def _lines(reply: Reply) -> list[bytes]:
    (body,) = reply.steps
    assert isinstance(body, bytes)
    return body.splitlines(keepends=True)


def _long_ago() -> None:
    Batch.objects.update(sent_at=Now() - timedelta(hours=1))


def _params() -> dict[str, Any]:
    return {"model": "any", "messages": [{"role": "user", "content": [{"type": "text", "text": "Theirs"}]}]}


def _json(body: Any) -> bytes:
    return Reply.json(body).steps[0]  # type: ignore[return-value]
