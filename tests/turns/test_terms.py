"""The owner's terms over the wire: what is asked for, and that the answer's own terms are what is paid."""

from decimal import Decimal
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.test import Client
from pytest_django import Settings

from conversations.models import UsageEntry, User
from conversations.turns.worker import Worker
from tests.turns.conversing import ask, attempts_of, ended
from tests.upstream import Reply, Upstream, begin, end, spoken, text

pytestmark = pytest.mark.django_db(transaction=True)
PLAIN_USD = Decimal("8")  # a million tokens in, 200,000 out, of Opus 5.5 at $4 and $20
TOKENS: dict[str, Any] = {"input_tokens": 1_000_000, "output_tokens": 200_000}
ASKED = {"CLAUDE_SPEED": "fast", "CLAUDE_GEO": "us", "CLAUDE_SERVICE_TIER": "standard_only"}


async def paid(alice: User, upstream: Upstream, **answered: str) -> UsageEntry:
    upstream.script(spoken("A valley.", **TOKENS, **answered))
    (entry,) = await attempts_of(await ended(await ask(alice)))
    return entry


@pytest.mark.parametrize(
    ("answered", "factor"),
    [
        ({}, "1"),
        ({"speed": "fast"}, "2"),
        ({"inference_geo": "us"}, "1.1"),
        ({"speed": "fast", "inference_geo": "us"}, "2.2"),
        ({"service_tier": "batch"}, "0.5"),
        ({"speed": "standard", "inference_geo": "global", "service_tier": "standard"}, "1"),
        ({"speed": "of tomorrow", "inference_geo": "moon", "service_tier": "royal"}, "1"),
    ],
)
async def test_the_ledger_prices_what_was_answered_whatever_was_asked(
    alice: User, upstream: Upstream, worker: Worker, settings: Settings, answered: dict[str, str], factor: str
) -> None:
    for name, value in ASKED.items():
        setattr(settings, name, value)

    entry = await paid(alice, upstream, **answered)

    body = upstream.requests[0].body
    assert (body["speed"], body["inference_geo"], body["service_tier"]) == ("fast", "us", "standard_only")
    assert entry.cost_usd == PLAIN_USD * Decimal(factor)


async def test_what_nobody_asked_for_is_not_sent_and_still_paid_as_answered(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    entry = await paid(alice, upstream, inference_geo="us")

    assert not {"speed", "inference_geo", "service_tier"} & upstream.requests[0].body.keys()
    assert entry.cost_usd == PLAIN_USD * Decimal("1.1")


async def test_terms_that_are_told_at_the_end_count_too(alice: User, upstream: Upstream, worker: Worker) -> None:
    """The last report is the truth: an answer may end at another speed than it began with."""
    usage = {"output_tokens": 200_000, "speed": "standard"}
    last = b'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":%b}\n\n'
    told = str(usage).replace("'", '"').encode()
    upstream.script(Reply.streaming(begin(speed="fast", **TOKENS), text("A valley."), last % told, end(index=0)))

    (entry,) = await attempts_of(await ended(await ask(alice)))

    assert entry.cost_usd == PLAIN_USD


async def test_a_miss_is_told_in_the_cache_report(
    alice: User, cleo_client: Client, upstream: Upstream, worker: Worker
) -> None:
    reasons = ("system_changed", "tools_changed", "previous_message_not_found", "a_reason_of_tomorrow")
    for reason in reasons:
        told = {"cache_miss_reason": {"type": reason, "cache_missed_input_tokens": 4321}}
        upstream.script(Reply.streaming(begin(diagnostics=told), text("A valley."), end()))
        await ended(await ask(alice))

    page = await _page(cleo_client)

    for reason in reasons:
        assert f"<td>{reason}</td>" in page
    assert page.count("4,321") == len(reasons)


async def _page(client: Client) -> str:
    response = await database_sync_to_async(client.get)("/admin/conversations/usageentry/cache/")
    return str(response.text)
