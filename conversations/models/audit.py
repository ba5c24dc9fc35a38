"""The audit log: who did what, and when. Rows are only ever appended, each sealed together with the one before it.

A row names a person by their number alone, so that an account that is erased leaves a pseudonym, and no seal breaks.
"""

import hashlib
import json
from datetime import UTC
from typing import Any

from django.db import connection, models, transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from conversations.models.append_only import AppendOnly, AppendOnlyQuerySet
from conversations.models.people import User

# Any number will do that nothing else in the database locks: whoever appends holds it until their commit.
LOCK = 7_230_518_442


class Deed(models.TextChoices):
    SIGNED_UP = "signed_up", "Signed up"
    SIGNED_IN = "signed_in", "Signed in"
    SIGN_IN_FAILED = "sign_in_failed", "Failed to sign in"
    SIGNED_OUT = "signed_out", "Signed out"
    ADDED = "added", "Added"
    CHANGED = "changed", "Changed"
    DELETED = "deleted", "Deleted"
    ACTED = "acted", "Did"  # what a page of the admin calls by its own name, which the facts hold
    EXPORTED = "exported", "Exported"
    OPENED = "opened", "Opened a chat to read it"
    READ = "read", "Read a chat"
    CLOSED = "closed", "Closed a chat again"


class AuditEntryQuerySet(AppendOnlyQuerySet["AuditEntry"]):
    def append(
        self,
        deed: Deed,
        *,
        person_id: int | None,
        object_type: str = "",
        object_id: str = "",
        facts: dict[str, Any] | None = None,
        address: str = "",
    ) -> "AuditEntry":
        """The row after the last one. Writers take turns, each until its commit, so that the chain never forks."""
        with transaction.atomic():
            _take_turns()
            last = self.order_by("-number").values_list("number", "seal").first()
            number, seal = last or (0, "")
            entry = AuditEntry(
                number=number + 1,
                at=timezone.now(),
                deed=deed,
                person_id=person_id,
                object_type=object_type,
                object_id=object_id[:64],
                facts=facts or {},
                address=address,
                before=seal,
            )
            entry.seal = entry.seal_of_content()
            entry.save()
        return entry

    def with_names(self) -> "AuditEntryQuerySet":
        """With `name`, what the person is called now; nothing when they are gone."""
        names = User.objects.filter(pk=OuterRef("person_id")).values("username")
        return self.annotate(name=Subquery(names[:1]))


def _take_turns() -> None:
    """On SQLite the transaction itself is the turn: it is IMMEDIATE, and there is one writer at a time."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


class AuditEntry(AppendOnly):
    number = models.PositiveBigIntegerField(primary_key=True)  # without gaps, so that a row that is gone is missed
    at = models.DateTimeField(db_index=True)
    deed = models.CharField(max_length=16, choices=Deed)
    # No key to the account, which may go while this stays.
    person_id = models.BigIntegerField("person", null=True, db_index=True)
    object_type = models.CharField(max_length=64, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    facts = models.JSONField(default=dict)  # never what people wrote
    address = models.CharField(max_length=45, blank=True)
    before = models.CharField(max_length=64, blank=True)  # the seal of the row before
    seal = models.CharField(max_length=64)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        indexes = (models.Index(fields=["object_type", "object_id"], name="audit_of_an_object"),)

    def __str__(self) -> str:
        return f"audit {self.pk}"

    def seal_of_content(self) -> str:
        """SHA-256 over everything in the row and the seal before it, the same on every database."""
        at = self.at.astimezone(UTC).isoformat(timespec="microseconds")
        content = [self.number, at, self.deed, self.person_id, self.object_type, self.object_id, self.facts]
        written = json.dumps([*content, self.address, self.before], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(written.encode()).hexdigest()
