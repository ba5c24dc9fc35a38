"""Which processes a site may have: one of `serve` on SQLite, or several that share PostgreSQL and Redis."""

from django.conf import settings
from django.core.management import CommandError


def require_shared(what: str) -> None:
    """Refuse a process that does half of the work where no other could do the other half."""
    if settings.IS_SQLITE:
        raise CommandError(
            f"{what} needs a database for several processes: set DATABASE_URL=postgres://user:password@host/name. "
            "On SQLite one `serve` does everything."
        )
    if not settings.REDIS_URL:
        raise CommandError(
            f"{what} needs a way to tell other processes the news: set REDIS_URL=redis://host:6379/0 for all of them."
        )
