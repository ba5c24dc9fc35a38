"""PostgreSQL really stops and comes back: pages say so, answers go on, and every one is saved once."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.postgres import PostgresServer
from tests.redis import RedisServer
from tests.shapes.site import ORIGIN, PATIENCE_S, Person, Process, Shape, environment_of, eventually
from tests.upstream import Gate, Reply, Upstream, begin, end, text

PEOPLE = 6
LEASE_S = 10  # an outage that takes a lease away is one that every process has noticed
PAGES = ("/", "/usage/", "/sidebar/", "/health/ready")


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    server = PostgresServer()
    server.start()
    yield server
    server.remove()


@pytest.fixture(scope="module")
def running_shape(
    claude: Upstream, redis: RedisServer, server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shape]:
    folder = tmp_path_factory.mktemp("away")
    environment = environment_of(folder / "data", database=server.url, redis=redis, claude=claude)
    shape = Shape(environment | {"CLAUDE_RETRIES": "0", "TURN_LEASE_S": str(LEASE_S)}, folder)
    shape.prepare(PEOPLE)
    yield shape
    shape.end()


@pytest.mark.parametrize("how", ["immediate", "fast"])
def test_an_answer_goes_on_without_its_database_and_is_saved_once(
    shape: Shape, claude: Upstream, server: PostgresServer, how: str
) -> None:
    alice, (here, _) = shape.person(), shape.webs
    gates = [Gate(f"{how} away"), Gate(f"{how} back")]
    claude.script(
        Reply.streaming(begin(), text("A drowned "), gates[0], text("valley, "), gates[1], text("by ice."), end())
    )
    with alice.window(here) as window:
        turn = alice.ask(here)
        window.frame_with("A drowned")

        with read_all_the_time(alice, shape.webs) as statuses:
            server.stop(how)
            claude.release(f"{how} away")
            eventually(lambda: {503} <= statuses.keys())
            time.sleep(1.2 * LEASE_S)  # nobody can renew a lease
            server.start()
            claude.release(f"{how} back")
            eventually(lambda: alice.answer()[0] != "streaming")
        assert alice.answer() == ("complete", "", "A drowned valley, by ice.")
        window.frame_with('data-state="complete"', within_s=2 * PATIENCE_S)  # it, or the one that came after it

    assert alice.attempts() == [(True, False)]
    assert statuses.keys() <= {200, 503}
    assert shape.rows("SELECT count(*) FROM conversations_turnevent WHERE turn_id = %s", turn) == [(0,)]
    assert shape.rows("SELECT count(*) FROM conversations_turn WHERE status IN ('queued', 'running')") == [(0,)]


def test_pages_without_their_database_say_what_to_do(shape: Shape, server: PostgresServer) -> None:
    alice, (here, _) = shape.person(), shape.webs

    server.stop()
    try:
        pages = {path: get(alice, here, path) for path in ("/", "/accounts/login/", alice.path)}
        ready, live = get(alice, here, "/health/ready"), get(alice, here, "/health/live")
        code = refused_socket(alice, here)
    finally:
        server.start()

    for status, retry_after, page in pages.values():
        assert (status, retry_after) == (503, "5")
        assert "The site cannot answer just now" in page
    assert (ready[0], json.loads(ready[2])["checks"]["database"]) == (503, "unreachable")
    assert live[0] == 200
    assert code == 1013
    eventually(lambda: get(alice, here, "/")[0] == 200)


def test_a_question_that_was_asked_meanwhile_is_asked_once(
    shape: Shape, claude: Upstream, server: PostgresServer
) -> None:
    alice, (here, there) = shape.person(), shape.webs
    client_id, before = str(uuid4()), len(claude.requests)

    server.stop()
    try:
        assert alice.try_to_ask(here, client_id) == 503
    finally:
        server.start()
    eventually(lambda: alice.try_to_ask(there, client_id) == 204)
    assert alice.try_to_ask(here, client_id) == 204

    eventually(lambda: alice.answer()[0] == "complete")
    assert len(claude.requests) == before + 1
    assert alice.attempts() == [(True, False)]


@contextmanager
def read_all_the_time(person: Person, webs: list[Process]) -> Iterator[Counter[int]]:
    """How often each status came."""
    statuses: Counter[int] = Counter()
    ended = threading.Event()

    def read(web: Process) -> None:
        while not ended.is_set():
            for path in (*PAGES, person.path):
                statuses[get(person, web, path)[0]] += 1

    readers = [threading.Thread(target=read, args=(web,)) for web in webs]
    for reader in readers:
        reader.start()
    try:
        yield statuses
    finally:
        ended.set()
        for reader in readers:
            reader.join(PATIENCE_S)


def get(person: Person, web: Process, path: str) -> tuple[int, str | None, str]:
    """Status, the hint when to come again, and the page."""
    request = Request(web.address + path, headers={"Cookie": person.cookie})  # noqa: S310
    try:
        with urlopen(request, timeout=PATIENCE_S) as response:  # noqa: S310
            return response.status, None, response.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.headers["Retry-After"], error.read().decode()


def refused_socket(person: Person, web: Process) -> int:
    address = f"{web.address.replace('http', 'ws')}/ws{person.path}"
    with (
        connect(address, origin=Origin(ORIGIN), additional_headers={"Cookie": person.cookie}) as socket,
        pytest.raises(ConnectionClosed) as closed,
    ):
        socket.recv(timeout=PATIENCE_S)
    return closed.value.rcvd.code if closed.value.rcvd else 1006
