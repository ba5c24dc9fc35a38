"""People. The `User` model is ours from the first migration, so that it can grow without a swap."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import IntegrityError, models, transaction


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

    objects: ClassVar[PersonManager] = PersonManager()

    class Meta(AbstractUser.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["is_owner"], condition=models.Q(is_owner=True), name="one_owner_of_the_site"
            ),
        )
