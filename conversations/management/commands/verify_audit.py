"""Look whether the audit log is as it was written, and say which row is not."""

from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from conversations.audit.verify import verify


class Command(BaseCommand):
    help = "Check each row of the audit log against its seal and the row before it. Exits 1 when one was tampered with."

    def add_arguments(self, parser: CommandParser) -> None:
        told = "an end of the log as this command told it earlier, NUMBER:SEAL; it must still be there"
        parser.add_argument("--anchor", default="", help=told)

    def handle(self, *args: Any, **options: Any) -> None:
        verdict = verify(options["anchor"])
        for fault in verdict.faults:
            self.stdout.write(fault)
        if verdict.faults:
            raise CommandError(f"The audit log was tampered with: {len(verdict.faults)} findings.")
        end = verdict.end or "nowhere yet"
        self.stdout.write(f"{verdict.count} rows, all as they were written. The end is {end}")
