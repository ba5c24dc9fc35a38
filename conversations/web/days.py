"""When a chat was last active, in the words of the sidebar."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format


def day_label(at: datetime) -> str:
    """Today, Yesterday, Previous 7 days, then the month; days end at midnight of the site's time zone."""
    day, today = timezone.localdate(at), timezone.localdate()
    age_days = (today - day).days
    if age_days <= 0:
        return "Today"
    if age_days == 1:
        return "Yesterday"
    if age_days <= 7:
        return "Previous 7 days"
    return date_format(day, "F" if day.year == today.year else "F Y")
