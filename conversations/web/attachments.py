"""The door for files: in by upload, out to their owner alone."""

import logging
from dataclasses import dataclass
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from conversations.attachments import store
from conversations.attachments.picture import THUMBNAIL_MEDIA_TYPE
from conversations.attachments.refused import FileRefused
from conversations.models import Attachment
from conversations.web.forms import MAX_ATTACHMENTS
from conversations.web.responses import SignedInRequest, signed_in

KEEP_FOR_S = 30 * 24 * 3600  # the bytes behind an address never change

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Refusal:
    name: str
    sentence: str


@require_POST
@signed_in
def upload(request: SignedInRequest) -> HttpResponse:
    """One chip for each file: taken, or refused with the limit; 422 when none was taken."""
    taken: list[Attachment] = []
    refused: list[Refusal] = []
    for place, file in enumerate(request.FILES.getlist("file")):
        try:
            taken.append(_receive(request, file, place))
        except FileRefused as refusal:
            log.info("attachment refused", extra={"reason": refusal.reason})
            refused.append(Refusal(store.clean_name(file.name or ""), refusal.sentence))
    if not taken and not refused:
        refused.append(Refusal("No file", "Nothing arrived. Choose a file and try again."))
    chips = {"attachments": taken, "refused": refused}
    return render(request, "conversations/_attachment_chips.html", chips, status=200 if taken else 422)


@require_safe
@signed_in
def show(request: SignedInRequest, attachment_id: UUID) -> HttpResponse:
    attachment = get_object_or_404(Attachment.objects.visible_to(request.user), pk=attachment_id)
    if attachment.kind == "image":
        return _served(attachment.file, attachment.media_type, "image." + attachment.media_type.removeprefix("image/"))
    if attachment.kind == "pdf":  # a browser shows none under this policy
        return _served(attachment.file, attachment.media_type, attachment.name, is_download=True)
    return _served(attachment.file, f"{attachment.media_type}; charset=utf-8", attachment.name)


@require_safe
@signed_in
def thumbnail(request: SignedInRequest, attachment_id: UUID) -> HttpResponse:
    attachment = get_object_or_404(Attachment.objects.visible_to(request.user), pk=attachment_id)
    if not attachment.thumbnail:
        raise Http404
    return _served(attachment.thumbnail, THUMBNAIL_MEDIA_TYPE, "thumbnail.webp")


@require_POST
@signed_in
def remove(request: SignedInRequest, attachment_id: UUID) -> HttpResponse:
    """Empty and 200, which takes the chip's place; a 204 would leave the chip where it is."""
    attachment = get_object_or_404(Attachment.objects.visible_to(request.user).unsent(), pk=attachment_id)
    if not store.remove(attachment):  # it was sent meanwhile
        raise Http404
    return HttpResponse()


def _receive(request: SignedInRequest, file: "UploadedFile[bytes]", place: int) -> Attachment:
    if place >= MAX_ATTACHMENTS:
        raise FileRefused("too_many_files", f"A message takes at most {MAX_ATTACHMENTS} files.")
    return store.receive(request.user, file)


def _served(file: FieldFile, content_type: str, name: str, *, is_download: bool = False) -> HttpResponse:
    """As if it were hostile, with a type of our own. At most MAX_UPLOAD_BYTES, so in one piece."""
    try:
        data = store.read_bytes(file)
    except store.AttachmentGone:
        raise Http404 from None
    headers = {
        "Content-Disposition": content_disposition_header(is_download, name) or "attachment",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": f"private, max-age={KEEP_FOR_S}, immutable",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(data, content_type=content_type, headers=headers)
