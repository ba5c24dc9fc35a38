"""GET /v1/models: the models of this release as the API lists them, page by page."""

from collections.abc import Sequence
from typing import Any

import httpx2

from conversations.claude.cards import EFFORTS, Lifecycle, ModelCard
from conversations.claude.catalogue import released_cards

PAGE_SIZE, MAX_PAGE_SIZE = 20, 1000
UNLESS_ASKED = (Lifecycle.ACTIVE, Lifecycle.DEPRECATED)
THINKING = ("adaptive", "enabled", "disabled", "between_tools")
Listed = dict[str, Any]


def listed_models() -> list[Listed]:
    """Newest first."""
    cards = sorted(released_cards(), key=lambda card: str(card.released), reverse=True)
    return [_entry(card) for card in cards]


def page_of(models: Sequence[Listed], query: httpx2.QueryParams) -> dict[str, Any]:
    wanted = query.get_list("lifecycle[]") or UNLESS_ASKED
    chosen = [model for model in models if model.get("lifecycle", Lifecycle.ACTIVE) in wanted]
    ids = [model["id"] for model in chosen]
    start = ids.index(query["after_id"]) + 1 if query.get("after_id") in ids else 0
    size = min(int(query.get("limit", PAGE_SIZE)), MAX_PAGE_SIZE)
    page = chosen[start : start + size]
    ends = {"first_id": page[0]["id"], "last_id": page[-1]["id"]} if page else {"first_id": None, "last_id": None}
    return {"data": page, "has_more": start + size < len(chosen), **ends}


def _entry(card: ModelCard) -> Listed:
    return {
        "type": "model",
        "id": card.id,
        "display_name": card.display_name,
        "line": card.line,
        "lifecycle": card.lifecycle,
        "created_at": f"{card.released or '1970-01-01'}T00:00:00Z",
        "deprecated_at": f"{card.deprecated_on}T00:00:00Z" if card.deprecated_on else None,
        "retires_at": f"{card.retires_on}T00:00:00Z" if card.retires_on else None,
        "max_input_tokens": card.context_tokens,
        "max_tokens": card.max_output_tokens,
        "capabilities": _capabilities(card),
    }


def _capabilities(card: ModelCard) -> dict[str, Any]:
    thinking = {kind: _leaf(kind in card.thinking.takes) for kind in THINKING}
    efforts = {level: _leaf(level in card.efforts) for level in EFFORTS}
    return {
        "image_input": _leaf(True),
        "thinking": {**_leaf(bool(card.thinking.takes)), "types": thinking},
        "effort": {**_leaf(bool(card.efforts)), **efforts},
    }


def _leaf(is_supported: bool) -> dict[str, bool]:
    return {"supported": is_supported}
