"""What staff see: numbers, states and names. No page of this room ever shows the words of a conversation."""

from django.contrib import admin

from conversations.admin import (
    alerts,
    audit,
    batches,
    budgets,
    conversations,
    errands,
    feedback,
    groups,
    instructions,
    people,
    prices,
    reconciliation,
    refusals,
    roster,
    routing,
    tool_servers,
    tools,
    turns,
    usage,
)
from conversations.admin.audited import write_down
from conversations.admin.dashboard import with_dashboard
from conversations.admin.places import with_places

__all__ = [
    "alerts",
    "audit",
    "batches",
    "budgets",
    "conversations",
    "errands",
    "feedback",
    "groups",
    "instructions",
    "people",
    "prices",
    "reconciliation",
    "refusals",
    "roster",
    "routing",
    "tool_servers",
    "tools",
    "turns",
    "usage",
]

admin.site.site_header = admin.site.site_title = "Chatsite admin"
admin.site.index_title = "Overview"
admin.site.enable_nav_sidebar = False  # the header of our base.html leads everywhere
write_down(admin.site)
admin.site.each_context = with_places(admin.site.each_context)  # type: ignore[method-assign, assignment]
admin.site.index = with_dashboard(admin.site.index)  # type: ignore[method-assign, assignment]
