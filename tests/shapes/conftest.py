"""One site in its second shape for all tests of this room; who was killed is started again before the next one."""

import secrets
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from tests.redis import RedisServer
from tests.shapes.site import DRAIN_S, LEASE_S, ORIGIN, Shape
from tests.upstream import Upstream, running_upstream

PEOPLE = 20  # one for each test, with room to grow


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
    name = f"shape_{secrets.token_hex(8)}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        yield urlsplit(postgres_url)._replace(path=f"/{name}").geturl()
        server.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@pytest.fixture(scope="session")
def running_shape(
    claude: Upstream, redis: RedisServer, own_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shape]:
    folder = tmp_path_factory.mktemp("shape")
    environment = {
        "DATA_DIR": str(folder / "data"),
        "DATABASE_URL": own_database,
        "REDIS_URL": redis.url,
        "PUBLIC_ORIGINS": ORIGIN,
        "ANTHROPIC_API_KEY": "test-key",
        "ANTHROPIC_BASE_URL": claude.base_url,
        "CLAUDE_RETRIES": "0",
        "TURN_LEASE_S": str(LEASE_S),
        "DRAIN_S": str(DRAIN_S),
        "LOG_FORMAT": "json",
    }
    shape = Shape(environment, folder)
    shape.prepare(PEOPLE)
    yield shape
    shape.end()


@pytest.fixture
def shape(running_shape: Shape) -> Shape:
    running_shape.heal()
    return running_shape
