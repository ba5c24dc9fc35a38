"""However the network cuts a recorded session, the same answer comes out."""

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from conversations.claude.assembly import Assembly
from conversations.claude.events import Event, TextArrived, ThinkingArrived
from tests.upstream import begin, block_start, block_stop, end, text
from tests.upstream.script import sse

SESSION = b"".join(
    [
        begin(kind="thinking", input_tokens=9),
        text("Fjords… ", kind="thinking"),
        sse({"type": "ping"}),
        text("glaciers 🧊.", kind="thinking"),
        sse({"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "s1"}}),
        block_stop(0),
        block_start(1),
        *(text(word, 1) for word in ("A ", "fjørd", " is 深い", " 👩‍👩‍👧 ", "\x00", "water.")),
        block_stop(1),
        block_start(2, "tool_use", id="t", name="n", input={}),
        sse({"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": '{"a"'}}),
        sse({"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": ":1}"}}),
        end("tool_use", index=2, output_tokens=30),
    ]
)


def joined(pieces: list[bytes]) -> tuple[list[Event], Assembly]:
    """The events, with neighbouring texts of one block made one again."""
    said = Assembly(clock=lambda: 0)
    events: list[Event] = []
    for event in [*(event for piece in pieces for event in said.read(piece)), *said.finish()]:
        last = events[-1] if events else None
        if isinstance(event, TextArrived | ThinkingArrived) and type(last) is type(event) and last.index == event.index:
            events[-1] = type(event)(event.index, last.text + event.text)
        else:
            events.append(event)
    return events, said


@given(cuts=st.lists(st.integers(0, len(SESSION)), max_size=40), crlf=st.booleans())
def test_any_slicing_gives_the_same_events(cuts: list[int], crlf: bool) -> None:
    session = SESSION.replace(b"\n", b"\r\n") if crlf else SESSION
    edges = [0, *sorted(cuts), len(session)]
    pieces = [session[start:stop] for start, stop in pairwise(edges)]

    events, said = joined(pieces)

    whole_events, whole = joined([SESSION])
    assert events == whole_events
    assert said.usage.tokens == whole.usage.tokens
    assert (said.failure, said.stop_reason, said.facts) == (None, "tool_use", {})


@given(end_at=st.integers(0, len(SESSION) - 1))
def test_no_beginning_of_a_session_passes_for_the_whole(end_at: int) -> None:
    said = Assembly(clock=lambda: 0)

    said.read(SESSION[:end_at])
    said.end()

    assert (said.failure is None) == bool(said.stop_reason)


@given(noise=st.binary(max_size=300))
def test_noise_after_the_beginning_never_escapes_as_an_exception(noise: bytes) -> None:
    said = Assembly(clock=lambda: 0)

    said.read(SESSION[:400] + b"\n\n" + noise + b"\n\ndata: " + noise + b"\n\n")
    said.end()

    assert said.failure is not None


KEYS = st.sampled_from(["type", "index", "delta", "message", "usage", "content_block", "error"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
KINDS = ["message_start", "content_block_start", "content_block_delta", "message_delta", "error", "new"]


@given(payload=ANYTHING, kind=st.sampled_from(KINDS))
def test_any_json_in_place_of_an_event_is_survived(payload: object, kind: str) -> None:
    said = Assembly(clock=lambda: 0)
    event = {**payload, "type": kind} if isinstance(payload, dict) else payload

    said.read(begin() + b"data: " + json.dumps(event).encode() + b"\n\n")
    said.end()

    assert said.failure is not None
