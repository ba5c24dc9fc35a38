from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ConversationsConfig(AppConfig):
    name = "conversations"
    verbose_name = "Chatsite"

    def ready(self) -> None:
        from conversations import checks  # noqa: F401  (importing registers the system checks)
        from conversations.audit import hooks
        from conversations.roster.prices import keep_listed_after_migrations

        post_migrate.connect(keep_listed_after_migrations, sender=self, dispatch_uid="prices")
        hooks.connect()
