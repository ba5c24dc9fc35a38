"""The site's instructions as staff keep them: a new wording is added, none is changed, and each says who wrote it."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest

from conversations.admin.recorded import RecordedAdmin, time_of
from conversations.models import SiteInstructions

HELP = (
    "Claude reads this before every chat of everybody, from their next question on. Empty for none. It is a secret "
    "from nobody: Claude may quote it. Each change costs every running chat its prompt cache once."
)


@admin.register(SiteInstructions)
class SiteInstructionsAdmin(RecordedAdmin):
    empty_note = "Nobody has told Claude anything for this site so far."
    list_display = ("written", "written_by", "length", "state")
    list_select_related = ("written_by",)
    ordering = ("-pk",)
    fields = ("text", "written", "written_by", "state")
    readonly_fields = ("written", "written_by", "state")
    can_add = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[SiteInstructions]:
        newer = SiteInstructions.objects.filter(pk__gt=OuterRef("pk"))
        return SiteInstructions.objects.annotate(is_replaced=Exists(newer))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj else ("text",)

    def get_changeform_initial_data(self, request: HttpRequest) -> Any:
        """A new wording begins with the one that it replaces."""
        return {"text": SiteInstructions.objects.in_force()}

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_dbfield(db_field, request, help_text=HELP, **kwargs)

    def save_model(self, request: HttpRequest, obj: SiteInstructions, form: Any, change: bool) -> None:
        obj.text = obj.text.replace("\r\n", "\n")
        obj.written_by_id = request.user.pk
        super().save_model(request, obj, form, change)

    @admin.display(description="written", ordering="pk")
    def written(self, wording: SiteInstructions) -> str:
        return time_of(wording.written_at)

    @admin.display(description="characters")
    def length(self, wording: SiteInstructions) -> str:
        return f"{len(wording.text):,}"

    @admin.display(description="state")
    def state(self, wording: Any) -> str:
        return "replaced" if wording.is_replaced else "in force"
