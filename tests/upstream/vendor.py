"""A vendor that keeps its own bill: it answers as it is told to, and writes down what it asks for each answer.

Reckoned from its own prices, by none of the site's code.
"""

import json
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from .script import Close, Hang, Reply, begin, end, text
from .server import Request

MTOK = 1_000_000
PER_SEARCH = Decimal("0.01")
# US dollars per million tokens: input, output, cache written for 5 minutes and for an hour, cache read.
PRICES = {
    "claude-opus-5-5": "4 20 5 8 0.20",
    "claude-sonnet-5-5": "2 10 2.50 4 0.10",
    "claude-haiku-5-5": "0.10 0.50 0.125 0.20 0.01",
}
LONG_HAIKU_FROM, LONG_HAIKU_TIMES = 100_001, 5  # its whole request
FREE, WHOLE, CUT = "free", "whole", "cut"  # CUT: the client never learned how much was written
WORDS = "A fjord is a drowned valley. "


@dataclass(frozen=True, slots=True)
class Line:
    """One request. `prompt` is input, cache written for 5 minutes and for an hour, cache read."""

    request_id: str
    kind: str
    model: str = ""
    prompt: tuple[int, int, int, int] = (0, 0, 0, 0)
    output: int = 0
    searches: int = 0

    @property
    def usd(self) -> Decimal:
        if self.kind == FREE:
            return Decimal(0)
        price, out, write_5m, write_1h, read = (Decimal(usd) for usd in PRICES[self.model].split())
        uncached, written_5m, written_1h, was_read = self.prompt
        millionths = uncached * price + written_5m * write_5m + written_1h * write_1h + was_read * read
        is_long = self.model == "claude-haiku-5-5" and sum(self.prompt) >= LONG_HAIKU_FROM
        usd = (millionths + self.output * out) * (LONG_HAIKU_TIMES if is_long else 1) / MTOK
        return usd + self.searches * PER_SEARCH


@dataclass
class Vendor:
    """`fates` are what comes of the next requests for answers; without one they are answered in full."""

    random: Random = field(default_factory=lambda: Random(7))
    fates: list[str] = field(default_factory=list)
    lines: dict[str, Line] = field(default_factory=dict)

    def answer(self, request: Request) -> Reply:
        if request.path.endswith("/count_tokens"):
            return Reply.json({"input_tokens": 1000})  # nobody pays for being counted
        body = request.body
        name = f"req_{len(self.lines) + 1}"
        if form := body.get("output_config", {}).get("format"):
            return self._whole(name, body["model"], [text(json.dumps(_filled(form["schema"])))])
        return self._fate(name, body, self.fates.pop(0) if self.fates else "answer")

    def _fate(self, name: str, body: dict[str, Any], fate: str) -> Reply:
        model = body["model"]
        match fate:
            case "overloaded" | "invalid":
                self._write(Line(name, FREE))
                status, kind = (529, "overloaded_error") if fate == "overloaded" else (400, "invalid_request_error")
                return _named(Reply.error(status, kind, retry_after="0"), name)
            case "tools" if body.get("tools"):
                return self._tools(name, model)
            case "declined, free":
                return self._declined(name, model, "cyber", [], FREE)
            case "declined, billed":
                return self._declined(name, model, "bio", [], WHOLE)
            case "declined, late":
                return self._declined(name, model, "cyber", [text(WORDS)], WHOLE)
            case "cut" | "stopped":
                return self._cut(name, model, Close() if fate == "cut" else Hang())
            case _:
                return self._whole(name, model, [text(WORDS)])

    def _whole(self, name: str, model: str, steps: list[bytes]) -> Reply:
        line = self._line(name, WHOLE, model)
        last = end(output_tokens=line.output)
        return _named(Reply.streaming(_begin(line), *steps, last), name)

    def _tools(self, name: str, model: str) -> Reply:
        line = self._line(name, WHOLE, model)
        given = {"type": "input_json_delta", "partial_json": json.dumps({"expression": "6 * 7"})}
        block = {"type": "tool_use", "id": f"toolu_{name}", "name": "calculator", "input": {}}
        steps: list[dict[str, Any]] = [
            {"type": "content_block_start", "index": 0, "content_block": block},
            {"type": "content_block_delta", "index": 0, "delta": given},
        ]
        last = end("tool_use", output_tokens=line.output)
        return _named(Reply.streaming(_begin(line, index=None), *steps, last), name)

    def _declined(self, name: str, model: str, category: str, steps: list[bytes], kind: str) -> Reply:
        line = self._line(name, kind, model)
        details = {"type": "refusal", "category": category, "explanation": None}
        index = 0 if steps else None
        last = end("refusal", index=index, output_tokens=line.output, stop_details=details)
        return _named(Reply.streaming(_begin(line, index=index), *steps, last), name)

    def _cut(self, name: str, model: str, how: Close | Hang) -> Reply:
        return _named(Reply.streaming(_begin(self._line(name, CUT, model)), text(WORDS), how), name)

    def _line(self, name: str, kind: str, model: str) -> Line:
        most = self.random.choice((100, 30_000, 60_000))
        uncached, written_5m, written_1h, read = (self.random.randrange(most) for _ in range(4))
        searches = 0 if kind == CUT else self.random.choice((0, 0, 2))
        prompt = (uncached, written_5m, written_1h, read)
        return self._write(Line(name, kind, model, prompt, self.random.randrange(1, 5000), searches))

    def _write(self, line: Line) -> Line:
        self.lines[line.request_id] = line
        return line


def _begin(line: Line, *, index: int | None = 0) -> bytes:
    uncached, written_5m, written_1h, read = line.prompt
    return begin(
        model=line.model,
        index=index,
        input_tokens=uncached,
        cache_creation_input_tokens=written_5m + written_1h,
        cache_creation={"ephemeral_5m_input_tokens": written_5m, "ephemeral_1h_input_tokens": written_1h},
        cache_read_input_tokens=read,
        server_tool_use={"web_search_requests": line.searches},
    )


def _named(reply: Reply, name: str) -> Reply:
    return Reply(**{**_fields(reply), "headers": {**reply.headers, "request-id": name}})


def _fields(reply: Reply) -> dict[str, Any]:
    return {name: getattr(reply, name) for name in reply.__dataclass_fields__}


def _filled(schema: dict[str, Any]) -> dict[str, Any]:
    """Something of each thing that was asked for."""
    examples: dict[str, Any] = {"string": "Fjords", "array": ["What is a bay?"], "boolean": True, "integer": 1}
    return {name: examples.get(of.get("type", ""), "Fjords") for name, of in schema["properties"].items()}
