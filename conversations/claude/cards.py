"""A model's card: what is known of it, whoever told it. Values alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from .price_list import ASSUMED, DEAREST
from .prices import ListPrice

EFFORTS = ("low", "medium", "high", "xhigh", "max")


class Lifecycle(StrEnum):
    """The vendor's own words. Only this tells that a model is gone: the date of a retirement can move."""

    ACTIVE = "active"
    DEPRECATED = "deprecated"
    RETIRED = "retired"


class FastMode(StrEnum):
    NONE = "none"
    BETA = "beta"  # needs a header and the vendor's consent
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Thinking:
    """Which values of `thinking.type` a model takes; every other is refused with 400.

    `unasked` says that it thinks without being told to. `disabled` and `between_tools` go with efforts up to
    `quiet_up_to` only.
    """

    unasked: bool
    takes: frozenset[str]
    quiet_up_to: str = "max"


# What of the API's reference is called …
ALWAYS = Thinking(True, frozenset({"adaptive"}))  # adaptive, always on
QUIET_BETWEEN_TOOLS = Thinking(True, frozenset({"adaptive", "between_tools"}), "high")
ON = Thinking(True, frozenset({"adaptive", "disabled"}))
ON_UP_TO_HIGH = Thinking(True, frozenset({"adaptive", "disabled"}), "high")
OFF = Thinking(False, frozenset({"adaptive", "disabled"}))
OFF_OR_BUDGET = Thinking(False, frozenset({"adaptive", "enabled", "disabled"}))  # `enabled` is deprecated there
BUDGET = Thinking(False, frozenset({"enabled", "disabled"}))
UNKNOWN = Thinking(False, frozenset())  # leave the parameter out


@dataclass(frozen=True, slots=True)
class ModelCard:
    """The defaults are what an unknown model gets: small limits, no optional parameters, the dearest price.

    `efforts` is empty where the parameter must be left out. `takes_geo`: it can be kept to one country.
    `binds_thinking`: thinking that is sent back must stand behind exactly what it stood behind before.
    `takes_new_server_tools`: the newest versions of the tools at the vendor's.
    """

    id: str
    display_name: str
    line: str = ""
    released: date | None = None
    context_tokens: int = 200_000
    max_output_tokens: int = 64_000
    thinking: Thinking = UNKNOWN
    efforts: tuple[str, ...] = ()
    default_effort: str = ""
    takes_forced_tools: bool = False
    binds_thinking: bool = False
    takes_new_server_tools: bool = False
    min_cacheable_tokens: int = 4096
    max_image_edge_px: int = 1568
    max_image_tokens: int = 1568
    fast_mode: FastMode = FastMode.NONE
    takes_geo: bool = True
    lifecycle: Lifecycle = Lifecycle.ACTIVE
    deprecated_on: date | None = None
    retires_on: date | None = None
    price: ListPrice = DEAREST
    is_known: bool = True

    @property
    def is_price_assumed(self) -> bool:
        return self.price.source == ASSUMED

    @property
    def short_name(self) -> str:
        return self.display_name.removeprefix("Claude ")


@dataclass(frozen=True, slots=True)
class ListedModel:
    """One entry of the API's list. `lifecycle` may be a word that we do not know yet."""

    id: str
    display_name: str
    line: str = ""
    lifecycle: str = Lifecycle.ACTIVE
    created_at: datetime | None = None
    deprecated_at: datetime | None = None
    retires_at: datetime | None = None
    context_tokens: int | None = None
    max_output_tokens: int | None = None
    capabilities: Mapping[str, Any] = field(default_factory=dict)


def as_listed(card: ModelCard, listed: ListedModel) -> ModelCard:
    """The card with what the API says, wherever it says anything."""
    told = replace(
        card,
        display_name=listed.display_name,
        line=listed.line or card.line,
        lifecycle=Lifecycle(listed.lifecycle) if listed.lifecycle in set(Lifecycle) else Lifecycle.ACTIVE,
        released=_day(listed.created_at) or card.released,
        deprecated_on=_day(listed.deprecated_at),
        retires_on=_day(listed.retires_at),
        context_tokens=listed.context_tokens or card.context_tokens,
        max_output_tokens=listed.max_output_tokens or card.max_output_tokens,
    )
    return with_capabilities(told, listed.capabilities)


def _day(moment: datetime | None) -> date | None:
    return moment.astimezone(UTC).date() if moment else None


def with_capabilities(card: ModelCard, told: Mapping[str, Any]) -> ModelCard:
    """The card with what the API says of the model's abilities, as far as it says anything that we know."""
    takes = _supported(_mapping(told.get("thinking")).get("types"))
    efforts = _supported(told.get("effort"))
    if takes:
        card = replace(card, thinking=replace(card.thinking, takes=frozenset(takes)))
    if efforts is not None:
        levels = tuple(level for level in EFFORTS if level in efforts)
        card = replace(
            card, efforts=levels, default_effort=card.default_effort if card.default_effort in levels else ""
        )
    return card


def _supported(group: object) -> set[str] | None:
    """The names in a group of `{name: {"supported": bool}}` that are supported; None when there is no group."""
    if not isinstance(group, Mapping):
        return None
    return {name for name, leaf in group.items() if _mapping(leaf).get("supported") is True}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
