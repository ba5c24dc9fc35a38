"""What a file costs in tokens, roughly; Claude counts when it reads."""

from conversations.announce.views import AttachmentView
from conversations.attachments.text import MAX_SENT_BYTES
from conversations.claude.counts import CHARS_PER_TOKEN
from conversations.claude.tokens import PATCH_PX, TOKENS_PER_PAGE
from conversations.models import Attachment


def estimated_tokens(file: Attachment | AttachmentView) -> int:
    """Of a text what is sent of it. Its bytes are counted for its letters: scripts with more bytes a letter take more
    tokens for it too.
    """
    match file.kind:
        case "pdf":
            return file.pages * TOKENS_PER_PAGE
        case "text":
            return round(min(file.size_bytes, MAX_SENT_BYTES) / CHARS_PER_TOKEN)
        case _:
            return -(-file.width // PATCH_PX) * -(-file.height // PATCH_PX)
