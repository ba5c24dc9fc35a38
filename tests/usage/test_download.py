"""Downloads: no cell is a formula, and no length is too long."""

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from conversations.usage.download import FORMULA_BEGINS, ROWS_PER_PORTION, cell, csv_portions, streamed


@pytest.mark.parametrize("begin", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\n=x"])
def test_what_a_spreadsheet_would_run_is_made_text(begin: str) -> None:
    assert cell(begin) == f"'{begin}"


def test_money_is_written_whole_and_without_an_exponent() -> None:
    assert cell(Decimal("1E-7")) == "0.0000001"
    assert cell(Decimal("-2.50")) == "-2.50"


@given(st.lists(st.lists(st.text(), min_size=1, max_size=3), max_size=5))
def test_no_cell_begins_like_a_formula_whatever_people_are_called(rows: list[list[str]]) -> None:
    text = "".join(csv_portions(["user"], rows))

    for row in csv.reader(io.StringIO(text, newline="")):
        assert not any(value.startswith(FORMULA_BEGINS) for value in row)


def test_rows_are_read_only_as_they_are_asked_for() -> None:
    read: list[int] = []

    def rows() -> Iterator[tuple[Any, ...]]:
        for number in range(10 * ROWS_PER_PORTION):
            read.append(number)
            yield (number,)

    portions = csv_portions(["n"], rows())
    next(portions), next(portions)

    assert len(read) == ROWS_PER_PORTION


def test_half_a_character_does_not_break_the_file(rf: RequestFactory) -> None:
    response = streamed(rf.get("/"), iter(["half \ud83d of a pair"]), content_type="text/plain", filename="a.txt")

    assert response.getvalue() == b"half ? of a pair"
