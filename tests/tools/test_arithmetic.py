"""The calculator: exact where numbers are whole, and bounded whatever it is given."""

from contextlib import suppress
from fractions import Fraction
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.tools.arithmetic import MAX_CHARS, NotReckoned, reckon

SUMS = st.recursive(
    st.integers(-10_000, 10_000).map(lambda number: f"({number})"),
    lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda made: f"({''.join(made)})"),
    max_leaves=12,
)
SCRAPS = st.lists(
    st.sampled_from([*"0123456789.()+-*/%,^ e!", "**", "//", "sqrt(", "factorial(", "exp(", "log(", "round(", "9" * 60])
)


@given(SUMS)
def test_whole_numbers_are_exact(expression: str) -> None:
    assert int(reckon(expression)) == eval(expression)  # noqa: S307  (made of numbers above)


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**6))
def test_a_division_is_right_to_many_digits(left: int, right: int) -> None:
    wanted = Fraction(left, right)

    assert abs(Fraction(reckon(f"{left} / {right}")) - wanted) <= abs(wanted) * Fraction(1, 10**38)


@given(st.one_of(SCRAPS.map("".join), st.text(max_size=200)))
def test_whatever_it_is_given_it_ends_soon(expression: str) -> None:
    began = process_time()
    with suppress(NotReckoned):
        assert len(reckon(expression)) < 6_000
    assert process_time() - began < 2


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("0.1 + 0.2", "0.3"),
        ("2 ^ 10", "1024"),
        ("12 × 12 ÷ 6", "24"),
        ("sqrt(144)", "12"),
        ("2 ** 0.5", "1.41421356237309504880168872420969807857"),
        ("7 // 2 + 7 % 2", "4"),
        ("-7 % 3", "2"),
        ("round(2 / 3, 2)", "0.67"),
        ("log(8, 2)", "3"),
        ("factorial(20)", "2432902008176640000"),
        ("sin(0) + cos(0)", "1"),
        ("max(1, 2.5)", "2.5"),
    ],
)
def test_sums(expression: str, value: str) -> None:
    assert reckon(expression) == value


@pytest.mark.parametrize(
    "expression",
    [
        "9 ** 9 ** 9",
        "9 ** 999999999",
        "factorial(99999)",
        "factorial(1500) ** 100",
        "exp(99999)",
        "1 / 0",
        "0 ** -1",
        "ln(0)",
        "sqrt(-1)",
        "1e999999",
        "sin(1e400)",
        "(" * 240 + "1" + ")" * 240,
        "-" * 400 + "1",
        "1" * (MAX_CHARS + 1),
        "",
        "1,000",
        "True + 1",
        "1j",
        "'a' * 10",
        "[1] * 10",
        "__import__('os')",
        "().__class__",
        "(lambda: 1)()",
        "[x for x in (1,)]",
        "abs(*(1,))",
        "round(1, ndigits=2)",
        "sqrt()",
        "1 if 1 else 2",
        "1 < 2",
        "\x00",
    ],
)
def test_what_cannot_be_reckoned_is_said(expression: str) -> None:
    with pytest.raises(NotReckoned, match=r"\w"):
        reckon(expression)
