"""Erase what has lapsed. Safe at any time, beside a running site; meant for once a day."""

import logging
from datetime import timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand
from django.utils import timezone

from conversations.attachments import orphans
from conversations.chats.delete import erase
from conversations.models import Batch, Conversation, Draft
from conversations.retention.expire import expire
from conversations.usage import rollups

AFTER = timedelta(days=1)  # nobody is still on the way from an upload to its question

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Erase what has lapsed: chats that were deleted or outlived their retention, files that are in no question "
        "and no draft for a day, files without a row, drafts that were sent, batches of deleted people, sessions that "
        "have ended. Run it once a day; it may run beside the site."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        since = timezone.now() - AFTER
        swept = {
            "batches": Batch.objects.forsaken().delete()[1].get("conversations.Batch", 0),
            "chats": erase(Conversation.objects.lapsed()),
            "outlived": expire(),
            "drafts": Draft.objects.all().sent().delete()[1].get("conversations.Draft", 0),
            "attachments": orphans.erase_forsaken(since=since),
            "files": orphans.erase_unknown_files(since=since),
        }
        import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
        if not rollups.are_in_step():  # only after code of an earlier release had booked beside this one
            rollups.rebuild()
        log.info("swept", extra=swept)
        for what, count in swept.items():
            self.stdout.write(f"{what:12}{count} erased")
        self.stdout.write("sessions    those that ended are erased")
