"""Leave to read what somebody wrote: for a reason, for a while, written down, and told to whose chat it is."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone

from conversations.audit.record import record
from conversations.models import Conversation, Reading, User
from conversations.models.audit import Deed


def open_for(request: HttpRequest, person: User, conversation: Conversation, reason: str) -> None:
    """The reason is the one text that the log holds: the reader's own words, for whoever asks later."""
    now = timezone.now()
    with transaction.atomic():
        Reading.objects.create(
            person=person,
            conversation=conversation,
            reason=reason,
            opened_at=now,
            ends_at=now + timedelta(seconds=settings.READING_S),
        )
        if conversation.owner_id != person.pk:
            User.objects.filter(pk=conversation.owner_id).update(has_unseen_readings=True)
        record(request, Deed.OPENED, of=conversation, facts={"reason": reason})


def seen(owner: User, until: int) -> None:
    """Up to the reading that was shown last: what came since is still news."""
    untold = Reading.objects.untold(owner)
    with transaction.atomic():
        untold.filter(pk__lte=until).update(told_at=Now())
        User.objects.filter(~Exists(untold), pk=owner.pk).update(has_unseen_readings=False)


def close(request: HttpRequest, person: User, conversation: Conversation) -> None:
    with transaction.atomic():
        if Reading.objects.open_for(person, conversation).update(ends_at=Now()):
            record(request, Deed.CLOSED, of=conversation)
