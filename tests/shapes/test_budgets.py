"""Budgets hold over several processes: many sends at once, and workers that are killed in the middle."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from uuid import uuid4

import pytest

from tests.shapes.site import Door, Person, Shape, eventually
from tests.upstream import Gate, Hang, Reply, Upstream, begin, end, text

SENDS = 50
OUTPUT_USD = 0.02  # of 1,000 tokens
LIMIT_USD = 2
MOST_AT_ONCE = 4  # three at their longest take 0.64 each, and one more what is left
SPENT = "SELECT COALESCE(sum(spent), 0) FROM conversations_budgetuse WHERE budget_id = %s"
RESERVED = """SELECT COALESCE(sum(r.amount), 0) FROM conversations_reservation r
    JOIN conversations_budgetuse u ON u.id = r.use_id WHERE u.budget_id = %s"""


@pytest.fixture
def budget(shape: Shape) -> Iterator[int]:
    """Of the whole site; the key."""
    columns = 'is_each, "limit", unit, per, warn_percent, at_limit, cheaper_model, contact, is_on'
    values = "false, %s, 'usd', 'month', 80, 'stop', '', '', true"
    insert = f"INSERT INTO conversations_budget ({columns}) VALUES ({values}) RETURNING id"  # noqa: S608
    ((key,),) = shape.rows(insert, LIMIT_USD)
    yield key
    for table, column in (("reservation", None), ("budgetuse", "budget_id"), ("budget", "id")):
        where = f"WHERE {column} = {key}" if column else ""
        shape.rows(f"DELETE FROM conversations_{table} {where} RETURNING id")  # noqa: S608


def amounts(shape: Shape, budget: int) -> tuple[int, int]:
    """What is spent and what is reserved, in ten-billionths of a dollar."""
    return int(shape.rows(SPENT, budget)[0][0]), int(shape.rows(RESERVED, budget)[0][0])


def ask_at_once(shape: Shape, people: list[Person]) -> list[int]:
    """The statuses."""
    with ThreadPoolExecutor(SENDS) as pool:
        doors = [shape.webs[number % 2] for number in range(len(people))]
        return list(pool.map(insist, people, doors))


def insist(person: Person, door: Door) -> int:
    """As a page does while the site has no time for it: the same send again, until there is an answer."""
    client_id, busy = str(uuid4()), HTTPStatus.SERVICE_UNAVAILABLE
    return eventually(lambda: status if (status := person.try_to_ask(door, client_id)) != busy else 0, within_s=60)


@pytest.fixture
def held_answers(claude: Upstream) -> Iterator[None]:
    """Whatever is asked is answered once the gate is open, so that all that has room is under way at one time."""
    before = claude.otherwise
    answer = Reply.streaming(
        begin(input_tokens=10), Gate("budgets"), text("A drowned valley."), end(output_tokens=1000)
    )
    claude.otherwise = lambda _: answer
    yield
    claude.release("budgets")
    claude.otherwise = before


def test_of_fifty_sends_at_once_over_two_processes_only_those_with_room_go_out(
    shape: Shape, claude: Upstream, budget: int, held_answers: None
) -> None:
    people = [shape.person() for _ in range(SENDS)]

    statuses = ask_at_once(shape, people)

    taken = statuses.count(HTTPStatus.NO_CONTENT)
    assert set(statuses) == {HTTPStatus.NO_CONTENT, HTTPStatus.PAYMENT_REQUIRED}
    assert 1 <= taken <= MOST_AT_ONCE
    spent, reserved = amounts(shape, budget)
    assert reserved > 0
    assert spent + reserved <= LIMIT_USD * 10**10

    claude.release("budgets")
    eventually(lambda: all(person.answer()[0] == "complete" for person in people if person.attempts()))
    eventually(lambda: amounts(shape, budget) == (ledger(shape), 0))
    assert amounts(shape, budget)[0] >= taken * OUTPUT_USD * 10**10
    assert ledger(shape) <= LIMIT_USD * 10**10


def ledger(shape: Shape) -> int:
    """What all requests cost, the site's own errands too."""
    return int(shape.rows("SELECT sum(cost_usd) * 10000000000 FROM conversations_usageentry")[0][0] or 0)


def test_what_a_killed_worker_had_reserved_is_free_again_once_another_one_closes_its_turn(
    shape: Shape, claude: Upstream, budget: int
) -> None:
    alice = shape.person()
    claude.script(Reply.streaming(begin(input_tokens=1000), text("A drowned"), Hang()))
    turn = alice.ask(shape.webs[0])
    worker = shape.worker_of(turn)
    eventually(lambda: alice.answer()[0] == "streaming")
    spent, reserved = amounts(shape, budget)
    assert reserved > 0

    worker.signal(signal.SIGKILL)
    worker.end()

    eventually(lambda: alice.answer()[:2] == ("failed", "interrupted"))
    after, still_reserved = amounts(shape, budget)
    assert still_reserved == 0
    assert after > spent, "what it may have cost by then is counted"
    assert after <= LIMIT_USD * 10**10
