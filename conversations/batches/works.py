"""What each kind of batch asks, and what it does with an answer."""

from collections.abc import Callable
from dataclasses import dataclass

from conversations.batches import labels, titles
from conversations.claude.ask import Ask, TextPart, Utterance
from conversations.claude.batch_answers import BatchAnswer
from conversations.models import BatchItem, Purpose


@dataclass(frozen=True, slots=True)
class Work:
    """`ask` is None for an item whose subject is gone. `take` gets whole answers alone."""

    ask: Callable[[BatchItem], Ask | None]
    take: Callable[[BatchItem, BatchAnswer], None]
    keeps_words: bool  # whether the item keeps what Claude said


def _prompt(item: BatchItem) -> Ask:
    history = (Utterance("user", (TextPart(item.prompt),)),)
    return Ask(item.batch.model, history, max_tokens=item.batch.max_tokens, instructions=item.system)


def _nothing(item: BatchItem, answer: BatchAnswer) -> None:
    """The item itself is what somebody waits for."""


WORKS = {
    Purpose.BATCH: Work(_prompt, _nothing, keeps_words=True),
    Purpose.LABEL: Work(labels.ask, labels.take, keeps_words=False),
    Purpose.TITLE: Work(titles.ask, titles.take, keeps_words=False),
}


def work_of(purpose: str) -> Work:
    return WORKS[Purpose(purpose)]
