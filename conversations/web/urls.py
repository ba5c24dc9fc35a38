"""Every address of the site but accounts and admin; docs/contract.md explains them."""

from django.urls import path

from conversations.web import attachments, export, health, messages, pages, preferences, turns, usage

urlpatterns = [
    path("", pages.new_conversation, name="new-conversation"),
    path("sidebar/", pages.sidebar, name="sidebar"),
    path("preferences/", preferences.save, name="preferences"),
    path("usage/", usage.own_usage, name="own-usage"),
    path("messages/", messages.start, name="start"),
    path("c/<uuid:conversation_id>/", pages.conversation, name="conversation"),
    path("c/<uuid:conversation_id>/earlier/", pages.earlier, name="earlier"),
    path("c/<uuid:conversation_id>/export/", export.export, name="export"),
    path("c/<uuid:conversation_id>/messages/", messages.send, name="send"),
    path("c/<uuid:conversation_id>/stop/", turns.stop, name="stop"),
    path("c/<uuid:conversation_id>/messages/<int:message_id>/retry/", turns.retry, name="retry"),
    path("c/<uuid:conversation_id>/messages/<int:message_id>/continue/", turns.go_on, name="continue"),
    path("attachments/", attachments.upload, name="attachment-upload"),
    path("attachments/<uuid:attachment_id>/", attachments.show, name="attachment"),
    path("attachments/<uuid:attachment_id>/thumbnail/", attachments.thumbnail, name="attachment-thumbnail"),
    path("attachments/<uuid:attachment_id>/remove/", attachments.remove, name="attachment-remove"),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
]
