from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    name = "conversations"
    verbose_name = "Chatsite"

    def ready(self) -> None:
        from conversations import checks  # noqa: F401  (importing registers the system checks)
