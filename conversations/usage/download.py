"""Files that are written while they are read, in portions, so that their length costs no memory."""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header

ROWS_PER_PORTION = 500
FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n")  # in a cell: a spreadsheet would run it


def streamed(
    request: HttpRequest, portions: Iterator[str], *, content_type: str, filename: str
) -> StreamingHttpResponse:
    """A download. `portions` may query the database; under ASGI each one is made in the request's own thread."""
    written = (portion.encode(errors="replace") for portion in portions)  # half of a surrogate pair is no UTF-8
    body = _awaited(written) if isinstance(request, ASGIRequest) else written
    response = StreamingHttpResponse(body, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(True, filename) or "attachment"
    return response


def csv_portions(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    remaining = iter(rows)
    portion: list[Sequence[Any]] = [header]
    while portion:
        text = io.StringIO()
        csv.writer(text).writerows([cell(value) for value in row] for row in portion)
        yield text.getvalue()
        portion = list(islice(remaining, ROWS_PER_PORTION))


def json_portions(head: dict[str, Any], rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """One object: the head's names, and `rows`. Money is a string, since numbers of JSON are floats to most."""
    yield f'{json.dumps(head, default=str)[:-1]}, "rows": [\n'
    remaining, comma = iter(rows), ""
    while portion := list(islice(remaining, ROWS_PER_PORTION)):
        yield comma + ",\n".join(json.dumps(row, default=_written, ensure_ascii=False) for row in portion)
        comma = ",\n"
    yield "\n]}\n"


def cell(value: Any) -> str:
    """A value as no spreadsheet takes it for a formula; money without an exponent."""
    if not isinstance(value, str):
        return f"{value:f}" if hasattr(value, "as_tuple") else str(value)
    return f"'{value}" if value.startswith(FORMULA_BEGINS) else value


def _written(value: Any) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


async def _awaited(portions: Iterator[bytes]) -> AsyncIterator[bytes]:
    def take() -> bytes | None:
        return next(portions, None)

    while (portion := await sync_to_async(take)()) is not None:
        yield portion
