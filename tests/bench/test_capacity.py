"""Trying upwards in steps, then halfway back."""

import pytest

from tests.bench.capacity import FINEST, FIRST, MOST, next_step


def found(carries: int) -> tuple[int, int]:
    """The most that held of a server that carries so many, and how many numbers were tried."""
    tried: dict[int, bool] = {}
    while (streams := next_step(tried)) is not None:
        assert streams not in tried
        tried[streams] = streams <= carries
    return max((streams for streams, held in tried.items() if held), default=0), len(tried)


@pytest.mark.parametrize("carries", [0, 24, 25, 60, 99, 100, 149, 150, 180, 299, 300, 599])
def test_the_last_multiple_that_holds_is_found(carries: int) -> None:
    assert found(carries)[0] == carries // FINEST * FINEST


def test_it_begins_in_the_middle_and_ends_at_the_most() -> None:
    assert next_step({}) == FIRST
    assert found(10 * MOST)[0] == MOST


def test_few_passes_are_enough() -> None:
    assert found(180)[1] == 4
