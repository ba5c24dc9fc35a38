"""Prices: the release's own list as rows, and the one of them that a call is priced by."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any, NamedTuple

from django.apps import apps as installed

from conversations.claude.catalogue import canonical
from conversations.claude.price_list import PRICE_LIST
from conversations.claude.prices import ListPrice, Rates
from conversations.models import Price
from conversations.models.prices import LONG


class InForce(NamedTuple):
    """`is_assumed`: nobody listed a price for the model, so this is the dearest one."""

    row: Price
    price: ListPrice
    is_assumed: bool


def price_at(model_id: str, moment: datetime) -> InForce:
    """What a call of this model costs that began at this moment."""
    row = Price.objects.at(canonical(model_id), moment)
    if row is not None:
        return InForce(row, as_listed(row), is_assumed=False)
    dearest = Price.objects.dearest()
    if dearest is not None:
        return InForce(dearest, as_listed(dearest), is_assumed=True)
    keep_listed()
    return price_at(model_id, moment)


def keep_listed(rows: Any = Price) -> None:
    """Every price of the release's list has its row. Rows that are there already stay as they are."""
    rows.objects.bulk_create([rows(**_columns(price)) for price in PRICE_LIST], ignore_conflicts=True)


def keep_listed_after_migrations(*, apps: Any = installed, **_: Any) -> None:
    """A receiver of `post_migrate`. It may come after a migration backwards, to a time without prices."""
    try:
        rows = apps.get_model("conversations", "Price")
    except LookupError:
        return
    keep_listed(rows)


def all_listed() -> Iterable[ListPrice]:
    return [as_listed(row) for row in Price.objects.all()]


def as_listed(row: Price) -> ListPrice:
    return ListPrice(
        model=row.model,
        effective_from=row.effective_from,
        rates=_rates(row, tuple(name.removeprefix("long_") for name in LONG)),
        source=row.source,
        note=row.note,
        long_prompt_from_tokens=row.long_prompt_from_tokens,
        long_prompt_rates=None if row.long_prompt_from_tokens is None else _rates(row, LONG),
        fast_factor=row.fast_factor,
    )


def _rates(row: Price, names: Iterable[str]) -> Rates:
    return Rates(**{name.removeprefix("long_"): getattr(row, name) for name in names})


def _columns(price: ListPrice) -> dict[str, Any]:
    columns: dict[str, Any] = asdict(price)
    long_rates = columns.pop("long_prompt_rates") or {}
    return {**columns.pop("rates"), **columns, **{f"long_{name}": usd for name, usd in long_rates.items()}}
