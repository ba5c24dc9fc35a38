"""A long chat with tools and a picture, against an upstream that keeps its prompt cache as the API does.

    with running_upstream() as upstream:
        chat = CachedChat(upstream)
        tokens = await chat.play(turns=20)          # of each request

Every third question takes a round of tools, the seventh one round of a dozen calls. Thinking goes back within its
turn and is left out later, as the site does it. Between two questions `pause_s` pass, by the cache's clock.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from conversations.claude.ask import Ask, Echo, ImagePart, Part, TextPart, ToolResult, ToolSpec, Utterance
from conversations.claude.events import AttemptEnded, Block, BlockEnded
from conversations.claude.stream import answer
from conversations.demo.caching import PromptCache

from .script import Reply, begin, block_start, block_stop, end, text
from .server import Request, Upstream

MODEL = "claude-opus-5-5"
WORDS = "Fjords are drowned valleys that ice has carved, and their walls go on below the water. "
CALLS_AT_ONCE = {7: 12}
RULES = "Answer in the language of the question. " * 60
TOOLS = tuple(
    ToolSpec(name, f"{name} of a place. " * 30, {"type": "object", "properties": {"place": {"type": "string"}}})
    for name in ("weather", "tides", "charts", "history")
)


def picture() -> ImagePart:
    data = io.BytesIO()
    Image.new("RGB", (1200, 900), "teal").save(data, "PNG")
    return ImagePart("image/png", data.getvalue())


@dataclass
class CachedChat:
    upstream: Upstream
    pause_s: float = 90
    now: float = 0
    history: list[Utterance] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)
    instructions: str = ""
    _answers: int = 0
    _turn: int = 0
    _last_id: str = ""

    def __post_init__(self) -> None:
        self.cache = PromptCache(lambda: self.now)
        self.upstream.otherwise = self._reply

    async def play(self, turns: int) -> list[AttemptEnded]:
        ended: list[AttemptEnded] = []
        for _ in range(turns):
            ended += await self._play_turn()
            self.now += self.pause_s
        return ended

    async def _play_turn(self) -> list[AttemptEnded]:
        self._turn += 1
        words: tuple[Part, ...] = (TextPart(f"Question {self._turn}: " + WORDS * 3),)
        self.history.append(Utterance("user", ((picture(), *words) if self._turn == 1 else words)))
        ended, since = [], len(self.history)
        while True:
            attempt, blocks = await self._ask()
            ended.append(attempt)
            self.history.append(Utterance("assistant", tuple(Echo(block) for block in blocks)))
            calls = [block for block in blocks if block["type"] == "tool_use"]
            if not calls:
                self.history[since:] = [_without_thinking(utterance) for utterance in self.history[since:]]
                return ended
            self.history.append(Utterance("user", tuple(ToolResult(call["id"], WORDS * 2) for call in calls)))

    async def _ask(self) -> tuple[AttemptEnded, list[Block]]:
        ask = Ask(
            MODEL,
            tuple(self.history),
            max_tokens=4000,
            system=RULES,
            instructions=self.instructions,
            tools=TOOLS,
            follows=self._last_id,
        )
        events = [event async for event in answer(ask)]
        (attempt,) = [event for event in events if isinstance(event, AttemptEnded)]
        return attempt, [event.block for event in events if isinstance(event, BlockEnded)]

    def _reply(self, request: Request) -> Reply:
        body = request.body
        self.bodies.append(body)
        self._answers += 1
        usage = self.cache.usage(body)
        self._last_id = f"msg_{self._answers}"
        told = self.cache.diagnostics(body, self._last_id)
        self.misses.append(told["cache_miss_reason"]["type"] if told else "")
        start = begin(model=MODEL, index=None, diagnostics=told, **usage).replace(
            b"msg_upstream", self._last_id.encode()
        )
        thinks = block_start(0, "thinking") + text("Let me see.", 0, "thinking") + block_stop(0)
        if self._takes_tools(body["messages"]):
            calls = [_call(place) for place in range(1, CALLS_AT_ONCE.get(self._turn, 2) + 1)]
            return Reply.streaming(start, thinks, *calls, end("tool_use", index=None))
        return Reply.streaming(start, thinks, block_start(1), text(WORDS * 12, 1), end(index=1))

    def _takes_tools(self, messages: Sequence[dict[str, Any]]) -> bool:
        is_question = messages[-1]["content"][-1]["type"] == "text"
        return is_question and (self._turn % 3 == 0 or self._turn in CALLS_AT_ONCE)


def _call(place: int) -> bytes:
    return block_start(place, "tool_use", id=f"toolu_{place}", name="tides", input={}) + block_stop(place)


def _without_thinking(utterance: Utterance) -> Utterance:
    kept = [part for part in utterance.parts if not (isinstance(part, Echo) and part.block["type"] == "thinking")]
    return Utterance(utterance.role, tuple(kept))


def share_read(ended: Sequence[AttemptEnded]) -> float:
    """How much of these prompts came out of the cache."""
    return sum(attempt.tokens.cache_read for attempt in ended) / sum(attempt.tokens.prompt for attempt in ended)
