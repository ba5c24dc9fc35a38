"""What the site asks Claude of itself, as the owner switches it."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conversations.admin.recorded import RecordedAdmin
from conversations.models import ErrandSwitch, Purpose

ABOUT = {
    Purpose.TITLE: "Names a chat after its first answer, unless its owner has.",
    Purpose.FOLLOW_UPS: "Suggests up to three questions under the last answer, to those who like it.",
    Purpose.SUMMARY: "Sums up the older messages of a chat that has become too long to be read as a whole. Off: they "
    "are left out.",
}


@admin.register(ErrandSwitch)
class ErrandSwitchAdmin(RecordedAdmin):
    list_display = ("errand", "about", "is_on")
    list_display_links = None
    list_editable = ("is_on",)
    can_change = True
    empty_note = "Everything is on."

    def get_queryset(self, request: HttpRequest) -> QuerySet[ErrandSwitch]:
        return super().get_queryset(request).order_by("-errand")

    @admin.display(description="what it does, by the cheapest of the offered models")
    def about(self, switch: ErrandSwitch) -> SafeString:
        return format_html("{}", ABOUT[Purpose(switch.errand)])
