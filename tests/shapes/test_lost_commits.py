"""The database has committed, and the connection breaks before it could say so: the work is done once all the same."""

from collections.abc import Iterator

import pytest

from tests import postgres
from tests.lossy import LossyProxy, lossy_proxy
from tests.redis import RedisServer
from tests.shapes.site import PATIENCE_S, Shape, environment_of, eventually
from tests.upstream import Gate, Reply, Upstream, begin, end, text

PEOPLE = 4
LEDGER, JOURNAL = 'INSERT INTO "conversations_usageentry"', 'INSERT INTO "conversations_turnevent"'


@pytest.fixture(scope="module")
def proxy(postgres_url: str) -> Iterator[LossyProxy]:
    with postgres.own_database(postgres_url, "lossy") as url, lossy_proxy(url) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def running_shape(
    claude: Upstream, redis: RedisServer, proxy: LossyProxy, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shape]:
    """One process is enough, since it has all that writes."""
    folder = tmp_path_factory.mktemp("lossy")
    environment = environment_of(folder / "data", database=proxy.url, redis=redis, claude=claude)
    shape = Shape(environment | {"CLAUDE_RETRIES": "1"}, folder)
    shape.prepare_one(PEOPLE)
    yield shape
    shape.end()


def test_an_end_that_was_saved_unheard_is_saved_once(shape: Shape, claude: Upstream, proxy: LossyProxy) -> None:
    alice, (here,) = shape.person(), shape.webs
    claude.script(Reply.streaming(begin(), text("A drowned "), Gate("ends unheard"), text("valley."), end()))

    with alice.window(here) as window:
        alice.ask(here)
        window.frame_with("A drowned")
        proxy.lose_commit_of(LEDGER)
        claude.release("ends unheard")
        assert proxy.lost.wait(PATIENCE_S)
        window.frame_with('data-state="complete"')

    assert alice.answer() == ("complete", "", "A drowned valley.")
    assert attempts_of(shape, alice.conversation) == [(1, "")]


def test_an_attempt_that_was_booked_unheard_is_booked_once(shape: Shape, claude: Upstream, proxy: LossyProxy) -> None:
    alice, (here,) = shape.person(), shape.webs
    claude.script(Reply.error(529, "overloaded_error"))
    proxy.lose_commit_of(LEDGER)

    alice.ask(here)

    assert proxy.lost.wait(PATIENCE_S)
    eventually(lambda: alice.answer()[0] == "complete")
    assert attempts_of(shape, alice.conversation) == [(1, "overloaded"), (2, "")]


def test_words_that_were_saved_unheard_stand_once_in_the_journal(
    shape: Shape, claude: Upstream, proxy: LossyProxy
) -> None:
    alice, (here,) = shape.person(), shape.webs
    gates = [Gate("written unheard"), Gate("written again")]
    claude.script(
        Reply.streaming(begin(), text("A drowned "), gates[0], text("valley, "), gates[1], text("by ice."), end())
    )

    with alice.window(here) as window:
        turn = alice.ask(here)
        window.frame_with("A drowned")
        proxy.lose_commit_of(JOURNAL)
        claude.release("written unheard")
        assert proxy.lost.wait(PATIENCE_S)
        window.frame_with("valley,")
        journal = shape.rows("SELECT text FROM conversations_turnevent WHERE turn_id = %s ORDER BY id", turn)
        claude.release("written again")
        window.frame_with('data-state="complete"')

    assert "".join(words for (words,) in journal) == "A drowned valley, "


def attempts_of(shape: Shape, conversation: str) -> list[tuple[int, str]]:
    """The number of each, and what went wrong."""
    query = "SELECT attempt, reason FROM conversations_usageentry WHERE conversation_id = %s ORDER BY id"
    return [(number, reason) for number, reason in shape.rows(query, conversation)]
