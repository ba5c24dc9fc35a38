"""The text files of this conversation and of its project, piece by piece."""

from typing import Annotated

from django.db.models import Q
from pydantic import Field

from conversations.attachments.store import AttachmentGone, read_bytes
from conversations.models import Attachment, User
from conversations.tools.function import tool
from conversations.tools.tool import Caller, ToolFailed

PIECE_CHARS = 12_000

FileName = Annotated[str, Field(description="The name of the file as it was attached.", max_length=200)]
Start = Annotated[int, Field(description="The character to begin at; 0 is the first.", ge=0)]


@tool(limit_s=20)
def read_attached_text(file_name: FileName, caller: Caller, start: Start = 0) -> str:
    """Reads a text file of this conversation or of its project, up to 12,000 characters from a place on.

    Use it for a file of which only a part is before you. The last line tells where to go on.
    """
    person = User.objects.filter(pk=caller.person_id).first()
    if person is None:
        raise ToolFailed("There is no such file in this conversation.")
    here = Q(message__conversation=caller.conversation_id) | Q(project__conversations=caller.conversation_id)
    texts = Attachment.objects.visible_to(person).filter(here, media_type__startswith="text/")
    attachment = texts.filter(name=file_name).order_by("-created_at").first()
    if attachment is None:
        names = ", ".join(texts.order_by("created_at").values_list("name", flat=True)[:20])
        raise ToolFailed(f"There is no such file in this conversation. Its text files: {names or 'none'}.")
    try:
        text = read_bytes(attachment.file).decode(errors="replace")
    except AttachmentGone as error:
        raise ToolFailed("The file cannot be read any more.") from error
    return _piece(text, start)


def _piece(text: str, start: int) -> str:
    end = start + PIECE_CHARS
    rest = f"[Goes on at character {end} of {len(text)}.]" if end < len(text) else "[This is the end of the file.]"
    return f"{text[start:end]}\n\n{rest}"
