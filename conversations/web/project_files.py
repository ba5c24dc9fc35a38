"""The door for files of projects: in by upload, out for good."""

import logging
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from conversations.attachments import store
from conversations.attachments.refused import FileRefused
from conversations.models import Project
from conversations.projects import files
from conversations.web.attachments import Refusal
from conversations.web.own import own_project
from conversations.web.projects import FilesView, ProjectForm, project_page
from conversations.web.responses import INVALID, SignedInRequest, see_other, signed_in

log = logging.getLogger(__name__)


@require_POST
@signed_in
def add(request: SignedInRequest, project_id: int) -> HttpResponse:
    """Those that are taken stay, and the others are told by name."""
    project = own_project(request, project_id)
    refused = []
    for place, upload in enumerate(request.FILES.getlist("file")):
        try:
            _add(project, upload, place)
        except FileRefused as refusal:
            log.info("file of a project refused", extra={"reason": refusal.reason})
            refused.append(Refusal(store.clean_name(upload.name or ""), refusal.sentence))
    if not request.FILES:
        refused.append(Refusal("No file", "Nothing arrived. Choose a file and try again."))
    return _changed(request, project, refused)


@require_POST
@signed_in
def remove(request: SignedInRequest, project_id: int, file_id: UUID) -> HttpResponse:
    project = own_project(request, project_id)
    files.remove(get_object_or_404(project.files, pk=file_id))
    return _changed(request, project, [])


def _add(project: Project, upload: "UploadedFile[bytes]", place: int) -> None:
    if place >= files.MOST_FILES:  # before it is read, which takes its time
        raise FileRefused("too_many_files", f"A project takes at most {files.MOST_FILES} files.")
    files.add(project, upload)


def _changed(request: SignedInRequest, project: Project, refused: list[Refusal]) -> HttpResponse:
    """The files alone, beside words that are not saved yet; without a script the page."""
    status = INVALID if refused else 200
    if request.htmx:
        context = {"project": project, "shelf": FilesView(list(project.files.all()), refused)}
        return render(request, "conversations/_project_files.html", context, status=status)
    if not refused:
        return see_other(f"{reverse('project', args=[project.pk])}#files")
    initial = {"name": project.name, "instructions": project.instructions}
    return project_page(request, project, ProjectForm(initial=initial), refused=refused, status=status)
