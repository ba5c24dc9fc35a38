"""Conversations: who may see them, and the revision that every visible change advances."""

from collections.abc import Collection
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any, Self
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import connection, models
from django.db.models import Q
from django.db.models.functions import Now

from conversations.models.groups import PeopleGroup
from conversations.models.people import User
from conversations.models.projects import Project

TITLE_LENGTH = 80
UNDO_FOR = timedelta(minutes=1)  # the page offers it for some seconds; a slow network gets the rest


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, person: User | AnonymousUser) -> Self:
        """What this person may see: their own. Everything that a door loads begins here."""
        return self.filter(owner_id=person.pk, deleted_at=None) if person.is_authenticated else self.none()

    def deleted_by(self, person: User) -> Self:
        """What this person deleted and may still have back."""
        return self.filter(owner_id=person.pk, deleted_at__gte=Now() - UNDO_FOR)

    def lapsed(self) -> Self:
        """Deleted for so long that nobody may have it back."""
        return self.filter(deleted_at__lt=Now() - UNDO_FOR)

    def outlived(self) -> Self:
        """Without a message for longer than they are kept: as `User.retention_days` says, for all people at once."""
        groups = PeopleGroup.objects.filter(retention_days__gt=0).values_list("pk", "retention_days")
        rules = [Q(owner__group=pk, active_at__lt=Now() - timedelta(days=days or 0)) for pk, days in groups]
        if site_days := settings.RETENTION_DAYS:
            no_rule = Q(owner__group__retention_days=None)  # whoever is in no group, too
            rules.append(no_rule & Q(active_at__lt=Now() - timedelta(days=site_days)))
        return self.filter(reduce(or_, rules)) if rules else self.none()

    def visible_in(self, windows: Collection[tuple[int, UUID]]) -> Self:
        """`visible_to` for many at once, each the key of a person and of a conversation of theirs.

        What one of them owns and another one named is among them too: look at `owner_id`.
        """
        people, pks = {person for person, _ in windows}, {pk for _, pk in windows}
        return self.filter(owner_id__in=people, pk__in=pks, deleted_at=None)

    def pinned_first(self) -> Self:
        return self.order_by(models.F("pinned_at").desc(nulls_last=True), "-active_at", "-pk")

    def newest_first(self) -> Self:
        return self.order_by("-active_at", "-pk")

    def advance(self, pks: list[UUID], **changes: Any) -> dict[UUID, int]:
        """Advance the revision of each conversation by one, in one statement; the new revisions by key.

        Call it in the transaction that makes the visible change. Conversations that are gone are left out. `changes`
        are fields with their new values.
        """
        if not pks:
            return {}
        meta = self.model._meta
        marks = ", ".join(["%s"] * len(pks))
        table = connection.ops.quote_name(meta.db_table)
        changed = [field for field in meta.fields if field.name in changes]
        also = "".join(f", {connection.ops.quote_name(str(field.column))} = %s" for field in changed)
        values = [field.get_db_prep_save(changes[field.name], connection) for field in changed]
        sql = f"UPDATE {table} SET revision = revision + 1{also} WHERE id IN ({marks}) RETURNING id, revision"  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(sql, [*values, *(meta.pk.get_db_prep_value(pk, connection) for pk in pks)])
            return {pk if isinstance(pk, UUID) else UUID(pk): revision for pk, revision in cursor.fetchall()}

    def advance_one(self, pk: UUID, **changes: Any) -> int:
        """The same for one: its new revision. Raises DoesNotExist when it is gone."""
        revision = self.advance([pk], **changes).get(pk)
        if revision is None:
            raise self.model.DoesNotExist
        return revision


class Conversation(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="conversations")
    project = models.ForeignKey(Project, on_delete=models.SET_NULL, null=True, related_name="conversations")
    title = models.CharField(max_length=TITLE_LENGTH, blank=True)
    model = models.CharField(max_length=64)  # the Claude model that the next question goes to
    is_best_fit = models.BooleanField(default=False, db_default=False)  # whether the owner's rules choose the model
    effort = models.CharField(max_length=8, blank=True, default="", db_default="")  # "" for the model's own
    thinking = models.CharField(max_length=3, blank=True, default="", db_default="")  # on, off, "" for the model's own
    revision = models.PositiveBigIntegerField(default=0)
    # The end of the branch that is shown, after a person went back to an older version; else the newest message.
    leaf = models.ForeignKey("Message", on_delete=models.SET_NULL, null=True, related_name="+")
    is_named = models.BooleanField(default=False, db_default=False)  # by its person, and so by nobody else
    is_titled = models.BooleanField(default=False, db_default=False)  # by Claude, after its first answer
    pinned_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)  # gone from every page, and soon erased
    created_at = models.DateTimeField(auto_now_add=True)
    active_at = models.DateTimeField(auto_now_add=True)  # when the last question was asked

    objects = ConversationQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=["owner", "-active_at"], name="sidebar_newest_first"),
            models.Index(fields=["active_at"], name="longest_silent_first"),  # retention begins with those
        )

    def __str__(self) -> str:
        return str(self.pk)  # never the title: this text reaches admin pages and logs
