"""Pictures become new pictures: the same to look at, and nothing else of the old file."""

from pathlib import Path
from typing import Any

from conversations.attachments import picture, refused
from conversations.attachments.cage import Answer, Cage, confined, died, taken_apart
from conversations.attachments.kinds import Kind, kind_of
from conversations.attachments.picture import Picture
from conversations.attachments.refused import FileRefused

PICTURE_CAGE = Cage()
DECODER = Path(__file__).with_name("decode.py")
SENT = frozenset(kind.media_type for kind in (Kind.PNG, Kind.JPEG, Kind.WEBP))


def recast(data: bytes, *, max_edge_px: int, max_tokens: int, cage: Cage = PICTURE_CAGE) -> Picture:
    """The picture as it may be kept, shown and sent: at most `max_tokens` patches of 28 × 28 pixels.

    Blocks for about half a second, longer while others decode; raises FileRefused.
    """
    refused.require_size(len(data))
    kind = kind_of(data)
    order = {
        "kind": kind.value,
        "max_side_px": picture.MAX_SIDE_PX,
        "max_pixels": picture.MAX_PIXELS,
        "max_edge_px": max_edge_px,
        "max_tokens": max_tokens,
        "max_bytes": picture.MAX_PICTURE_BYTES,
        "thumbnail_edge_px": picture.THUMBNAIL_EDGE_PX,
    }
    return read(confined(DECODER, order, data, cage), kind, cage)


def read(answer: Answer, kind: Kind, cage: Cage) -> Picture:
    """What the child says, if that can be true."""
    try:
        facts, body = taken_apart(answer)
        if reason := facts.get("refused"):
            raise _refused(reason, facts, cage)
        size = facts["picture_bytes"]
        made = Picture(
            media_type=kind_of(body).media_type,
            width=int(facts["width"]),
            height=int(facts["height"]),
            data=body[:size],
            thumbnail=body[size : size + facts["thumbnail_bytes"]],
            original_media_type=kind.media_type,
            original_width=int(facts["original_width"]),
            original_height=int(facts["original_height"]),
        )
        if made.media_type not in SENT or kind_of(made.thumbnail) is not Kind.WEBP:
            raise ValueError
        if len(body) != len(made.data) + len(made.thumbnail):
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError):
        raise died(answer, cage) from None
    return made


def _refused(reason: str, facts: dict[str, Any], cage: Cage) -> FileRefused:
    match reason:
        case "too_many_pixels":
            return picture.too_many_pixels(
                *(int(facts[side]) if side in facts else None for side in ("width", "height"))
            )
        case "truncated":
            return picture.truncated()
        case "too_hungry":
            return refused.too_hungry(cage.memory_bytes)
        case _:
            raise ValueError(reason)
