"""A turn at a cloud: stopped, booked and denied as at the vendor's own API."""

from decimal import Decimal
from typing import Any

import pytest

from conversations.models import Outage, State, User
from conversations.turns.worker import Worker
from tests.turns.conversing import ask, attempts_of, ended, journaled, stop
from tests.upstream import Hang, Reply, Upstream, begin, end, text
from tests.upstream.clouds import aws_error, framed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bedrock(upstream: Upstream, settings: Any) -> Upstream:
    settings.CLAUDE_PROVIDER, settings.BEDROCK_ENDPOINT = "bedrock", "runtime"
    settings.ANTHROPIC_BEDROCK_BASE_URL, settings.AWS_REGION = upstream.base_url, "eu-west-1"
    settings.AWS_BEARER_TOKEN_BEDROCK, settings.ANTHROPIC_API_KEY = "token-of-aws", ""
    return upstream


async def test_an_answer_is_booked_under_our_name_and_at_the_price_of_its_region(
    alice: User, bedrock: Upstream, settings: Any, worker: Worker
) -> None:
    profile = "eu.anthropic.claude-opus-5-5-v1:0"
    settings.CLAUDE_MODEL_IDS = {"claude-opus-5-5": profile}
    bedrock.script(framed(Reply.streaming(begin(model=profile), text("A drowned valley."), end())))

    turn = await ended(await ask(alice))

    assert (turn.answer.state, turn.answer.text) == (State.COMPLETE, "A drowned valley.")
    (entry,) = await attempts_of(turn)
    assert (entry.answered_model, entry.request_id, entry.price["factor"]) == ("claude-opus-5-5", "aws-request", "1.1")
    assert entry.cost_usd > Decimal(0)


async def test_stop_keeps_the_text_and_closes_the_connection_to_the_cloud(
    alice: User, bedrock: Upstream, worker: Worker
) -> None:
    bedrock.script(framed(Reply.streaming(begin(), text("A drowned valley"), Hang())))
    turn = await ask(alice)
    await journaled(turn, "A drowned valley")

    await stop(turn)

    turn = await ended(turn)
    assert (turn.answer.state, turn.answer.text) == (State.STOPPED, "A drowned valley")
    await bedrock.left(bedrock.requests[0])


async def test_lapsed_credentials_are_an_outage(alice: User, bedrock: Upstream, worker: Worker) -> None:
    bedrock.script(aws_error(403, "ExpiredTokenException", "The security token included in the request is expired"))

    first, second = await ended(await ask(alice)), await ended(await ask(alice))

    assert (first.answer.reason, second.answer.reason) == ("unauthorized", "unauthorized")
    assert len(bedrock.requests) == 1, "nobody is made to ask in vain"
    assert (await Outage.objects.aget()).status == 403
