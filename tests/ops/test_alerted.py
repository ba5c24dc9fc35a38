"""A running site looks for itself, and tells the operator's webhook."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from tests.browser.site import Site
from tests.ops.asking import eventually
from tests.servers.hook import Hook, running_hook

BATCH_ID = UUID(int=9)
FAILED = """
INSERT INTO conversations_batch (id, purpose, model, max_tokens, state, file_name, reason, upstream_id, request_count,
readings, fence, ended_at) VALUES (?, 'batch', 'claude-opus-5-5', 9, 'failed', '', 'invalid_request', '', 0, 0, 0,
strftime('%Y-%m-%d %H:%M:%f', 'now'))
"""


@pytest.fixture
def hook() -> Iterator[Hook]:
    with running_hook() as running:
        yield running


@pytest.fixture
def site(prepared: Path, hook: Hook) -> Iterator[Site]:
    settings = {"ALERT_WEBHOOK_URL": hook.url, "ALERT_WEBHOOK_SECRET": "a secret of the webhook"}
    site = Site(prepared, settings=settings)
    with closing(sqlite3.connect(prepared / "chatsite.sqlite3")) as database, database:
        database.execute(FAILED, [BATCH_ID.hex])
    site.start()
    yield site
    assert site.stop() == 0


def test_what_the_rows_say_comes_to_the_webhook_while_the_site_runs(site: Site, hook: Hook) -> None:
    eventually(lambda: bool(hook.received))

    told = json.loads(hook.received[0][1])
    assert (told["kind"], told["subject"]) == ("batch", str(BATCH_ID))
    assert f":{site.port}/admin/conversations/alert/" in told["url"]
    assert "secret-path" not in site.log.read_text()
