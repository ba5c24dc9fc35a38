"""Batches of prompts: made of a file, confirmed after an estimate, watched, and read as files. Each is its maker's."""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.views.decorators.http import require_POST

from conversations.admin.batch_forms import BatchForm
from conversations.admin.recorded import RecordedAdmin, may_see_usage, page_of, time_of
from conversations.batches import drafts
from conversations.batches.download import results_as, sample_as
from conversations.batches.nightly import NIGHTLY, switch
from conversations.batches.page import batch_page
from conversations.claude import catalogue
from conversations.claude.providers import Lack, lacks, missing
from conversations.models import Batch, BatchState, NightlyBatch, Purpose, User
from conversations.models.batches import BatchQuerySet
from conversations.usage.budgets import BudgetSpent
from conversations.usage.download import streamed
from conversations.usage.numbers import usd_in_column

CONTENT_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson; charset=utf-8"}
# What each button asks for, and what is said once it is done.
VERBS: dict[str, tuple[Callable[[Batch], bool], str]] = {
    "confirm": (drafts.confirm, "The batch is on its way. You may leave this page."),
    "again": (drafts.try_again, "The batch is in line again."),
    "cancel": (drafts.request_cancel, "The batch is being cancelled."),
}


@admin.register(Batch)
class BatchAdmin(RecordedAdmin):
    empty_note = "Prompts that can wait cost half as much in a batch. Add one from a CSV or JSONL file."
    list_display = ("when", "what", "model_shown", "state_shown", "done", "cost")
    list_display_links = ("when",)
    list_filter = ("state",)
    ordering = ("-created_at",)
    can_add = can_change = can_delete = True

    def get_queryset(self, request: HttpRequest) -> BatchQuerySet:
        return Batch.objects.visible_to(request.user).with_figures()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not lacks(Lack.BATCHES)

    def has_delete_permission(self, request: HttpRequest, obj: Batch | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.is_active)

    def get_actions(self, request: HttpRequest) -> Any:
        """None for many at once: deleting would meet some that are under way."""
        return {}

    def get_list_display(self, request: HttpRequest) -> Any:
        return self.list_display if may_see_usage(request) else self.list_display[:-1]

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """In a line: Django would list ten thousand prompts."""
        told = [f"{batch}, with its prompts and answers. What it cost stays in the ledger." for batch in objs]
        return told, {"batches": len(told)}, set(), []

    def get_urls(self) -> list[Any]:
        guarded, name = self.admin_site.admin_view, "conversations_batch"
        ours = [
            path("sample/", guarded(self.sample), name=f"{name}_sample"),
            path("nightly/", guarded(self.nightly), name=f"{name}_nightly"),
            path("<uuid:batch_id>/results/", guarded(self.results), name=f"{name}_results"),
        ]
        verbs = [path(f"<uuid:batch_id>/{verb}/", guarded(self._doing(verb)), name=f"{name}_{verb}") for verb in VERBS]
        return [*ours, *verbs, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        facts = {"nightly": _switches(), "may_switch": _may_switch(request), "note": missing(Lack.BATCHES)}
        return super().changelist_view(request, {**facts, **(extra_context or {})})

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        group = cast(User, request.user).group
        form = BatchForm(request.POST or None, request.FILES or None, label_suffix="", group=group)
        if request.method == "POST" and form.is_valid():
            return HttpResponseRedirect(page_of("batch_change", _made(request, form).pk))
        context = self.admin_site.each_context(request) | {"title": "New batch", "opts": self.opts, "form": form}
        status = 422 if form.errors else 200
        return render(request, "admin/conversations/batch/add_form.html", context, status=status)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The page of a batch; for htmx the part of it that changes, while it has changed."""
        batch = self._found(request, object_id)
        context = batch_page(batch) | {
            "may_change": self.has_change_permission(request),
            "may_delete": self.has_delete_permission(request, batch),
            "model": catalogue.card(batch.model),
        }
        if cast(Any, request).htmx:
            if request.GET.get("seen") == context["mark"]:
                return HttpResponse(status=204)
            return render(request, "admin/conversations/batch/_state.html", context)
        title = batch.file_name or Purpose(batch.purpose).label
        context |= self.admin_site.each_context(request) | {"title": title, "opts": self.opts}
        return render(request, "admin/conversations/batch/change_form.html", context)

    def sample(self, request: HttpRequest) -> HttpResponseBase:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return _download(request, sample_as, "prompts")

    def results(self, request: HttpRequest, batch_id: UUID) -> HttpResponseBase:
        """Of the person's own alone: those of the site hold no words."""
        batch = self._found(request, str(batch_id))
        if batch.is_of_site:
            raise Http404
        return _download(request, lambda kind: results_as(kind, batch), f"batch-{batch.created_at:%Y-%m-%d}")

    def nightly(self, request: HttpRequest) -> HttpResponse:
        return _nightly(request)

    def _doing(self, verb: str) -> Callable[..., HttpResponse]:
        def view(request: HttpRequest, batch_id: UUID) -> HttpResponse:
            return _do(request, self, verb, batch_id)

        return require_POST(view)

    def _found(self, request: HttpRequest, batch_id: str) -> Batch:
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            key = UUID(batch_id)
        except ValueError:
            raise Http404 from None
        return get_object_or_404(Batch.objects.visible_to(request.user), pk=key)

    @admin.display(description="made", ordering="created_at")
    def when(self, batch: Batch) -> str:
        return time_of(batch.created_at)

    @admin.display(description="what")
    def what(self, batch: Batch) -> str:
        return batch.file_name or Purpose(batch.purpose).label

    @admin.display(description="model", ordering="model")
    def model_shown(self, batch: Batch) -> str:
        return catalogue.card(batch.model).short_name

    @admin.display(description="state", ordering="state")
    def state_shown(self, batch: Batch) -> str:
        label = BatchState(batch.state).label
        return f"{label} ({batch.reason})" if batch.reason else label

    @admin.display(description="done")
    def done(self, batch: Any) -> str:
        return f"{batch.done_count:,} of {batch.items_count:,}"

    @admin.display(description="cost", ordering="cost_usd")
    def cost(self, batch: Any) -> str:
        return usd_in_column(batch.cost_usd)


def _made(request: HttpRequest, form: BatchForm) -> Batch:
    said = form.cleaned_data
    return drafts.make_draft(
        cast(User, request.user),
        form.prompts,
        model=said["model"],
        max_tokens=said["max_tokens"],
        file_name=said["file"].name,
    )


def _do(request: HttpRequest, page: BatchAdmin, verb: str, batch_id: UUID) -> HttpResponse:
    batch = page._found(request, str(batch_id))
    if not page.has_change_permission(request):
        raise PermissionDenied
    act, done = VERBS[verb]
    try:
        is_done = act(batch)
    except BudgetSpent as spent:
        page.message_user(request, spent.advice_with_reset, messages.ERROR)
        return HttpResponseRedirect(page_of("batch_change", batch.pk))
    if is_done:
        page.message_user(request, done, messages.SUCCESS)
    else:
        page.message_user(request, "That was too late: this is how it stands now.", messages.WARNING)
    return HttpResponseRedirect(page_of("batch_change", batch.pk))


@require_POST
def _nightly(request: HttpRequest) -> HttpResponse:
    if not _may_switch(request):
        raise PermissionDenied
    for purpose in NIGHTLY:
        is_on = purpose in request.POST.getlist("on")
        if is_on != NightlyBatch.objects.is_on(purpose):
            switch(purpose, is_on=is_on)
    messages.success(request, "Saved. What is on begins with the next night, at three.")
    return HttpResponseRedirect(page_of("batch_changelist"))


def _switches() -> list[dict[str, Any]]:
    return [
        {"purpose": purpose, "name": each.name, "help": each.help, "is_on": NightlyBatch.objects.is_on(purpose)}
        for purpose, each in NIGHTLY.items()
    ]


def _may_switch(request: HttpRequest) -> bool:
    return request.user.has_perms(["conversations.change_nightlybatch"]) and not lacks(Lack.BATCHES)


def _download(request: HttpRequest, written: Callable[[str], Any], name: str) -> HttpResponseBase:
    kind = request.GET.get("format", "csv")
    if kind not in CONTENT_TYPES:
        return HttpResponseBadRequest("format is csv or jsonl\n", content_type="text/plain; charset=utf-8")
    return streamed(request, written(kind), content_type=CONTENT_TYPES[kind], filename=f"{name}.{kind}")
