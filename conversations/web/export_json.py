"""A conversation as JSON, whole: every message of every branch, and what each attempt at it took and cost."""

import json
from collections.abc import Iterator
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from conversations.models import Attachment, Conversation, UsageEntry
from conversations.web.transcript import Told, messages_in_portions

ENTRY_FIELDS = (
    "attempt",
    "asked_model",
    "answered_model",
    "input_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "cache_read_tokens",
    "output_tokens",
    "web_searches",
    "stop_reason",
    "reason",
    "request_id",
    "first_token_ms",
    "duration_ms",
    "billed",
    "estimated",
)


def as_json(conversation: Conversation) -> Iterator[str]:
    """One JSON object; a portion of it at a time."""
    yield f'{{"conversation": {_dumped(_conversation(conversation))}, "messages": ['
    comma = ""
    for messages in messages_in_portions(conversation):
        yield comma + ",\n".join(_dumped(_message(told)) for told in messages)
        comma = ",\n"
    yield "]}\n"


def _dumped(value: dict[str, Any]) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)


def _conversation(conversation: Conversation) -> dict[str, Any]:
    return {
        "id": conversation.pk,
        "title": conversation.title,
        "project": conversation.project.name if conversation.project else None,
        "model": conversation.model,
        "revision": conversation.revision,
        "created_at": conversation.created_at,
    }


def _message(told: Told) -> dict[str, Any]:
    message = told.message
    return {
        "id": message.pk,
        "parent": message.parent_id,
        "role": message.role,
        "state": message.state,
        "reason": message.reason,
        "text": told.words,
        "content": message.content,
        "attachments": [_attachment(attachment) for attachment in told.attachments],
        "model": message.model,
        "created_at": message.created_at,
        "ended_at": message.ended_at,
        "usage": [_entry(entry) for entry in told.attempts],
    }


def _attachment(attachment: Attachment) -> dict[str, Any]:
    return {
        "id": attachment.pk,
        "name": attachment.name,
        "media_type": attachment.media_type,
        "size_bytes": attachment.size_bytes,
        "width": attachment.width,
        "height": attachment.height,
        "pages": attachment.pages,
    }


def _entry(entry: UsageEntry) -> dict[str, Any]:
    facts = {name: getattr(entry, name) for name in ENTRY_FIELDS}
    return facts | {"at": entry.at, "cost_usd": f"{entry.cost_usd:f}"}  # a string: JSON numbers are floats to most
