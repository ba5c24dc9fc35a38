"""Everything that a page with a report shows: the admin's over all people, and a person's own."""

from itertools import islice
from typing import Any

from conversations.usage.filters import UsageFilter, quick_ranges
from conversations.usage.reports import by_day, report_rows, totals
from conversations.usage.series import cost_chart, periods, token_charts

MOST_ROWS = 500  # on a page; the CSV has them all


def report_page(asked: UsageFilter, *, chart: str = "") -> dict[str, Any]:
    """The context of such a page. `chart` is "tokens", or anything else for cost."""
    rows = list(islice(report_rows(asked), MOST_ROWS + 1))
    shown = periods(asked, by_day(asked))
    shows_tokens = chart == "tokens"
    return {
        "asked": asked,
        "ranges": quick_ranges(asked),
        "rows": rows[:MOST_ROWS],
        "has_more_rows": len(rows) > MOST_ROWS,
        "totals": totals(asked),
        "shows_tokens": shows_tokens,
        "charts": token_charts(asked, shown) if shows_tokens else [cost_chart(asked, shown)],
        "periods": shown,
    }
