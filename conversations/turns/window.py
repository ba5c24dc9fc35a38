"""Which messages have to go when a branch is longer than its model can read. Pure."""

from collections.abc import Sequence

from conversations.claude.cards import ModelCard
from conversations.claude.counts import estimated_tokens
from conversations.models import Message, Role

MARGIN_PERCENT = 3  # of the window: counts are estimates, also the API's
# A chat that is estimated below this share may be longer than it reads, but not by so much. Above it the API counts.
DOUBTFUL = 0.25
REST = 0.5  # what may stay when the window is full: each fold costs the prompt cache, so they are few and large


def room(card: ModelCard, answer_tokens: int) -> int:
    """Tokens of a prompt that leave room for the answer."""
    spare = card.context_tokens * MARGIN_PERCENT // 100
    return card.context_tokens - spare - answer_tokens


def last_to_fold(branch: Sequence[Message], tokens: int, room: int, card: ModelCard) -> Message | None:
    """The last message that goes, so that what stays takes half of the room. None when there is but one question.

    `tokens` is what the whole branch takes: what each message has of it goes by its length.
    """
    sizes = [_size(message, card) for message in branch]
    size_per_token = max(1, sum(sizes)) / max(1, tokens)
    most = room * REST * size_per_token
    starts = [at for at, message in enumerate(branch) if message.role == Role.USER and at > 0]
    if not starts:
        return None
    start = next((at for at in starts if sum(sizes[at:]) <= most), starts[-1])
    return branch[start - 1]


def _size(message: Message, card: ModelCard) -> int:
    images = len([block for block in message.content if block.get("type") == "image"])
    return estimated_tokens(len(message.text)) + images * card.max_image_tokens + 1
