"""Conversations as staff see them: whose, when, how much. Their titles and words are not loaded at all."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from conversations.admin.deletion import erase_on_commit, files_of
from conversations.admin.recorded import RecordedAdmin, may_see_usage, one_figure, time_of
from conversations.models import Attachment, Conversation, Message, UsageEntry
from conversations.usage.numbers import usd_in_column
from conversations.usage.reports import dollars, exact_cost

# By these a list may be narrowed from its address. Django allows every field of the model, and so `?title__startswith=`
# would spell out a title letter by letter.
FILTERED_BY = ("id", "pk", "owner", "model", "created_at", "active_at")


@admin.register(Conversation)
class ConversationAdmin(RecordedAdmin):
    empty_note = "Each conversation appears here with its owner, its size and its cost, once somebody asks a question."
    list_display = ("id", "owner", "model", "messages_count", "cost", "revision", "began", "last_asked")
    fields = ("id", "owner", "model", "messages_count", "requests_count", "cost", "revision", *FILTERED_BY[4:])
    list_filter = ("model", "created_at", "active_at")
    search_fields = ("id", "owner__username")
    ordering = ("-active_at",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup.split("__")[0] in FILTERED_BY and super().lookup_allowed(lookup, value, request)

    def get_list_display(self, request: HttpRequest) -> Any:
        return _allowed(request, self.list_display)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return _allowed(request, self.fields)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        conversations: QuerySet[Conversation] = super().get_queryset(request)
        return (
            conversations.defer("title")
            .select_related("owner")
            .annotate(
                messages_count=one_figure(Message.objects.all(), "conversation", Count("pk")),
                requests_count=one_figure(UsageEntry.objects.all(), "conversation", Count("pk")),
                cost_sum=one_figure(UsageEntry.objects.all(), "conversation", exact_cost()),
            )
        )

    @admin.display(description="messages", ordering="messages_count")
    def messages_count(self, conversation: Any) -> str:
        return f"{conversation.messages_count:,}"

    @admin.display(description="requests", ordering="requests_count")
    def requests_count(self, conversation: Any) -> str:
        return f"{conversation.requests_count:,}"

    @admin.display(description="cost", ordering="cost_sum")
    def cost(self, conversation: Any) -> str:
        return usd_in_column(dollars(conversation.cost_sum))

    @admin.display(description="began", ordering="created_at")
    def began(self, conversation: Conversation) -> str:
        return time_of(conversation.created_at)

    @admin.display(description="last asked", ordering="active_at")
    def last_asked(self, conversation: Conversation) -> str:
        return time_of(conversation.active_at)

    def delete_model(self, request: HttpRequest, obj: Conversation) -> None:
        files = files_of(Attachment.objects.filter(message__conversation=obj))
        super().delete_model(request, obj)
        erase_on_commit(files)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> None:
        files = files_of(Attachment.objects.filter(message__conversation__in=queryset.values("pk")))
        super().delete_queryset(request, queryset)
        erase_on_commit(files)


def _allowed(request: HttpRequest, columns: tuple[str, ...]) -> tuple[str, ...]:
    return columns if may_see_usage(request) else tuple(c for c in columns if c not in ("cost", "requests_count"))
