"""Sums that Claude should not do in its head."""

from typing import Annotated

from pydantic import Field

from conversations.tools.arithmetic import MAX_CHARS, NotReckoned, reckon
from conversations.tools.function import tool
from conversations.tools.tool import ToolFailed

Expression = Annotated[str, Field(description="Such as (1250 * 1.19) / 12 or sqrt(2) ** 3.", max_length=MAX_CHARS)]


@tool(limit_s=5)
def calculator(expression: Expression) -> str:
    """Reckons an arithmetic expression exactly: whole numbers to some 4,000 digits, decimals to 40.

    It knows + - * / // % **, parentheses, pi, e, and abs, ceil, cos, exp, factorial, floor, ln, log, log10, max, min,
    round, sin, sqrt and tan; angles are in radians, and log takes a base as its second number. Write numbers without
    thousands separators. Use it for every sum whose figures matter.
    """
    try:
        return reckon(expression)
    except NotReckoned as fault:
        raise ToolFailed(str(fault)) from fault
