"""What one attempt has said so far: pieces of the stream in, our events out. No network, and no clock but a given one.

Several deltas of one block that arrive in one piece become one event. AnswerBegan and BlockBegan are held back until
there is something to show, so that an attempt which fails before that leaves no trace and can be repeated.
"""

from collections.abc import Callable
from time import monotonic
from typing import Any

from .blocks import KNOWN_BLOCKS, OpenBlock
from .counts import UsageTally, estimated_tokens, is_refusal_billed
from .errors import ClaudeError
from .events import AnswerBegan, Block, BlockBegan, BlockEnded, CacheMiss, Event, Refused, TextArrived
from .failures import failure, from_event
from .providers import our_id
from .wire_events import EventDecoder, EventTooLarge

MAX_ANSWER_CHARS = 2 * 1024 * 1024
_MAX_EXPLANATION_CHARS = 2000


class Assembly:
    """One answer under construction.

    `failure` is what broke the stream, if anything did; `is_over` says that nothing more needs to be read.
    `progressed` is set by everything but pings, and cleared by whoever watches the time.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.message_id = ""
        self.request_id = ""  # of the response that the pieces come from
        self.model = ""
        self.stop_reason = ""
        self.container_id = ""
        self.failure: ClaudeError | None = None
        self.has_begun = False
        self.has_shown = False
        self.has_words = False
        self.declined_at_once = False  # before anything was shown
        self.is_over = False
        self.progressed = False
        self.cache_miss = CacheMiss()
        self.usage = UsageTally()
        self._clock = clock
        self._began_at: dict[int, float] = {}  # of the blocks
        self._decoder = EventDecoder()
        self._open: dict[int, OpenBlock] = {}
        self._seen: set[int] = set()
        self._held: list[Event] = []
        self._out: list[Event] = []
        self._speaker: tuple[int, OpenBlock] | None = None  # whose deltas are being joined
        self._pieces: list[str] = []
        self._chars = 0
        self._text_chars = 0
        self._stop_details: dict[str, Any] = {}
        self._facts: dict[str, Any] = {}
        self._unknown: set[str] = set()

    def read(self, piece: bytes) -> list[Event]:
        """The events that this piece completes, also those before the point where the stream broke."""
        try:
            for payload in self._decoder.feed(piece):
                self._take(payload)
                if self.is_over:
                    break
        except ClaudeError as error:
            self.fail(error)
        except EventTooLarge:
            self.fail(failure("too_large"))
        except (ValueError, KeyError, TypeError, AttributeError):  # bad JSON or UTF-8, or not of the agreed shape
            self.fail(failure("protocol"))
        self._join_deltas()
        return self._events()

    def end(self) -> None:
        """Nothing more comes. Without a stop reason that is a failure, however clean the end was."""
        self.is_over = True
        if self.stop_reason:
            self._facts["warning"] = "message_stop_missing"
        else:
            self.fail(failure("incomplete_stream" if self.has_begun else "bad_gateway"))

    def fail(self, error: ClaudeError) -> None:
        """Content and usage are final once the stop reason is there: what breaks after it is only worth a note."""
        self.is_over = True
        if self.stop_reason:
            self._facts["warning"] = f"{error.reason}_after_stop_reason"
        elif self.failure is None:
            self.failure = error

    def finish(self) -> list[Event]:
        """The last events of an answer that has its stop reason."""
        self.declined_at_once = self.stop_reason == "refusal" and not self.has_shown
        for index in list(self._open):
            self._block_stop(index)
        if self.stop_reason == "refusal":
            self._emit(Refused(self._category, self._explanation, after_text=self._text_chars > 0))
        self._release()
        return self._events()

    @property
    def is_billed(self) -> bool:
        if self.stop_reason == "refusal":
            return is_refusal_billed(self._category, had_output=self._chars > 0)
        return self.has_begun

    @property
    def estimated_output_tokens(self) -> int:
        return estimated_tokens(self._chars)

    @property
    def facts(self) -> dict[str, Any]:
        facts = {**self._facts, **self.usage.details}
        if self.usage.is_suspect:
            facts["usage_suspect"] = True
        if self._unknown:
            facts["unknown_types"] = sorted(self._unknown)[:8]
        return facts

    @property
    def _category(self) -> str | None:
        return _word(self._stop_details.get("category")) or None

    @property
    def _explanation(self) -> str | None:
        explanation = self._stop_details.get("explanation")
        return explanation[:_MAX_EXPLANATION_CHARS] if isinstance(explanation, str) and explanation else None

    def _take(self, payload: dict[str, Any]) -> None:
        kind = payload["type"]
        if kind == "content_block_delta":
            self.progressed = True
            self._delta(payload["index"], payload["delta"])
        elif kind != "ping":
            self._join_deltas()
            self._take_rare(kind, payload)

    def _take_rare(self, kind: str, payload: dict[str, Any]) -> None:
        match kind:
            case "message_start":
                self._message_start(payload["message"])
            case "content_block_start":
                self._block_start(payload["index"], payload["content_block"])
            case "content_block_stop":
                self._block_stop(payload["index"])
            case "message_delta":
                self._message_delta(payload)
            case "message_stop":
                self.is_over = True
                if not self.stop_reason:
                    self.end()
            case "error":
                raise from_event(payload)
            case _:
                self._note_unknown(kind)
                return  # no progress: an unknown kind of ping must not keep a dead stream alive
        self.progressed = True

    def _message_start(self, message: dict[str, Any]) -> None:
        if self.has_begun:
            raise failure("protocol")
        self.has_begun = True
        self.message_id = _word(message.get("id"), most=128)
        self.model = our_id(_word(message.get("model"), most=128))
        self.usage.take(message.get("usage"))
        self.cache_miss = _cache_miss(message.get("diagnostics"))
        self._held.append(AnswerBegan(self.message_id, self.model, self.usage.tokens, self.request_id))

    def _block_start(self, index: int, block: Block) -> None:
        if not self.has_begun or index in self._seen or not isinstance(index, int):
            raise failure("protocol")
        opened = OpenBlock(block)
        self._seen.add(index)
        self._open[index] = opened
        self._began_at[index] = self._clock()
        if block["type"] not in KNOWN_BLOCKS:
            self._note_unknown(block["type"])
        self._held.append(BlockBegan(index, opened.began))
        if self.has_shown:
            self._release()
        if opened.first_words:
            self._say(index, opened, opened.first_words)

    def _delta(self, index: int, delta: dict[str, Any]) -> None:
        opened = self._open.get(index)
        if opened is None:
            raise failure("protocol")  # dropping it would lose words without anyone noticing
        words = opened.words_of(delta)
        if words is not None:
            self._say(index, opened, words)
            return
        added = opened.take(delta)
        if added is None:
            self._note_unknown(delta["type"])
        else:
            self._grow(added)

    def _say(self, index: int, opened: OpenBlock, words: str) -> None:
        self._grow(len(words))
        if self._speaker is None or self._speaker[1] is not opened:
            self._join_deltas()
            self._speaker = (index, opened)
        self._pieces.append(words)

    def _grow(self, chars: int) -> None:
        self._chars += chars
        if self._chars > MAX_ANSWER_CHARS:
            raise failure("too_large")

    def _join_deltas(self) -> None:
        if self._speaker is None:
            return
        index, opened = self._speaker
        words = "".join(self._pieces)
        self._speaker, self._pieces = None, []
        if not words:
            return
        opened.add_words(words)
        self.has_words = True
        if opened.arrived is TextArrived:
            self._text_chars += len(words)
        self._emit(opened.arrived(index, words))

    def _block_stop(self, index: int) -> None:
        opened = self._open.pop(index, None)
        if opened is None:
            return  # a stray end loses nothing
        self._emit(BlockEnded(index, opened.whole(), round((self._clock() - self._began_at[index]) * 1000)))
        if opened.tool_input_incomplete:
            self._facts["tool_input_incomplete"] = True

    def _message_delta(self, payload: dict[str, Any]) -> None:
        if not self.has_begun:
            raise failure("protocol")
        delta = payload.get("delta") or {}
        self.stop_reason = _word(delta.get("stop_reason")) or self.stop_reason
        if isinstance(delta.get("stop_details"), dict):
            self._stop_details = delta["stop_details"]
        if isinstance(delta.get("container"), dict):
            self.container_id = _word(delta["container"].get("id"), most=128)
        self.usage.take(payload.get("usage"))

    def _note_unknown(self, kind: object) -> None:
        self._unknown.add(_word(kind) or "?")

    def _emit(self, event: Event) -> None:
        self._release()
        self._out.append(event)

    def _release(self) -> None:
        self.has_shown = True
        self._out += self._held
        self._held = []

    def _events(self) -> list[Event]:
        events, self._out = self._out, []
        return events


def _word(value: object, *, most: int = 64) -> str:
    """A word of the API for a column of ours: text, and not longer than it fits."""
    return value[:most] if isinstance(value, str) else ""


def _cache_miss(diagnostics: Any) -> CacheMiss:
    """Null says that nothing was missed, a null reason that the API has not found out yet."""
    told = diagnostics.get("cache_miss_reason") if isinstance(diagnostics, dict) else None
    if not isinstance(told, dict):
        return CacheMiss()
    tokens = told.get("cache_missed_input_tokens")
    return CacheMiss(_word(told.get("type")), tokens if isinstance(tokens, int) and 0 <= tokens < 2**31 else 0)
