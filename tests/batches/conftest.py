"""A batch of alice's, and the keeper of one process that looks when a test says so."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.db.models.functions import Now

from conversations.batches.drafts import confirm, make_draft
from conversations.batches.keeper import tend_batches
from conversations.batches.prompts import Prompt
from conversations.models import Batch, User
from tests.usage.attempts import OPUS

PROMPTS = [Prompt(f"Question {number}", key=f"q{number}") for number in range(1, 4)]


def look(times: int = 1) -> None:
    """Let the keeper do what is due, and everything is due."""
    for _ in range(times):
        make_due()
        async_to_sync(tend_batches)()


def make_due() -> None:
    Batch.objects.update(due_at=Now() - timedelta(seconds=1))


def drafted(person: User, prompts: list[Prompt] = PROMPTS) -> Batch:
    return make_draft(person, prompts, model=OPUS, max_tokens=500, file_name="prompts.csv")


def fresh(batch: Batch) -> Batch:
    return Batch.objects.get(pk=batch.pk)


@pytest.fixture
def confirmed(alice: User) -> Callable[..., Batch]:
    def make(prompts: list[Prompt] = PROMPTS) -> Batch:
        batch = drafted(alice, prompts)
        assert confirm(batch)
        return batch

    return make
