"""Sockets by address."""

from django.urls import path

from conversations.live.consumers import ConversationConsumer

urlpatterns = [path("ws/c/<uuid:conversation_id>/", ConversationConsumer.as_asgi())]  # type: ignore[arg-type]
