"""Everything that staff do in the admin is written down, on pages to come too: this stands around all of them."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest, HttpResponseBase

from conversations.audit.changes import changes_of
from conversations.audit.record import is_recorded, record
from conversations.models.audit import Deed

View = Callable[..., HttpResponseBase]
TOLD_OF_EXPORTS = ("from", "to", "group_by", "format")  # of an address; what was searched for may be words
MOST_ROWS = 200  # of an action that are told by number


def write_down(site: admin.AdminSite) -> None:
    """Stand around every view of the site, and in every page of every model, those of other packages too."""
    site.admin_view = audited(site.admin_view)  # type: ignore[method-assign, assignment]
    page: Any = admin.ModelAdmin
    page.construct_change_message = _noting(page.construct_change_message)
    page.log_addition = _telling(Deed.ADDED, page.log_addition)
    page.log_change = _telling(Deed.CHANGED, page.log_change)
    page.log_deletions = _log_deletions


def _noting(construct: Callable[..., Any]) -> Callable[..., Any]:
    """The one place that has both what was and what is."""

    @wraps(construct)
    def noting(page: Any, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        request.changes = changes_of(form, formsets)  # type: ignore[attr-defined]
        return construct(page, request, form, formsets, add)

    return noting


def _telling(deed: Deed, log: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(log)
    def telling(page: Any, request: HttpRequest, obj: Any, message: Any) -> Any:
        record(request, deed, of=obj, facts=getattr(request, "changes", {}))
        return log(page, request, obj, message)

    return telling


def _log_deletions(page: Any, request: HttpRequest, queryset: Any) -> None:
    """In our log alone: Django's own would keep the name of what is gone, a person's too, and has kept it before."""
    for gone in queryset:
        record(request, Deed.DELETED, of=gone)
        of_its_kind = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(gone))
        of_its_kind.filter(object_id=str(gone.pk)).delete()


def audited(admin_view: Callable[..., View]) -> Callable[..., View]:
    """`AdminSite.admin_view` whose views are watched; what it turns away never reaches them."""

    def watched_view(view: View, cacheable: bool = False) -> View:
        @wraps(view)
        def watched(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            response = view(request, *args, **kwargs)
            _look(request, response, kwargs)
            return response

        return admin_view(watched, cacheable)

    return watched_view


def _look(request: HttpRequest, response: HttpResponseBase, kwargs: dict[str, Any]) -> None:
    """Downloads; and what changed something without telling. A form that is shown again changed nothing."""
    if is_recorded(request):
        return
    if response.get("Content-Disposition", "").startswith("attachment"):
        asked = {name: request.GET[name][:100] for name in TOLD_OF_EXPORTS if name in request.GET}
        record(request, Deed.EXPORTED, **_place(request, kwargs, asked))
    elif request.method == "POST" and (response.status_code == 204 or 300 <= response.status_code < 400):
        record(request, Deed.ACTED, **_place(request, kwargs, _chosen(request)))


def _place(request: HttpRequest, kwargs: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
    """By the name of the route, such as conversations_batch_cancel: of which model, and which page of it."""
    name = request.resolver_match.url_name or "" if request.resolver_match else ""
    app, model, page = [*name.split("_", 2), "", ""][:3]
    key = re.sub(r"[^\w.-]", "", str(next(iter(kwargs.values()), "")))
    if not page:  # a page of the site itself, such as password_change
        return {"facts": {"page": name} | facts}
    return {"object_type": f"{app}.{model}", "object_id": key, "facts": {"page": page} | facts}


def _chosen(request: HttpRequest) -> dict[str, Any]:
    """The action that was chosen in a list, and for which rows."""
    if not request.POST.get("action"):
        return {}
    rows = request.POST.getlist("_selected_action")[:MOST_ROWS]
    return {"action": request.POST["action"][:64], "rows": [row[:64] for row in rows]}
