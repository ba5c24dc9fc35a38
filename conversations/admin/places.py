"""Where one can go in the admin: the few places of every day in the header, all of them on the first page."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from conversations.admin.recorded import page_of

EachContext = Callable[[HttpRequest], dict[str, Any]]

ORDER = {
    "Use and money": ("UsageEntry", "Budget", "Price", "Reconciliation"),
    "People and chats": ("User", "PeopleGroup", "Conversation", "Turn", "RefusalEvent", "Feedback"),
    "Claude": ("ClaudeModel", "RoutingRule", "SiteInstructions", "ErrandSwitch", "ToolSwitch", "ToolServer", "Batch"),
    "Site": ("Alert", "AuditEntry"),  # and whatever else there is
}
EVERY_DAY = ("Usage report", "UsageEntry", "User", "RefusalEvent", "Turn", "Feedback", "ClaudeModel", "Alert")
# Reports that stand beside the list of the same rows, under their name.
REPORTS = {
    "UsageEntry": (("Usage report", "usageentry_report"), ("Cache report", "usageentry_cache")),
    "Turn": (("Report of endings", "turn_report"),),
    "Feedback": (("Feedback report", "feedback_report"),),
}


@dataclass(frozen=True, slots=True)
class Place:
    key: str
    name: str
    url: str
    add_url: str = ""


@dataclass(frozen=True, slots=True)
class Area:
    name: str
    places: tuple[Place, ...]


def with_places(each_context: EachContext) -> EachContext:
    def context(request: HttpRequest) -> dict[str, Any]:
        given = each_context(request)
        found = areas(given["available_apps"])
        known = {place.key: place for area in found for place in area.places}
        return {**given, "areas": found, "places": [known[key] for key in EVERY_DAY if key in known]}

    return context


def areas(apps: Iterable[dict[str, Any]]) -> list[Area]:
    """Of the places that Django lists for this person, so none that they may not see."""
    models = {model["object_name"]: model for app in apps for model in app["models"] if model["admin_url"]}
    ordered = {key for keys in ORDER.values() for key in keys}
    rest = tuple(key for key in models if key not in ordered)
    found = [
        Area(name, tuple(place for key in (*keys, *(rest if name == "Site" else ())) for place in _of(key, models)))
        for name, keys in ORDER.items()
    ]
    return [area for area in found if area.places]


def _of(key: str, models: dict[str, dict[str, Any]]) -> list[Place]:
    if key not in models:
        return []
    model = models[key]
    own = Place(key, str(model["name"]), model["admin_url"], model["add_url"] or "")
    return [own, *(Place(name, name, page_of(page)) for name, page in REPORTS.get(key, ()))]
