"""A person says that a refusal was wrong: whoever reviews refusals sees that, and none of the chat's words."""

from django.db import transaction
from django.db.models.functions import Now

from conversations.announce.sender import announce_report
from conversations.models import Message, RefusalEvent


def report(answer: Message, note: str = "") -> None:
    """Once: a repeat changes nothing, but that a note may follow when there is none yet. Every window is told."""
    events = RefusalEvent.objects.of_answer(answer)
    with transaction.atomic():
        changed = events.filter(reported_at=None).update(reported_at=Now(), report_note=note)
        if note and not changed:
            changed = events.filter(report_note="").update(report_note=note)
        newest = events.select_related("usage").order_by("pk").last()
        if changed and newest:
            announce_report(answer, newest)
