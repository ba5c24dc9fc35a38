"""The models as this release knows them: what the API does not tell, and what it told then.

As of 2026-11-21, from the vendor's pages on models, deprecations, thinking, effort, prompt caching, vision and fast
mode. Where the API tells limits, life cycle or abilities, what it tells counts.

An id is never parsed. Models that are still called legacy there are active: they are open to everybody.
"""

from dataclasses import replace
from datetime import date
from typing import Any

from .cards import (
    ALWAYS,
    BUDGET,
    EFFORTS,
    OFF,
    OFF_OR_BUDGET,
    ON,
    ON_UP_TO_HIGH,
    QUIET_BETWEEN_TOOLS,
    FastMode,
    Lifecycle,
    ModelCard,
    Thinking,
)

WITHOUT_XHIGH = ("low", "medium", "high", "max")
UP_TO_HIGH = ("low", "medium", "high")


def _v5(
    model: str, name: str, line: str, released: str, thinking: Thinking, effort: str = "high", **more: Any
) -> ModelCard:
    """Generation 5: a million tokens of context, fine images, every effort."""
    card = _large(model, name, line, released, thinking, EFFORTS, 512, **_FINE)
    return replace(card, default_effort=effort, **more)


def _large(
    model: str,
    name: str,
    line: str,
    released: str,
    thinking: Thinking,
    efforts: tuple[str, ...],
    cached: int,
    **more: Any,
) -> ModelCard:
    """4.6 and later: a million tokens of context. `cached` is the shortest prompt that can be."""
    card = _small(model, name, line, released, cached, efforts=efforts, thinking=thinking)
    limits: dict[str, Any] = {"context_tokens": 1_000_000, "max_output_tokens": 128_000}
    return replace(card, default_effort="high", takes_geo=True, takes_new_server_tools=True, **limits, **more)


def _small(model: str, name: str, line: str, released: str, cached: int, **more: Any) -> ModelCard:
    """4.5: 200,000 tokens of context; they think when they get a budget for it."""
    card = ModelCard(model, name, line, date.fromisoformat(released), thinking=BUDGET, takes_forced_tools=True)
    return replace(card, min_cacheable_tokens=cached, takes_geo=False, **more)


def _retired(model: str, name: str, line: str, released: str, retired: str) -> ModelCard:
    card = ModelCard(model, name, line, date.fromisoformat(released), lifecycle=Lifecycle.RETIRED)
    return replace(card, retires_on=date.fromisoformat(retired))


_FINE: dict[str, Any] = {"max_image_edge_px": 2576, "max_image_tokens": 4784}
_STRICT: dict[str, Any] = {"takes_forced_tools": False, "binds_thinking": True}
_BETA, _OPEN = FastMode.BETA, FastMode.OPEN

