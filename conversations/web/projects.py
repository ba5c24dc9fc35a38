"""The pages of projects: the list of one's own, and each with its name, instructions, files and chats."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from conversations.attachments.refused import KINDS_TAKEN
from conversations.attachments.tokens import estimated_tokens
from conversations.audit.record import record
from conversations.models import Attachment, Conversation, Project, User
from conversations.models.audit import Deed
from conversations.models.groups import INSTRUCTIONS_LENGTH
from conversations.models.projects import NAME_LENGTH
from conversations.projects import keep
from conversations.projects.files import MOST_BYTES, MOST_FILES, MOST_PAGES, MOST_TOKENS
from conversations.web.attachments import Refusal
from conversations.web.forms import FittingField
from conversations.web.own import own_project
from conversations.web.pages import MAX_SIDEBAR, number_in
from conversations.web.responses import INVALID, SignedInRequest, see_other, signed_in

CHATS_STEP = 20  # of a project shown at first, and more with each step
NAME_HINT = "The people who run this site may see the name, in their reports of what was spent."
INSTRUCTIONS_HINT = (
    "What Claude should know and keep to in these chats. Nobody but you and Claude reads them. "
    f"Up to {INSTRUCTIONS_LENGTH:,} characters; empty for none."
)
TAKEN = "You have another project of this name. Choose another one."


class NameField(FittingField):
    """On one line, with something to see in it."""

    def to_python(self, value: Any) -> str:
        name = " ".join(super().to_python(value).split())
        return name if any(char.isprintable() and char != " " for char in name) else ""


class NameForm(forms.Form):
    name = NameField(
        most=NAME_LENGTH,
        help_text=NAME_HINT,
        error_messages={"required": "Give the project a name."},
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )


class ProjectForm(NameForm):
    instructions = FittingField(
        most=INSTRUCTIONS_LENGTH,
        required=False,
        help_text=INSTRUCTIONS_HINT,
        widget=forms.Textarea(attrs={"rows": 7, "dir": "auto"}),
    )


@dataclass(frozen=True, slots=True)
class Listed:
    """A project in the list."""

    pk: int
    name: str
    chats: int
    files: int


@dataclass(frozen=True, slots=True)
class FilesView:
    """The files of a project, beside what it takes."""

    files: Sequence[Attachment]
    refused: Sequence[Refusal] = ()
    kinds: str = KINDS_TAKEN
    most_files: int = MOST_FILES
    most_pages: int = MOST_PAGES
    most_tokens: int = MOST_TOKENS
    most_megabytes: int = MOST_BYTES // 1_000_000

    @property
    def tokens(self) -> int:
        """What Claude reads of them before each question, estimated as the limit is."""
        return sum(map(estimated_tokens, self.files))

    @property
    def megabytes(self) -> float:
        """Rounded up to a tenth, so that a file is never nothing."""
        return -(-sum(file.size_bytes for file in self.files) // 100_000) / 10


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def own(request: SignedInRequest) -> HttpResponse:
    if request.method != "POST":
        return _list(request, NameForm())
    form = NameForm(request.POST)
    if form.is_valid():
        try:
            begun = keep.begin(request.user, form.cleaned_data["name"])
            return see_other(reverse("project", args=[begun.pk]))
        except keep.NameTaken:
            form.add_error("name", TAKEN)
    return _list(request, form, status=INVALID)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def project(request: SignedInRequest, project_id: int) -> HttpResponse:
    shown = own_project(request, project_id)
    if request.method != "POST":
        initial = {"name": shown.name, "instructions": shown.instructions}
        return project_page(request, shown, ProjectForm(initial=initial))
    form = ProjectForm(request.POST)
    if form.is_valid():
        try:
            keep.change(shown, **form.cleaned_data)
            return see_other(f"{reverse('project', args=[shown.pk])}?saved")
        except keep.NameTaken:
            form.add_error("name", TAKEN)
            shown.refresh_from_db()
    return project_page(request, shown, form, status=INVALID)


@require_POST
@signed_in
def delete(request: SignedInRequest, project_id: int) -> HttpResponse:
    gone = own_project(request, project_id)
    with transaction.atomic():
        record(request, Deed.DELETED, of=gone)
        keep.delete(gone)
    return see_other(f"{reverse('projects')}?deleted")


def project_page(
    request: SignedInRequest,
    shown: Project,
    form: ProjectForm,
    *,
    refused: Sequence[Refusal] = (),
    status: int = 200,
) -> HttpResponse:
    context = {
        "project": shown,
        "form": form,
        "shelf": FilesView(list(shown.files.all()), refused),
        "is_saved": "saved" in request.GET and status == 200,
        **_chats(request, shown),
    }
    return render(request, "conversations/project.html", context, status=status)


def _chats(request: SignedInRequest, shown: Project) -> dict[str, Any]:
    limit = min(number_in(request.GET.get("show", "")) or CHATS_STEP, MAX_SIDEBAR)
    listed = Conversation.objects.visible_to(request.user).filter(project=shown).newest_first()
    chats = list(listed.only("title", "active_at", "archived_at")[: limit + 1])
    return {"chats": chats[:limit], "more": limit + CHATS_STEP if len(chats) > limit else None}


def _list(request: SignedInRequest, form: NameForm, *, status: int = 200) -> HttpResponse:
    context = {"projects": _listed(request.user), "form": form, "is_deleted": "deleted" in request.GET}
    return render(request, "conversations/projects.html", context, status=status)


def _listed(person: User) -> list[Listed]:
    chats = _by_project(Conversation.objects.visible_to(person))
    files = _by_project(Attachment.objects.visible_to(person))
    return [
        Listed(one.pk, one.name, chats.get(one.pk, 0), files.get(one.pk, 0))
        for one in Project.objects.visible_to(person).in_order()
    ]


def _by_project(rows: QuerySet[Any]) -> dict[int, int]:
    """How many of them each project has."""
    return dict(rows.exclude(project=None).order_by().values_list("project").annotate(Count("pk")))
