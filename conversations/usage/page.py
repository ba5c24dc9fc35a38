"""Everything that a page with a report shows: the admin's over all people, and a person's own."""

from itertools import islice
from typing import Any

from conversations.usage.comparison import before, days_of, figures
from conversations.usage.filters import UsageFilter, quick_ranges
from conversations.usage.reports import by_day, by_month, report_rows, totals
from conversations.usage.series import added_up, cost_chart, periods, token_charts, unit

MOST_ROWS = 500  # on a page; the CSV has them all


def report_page(asked: UsageFilter, *, chart: str = "") -> dict[str, Any]:
    """The context of such a page. `chart` is "tokens", or anything else for cost."""
    rows = list(islice(report_rows(asked), MOST_ROWS + 1))
    used = by_day(asked) if unit(asked) == "day" else by_month(asked)
    shown, used_in_all = periods(asked, used), added_up(used.values())
    compared = before(asked)
    shows_tokens = chart == "tokens"
    return {
        "asked": asked,
        "ranges": quick_ranges(asked),
        "rows": rows[:MOST_ROWS],
        "has_more_rows": len(rows) > MOST_ROWS,
        "totals": used_in_all,
        "figures": figures(used_in_all, totals(compared)),
        "compared": compared,
        "compared_days": days_of(compared),
        "shows_tokens": shows_tokens,
        "charts": token_charts(asked, shown) if shows_tokens else [cost_chart(asked, shown)],
        "periods": shown,
    }
