"""A scripted Messages API over real TCP, for tests that need to know exactly what Claude sent and when.

    with running_upstream() as upstream:
        settings.ANTHROPIC_BASE_URL = upstream.base_url
        upstream.script(spoken("Hello."))                            # an ordinary answer
        upstream.script(Reply.streaming(begin(), text("Hel"), Gate("middle"), *end()))   # pauses until released
        upstream.script(Reply.error(529, "overloaded_error"))
        …
        await upstream.reached("middle"); upstream.release("middle")
        assert upstream.requests[0].body["model"] == …
        assert upstream.reported.output_tokens == …                  # what a ledger must say too
        assert upstream.requests[0].said == …                        # what a window may show at most

Replies are used up in the order in which they were scripted; a request without one gets what
`upstream.otherwise` makes of it: `spoken(DEFAULT_TEXT)` unless a test says something else.
It runs in a thread with a loop of its own, so sync tests, async tests and browser tests can use it alike.
"""

from .batches import Batches, errored, succeeded
from .script import (
    DEFAULT_TEXT,
    ChunkedCut,
    Close,
    Gate,
    Hang,
    Pause,
    Pings,
    Reply,
    Reset,
    begin,
    block_start,
    block_stop,
    end,
    message_delta,
    spoken,
    text,
)
from .server import Request, Upstream, Usage, running_upstream

__all__ = [
    "DEFAULT_TEXT",
    "Batches",
    "ChunkedCut",
    "Close",
    "Gate",
    "Hang",
    "Pause",
    "Pings",
    "Reply",
    "Request",
    "Reset",
    "Upstream",
    "Usage",
    "begin",
    "block_start",
    "block_stop",
    "end",
    "errored",
    "message_delta",
    "running_upstream",
    "spoken",
    "succeeded",
    "text",
]
