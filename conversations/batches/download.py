"""What came of a batch, as CSV and as JSONL, written while it is read; and the sample to begin with."""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from conversations.batches.prompts import COLUMNS, SAMPLE
from conversations.models import Batch, BatchItem
from conversations.usage.download import csv_portions

RESULT_COLUMNS = (
    *("number", "id", "outcome", "reason", "stop_reason"),
    *("input_tokens", "output_tokens", "cost_usd", "system", "prompt", "answer"),
)
ITEMS_AT_ONCE = 500


def results_as(kind: str, batch: Batch) -> Iterator[str]:
    """All its items in the order of the file, also those without an answer. `kind` is csv or jsonl."""
    items = batch.items.in_order().select_related("usage").iterator(chunk_size=ITEMS_AT_ONCE)
    return _written(kind, RESULT_COLUMNS, (_cells(item) for item in items))


def sample_as(kind: str) -> Iterator[str]:
    return _written(kind, COLUMNS, ([row[name] for name in COLUMNS] for row in SAMPLE))


def _written(kind: str, names: tuple[str, ...], rows: Iterable[list[Any]]) -> Iterator[str]:
    if kind == "csv":
        return csv_portions(names, rows)
    return (_json_line(dict(zip(names, row, strict=True))) for row in rows)


def _json_line(row: dict[str, Any]) -> str:
    """Money as text, exact: a number of JSON would be rounded by its reader."""
    return orjson.dumps(row, default=lambda amount: f"{amount:f}").decode() + "\n"


def _cells(item: BatchItem) -> list[Any]:
    used = item.usage
    counts = [used.input_tokens, used.output_tokens, used.cost_usd] if used else [0, 0, 0]
    how = [item.outcome, item.reason, item.stop_reason]
    return [item.number, item.key, *how, *counts, item.system, item.prompt, item.answer]
