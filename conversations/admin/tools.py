"""The tools as the owner switches them: what each does, what it costs, and where words go by it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from conversations.admin.recorded import RecordedAdmin
from conversations.announce.tools import in_words
from conversations.claude.providers import Lack, missing
from conversations.models import ToolSwitch
from conversations.tools.registry import about, all_switches
from conversations.tools.vendors import MAX_USES, OPTIONS, WITH_LIMITS

FACTS = ("title", "runs", "does", "costs", "shares")
LIMITS = ("max_uses", "allowed_domains", "blocked_domains")


@admin.register(ToolSwitch)
class ToolSwitchAdmin(RecordedAdmin):
    list_display = ("title", "is_on", "does", "runs", "costs", "shares", "limits")
    list_display_links = ("title",)
    list_editable = ("is_on",)
    can_change = True
    readonly_fields = FACTS
    ordering = ("name",)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        facts = {"note": missing(Lack.SERVER_TOOLS)}
        return super().changelist_view(request, {**facts, **(extra_context or {})})

    def get_queryset(self, request: HttpRequest) -> QuerySet[ToolSwitch]:
        """Of the tools that there are. One that nobody has switched yet gets its row here, as the code has it."""
        switches = all_switches()
        ToolSwitch.objects.bulk_create((each for each in switches if each._state.adding), ignore_conflicts=True)
        rows: QuerySet[ToolSwitch] = super().get_queryset(request)
        return rows.filter(name__in=[switch.name for switch in switches])

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        own = [(None, {"fields": (*FACTS, "is_on")})]
        return [*own, ("Limits", {"fields": LIMITS})] if obj and obj.name in WITH_LIMITS else own

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and db_field.name == "max_uses":
            field.help_text = f"Empty: {MAX_USES}."
        return field

    @admin.display(description="tool", ordering="name")
    def title(self, switch: ToolSwitch) -> str:
        return in_words(switch.name)

    @admin.display(description="runs")
    def runs(self, switch: ToolSwitch) -> str:
        return "at the vendor's" if switch.name in OPTIONS else "on this site"

    @admin.display(description="what it does")
    def does(self, switch: ToolSwitch) -> str:
        return about(switch.name).does

    @admin.display(description="what it costs")
    def costs(self, switch: ToolSwitch) -> str:
        return about(switch.name).costs

    @admin.display(description="where words go")
    def shares(self, switch: ToolSwitch) -> str:
        return about(switch.name).shares

    @admin.display(description="limits")
    def limits(self, switch: ToolSwitch) -> str:
        if switch.name not in WITH_LIMITS:
            return "–"
        domains = len(switch.allowed_domains.split()), len(switch.blocked_domains.split())
        told = f"{domains[0]} domains only" if domains[0] else f"all but {domains[1]} domains" if domains[1] else ""
        return format_html('{} uses <span class="quiet">{}</span>', switch.max_uses or MAX_USES, told)
