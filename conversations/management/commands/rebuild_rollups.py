"""Add the ledger up anew. The site does so by itself where it is needed."""

from typing import Any

from django.core.management import BaseCommand

from conversations.usage import rollups


class Command(BaseCommand):
    help = (
        "Add up the whole ledger anew for the reports, by days of TIME_ZONE. Safe at any time: what is booked "
        "meanwhile waits until it is done. The site does so at its start when the sums are not those of the ledger."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        were_in_step = rollups.are_in_step()
        rows = rollups.rebuild()
        found = "were in step with" if were_in_step else "were not in step with"
        self.stdout.write(f"{rows:,} rollups. Those before {found} the ledger.")
