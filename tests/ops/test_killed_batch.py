"""A process is killed in the middle of a batch: it is at the API once, and each result in the ledger once."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from uuid import UUID

import pytest

from tests.browser.site import Site
from tests.ops.asking import eventually, rows
from tests.upstream import Gate, Reply, Upstream

BATCH_ID = UUID(int=7).hex
ITEMS = 30
LEDGER = "SELECT request_id FROM conversations_usageentry ORDER BY request_id"
STATE = "SELECT state FROM conversations_batch"
PAST = "strftime('%Y-%m-%d %H:%M:%f', 'now', '-1 hour')"


@pytest.fixture
def upstream(upstream: Upstream) -> Upstream:
    upstream.batches.takes_s = 0
    return upstream


def test_before_its_acknowledgement_arrived(site: Site, upstream: Upstream) -> None:
    upstream.batches.twist("create", lambda reply: replace(reply, steps_before=(Gate("made"),)))
    make_batch(site)
    upstream.wait_reached("made")

    kill_and_start(site)
    eventually(lambda: rows(site, STATE) == [("ended",)])

    assert len(upstream.batches.created) == 1
    assert len(rows(site, LEDGER)) == ITEMS


def test_in_the_middle_of_its_results(site: Site, upstream: Upstream) -> None:
    upstream.batches.twist("results", lambda reply: replace(reply, steps=(*_first(reply, 25), Gate("half"))))
    make_batch(site)
    eventually(lambda: len(rows(site, LEDGER)) == 20)

    kill_and_start(site)
    eventually(lambda: rows(site, STATE) == [("ended",)])

    assert rows(site, LEDGER) == sorted((f"{BATCH_ID}-{number}",) for number in range(1, ITEMS + 1))


def make_batch(site: Site) -> None:
    """One that was confirmed."""
    batch = (BATCH_ID, "batch", "claude-opus-5-5", 100, "queued", "", "", "", 0, 0, 0)
    columns = "id, purpose, model, max_tokens, state, file_name, reason, upstream_id, request_count, readings, fence"
    item = "batch_id, number, prompt, key, system, outcome, answer, stop_reason, reason"
    change(site, f"INSERT INTO conversations_batch ({columns}) VALUES ({', '.join('?' * len(batch))})", [batch])  # noqa: S608
    change(
        site,
        f"INSERT INTO conversations_batchitem ({item}) VALUES (?, ?, 'Why?', '', '', 'pending', '', '', '')",  # noqa: S608
        [(BATCH_ID, number) for number in range(1, ITEMS + 1)],
    )


def kill_and_start(site: Site) -> None:
    """What the killed process held would be free again after a while; that while passes at once."""
    site.kill()
    change(site, f"UPDATE conversations_batch SET due_at = {PAST}, sent_at = {PAST}", [()])  # noqa: S608
    site.start()


def change(site: Site, statement: str, values: list[tuple[object, ...]]) -> None:
    with closing(sqlite3.connect(site.data_dir / "chatsite.sqlite3", timeout=20)) as database, database:
        database.executemany(statement, values)


def _first(reply: Reply, lines: int) -> list[bytes]:
    (body,) = reply.steps
    assert isinstance(body, bytes)
    return body.splitlines(keepends=True)[:lines]
