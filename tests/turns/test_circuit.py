"""Claude denies the site its access: turns fail at once, and now and then one looks whether that is over."""

import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from conversations.models import Absence, Outage, State, Turn, UsageEntry, User
from conversations.turns import circuit
from conversations.turns.worker import Worker
from tests.turns.conversing import again, ask, ended, journaled
from tests.upstream import Gate, Reply, Upstream, begin, end, spoken, text

pytestmark = pytest.mark.django_db(transaction=True)

DENIED = Reply.error(401, "authentication_error")
KEY = "test-key"


@asynccontextmanager
async def process() -> AsyncIterator[None]:
    """A worker that starts and ends, as that of a restarted process."""
    worker = Worker()
    await worker.start()
    yield
    await worker.drain(timeout_s=0)


async def asked(person: User) -> Turn:
    return await ended(await ask(person))


@database_sync_to_async
def probe_is_due() -> None:
    Outage.objects.update(next_probe_at=timezone.now() - timedelta(seconds=1))


@database_sync_to_async
def standing() -> Outage | None:
    return circuit.outage()


@pytest.mark.parametrize(
    ("denial", "reason", "status"),
    [
        (Reply.error(401, "authentication_error"), "unauthorized", 401),
        (Reply.error(403, "permission_error"), "unauthorized", 403),
        (Reply.error(402, "billing_error"), "billing", 402),
        (Reply.error(429, "rate_limit_error", error_code="enforced_spend_limit_reached"), "spend_limit", 429),
        (Reply.error(400, "invalid_request_error", error_code="workspace_spend_limit_reached"), "spend_limit", 400),
    ],
)
async def test_after_a_denial_nobody_is_made_to_ask_in_vain(
    alice: User, ben: User, upstream: Upstream, worker: Worker, denial: Reply, reason: str, status: int
) -> None:
    upstream.script(denial)

    first, second = await asked(alice), await asked(ben)

    assert len(upstream.requests) == 1
    assert [(turn.answer.state, turn.answer.reason) for turn in (first, second)] == [(State.FAILED, reason)] * 2
    assert first.answer.advice == second.answer.advice
    assert await UsageEntry.objects.acount() == 1
    outage = await standing()
    assert outage
    assert (outage.reason, outage.status, outage.request_id) == (reason, status, "req_refused")


@pytest.mark.parametrize(
    "failing",
    [
        Reply.error(400, "invalid_request_error"),
        Reply.error(404, "not_found_error"),
        Reply.error(429, "rate_limit_error"),
        Reply.error(529, "overloaded_error"),
    ],
)
async def test_what_concerns_one_question_or_one_moment_is_no_outage(
    alice: User, upstream: Upstream, worker: Worker, failing: Reply
) -> None:
    upstream.script(failing)

    await asked(alice)

    assert await standing() is None


DENIED_MODEL = Reply.page(
    b'{"type": "error", "error": {"type": "permission_error", "message": "no access to claude-opus-5-5"}}',
    status=403,
    content_type="application/json",
)


@pytest.mark.parametrize("failing", [Reply.error(404, "not_found_error"), DENIED_MODEL])
async def test_a_model_that_is_not_there_is_marked_and_the_others_answer(
    alice: User, upstream: Upstream, worker: Worker, failing: Reply
) -> None:
    upstream.script(failing)

    turn = await asked(alice)

    assert (turn.answer.reason, await standing()) == ("model_not_found", None)
    page = await database_sync_to_async(page_of)(alice, turn)
    assert "Opus 5.5 · not available just now, choose another" in page
    other = await ended(await again(turn, model="claude-sonnet-5-5"))
    assert other.answer.state == State.COMPLETE


