"""A whole answer at once, for what the site itself asks: nobody watches it arrive."""

from dataclasses import dataclass, field

from .ask import Ask
from .errors import ClaudeError
from .events import WHOLE, AnswerEnded, AttemptEnded, Block, BlockEnded, Refused
from .stream import answer


@dataclass(slots=True)
class Reply:
    """What came of an ask. Without a `stop_reason` there is no answer, and `error` says why."""

    blocks: list[Block] = field(default_factory=list)
    attempts: list[AttemptEnded] = field(default_factory=list)  # each of them belongs into the ledger
    refused: Refused | None = None
    stop_reason: str = ""
    error: ClaudeError | None = None

    @property
    def text(self) -> str:
        return "".join(block["text"] for block in self.blocks if block["type"] == "text")

    @property
    def is_whole(self) -> bool:
        return self.stop_reason in WHOLE


async def reply(ask: Ask, *, into: Reply | None = None) -> Reply:
    """Ask Claude and wait. Fails never: what went wrong is in the reply, with what it used.

    `into` is filled as the reply comes: whoever is cancelled meanwhile finds there what was used until then.
    """
    told = Reply() if into is None else into
    stream = answer(ask)
    try:
        async for event in stream:
            match event:
                case BlockEnded(block=block):
                    told.blocks.append(block)
                case Refused():
                    told.refused = event
                case AttemptEnded():
                    told.attempts.append(event)
                case AnswerEnded(stop_reason=stop_reason):
                    told.stop_reason = stop_reason
    except ClaudeError as error:
        told.error = error
    finally:
        unreported = await stream.aclose()
        if unreported:
            told.attempts.append(unreported)
    return told
