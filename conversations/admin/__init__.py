"""What staff see: numbers, states and names. No page of this room ever shows the words of a conversation."""

from django.contrib import admin

from conversations.admin import conversations, people, refusals, turns, usage
from conversations.admin.dashboard import with_dashboard

__all__ = ["conversations", "people", "refusals", "turns", "usage"]

admin.site.site_header = admin.site.site_title = "Chatsite admin"
admin.site.index_title = "Overview"
admin.site.enable_nav_sidebar = False  # the header of our base.html leads everywhere
admin.site.index = with_dashboard(admin.site.index)  # type: ignore[method-assign, assignment]
