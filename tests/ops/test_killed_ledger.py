"""A process is killed: the ledger then holds one row for each request that upstream saw, and none twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.site import Site
from tests.ops.asking import ask, eventually, rows
from tests.upstream import Hang, Reply, Upstream, begin, text

LEDGER = "SELECT attempt, reason, request_id, estimated FROM conversations_usageentry ORDER BY id"
JOURNAL = "SELECT id FROM conversations_turnevent"


def overloaded(retry_after_s: int) -> Reply:
    return Reply.error(529, "overloaded_error", retry_after=str(retry_after_s))


@pytest.fixture
def site(upstream: Upstream, seeded: Site, prepared: Path) -> Iterator[Site]:
    patient = {"CLAUDE_RETRIES": "2", "CLAUDE_RETRY_BUDGET_S": "300"}
    site = Site(prepared, upstream.base_url, sessions=seeded.sessions, settings=patient)
    site.start()
    yield site
    site.kill()


def test_in_the_wait_for_another_attempt(site: Site, upstream: Upstream) -> None:
    upstream.script(overloaded(retry_after_s=0), overloaded(retry_after_s=200))
    ask(site)
    eventually(lambda: len(rows(site, LEDGER)) == 2)

    kill_and_start(site)

    assert rows(site, LEDGER) == [(1, "overloaded", "req_refused", 0), (2, "overloaded", "req_refused", 0)]
    assert len(upstream.requests) == 2


def test_in_the_middle_of_the_second_attempt(site: Site, upstream: Upstream) -> None:
    upstream.script(overloaded(retry_after_s=0), Reply.streaming(begin(), text("Half of it."), Hang()))
    ask(site)
    eventually(lambda: bool(rows(site, JOURNAL)))

    kill_and_start(site)

    assert rows(site, LEDGER) == [(1, "overloaded", "req_refused", 0), (2, "interrupted", "req_upstream", 1)]
    assert len(upstream.requests) == 2


def test_before_the_second_attempt_was_answered(site: Site, upstream: Upstream) -> None:
    upstream.script(overloaded(retry_after_s=0), Reply.never())
    ask(site)
    eventually(lambda: len(upstream.requests) == 2)

    kill_and_start(site)

    assert rows(site, LEDGER) == [(1, "overloaded", "req_refused", 0), (2, "interrupted", "", 1)]
    assert len(upstream.requests) == 2


def kill_and_start(site: Site) -> None:
    """The process that starts closes what the killed one left, and is then ended in order."""
    site.kill()
    site.start()
    assert site.stop() == 0
