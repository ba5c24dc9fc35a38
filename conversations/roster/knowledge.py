"""What this process knows of the models: rows into the catalogue, which reads none itself."""

from dataclasses import fields

from django.db import transaction

from conversations.claude import catalogue
from conversations.claude.cards import ListedModel
from conversations.claude.model_list import OFFERED
from conversations.models import ClaudeModel
from conversations.roster.prices import all_listed
from conversations.wire import topics

TOLD = tuple(field.name for field in fields(ListedModel))


def tell_catalogue() -> None:
    """Everything that the rows say now. Before the first sync the release itself says whom to offer."""
    known = [ListedModel(**{name: getattr(row, name) for name in TOLD}) for row in ClaudeModel.objects.all()]
    chosen = ClaudeModel.objects.listed().filter(offered=True).in_order().values_list("pk", flat=True)
    catalogue.learn(known, offered=tuple(chosen) if known else OFFERED, prices=all_listed())


def spread() -> None:
    """Rows have changed: once that is certain, every process is to know. This one knows at once."""
    transaction.on_commit(_tell_all)


def _tell_all() -> None:
    tell_catalogue()
    topics.roster_changes.publish(ClaudeModel.objects.count())
