"""A conversation as a file, of any length in the memory of a few messages: all of it as JSON, its words as Markdown."""

from collections.abc import Callable, Iterator
from uuid import UUID

from django.http import HttpResponseBadRequest, HttpResponseBase
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from conversations.audit.record import record
from conversations.models import Conversation
from conversations.models.audit import Deed
from conversations.usage.download import streamed
from conversations.web.export_json import as_json
from conversations.web.export_markdown import as_markdown
from conversations.web.own import own_chat
from conversations.web.responses import SignedInRequest, signed_in

Writer = Callable[[Conversation], Iterator[str]]
FORMATS: dict[str, tuple[Writer, str]] = {
    "json": (as_json, "application/json"),
    "md": (as_markdown, "text/markdown; charset=utf-8"),
}


@require_safe
@signed_in  # type: ignore[arg-type]  # it passes on what the view answers, also a stream
def export(request: SignedInRequest, conversation_id: UUID) -> HttpResponseBase:
    conversation = own_chat(request, conversation_id)
    name = request.GET.get("format", "json")
    if name not in FORMATS:
        sentence = f"A conversation can be exported as json or md, not as {name[:40]!r}.\n"
        return HttpResponseBadRequest(sentence, content_type="text/plain; charset=utf-8")
    record(request, Deed.EXPORTED, of=conversation, facts={"format": name})
    write, content_type = FORMATS[name]
    filename = f"{slugify(conversation.title)[:60] or 'conversation'}-{str(conversation.pk)[:8]}.{name}"
    return streamed(request, write(conversation), content_type=content_type, filename=filename)
