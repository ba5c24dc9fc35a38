"""Ask the API for its models now, rather than at the next daily look."""

from typing import Any

from asgiref.sync import async_to_sync
from django.core.management import BaseCommand, CommandError

from conversations.claude.errors import ClaudeError
from conversations.roster.sync import sync


class Command(BaseCommand):
    help = "Read the models that the API lists for this site's key, and say what changed. Exits 1 when it tells none."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = async_to_sync(sync)()
        except ClaudeError as error:
            raise CommandError(f"The API did not tell its models: {error.reason}. {error.advice}") from error
        for sentence in done.changes:
            self.stdout.write(sentence)
        self.stdout.write(f"{done.model_count} models listed, {len(done.changes) or 'no'} changes.")
