"""What the headers of an answer tell of the limits, and how long a request has to wait by them."""

from datetime import UTC, datetime, timedelta

import pytest

from conversations.claude.allowance import Bucket, allowance_of
from conversations.claude.events import AllowanceTold
from tests.claude.conftest import outcome_of
from tests.upstream import Reply, Upstream, spoken

PREFIX = "anthropic-ratelimit-requests"
DATE = "Sat, 21 Nov 2026 12:00:00 GMT"


def told(limit: str = "50", remaining: str = "20", reset: str = "2026-11-21T12:00:36Z") -> dict[str, str]:
    return {"date": DATE, f"{PREFIX}-limit": limit, f"{PREFIX}-remaining": remaining, f"{PREFIX}-reset": reset}


def test_a_limit_is_read_by_the_clock_that_told_it() -> None:
    assert allowance_of(told()) == {"requests": Bucket(50, 20, 36.0)}


@pytest.mark.parametrize(
    ("headers", "bucket"),
    [
        (told(reset="2026-11-21T18:00:00Z"), Bucket(50, 20, 60.0)),
        (told(reset="2026-11-21T11:00:00Z"), Bucket(50, 20, 0.0)),
        (told(remaining="-3"), Bucket(50, 0, 36.0)),
        (told(remaining="70"), Bucket(50, 50, 36.0)),
    ],
)
def test_what_cannot_be_is_bounded(headers: dict[str, str], bucket: Bucket) -> None:
    assert allowance_of(headers) == {"requests": bucket}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        told(limit="many"),
        told(limit="0"),
        told(remaining=""),
        told(reset="soon"),
        told(reset="2026-11-21T12:00:36"),
    ],
)
def test_what_cannot_be_read_is_no_limit(headers: dict[str, str]) -> None:
    assert allowance_of(headers) == {}


def test_without_a_date_the_own_clock_counts() -> None:
    headers = told(reset=(datetime.now(UTC) + timedelta(seconds=30)).isoformat())
    del headers["date"]

    assert allowance_of(headers)["requests"].full_in_s == pytest.approx(30, abs=5)


HALF = Bucket(limit=60, left=30, full_in_s=30.0)  # one more each second


@pytest.mark.parametrize(
    ("amount", "taken", "age_s", "wait_s"),
    [
        (1, 0, 0, 0),
        (30, 0, 0, 0),
        (31, 0, 0, 1),
        (1, 30, 0, 1),
        (1, 30, 1, 0),
        (1, 60, 3600, 1),  # it holds no more than its limit
        (1, 100, 0, 71),
        (999, 0, 0, 30),  # more than it can hold goes when it is full
        (999, 0, 30, 0),
    ],
)
def test_the_wait_is_for_what_is_missing(amount: float, taken: float, age_s: float, wait_s: float) -> None:
    assert HALF.wait_s(amount, taken=taken, age_s=age_s) == pytest.approx(wait_s)


def test_a_shorter_window_is_learned_from_what_is_missing() -> None:
    assert Bucket(limit=100, left=0, full_in_s=5.0).fills_per_s == 20
    assert Bucket(limit=100, left=99, full_in_s=0.0).fills_per_s == pytest.approx(100 / 60)


async def test_an_answer_tells_its_limits_before_it_begins(upstream: Upstream) -> None:
    reply = spoken()
    upstream.script(Reply(reply.steps, headers={**reply.headers, **told()}))

    first, *_ = (await outcome_of()).events

    assert isinstance(first, AllowanceTold)
    assert (first.model, first.buckets) == ("claude-opus-5-5", {"requests": Bucket(50, 20, 36.0)})


async def test_so_does_a_refusal(upstream: Upstream) -> None:
    refusal = Reply.error(429, "rate_limit_error")
    upstream.script(Reply(refusal.steps, status=429, headers={**refusal.headers, **told(remaining="0")}))

    first, *_ = (await outcome_of()).events

    assert isinstance(first, AllowanceTold)
    assert first.buckets["requests"].left == 0


async def test_who_tells_nothing_limits_nothing(upstream: Upstream) -> None:
    assert not (await outcome_of()).of(AllowanceTold)
