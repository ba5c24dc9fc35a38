"""Run the site: HTTP, sockets and, unless told otherwise, the turn worker in one process."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from conversations.claude import catalogue
from conversations.claude.providers import provider
from conversations.management import preparation
from conversations.management.shapes import require_shared
from conversations.management.site import Site, address


class Command(BaseCommand):
    help = "Run the site on HOST:PORT until SIGTERM or Ctrl-C, then let running answers end (DRAIN_S) and exit."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--prepare", action="store_true", help="first migrate and collect static files, if needed")
        parser.add_argument("--no-worker", action="store_true", help="leave the turns to processes of `run_turns`")

    def handle(self, *args: Any, prepare: bool, no_worker: bool, **options: Any) -> None:
        if no_worker:
            require_shared("serve --no-worker")
        preparation.claim_data_dir()
        if prepare:
            preparation.migrate()
            preparation.collect_static()
        preparation.require_prepared()
        preparation.keep_rollups()
        site = Site(on_open=self.say_where_and_how, takes_turns=not no_worker)
        site.run()
        if site.fault:
            raise CommandError(site.fault)

    def say_where_and_how(self) -> None:
        self.stdout.write(f"Chatsite is on {address()}  (Ctrl-C stops it)")
        self.stdout.write(mode())
        self.stdout.flush()


def mode() -> str:
    if settings.IS_DEMO:
        return "Demo mode: a stand-in plays Claude. To talk to Claude, set ANTHROPIC_API_KEY and start again."
    where = "" if settings.CLAUDE_PROVIDER == "anthropic" else f" at {provider().title}"
    model = catalogue.card(settings.CLAUDE_DEFAULT_MODEL).display_name
    return f"Claude answers{where}: {model} unless a chat asks another."
