"""Arithmetic on numbers and nothing else: an expression in, a number out, bounded in size and time. Pure.

Whole numbers are exact. Everything else is a decimal of DIGITS digits, so that 0.1 + 0.2 is 0.3.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from decimal import Context, Decimal, DecimalException, localcontext
from typing import Any

Number = int | Decimal

MAX_CHARS = 500
MAX_DEPTH = 60
MAX_BITS = 16_000  # of a whole number: some 4,800 digits
MAX_FACTORIAL = 1_500
DIGITS = 40
CONTEXT = Context(prec=DIGITS + 10, Emax=5_000, Emin=-5_000)  # ten more than are told, for what is lost on the way
TOLD = Context(prec=DIGITS)
TYPED = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "^": "**", "π": "pi"})


class NotReckoned(Exception):
    """Says what is wrong with the expression."""


def reckon(expression: str) -> str:
    """The value in words of figures. Raises NotReckoned."""
    if len(expression) > MAX_CHARS:
        raise NotReckoned(f"The expression is longer than {MAX_CHARS} characters.")
    try:
        with localcontext(CONTEXT):
            return _written(_value(_parsed(expression), 0))
    except ZeroDivisionError as error:
        raise NotReckoned("It divides by zero.") from error
    except (DecimalException, ArithmeticError, ValueError) as error:
        raise NotReckoned("It has no value that can be told: too large, too small, or not defined.") from error


def _parsed(expression: str) -> ast.expr:
    try:
        return ast.parse(expression.strip().translate(TYPED), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise NotReckoned("It is not an expression of numbers, operators, parentheses and functions.") from error


def _value(node: ast.expr, depth: int) -> Number:
    if depth > MAX_DEPTH:
        raise NotReckoned("It is nested too deeply.")
    match node:
        case ast.Constant(value=bool() | complex()):
            raise NotReckoned("Only numbers can be reckoned with.")
        case ast.Constant(value=int() as value):
            return _bounded(value)
        case ast.Constant(value=float() as value):
            return CONTEXT.create_decimal(repr(value))
        case ast.Name(id=name) if name in CONSTANTS:
            return CONSTANTS[name]
        case ast.UnaryOp(op=op, operand=operand) if type(op) in SIGNS:
            return _bounded(SIGNS[type(op)](_value(operand, depth + 1)))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return _bounded(OPERATORS[type(op)](_value(left, depth + 1), _value(right, depth + 1)))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            return _called(name, [_value(arg, depth + 1) for arg in args])
    known = ", ".join(sorted([*FUNCTIONS, *CONSTANTS]))
    raise NotReckoned(f"It may hold numbers, + - * / // % **, parentheses, and: {known}.")


def _bounded(value: Number) -> Number:
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise NotReckoned("The number is too large.")
    return value


def _called(name: str, args: list[Number]) -> Number:
    function, least, most = FUNCTIONS[name]
    if not least <= len(args) <= most:
        raise NotReckoned(f"{name} does not take {len(args)} numbers.")
    return _bounded(function(*args))


def _divided(left: Number, right: Number) -> Number:
    if isinstance(left, int) and isinstance(right, int) and right and left % right == 0:
        return left // right
    return Decimal(left) / Decimal(right) if right else _by_zero()


def _by_zero() -> Number:
    raise ZeroDivisionError


def _floored(left: Number, right: Number) -> Number:
    if isinstance(left, int) and isinstance(right, int):
        return left // right
    return math.floor(_divided(left, right))


def _rest(left: Number, right: Number) -> Number:
    """With the sign of the divisor, as for whole numbers."""
    return left % right if isinstance(left, int) and isinstance(right, int) else left - right * _floored(left, right)


def _power(base: Number, exponent: Number) -> Number:
    if isinstance(base, int) and isinstance(exponent, int) and exponent >= 0:
        if base.bit_length() * exponent > MAX_BITS and abs(base) > 1:
            raise NotReckoned("The power is too large.")
        return int(base**exponent)
    if not base and exponent < 0:
        raise ZeroDivisionError
    return Decimal(base) ** Decimal(exponent)


def _root(value: Number) -> Number:
    if isinstance(value, int) and value >= 0 and math.isqrt(value) ** 2 == value:
        return math.isqrt(value)
    return Decimal(value).sqrt()


def _logarithm(value: Number, base: Number | None = None) -> Number:
    return Decimal(value).ln() if base is None else Decimal(value).ln() / Decimal(base).ln()


def _rounded(value: Number, places: Number = 0) -> Number:
    if not isinstance(places, int) or not 0 <= places <= DIGITS:
        raise NotReckoned(f"Rounding goes to 0 to {DIGITS} places.")
    return value if isinstance(value, int) else round(value, places) if places else round(value)


def _factorial(value: Number) -> Number:
    if not isinstance(value, int) or not 0 <= value <= MAX_FACTORIAL:
        raise NotReckoned(f"Factorials go from 0 to {MAX_FACTORIAL}.")
    return math.factorial(value)


def _by_float(function: Callable[[float], float]) -> Callable[[Number], Number]:
    """To the 15 digits that the machine's own numbers are good for."""
    return lambda value: CONTEXT.create_decimal(f"{function(float(value)):.15g}")


def _written(value: Number) -> str:
    if isinstance(value, int):
        return str(value) if value.bit_length() <= 14_000 else f"{CONTEXT.create_decimal(value):e}"
    if not value.is_finite():
        raise ValueError("not a number")
    tidy = value.normalize(TOLD)
    return f"{tidy:f}" if -20 <= tidy.adjusted() <= DIGITS else f"{tidy:e}"


SIGNS: Mapping[type[ast.unaryop], Callable[[Any], Number]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}
OPERATORS: Mapping[type[ast.operator], Callable[[Any, Any], Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: _divided,
    ast.FloorDiv: _floored,
    ast.Mod: _rest,
    ast.Pow: _power,
}
CONSTANTS: Mapping[str, Number] = {
    "pi": Decimal("3.141592653589793238462643383279502884197"),
    "e": Decimal("2.718281828459045235360287471352662497757"),
}
# How many numbers each takes, at least and at most.
FUNCTIONS: Mapping[str, tuple[Callable[..., Number], int, int]] = {
    "abs": (abs, 1, 1),
    "ceil": (math.ceil, 1, 1),
    "cos": (_by_float(math.cos), 1, 1),
    "exp": (lambda value: Decimal(value).exp(), 1, 1),
    "factorial": (_factorial, 1, 1),
    "floor": (math.floor, 1, 1),
    "ln": (_logarithm, 1, 1),
    "log": (_logarithm, 1, 2),
    "log10": (lambda value: Decimal(value).log10(), 1, 1),
    "max": (max, 1, 50),
    "min": (min, 1, 50),
    "round": (_rounded, 1, 2),
    "sin": (_by_float(math.sin), 1, 1),
    "sqrt": (_root, 1, 1),
    "tan": (_by_float(math.tan), 1, 1),
}
