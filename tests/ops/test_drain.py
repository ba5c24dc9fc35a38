"""A deploy, and a sudden death, in the middle of an answer."""

import time

from tests.browser.site import Site
from tests.ops.asking import ask, eventually, rows
from tests.upstream import Gate, Reply, Upstream, begin, end, text

LAST_TURN = (
    "FROM conversations_turn turn JOIN conversations_message answer ON answer.id = turn.answer_id "
    "ORDER BY turn.id DESC LIMIT 1"
)
JOURNAL = "SELECT id FROM conversations_turnevent"  # what a window may have shown is there first
DRAIN_S = 1  # of tests.browser.site


def test_an_answer_that_cannot_end_in_time_is_kept_as_interrupted(site: Site, upstream: Upstream) -> None:
    upstream.script(Reply.streaming(begin(), text("Half of it. "), Gate("middle"), text("The rest."), end()))
    ask(site)
    upstream.wait_reached("middle")
    began = time.monotonic()

    code = site.stop()

    assert (code, time.monotonic() - began <= DRAIN_S + 1) == (0, True)
    assert _turn(site) == ("failed", "interrupted")
    assert "Half of it." in _answer(site)


def test_an_answer_that_ends_in_time_is_whole(site: Site, upstream: Upstream) -> None:
    upstream.script(Reply.streaming(begin(), text("Half of it. "), Gate("middle"), text("The rest."), end()))
    ask(site)
    upstream.wait_reached("middle")
    assert site.process is not None
    site.process.terminate()
    upstream.release("middle")

    assert site.stop() == 0
    assert _turn(site) == ("complete", "")
    assert "Half of it. The rest." in _answer(site)


def test_an_answer_whose_process_was_killed_is_closed_by_the_next_one(site: Site, upstream: Upstream) -> None:
    upstream.script(Reply.streaming(begin(), text("Half of it. "), Gate("middle"), end()))
    ask(site)
    eventually(lambda: rows(site, JOURNAL))
    site.kill()

    site.start()

    assert site.stop() == 0
    assert _turn(site) == ("failed", "interrupted")
    assert "Half of it." in _answer(site)


def _turn(site: Site) -> tuple[str, str]:
    row: tuple[str, str] = rows(site, f"SELECT turn.status, answer.reason {LAST_TURN}")[0]
    return row


def _answer(site: Site) -> str:
    ((content,),) = rows(site, f"SELECT answer.content {LAST_TURN}")
    return str(content)
