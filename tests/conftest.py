"""Fixtures of the whole suite: alice owns, ben is a stranger, cleo is staff; the network ends at this machine."""

import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from asgiref.sync import SyncToAsync
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.test import Client

from conversations.claude import catalogue
from conversations.models import User
from conversations.turns.worker import Worker
from tests.environment import DATA_DIR
from tests.machine import find_postgresql, require
from tests.upstream import Upstream, running_upstream

PASSWORD = "correct horse battery staple"


def pytest_configure() -> None:
    """Without what only costs time in a test: slow hashes, names of static files that need collectstatic, and their
    folder, which WhiteNoise would read through for each new client.
    """
    # A machine that is busy draws its examples slowly, which is no fault of what is tested.
    slow = [hypothesis.HealthCheck.too_slow]
    hypothesis.settings.register_profile("chatsite", hypothesis.settings(), deadline=None, suppress_health_check=slow)
    hypothesis.settings.load_profile("chatsite")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STATIC_ROOT = DATA_DIR / "static-files"
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """SQLite in a file: in memory, each thread of an async test would see a database of its own."""
    database = connections["default"]
    if database.vendor == "sqlite":
        database.settings_dict["TEST"]["NAME"] = str(DATA_DIR / "test.sqlite3")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """Close what async tests left open in the thread of `sync_to_async`, or PostgreSQL refuses to drop the database."""
    yield
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Refuse every connection that leaves this machine."""
    patch = pytest.MonkeyPatch()
    for name in ("connect", "connect_ex"):
        patch.setattr(socket.socket, name, _loopback_only(getattr(socket.socket, name)))
    yield
    patch.undo()


def _loopback_only(connect: Any) -> Any:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"A test tried to reach {address[0]}; play a scene instead.")
        return connect(self, address)

    return guarded


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    """What a process learned of the models, it learned of one test's rows; so it is with wrong passwords, too many of
    which would keep a person of the next test out.
    """
    yield
    catalogue.forget()
    cache.clear()


@pytest.fixture
def alice(db: None) -> User:
    return _person("alice")


@pytest.fixture
def ben(db: None) -> User:
    return _person("ben")


@pytest.fixture
def cleo(db: None) -> User:
    return _person("cleo", is_staff=True, is_superuser=True)


@pytest.fixture
def alice_client(alice: User) -> Client:
    return _signed_in(alice)


@pytest.fixture
def ben_client(ben: User) -> Client:
    return _signed_in(ben)


@pytest.fixture
def cleo_client(cleo: User) -> Client:
    return _signed_in(cleo)


@pytest.fixture
def upstream(settings: Any) -> Iterator[Upstream]:
    """A scripted server that speaks the Messages API over TCP, in the place of Claude."""
    with running_upstream() as running:
        settings.ANTHROPIC_BASE_URL = running.base_url
        settings.ANTHROPIC_API_KEY = "test-key"
        settings.CLAUDE_TRANSPORT = ""
        settings.CLAUDE_RETRIES = 0
        yield running


@pytest.fixture
async def worker(transactional_db: None) -> AsyncIterator[Worker]:
    """The worker of a process, taking turns as they are asked."""
    worker = Worker()
    await worker.start()
    yield worker
    await worker.drain(timeout_s=0)


@pytest.fixture
def media(tmp_path: Path, settings: Any) -> Path:
    """A folder of its own for uploads, where a test counts files."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """A server on which a test may make databases of its own, whatever the suite runs on."""
    url = find_postgresql()
    require(bool(url), "PostgreSQL", "start it and set DATABASE_URL=postgres://user@127.0.0.1/postgres")
    return url


def _person(name: str, **rights: bool) -> User:
    person: User = User.objects.create_user(name, f"{name}@example.com", PASSWORD, **rights)
    return person


def _signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client
