"""People. The `User` model is ours from the first migration, so that it can grow without a swap."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import IntegrityError, models, transaction

from conversations.models.groups import PeopleGroup

# All that somebody may who looks after a group, whatever else they were given.
MAY_OF_A_GROUP = frozenset(
    f"conversations.view_{name}" for name in ("user", "usageentry", "refusalevent", "peoplegroup", "budget")
)

FORMER = "former person "


class Theme(models.TextChoices):
    SYSTEM = "system", "Like the system"
    LIGHT = "light", "Light"
    DARK = "dark", "Dark"


class PersonManager(UserManager["User"]):
    def make_owner_if_first(self, person: "User") -> bool:
        """Give the first account of a new site the keys; whether it got them.

        Two first sign-ups at once are settled by the constraint: the loser stays an ordinary account.
        """
        if self.exclude(pk=person.pk).exists():
            return False
        try:
            with transaction.atomic():
                self.filter(pk=person.pk).update(is_owner=True, is_staff=True, is_superuser=True)
        except IntegrityError:
            return False
        person.refresh_from_db(fields=["is_owner", "is_staff", "is_superuser"])
        return True


class User(AbstractUser):
    """A person. `is_owner` marks the account that founded the site."""

    is_owner = models.BooleanField(default=False, editable=False)
    theme = models.CharField(max_length=6, choices=Theme, default=Theme.SYSTEM)
    enter_sends = models.BooleanField(default=True)
    group = models.ForeignKey(PeopleGroup, on_delete=models.SET_NULL, null=True, blank=True, related_name="people")
    is_group_admin = models.BooleanField(
        "group admin",
        default=False,
        db_default=False,
        help_text="Sees people, usage and refusals of their own group in the admin, and nothing else of it.",
    )
    follow_ups = models.BooleanField("sees follow-up questions", default=True, db_default=True)

    # So that no page asks for readings of chats that nobody read.
    has_unseen_readings = models.BooleanField(default=False, db_default=False, editable=False)

    objects: ClassVar[PersonManager] = PersonManager()

    class Meta(AbstractUser.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["is_owner"], condition=models.Q(is_owner=True), name="one_owner_of_the_site"
            ),
        )

    @property
    def pseudonym(self) -> str:
        return pseudonym_of(self.pk)

    @property
    def retention_days(self) -> int:
        """After how many days without a message a chat of theirs is deleted; 0 for never."""
        of_group = self.group.retention_days if self.group else None
        return settings.RETENTION_DAYS if of_group is None else of_group

    @property
    def is_confined(self) -> bool:
        """Whether the admin ends at their group for them; without a group they see nobody."""
        return self.is_group_admin and not self.is_superuser

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Here and not by rights that are handed out, so that no other page opens to somebody confined."""
        if self.is_confined:
            return self.is_active and perm in MAY_OF_A_GROUP
        return super().has_perm(perm, obj)

    def has_module_perms(self, app_label: str) -> bool:
        return app_label == "conversations" if self.is_confined else super().has_module_perms(app_label)


def pseudonym_of(person_id: int) -> str:
    """What the ledger calls somebody who is gone. The number is given to nobody else; no username has a space."""
    return f"{FORMER}{person_id}"
