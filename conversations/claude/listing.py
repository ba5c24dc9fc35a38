"""The models that the API lists for this site's key, retired ones too."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any, Literal

from django.conf import settings

from .access import with_key
from .cards import Lifecycle, ListedModel
from .catalogue import released_cards
from .client import open_client
from .failures import failure
from .keys import authorization
from .whole import within

PAGE_SIZE = 1000
LIFECYCLES: list[Literal["active", "deprecated", "retired"]] = ["active", "deprecated", "retired"]
MAX_ID = 64  # what our columns hold


async def list_models(key: str = "") -> tuple[ListedModel, ...]:
    """Newest first, page by page. What is no model is left out, what a model lacks is None. Raises ClaudeError.

    With `key` that one is asked, whatever comes of it; else the one in use.
    """
    async with within(settings.CLAUDE_FIRST_BYTE_S):
        return await (_list(key) if key else with_key(_list))


def released_models() -> tuple[ListedModel, ...]:
    """Those that this release knows, in the place of a list: for a provider that has none."""
    cards = (card for card in released_cards() if card.lifecycle != Lifecycle.RETIRED)
    return tuple(
        ListedModel(
            id=card.id,
            display_name=card.display_name,
            line=card.line,
            lifecycle=card.lifecycle,
            created_at=_midnight(card.released),
            deprecated_at=_midnight(card.deprecated_on),
            retires_at=_midnight(card.retires_on),
            context_tokens=card.context_tokens,
            max_output_tokens=card.max_output_tokens,
        )
        for card in cards
    )


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None


async def _list(key: str) -> tuple[ListedModel, ...]:
    client = await open_client()
    found: dict[str, ListedModel] = {}
    pages = client.models.list(limit=PAGE_SIZE, lifecycle=LIFECYCLES, extra_headers=authorization(key))
    async for model in pages:
        listed = _read(model.to_dict(mode="json", warnings=False))
        if listed is None:
            continue
        if listed.id in found:
            raise failure("protocol")  # the same page again, and so on for ever
        found[listed.id] = listed
    return tuple(found.values())


def _read(told: Mapping[str, Any]) -> ListedModel | None:
    model_id = _word(told.get("id"))
    if not model_id or len(model_id) > MAX_ID:
        return None
    capabilities = told.get("capabilities")
    return ListedModel(
        id=model_id,
        display_name=_word(told.get("display_name"))[:128] or model_id,
        line=_word(told.get("line"))[:32],
        lifecycle=_word(told.get("lifecycle"))[:16] or "active",
        created_at=moment(told.get("created_at")),
        deprecated_at=moment(told.get("deprecated_at")),
        retires_at=moment(told.get("retires_at")),
        context_tokens=_count(told.get("max_input_tokens")),
        max_output_tokens=_count(told.get("max_tokens")),
        capabilities=capabilities if isinstance(capabilities, dict) else {},
    )


def _word(value: object) -> str:
    return value.replace("\0", "") if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and 0 < value < 2**31 else None


def moment(value: object) -> datetime | None:
    """None also for the epoch, which is how the API says that it does not know."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if moment is None or moment.timestamp() <= 0:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
