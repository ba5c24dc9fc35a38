"""The API's limits hold over several processes: what they learn is one knowledge, and hardly any of it is unused."""

from collections.abc import Iterator

import pytest

from tests import postgres
from tests.redis import RedisServer
from tests.shapes.site import Shape, environment_of, eventually
from tests.upstream import Reply, Request, Upstream, spoken
from tests.upstream.limits import Limits

MODEL = "claude-opus-5-5"
SENDS = 40
AT_ONCE, WINDOW_S = 9, 3  # most of them wait for room, a few seconds in all
MOST_REFUSED = 4  # two workers that look at one moment may both see the same room
LEASE_S = 30  # a busy machine must not take a turn from a worker that lives
ACTIVE = "SELECT id FROM conversations_turn WHERE status IN ('queued', 'running')"


@pytest.fixture(scope="module")
def running_shape(
    claude: Upstream, redis: RedisServer, postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shape]:
    """A site of its own: what it learns of the limits is nothing for the other tests."""
    folder = tmp_path_factory.mktemp("limits")
    with postgres.own_database(postgres_url, "limits") as database:
        environment = environment_of(folder / "data", database=database, redis=redis, claude=claude)
        shape = Shape(environment | {"CLAUDE_RETRIES": "0", "TURN_LEASE_S": str(LEASE_S)}, folder)
        shape.prepare(1 + SENDS)
        yield shape
        shape.end()


@pytest.fixture
def limits(claude: Upstream) -> Iterator[Limits]:
    """Those of one model. What the site asks another one by itself does not count."""
    before, limits = claude.otherwise, Limits(requests=AT_ONCE, window_s=WINDOW_S)

    def answer(request: Request) -> Reply:
        return limits(request) if request.body["model"] == MODEL else spoken()

    claude.otherwise = answer
    yield limits
    claude.otherwise = before


def test_a_burst_is_answered_by_all_workers_as_fast_as_the_limits_allow(shape: Shape, limits: Limits) -> None:
    first, *people = [shape.person() for _ in range(1 + SENDS)]
    first.ask(shape.webs[0])
    eventually(lambda: first.answer()[0] == "complete")  # from here on the limits are known

    turns = [person.ask(shape.webs[number % 2]) for number, person in enumerate(people)]
    eventually(lambda: not shape.rows(ACTIVE), within_s=60)

    assert [person.answer()[:2] for person in people] == [("complete", "")] * SENDS
    assert len(limits.accepted) == 1 + SENDS
    assert len(limits.refused) <= MOST_REFUSED
    assert limits.unused_share <= 0.1
    assert {shape.worker_of(turn).log.stem for turn in turns} == {"worker-0", "worker-1"}
