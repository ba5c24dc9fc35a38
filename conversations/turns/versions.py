"""Going from one version of a message to another: the conversation shows the newest branch that leads through it."""

from typing import Literal

from django.db import transaction

from conversations.announce.sender import announce_branch
from conversations.models import Conversation, Message
from conversations.models.branches import newest_under, versions_of
from conversations.turns.start_errors import TurnIsActive

Step = Literal["previous", "next"]


def show_version(message: Message, step: Step) -> None:
    """Nothing when there is none on that side. Raises TurnIsActive: an answer on its way is the end of its branch."""
    with transaction.atomic():
        # Whoever asks writes this row last: their turn is seen here, or their branch is shown in place of ours.
        conversation = Conversation.objects.select_for_update().get(pk=message.conversation_id)
        if conversation.turns.active().exists():
            raise TurnIsActive
        parents = dict(conversation.messages.oldest_first().values_list("pk", "parent_id"))
        versions = versions_of(message.pk, parents)
        at = versions.index(message.pk) + (1 if step == "next" else -1)
        if 0 <= at < len(versions):
            Conversation.objects.advance([conversation.pk], leaf=newest_under(versions[at], parents))
            announce_branch(conversation.pk)
