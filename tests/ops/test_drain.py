"""A deploy, and a sudden death, in the middle of an answer."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest

from tests.browser.site import Site
from tests.upstream import Gate, Reply, Upstream, begin, end, running_upstream, text

TOKEN = "c" * 32
LAST_TURN = (
    "FROM conversations_turn turn JOIN conversations_message answer ON answer.id = turn.answer_id "
    "ORDER BY turn.id DESC LIMIT 1"
)
DRAIN_S = 1  # of tests.browser.site


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with running_upstream() as running:
        yield running


@pytest.fixture
def site(upstream: Upstream, seeded: Site, prepared: Path) -> Iterator[Site]:
    site = Site(prepared, upstream.base_url, sessions=seeded.sessions)
    site.start()
    yield site
    if site.process is not None and site.process.poll() is None:
        site.process.kill()
        site.stop()


def test_an_answer_that_cannot_end_in_time_is_kept_as_interrupted(site: Site, upstream: Upstream) -> None:
    upstream.script(Reply.streaming(begin(), text("Half of it. "), Gate("middle"), text("The rest."), end()))
    _ask(site)
    upstream.wait_reached("middle")
    began = time.monotonic()

    code = site.stop()

    assert (code, time.monotonic() - began <= DRAIN_S + 1) == (0, True)
    assert _turn(site) == ("failed", "interrupted")
    assert "Half of it." in _answer(site)


def test_an_answer_that_ends_in_time_is_whole(site: Site, upstream: Upstream) -> None:
    upstream.script(Reply.streaming(begin(), text("Half of it. "), Gate("middle"), text("The rest."), end()))
    _ask(site)
    upstream.wait_reached("middle")
    assert site.process is not None
    site.process.terminate()
    upstream.release("middle")

    assert site.stop() == 0
    assert _turn(site) == ("complete", "")
    assert "Half of it. The rest." in _answer(site)


def test_an_answer_whose_process_was_killed_is_closed_by_the_next_one(site: Site, upstream: Upstream) -> None:
    upstream.script(Reply.streaming(begin(), text("Half of it. "), Gate("middle"), end()))
    _ask(site)
    _wait_for_words_in_the_journal(site)
    assert site.process is not None
    site.process.kill()
    site.stop()

    site.start()

    assert site.stop() == 0
    assert _turn(site) == ("failed", "interrupted")
    assert "Half of it." in _answer(site)


def _ask(site: Site) -> None:
    fields = {"text": "Tell me a long story.", "client_id": str(uuid4()), "csrfmiddlewaretoken": TOKEN}
    cookie = f"sessionid={site.sessions['alice']}; csrftoken={TOKEN}"
    headers = {"Cookie": cookie, "HX-Request": "true"}
    request = Request(f"{site.url}/messages/", urlencode(fields).encode(), headers)  # noqa: S310
    with urlopen(request, timeout=10) as response:  # noqa: S310
        assert response.status == HTTPStatus.NO_CONTENT


def _wait_for_words_in_the_journal(site: Site) -> None:
    """What a window may have shown is there first."""
    gives_up_at = time.monotonic() + 10
    while not _rows(site, "SELECT id FROM conversations_turnevent"):
        assert time.monotonic() < gives_up_at
        time.sleep(0.02)


def _turn(site: Site) -> tuple[str, str]:
    row: tuple[str, str] = _rows(site, f"SELECT turn.status, answer.reason {LAST_TURN}")[0]
    return row


def _answer(site: Site) -> str:
    ((content,),) = _rows(site, f"SELECT answer.content {LAST_TURN}")
    return str(content)


def _rows(site: Site, query: str) -> list[Any]:
    with closing(sqlite3.connect(site.data_dir / "chatsite.sqlite3")) as database:
        return database.execute(query).fetchall()
