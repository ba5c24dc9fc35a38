"""Why the cache was missed: each request names the answer before it, and what the API says of it is booked."""

import pytest

from conversations.models import User
from conversations.turns.worker import Worker
from tests.turns.conversing import ask, attempts_of, ended
from tests.upstream import Reply, Upstream, begin, end, spoken, text

pytestmark = pytest.mark.django_db(transaction=True)
TOLD = {"cache_miss_reason": {"type": "messages_changed", "cache_missed_input_tokens": 4321}}


async def test_each_request_names_the_answer_before_it(alice: User, upstream: Upstream, worker: Worker) -> None:
    first = await ended(await ask(alice))
    await ended(await ask(alice, "And a bay?", first.conversation))

    assert [request.body["diagnostics"] for request in upstream.requests] == [
        {"previous_message_id": None},
        {"previous_message_id": "msg_upstream"},
    ]


async def test_what_the_api_says_of_its_cache_is_in_the_ledger(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(Reply.streaming(begin(diagnostics=TOLD), text("A valley."), end()))

    (entry,) = await attempts_of(await ended(await ask(alice)))

    assert (entry.cache_miss_reason, entry.cache_missed_tokens) == ("messages_changed", 4321)


@pytest.mark.parametrize("told", [None, {"cache_miss_reason": None}, "broken", {"cache_miss_reason": {"type": 7}}])
async def test_a_diagnosis_that_says_nothing_books_nothing(
    alice: User, upstream: Upstream, worker: Worker, told: object
) -> None:
    upstream.script(Reply.streaming(begin(diagnostics=told), text("A valley."), end()), spoken())

    (entry,) = await attempts_of(await ended(await ask(alice)))

    assert (entry.cache_miss_reason, entry.cache_missed_tokens, entry.reason) == ("", 0, "")