MODELS = (
    _v5("claude-opus-5-5", "Claude Opus 5.5", "opus", "2026-09-22", ALWAYS, "medium", fast_mode=_OPEN, **_STRICT),
    _v5("claude-sonnet-5-5", "Claude Sonnet 5.5", "sonnet", "2026-09-28", QUIET_BETWEEN_TOOLS, **_STRICT),
    _v5(
        "claude-haiku-5-5",
        "Claude Haiku 5.5",
        "haiku",
        "2026-10-07",
        ON_UP_TO_HIGH,
        "medium",
        binds_thinking=True,
    ),
    _v5("claude-fable-5-2", "Claude Fable 5.2", "fable", "2026-11-09", ALWAYS, **_STRICT),
    _v5("claude-mythos-5-2", "Claude Mythos 5.2", "mythos", "2026-11-09", ALWAYS, **_STRICT),
    _v5("claude-fable-5-1", "Claude Fable 5.1", "fable", "2026-09-01", ALWAYS, **_STRICT),
    _v5("claude-mythos-5-1", "Claude Mythos 5.1", "mythos", "2026-09-01", ALWAYS, **_STRICT),
    _v5("claude-fable-5", "Claude Fable 5", "fable", "2026-06-09", ALWAYS),
    _v5("claude-mythos-5", "Claude Mythos 5", "mythos", "2026-06-09", ALWAYS),
    _v5("claude-opus-5", "Claude Opus 5", "opus", "2026-07-24", ON_UP_TO_HIGH, fast_mode=_BETA),
    _v5(
        "claude-sonnet-5",
        "Claude Sonnet 5",
        "sonnet",
        "2026-06-30",
        ON,
        min_cacheable_tokens=1024,
    ),
    _large(
        "claude-opus-4-8",
        "Claude Opus 4.8",
        "opus",
        "2026-05-28",
        OFF,
        EFFORTS,
        1024,
        fast_mode=_BETA,
        **_FINE,
    ),
    _large("claude-opus-4-7", "Claude Opus 4.7", "opus", "2026-04-16", OFF, EFFORTS, 2048, **_FINE),
    _large("claude-opus-4-6", "Claude Opus 4.6", "opus", "2026-02-05", OFF_OR_BUDGET, WITHOUT_XHIGH, 4096),
    _large("claude-sonnet-4-6", "Claude Sonnet 4.6", "sonnet", "2026-02-17", OFF_OR_BUDGET, WITHOUT_XHIGH, 1024),
    _small(
        "claude-opus-4-5",
        "Claude Opus 4.5",
        "opus",
        "2025-11-24",
        4096,
        efforts=UP_TO_HIGH,
        default_effort="high",
    ),
    _small(
        "claude-sonnet-4-5",
        "Claude Sonnet 4.5",
        "sonnet",
        "2025-09-29",
        1024,
        lifecycle=Lifecycle.DEPRECATED,
        deprecated_on=date(2026, 9, 30),
        retires_on=date(2026, 11, 30),
    ),
    _small("claude-haiku-4-5", "Claude Haiku 4.5", "haiku", "2025-10-15", 4096),
    _retired("claude-opus-4-1", "Claude Opus 4.1", "opus", "2025-08-05", "2026-08-05"),
    _retired("claude-opus-4", "Claude Opus 4", "opus", "2025-05-22", "2026-06-15"),
    _retired("claude-sonnet-4", "Claude Sonnet 4", "sonnet", "2025-05-22", "2026-06-15"),
    _retired("claude-sonnet-3-7", "Claude Sonnet 3.7", "sonnet", "2025-02-19", "2026-02-19"),
    _retired("claude-sonnet-3-5", "Claude Sonnet 3.5", "sonnet", "2024-06-20", "2025-10-28"),
    _retired("claude-opus-3", "Claude Opus 3", "opus", "2024-02-29", "2026-01-05"),
    _retired("claude-haiku-3-5", "Claude Haiku 3.5", "haiku", "2024-10-22", "2026-02-19"),
    _retired("claude-haiku-3", "Claude Haiku 3", "haiku", "2024-03-07", "2026-04-20"),
)

# Until generation 4.5 a model answered under a dated id.
ALIASES = {
    "claude-opus-4-5-20251101": "claude-opus-4-5",
    "claude-sonnet-4-5-20250929": "claude-sonnet-4-5",
    "claude-haiku-4-5-20251001": "claude-haiku-4-5",
    "claude-opus-4-1-20250805": "claude-opus-4-1",
    "claude-opus-4-20250514": "claude-opus-4",
    "claude-opus-4-0": "claude-opus-4",
    "claude-sonnet-4-20250514": "claude-sonnet-4",
    "claude-sonnet-4-0": "claude-sonnet-4",
    "claude-3-7-sonnet-20250219": "claude-sonnet-3-7",
    "claude-3-5-sonnet-20241022": "claude-sonnet-3-5",
    "claude-3-5-sonnet-20240620": "claude-sonnet-3-5",
    "claude-3-5-haiku-20241022": "claude-haiku-3-5",
    "claude-3-opus-20240229": "claude-opus-3",
    "claude-3-haiku-20240307": "claude-haiku-3",
}

# Who is offered on a site whose owner decided nothing yet; the first one is the vendor's suggestion.
OFFERED = ("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5", "claude-fable-5-2")
