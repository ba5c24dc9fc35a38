"""How money and counts are written for people. Exact figures are for CSV and export."""

from decimal import Decimal


def usd(amount: Decimal) -> str:
    """To the cent; below a dollar two figures that say something, since most answers cost less than a cent."""
    if amount == 0:
        return "$0"
    places = 2 if amount >= 1 else max(2, 1 - amount.adjusted())
    return f"${amount:,.{places}f}"


def usd_in_column(amount: Decimal) -> str:
    """Always four decimals, so that a column can be read downwards."""
    return f"${amount:,.4f}"


def short_usd(amount: Decimal) -> str:
    return f"${amount:,.0f}" if amount >= 100 else usd(amount)


def short_count(count: int | Decimal) -> str:
    """12,345 as 12.3k."""
    for size, unit in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= size:
            return f"{count / size:.1f}{unit}"
    return f"{count:,}"
