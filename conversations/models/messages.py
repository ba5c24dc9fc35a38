"""Messages: a tree by `parent`; content as blocks in the API's own shape."""

from collections.abc import Iterable, Iterator
from typing import Any, Self

from django.db import models

from conversations.models.conversations import Conversation

Block = dict[str, Any]


class Role(models.TextChoices):
    USER = "user"
    ASSISTANT = "assistant"


class State(models.TextChoices):
    """Of an answer; a question is always complete. Nothing leaves the last four."""

    QUEUED = "queued"
    STREAMING = "streaming"
    COMPLETE = "complete"
    STOPPED = "stopped"
    REFUSED = "refused"
    FAILED = "failed"


REFERENCE = "message-"  # of an answer that no request can be named for, followed by its number
ACTIVE_STATES = (State.QUEUED, State.STREAMING)


def is_text(block: Block) -> bool:
    return block.get("type") == "text"


def shown_together(blocks: Iterable[tuple[int, Block]]) -> Iterator[tuple[int, list[Block]]]:
    """Blocks by their index as they are shown, under the index of the first: Claude cuts a text where it cites, even in
    the middle of a sentence, so texts that follow one another are one.
    """
    first, last, run = 0, -1, list[Block]()
    for index, block in blocks:
        if run and not (index == last + 1 and is_text(block) and is_text(run[-1])):
            yield first, run
            run = []
        first, last = (first if run else index), index
        run.append(block)
    if run:
        yield first, run


class MessageQuerySet(models.QuerySet["Message"]):
    def oldest_first(self) -> Self:
        return self.order_by("position")


class Message(models.Model):
    """One question or answer.

    A question's blocks: `{"type": "image", "source": {"type": "attachment", "attachment_id": "<uuid>"}}`, or of type
    `document`, and then `{"type": "text", "text": …}`. An answer's blocks are stored as Claude sent them, thinking and
    signatures included. Thinking and results of tools have our own facts beside, such as `duration_ms`, which Claude
    is never sent.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="children")
    position = models.PositiveIntegerField()  # order in the conversation, assigned in the transaction, never by clock
    version = models.PositiveSmallIntegerField(default=1, db_default=1)  # among those with its parent, as it was made
    role = models.CharField(max_length=9, choices=Role)
    state = models.CharField(max_length=9, choices=State, default=State.COMPLETE)
    reason = models.CharField(max_length=32, blank=True)  # the stable word for the cause: overloaded, max_tokens …
    advice = models.CharField(max_length=300, blank=True)  # the sentence for the person, when the answer failed
    content = models.JSONField(default=list)
    model = models.CharField(max_length=64, blank=True)  # who answered
    # What Claude called the answer, or its last part.
    upstream_id = models.CharField(max_length=128, blank=True, default="", db_default="")
    follow_ups = models.JSONField(null=True, blank=True)  # of an answer: what one may ask next, a few short questions
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["conversation", "position"], name="one_message_at_each_position"),
        )

    def __str__(self) -> str:
        return f"message {self.pk}"

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE_STATES

    @property
    def text(self) -> str:
        """The words of the message as Markdown, without thinking."""
        runs = (blocks for _, blocks in shown_together(enumerate(self.content)) if is_text(blocks[0]))
        return "\n\n".join("".join(block["text"] for block in blocks) for blocks in runs)

    @property
    def has_attachments(self) -> bool:
        return any(block.get("type") in ("image", "document") for block in self.content)

    def reference_of(self, request_ids: Iterable[str]) -> str:
        """What an admin can find this answer by: the last request's id, else the answer's own number."""
        named = [request_id for request_id in request_ids if request_id]
        return named[-1] if named else f"{REFERENCE}{self.pk}"
