"""A draft is kept. The last writer wins, but only over what they have seen."""

from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction

from conversations.models import Attachment, Conversation, Draft, Turn, User


@dataclass(frozen=True, slots=True)
class Writing:
    """What one tab holds. `edition` counts its saves; `seen` is the save that it went on from, "" for none."""

    text: str
    model: str
    client_id: UUID
    attachment_ids: tuple[UUID, ...]
    tab: UUID
    edition: int
    seen: str

    @property
    def is_empty(self) -> bool:
        return not self.text.strip() and not self.attachment_ids


class AlreadySent(Exception):
    """This very writing is a question by now."""


class WrittenElsewhere(Exception):
    """Another tab has saved what this one has not seen: it stays, and the person decides."""


def keep_draft(person: User, conversation: Conversation | None, writing: Writing) -> None:
    """Keep it in the place of what was kept before; nothing, when there is nothing. Raises the two above."""
    try:
        with transaction.atomic():
            _keep(person, conversation, writing)
    except IntegrityError as error:  # two tabs saved their first words at once
        raise WrittenElsewhere from error


def _keep(person: User, conversation: Conversation | None, writing: Writing) -> None:
    if Turn.objects.filter(asked_by=person, client_id=writing.client_id).exists():
        raise AlreadySent
    kept = Draft.objects.of(person, conversation).select_for_update().first()
    if kept and kept.tab == writing.tab and kept.edition >= writing.edition:
        return  # overtaken on the way by a later save of the same tab
    if kept and kept.tab != writing.tab and kept.saved_as != writing.seen and not _is_sent(kept):
        raise WrittenElsewhere
    if writing.is_empty:
        Draft.objects.of(person, conversation).delete()
    else:
        _hold(_written(kept or Draft(person=person, conversation=conversation), writing), writing.attachment_ids)


def _is_sent(kept: Draft) -> bool:
    return Draft.objects.sent().filter(pk=kept.pk).exists()


def _written(draft: Draft, writing: Writing) -> Draft:
    draft.text, draft.model, draft.client_id = writing.text, writing.model, writing.client_id
    draft.tab, draft.edition = writing.tab, writing.edition
    draft.save()
    return draft


def _hold(draft: Draft, attachment_ids: tuple[UUID, ...]) -> None:
    """These attachments belong to it, in this order, and no others."""
    unsent = Attachment.objects.visible_to(draft.person).unsent()
    unsent.filter(draft=draft).exclude(pk__in=attachment_ids).update(draft=None)
    for position, pk in enumerate(attachment_ids):
        unsent.filter(pk=pk).update(draft=draft, position=position)
