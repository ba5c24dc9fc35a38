"""Conversations: who may see them, and the revision that every visible change advances."""

from typing import Self
from uuid import UUID, uuid4

from django.contrib.auth.models import AnonymousUser
from django.db import connection, models

from conversations.models.people import User

TITLE_LENGTH = 80


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, person: User | AnonymousUser) -> Self:
        """What this person may see: their own. Everything that a door loads begins here."""
        return self.filter(owner_id=person.pk) if person.is_authenticated else self.none()

    def newest_first(self) -> Self:
        return self.order_by("-active_at", "-pk")

    def advance(self, pks: list[UUID]) -> dict[UUID, int]:
        """Advance the revision of each conversation by one, in one statement; the new revisions by key.

        Call it in the transaction that makes the visible change. Conversations that are gone are left out.
        """
        if not pks:
            return {}
        field = self.model._meta.pk
        marks = ", ".join(["%s"] * len(pks))
        table = connection.ops.quote_name(self.model._meta.db_table)
        sql = f"UPDATE {table} SET revision = revision + 1 WHERE id IN ({marks}) RETURNING id, revision"  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(sql, [field.get_db_prep_value(pk, connection) for pk in pks])
            return {pk if isinstance(pk, UUID) else UUID(pk): revision for pk, revision in cursor.fetchall()}


class Conversation(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="conversations")
    title = models.CharField(max_length=TITLE_LENGTH, blank=True)
    model = models.CharField(max_length=64)  # the Claude model that the next question goes to
    revision = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    active_at = models.DateTimeField(auto_now_add=True)  # when the last question was asked

    objects = ConversationQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=["owner", "-active_at"], name="sidebar_newest_first"),)

    def __str__(self) -> str:
        return str(self.pk)  # never the title: this text reaches admin pages and logs
