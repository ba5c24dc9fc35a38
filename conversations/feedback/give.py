"""Thumbs up or down, with a reason if one likes; changed and withdrawn as easily. Every window is told."""

from django.db import transaction

from conversations.announce.sender import announce_feedback
from conversations.models import Feedback, Message, User, Verdict


def give(person: User, answer: Message, verdict: Verdict, reason: str = "") -> None:
    """In the place of what was said of this answer before, its reason included."""
    said = {"person": person, "model": answer.model, "verdict": verdict, "reason": reason}
    with transaction.atomic():
        feedback, _ = Feedback.objects.update_or_create(answer=answer, defaults=said)
        announce_feedback(answer, feedback)


def withdraw(answer: Message) -> None:
    with transaction.atomic():
        deleted, _ = Feedback.objects.filter(answer=answer).delete()
        if deleted:
            announce_feedback(answer, None)
