"""What reviewers do with refusals. Two at once do not undo one another: whoever saw an older state is told."""

from conversations.models import RefusalEvent, ReviewState, User


def mark(event: RefusalEvent, state: ReviewState, *, was: str) -> bool:
    """Whether it still was as the reviewer saw it."""
    return bool(RefusalEvent.objects.filter(pk=event.pk, state=was).update(state=state))


def assign(event: RefusalEvent, person: User | None) -> None:
    RefusalEvent.objects.filter(pk=event.pk).update(assignee=person)
