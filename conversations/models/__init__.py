"""Memory: what is true, and what may never be."""

from conversations.models.attachments import Attachment
from conversations.models.conversations import Conversation
from conversations.models.messages import Message, Role, State
from conversations.models.outages import Outage
from conversations.models.people import Theme, User
from conversations.models.refusals import RefusalEvent, ReviewState
from conversations.models.turns import Heartbeat, Turn, TurnEvent, TurnStatus
from conversations.models.usage import Purpose, UsageEntry

__all__ = [
    "Attachment",
    "Conversation",
    "Heartbeat",
    "Message",
    "Outage",
    "Purpose",
    "RefusalEvent",
    "ReviewState",
    "Role",
    "State",
    "Theme",
    "Turn",
    "TurnEvent",
    "TurnStatus",
    "UsageEntry",
    "User",
]