async def test_a_new_chat_begins_with_a_model_that_is_there(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(Reply.error(404, "not_found_error"))
    assert await database_sync_to_async(preselected)(alice, "/") == "claude-opus-5-5"

    turn = await asked(alice)

    assert await database_sync_to_async(preselected)(alice, "/") == "claude-sonnet-5-5"
    chosen_there = await database_sync_to_async(preselected)(alice, f"/c/{turn.conversation_id}/")
    assert chosen_there == "claude-opus-5-5"  # which somebody chose, and whose label says that it is absent


async def test_a_model_is_offered_again_after_a_while(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(Reply.error(404, "not_found_error"))
    turn = await asked(alice)

    await Absence.objects.aupdate(until=timezone.now() - timedelta(seconds=1))

    assert "not available just now" not in await database_sync_to_async(page_of)(alice, turn)


def page_of(person: User, turn: Turn) -> str:
    return page_at(person, f"/c/{turn.conversation_id}/")


def page_at(person: User, path: str) -> str:
    client = Client()
    client.force_login(person)
    return client.get(path).content.decode()


def preselected(person: User, path: str) -> str:
    """The model that the composer would ask."""
    (model,) = re.findall(r'<option value="(claude-[^"]+)"[^>]* selected', page_at(person, path))
    return str(model)


async def test_one_turn_looks_whether_it_is_over_and_opens_the_way_for_all(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(DENIED, spoken("We are back."))
    await asked(alice)
    await probe_is_due()

    probe, after = await asked(alice), await asked(alice)

    assert probe.answer.text == "We are back."
    assert after.answer.state == State.COMPLETE
    assert len(upstream.requests) == 3
    assert await standing() is None


async def test_a_probe_that_is_denied_keeps_everybody_else_from_asking(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(DENIED, Reply.error(402, "billing_error"))
    await asked(alice)
    first = await standing()
    await probe_is_due()

    await asked(alice)
    await asked(alice)

    assert len(upstream.requests) == 2
    now = await standing()
    assert first
    assert now
    assert (now.reason, now.since) == ("billing", first.since)


async def test_only_one_of_many_turns_is_the_probe(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(DENIED, Reply.error(401, "authentication_error"))
    await asked(alice)
    await probe_is_due()

    turns = [await ask(alice) for _ in range(5)]

    assert {(await ended(turn)).answer.reason for turn in turns} == {"unauthorized"}
    assert len(upstream.requests) == 2


async def test_the_way_is_open_with_the_first_words_of_the_probe(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(DENIED, Reply.streaming(begin(), text("We are"), Gate("middle"), text(" back."), end()))
    await asked(alice)
    await probe_is_due()

    probe = await ask(alice)
    await journaled(probe, "We are")

    assert await standing() is None
    upstream.release("middle")
    assert (await ended(probe)).answer.text == "We are back."


async def test_a_refusal_shows_that_claude_answers(alice: User, upstream: Upstream, worker: Worker) -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": None}
    refusal = Reply.streaming(begin(index=None), end("refusal", index=None, stop_details=details))
    upstream.script(DENIED, refusal)
    await asked(alice)
    await probe_is_due()

    await asked(alice)

    assert await standing() is None


async def test_another_key_starts_afresh(alice: User, upstream: Upstream, worker: Worker, settings: Settings) -> None:
    upstream.script(DENIED)
    await asked(alice)

    settings.ANTHROPIC_API_KEY = "another-key"

    assert await standing() is None
    assert (await asked(alice)).answer.state == State.COMPLETE


async def test_a_restart_with_the_same_key_knows_of_it(alice: User, upstream: Upstream) -> None:
    upstream.script(DENIED)
    async with process():
        await asked(alice)

    async with process():
        assert (await asked(alice)).answer.reason == "unauthorized"

    assert len(upstream.requests) == 1


async def test_a_turn_that_is_to_stop_is_stopped_and_no_probe(alice: User, upstream: Upstream) -> None:
    upstream.script(DENIED)
    async with process():
        await asked(alice)
    await probe_is_due()
    turn = await ask(alice)
    await Turn.objects.aupdate(stop_requested_at=timezone.now())

    async with process():
        assert (await ended(turn)).answer.state == State.STOPPED
        await asked(alice)

    assert len(upstream.requests) == 2


async def test_the_log_says_once_that_it_began_and_once_that_it_ended_and_never_the_key(
    alice: User, upstream: Upstream, worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    upstream.script(DENIED, DENIED)
    await asked(alice)
    await asked(alice)
    await probe_is_due()
    await asked(alice)
    await probe_is_due()

    await asked(alice)
    await asked(alice)

    said = [record for record in caplog.records if record.name == circuit.__name__]
    assert [record.getMessage() for record in said] == ["claude denies access", "claude answers again"]
    assert said[0].__dict__["upstream_request"] == "req_refused"
    assert KEY not in caplog.text


async def test_no_row_holds_the_key(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(DENIED)

    await asked(alice)

    row = await Outage.objects.values().aget()
    assert KEY not in str(row)
