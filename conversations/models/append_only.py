"""Rows that are only ever added: those of the ledger and of the audit log.

Guarded here rather than by triggers: SQLite drops those unasked whenever a migration has to write a table anew, and a
guard that is believed in and gone is worse than none.
"""

from typing import Any, ClassVar, NoReturn, TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)


class Unchangeable(RuntimeError):
    """A row is neither changed nor deleted: a wrong one is set right by nothing but a second one."""


class AppendOnlyQuerySet(models.QuerySet[Row]):
    # What a row lets go of when it is deleted elsewhere. Django sets these itself, past our manager.
    links: ClassVar[frozenset[str]] = frozenset()

    def update(self, **values: Any) -> int:
        if not values.keys() <= self.links or any(value is not None for value in values.values()):
            raise Unchangeable
        return super().update(**values)

    def bulk_update(self, *_: Any, **__: Any) -> NoReturn:
        raise Unchangeable

    def bulk_create(self, *_: Any, **__: Any) -> NoReturn:
        """Rows are written one by one."""
        raise Unchangeable

    def delete(self) -> NoReturn:
        raise Unchangeable


class AppendOnly(models.Model):
    class Meta:
        abstract = True

    def save(self, *_: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise Unchangeable
        super().save(force_insert=True, using=kwargs.get("using"))

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        raise Unchangeable
