"""Conversations as staff see them: whose, when, how much. Their titles and words are not loaded at all."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conversations.admin.reading import may_read, read
from conversations.admin.recorded import RecordedAdmin, may_see_usage, one_figure, page_of, time_of
from conversations.attachments import store
from conversations.chats.delete import attachments_of
from conversations.models import Conversation, Message, UsageEntry
from conversations.usage.numbers import usd_in_column
from conversations.usage.reports import dollars, exact_cost

DATES = ("created_at", "active_at")


@admin.register(Conversation)
class ConversationAdmin(RecordedAdmin):
    empty_note = "Each conversation appears here with its owner, its size and its cost, once somebody asks a question."
    list_display = ("id", "owner", "model", "messages_count", "cost", "revision", "began", "last_asked")
    fields = ("id", "owner", "model", "messages_count", "requests_count", "cost", "revision", *DATES, "words")
    list_filter = ("model", *DATES)
    search_fields = ("id", "owner__username")
    ordering = ("-active_at",)
    filtered_by = ("id", "pk", "owner", "model", *DATES)
    can_delete = True

    def get_list_display(self, request: HttpRequest) -> Any:
        return _allowed(request, self.list_display)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = _allowed(request, self.fields)
        return fields if may_read(request) else fields[:-1]

    def get_urls(self) -> list[Any]:
        reading = self.admin_site.admin_view(self.read)
        return [
            path("<uuid:conversation_id>/read/", reading, name="conversations_conversation_read"),
            *super().get_urls(),
        ]

    def read(self, request: HttpRequest, conversation_id: UUID) -> HttpResponse:
        return read(request, self, conversation_id)

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

    @admin.display(description="words")
    def words(self, conversation: Conversation) -> SafeString:
        return format_html('<a href="{}">Read, for a reason</a>', page_of("conversation_read", conversation.pk))

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
        with transaction.atomic():
            store.erase(attachments_of([obj.pk]))
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> None:
        with transaction.atomic():
            store.erase(attachments_of(list(queryset.values_list("pk", flat=True))))
            super().delete_queryset(request, queryset)


def _allowed(request: HttpRequest, columns: tuple[str, ...]) -> tuple[str, ...]:
    return columns if may_see_usage(request) else tuple(c for c in columns if c not in ("cost", "requests_count"))
