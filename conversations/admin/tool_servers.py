"""Servers of tools as the owner adds them. Saving one asks it for its tools, and each is let in by a switch."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from conversations.admin.recorded import ListedAdmin, page_of, time_of
from conversations.models import ServedTool, ToolServer
from conversations.models.tool_servers import Transport
from conversations.tools.listing import Changes, refresh
from conversations.tools.servers import is_installed

if TYPE_CHECKING:
    ToolInline = admin.TabularInline[ServedTool, ToolServer]
else:
    ToolInline = admin.TabularInline

MISSING = "Tool servers need the package mcp, which is not installed here: install the extra `mcp`."
SHARED = (
    "What Claude puts into a call goes to the server, and what comes back goes to Claude. It may hold words of the "
    "chat, and instructions that mislead Claude: add only servers that you trust, and let tools that change something "
    "ask first."
)


class ServedToolInline(ToolInline):
    model = ServedTool
    verbose_name_plural = "Its tools, as it described them when they were let in"
    fields = ("called", "description", "is_on", "asks_first")
    readonly_fields = ("called", "description")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ToolServer)
class ToolServerAdmin(ListedAdmin):
    empty_note = "No server of tools so far. Add one that speaks the Model Context Protocol."
    list_display = ("name", "transport", "place", "is_on", "tools_on", "state")
    fieldsets = (
        (None, {"fields": ("name", "transport", "address", "command", "is_on", "state"), "description": SHARED}),
        ("Secret", {"fields": ("secret_variable", "header")}),
    )
    readonly_fields = ("state",)
    inlines = (ServedToolInline,)
    ordering = ("name",)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if not is_installed():
            self.message_user(request, MISSING, messages.WARNING)
        return super().changelist_view(request, extra_context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ToolServer]:
        servers: QuerySet[ToolServer] = super().get_queryset(request)
        return servers.annotate(count=Count("tools"), count_on=Count("tools", filter=Q(tools__is_on=True)))

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.inlines if obj and obj.pk else ()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if not is_installed():
            self.message_user(request, MISSING, messages.WARNING)
        elif form.instance.is_on:
            self._tell(request, form.instance, refresh(form.instance))

    def response_add(self, request: HttpRequest, obj: ToolServer, post_url_continue: Any = None) -> HttpResponse:
        """To its tools, which are all off."""
        return HttpResponseRedirect(page_of("toolserver_change", obj.pk))

    def _tell(self, request: HttpRequest, server: ToolServer, changes: Changes | None) -> None:
        if changes is None:
            told = f"The server {server.name} does not answer: {server.fault}. Its tools are left out until it does."
            self.message_user(request, told, messages.ERROR)
            return
        kinds = (("New, and off", changes.new), ("Gone", changes.gone), ("Changed, and off again", changes.changed))
        told = " ".join(f"{kind}: {', '.join(names)}." for kind, names in kinds if names) or "Its tools are as before."
        unusable = f" {changes.unusable} that the API would not take are left out." if changes.unusable else ""
        self.message_user(request, f"The server {server.name} answers. {told}{unusable}", messages.SUCCESS)

    @admin.display(description="where")
    def place(self, server: ToolServer) -> str:
        return server.address if server.transport == Transport.HTTP else server.command

    @admin.display(description="tools on")
    def tools_on(self, server: Any) -> str:
        return f"{server.count_on} of {server.count}"

    @admin.display(description="last time")
    def state(self, server: ToolServer) -> str:
        if server.asked_at is None:
            return "not asked yet: saving asks it for its tools"
        told = f"did not answer ({server.fault})" if server.fault else "answered"
        return f"{told}, {time_of(server.asked_at)}"
