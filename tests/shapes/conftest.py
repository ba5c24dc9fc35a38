"""One site in its second shape for all tests of this room; who was killed is started again before the next one."""

from collections.abc import Iterator

import pytest

from tests import postgres
from tests.redis import RedisServer
from tests.shapes.site import Shape, environment_of
from tests.upstream import Upstream, running_upstream

PEOPLE = 80  # one for each test, and fifty who ask at once


@pytest.fixture(scope="session")
def claude() -> Iterator[Upstream]:
    with running_upstream() as running:
        yield running


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def own_database(postgres_url: str) -> Iterator[str]:
    with postgres.own_database(postgres_url, "shape") as url:
        yield url


@pytest.fixture(scope="session")
def running_shape(
    claude: Upstream, redis: RedisServer, own_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shape]:
    folder = tmp_path_factory.mktemp("shape")
    environment = environment_of(folder / "data", database=own_database, redis=redis, claude=claude)
    environment["CLAUDE_RETRIES"] = "0"
    shape = Shape(environment, folder)
    shape.prepare(PEOPLE)
    yield shape
    shape.end()


@pytest.fixture
def shape(running_shape: Shape) -> Shape:
    running_shape.heal()
    return running_shape
