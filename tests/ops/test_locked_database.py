"""SQLite is locked by somebody else: below the patience of the site nobody notices, above it nothing is lost."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from tests.browser.site import Site
from tests.ops.asking import PATIENCE_S, ask, eventually, rows
from tests.upstream import Gate, Reply, Upstream, begin, end, text

ANSWERS = "SELECT state, content FROM conversations_message WHERE role = 'assistant' ORDER BY id DESC LIMIT 1"
JOURNAL = "SELECT id FROM conversations_turnevent"


@contextmanager
def locked(site: Site) -> Iterator[None]:
    with closing(sqlite3.connect(site.data_dir / "chatsite.sqlite3", isolation_level=None, timeout=20)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.parametrize("seconds", [3, 30])
def test_an_answer_outlives_a_locked_database(site: Site, upstream: Upstream, seconds: int) -> None:
    upstream.script(Reply.streaming(begin(), text("Half of it. "), Gate("locked"), text("The rest."), end()))
    ask(site)
    eventually(lambda: rows(site, JOURNAL))

    with locked(site):
        upstream.release("locked")
        time.sleep(seconds)

    eventually(lambda: rows(site, ANSWERS)[0][0] == "complete")
    assert "Half of it. The rest." in rows(site, ANSWERS)[0][1]


def test_a_question_waits_for_a_database_that_is_locked_for_three_seconds(site: Site) -> None:
    with locked(site):
        asking = threading.Thread(target=ask, args=(site,))
        asking.start()
        time.sleep(3)
    asking.join(PATIENCE_S)

    eventually(lambda: rows(site, "SELECT id FROM conversations_turn WHERE status = 'complete'"))
