"""What time it is, since Claude has no clock."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field

from conversations.tools.function import tool
from conversations.tools.tool import ToolFailed

TimeZone = Annotated[str, Field(description="An IANA name such as Europe/Oslo or UTC.", max_length=64)]


@tool()
def clock(time_zone: TimeZone = "UTC") -> str:
    """Tells the date, the weekday, the time of day and the offset from UTC in a time zone, as of now.

    Use it whenever an answer depends on today's date or the present time. Ask once for each time zone that is needed.
    It knows nothing of other moments: reckon from what it tells.
    """
    try:
        now = datetime.now(ZoneInfo(time_zone))
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise ToolFailed("There is no such time zone. Use an IANA name such as Europe/Oslo or UTC.") from error
    return f"{now:%A, %Y-%m-%d %H:%M:%S} in {time_zone} (UTC{now:%z}, week {now:%V})"
