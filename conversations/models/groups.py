"""Groups of people: whom they may ask, what Claude is told for them, and which tools it may use."""

from typing import Self

from django.core.validators import MaxValueValidator
from django.db import models

NO_GROUP_NAME = "none"  # of a group that reports give to whoever is in none
MOST_RETENTION_DAYS = 36_500
INSTRUCTIONS_LENGTH = 8000  # characters: about two thousand tokens, which every question reads from the cache


class PeopleGroupQuerySet(models.QuerySet["PeopleGroup"]):
    def of_person(self, person_id: int) -> "PeopleGroup | None":
        return self.filter(people=person_id).first()

    def in_order(self) -> Self:
        return self.order_by("name")


class PeopleGroup(models.Model):
    """People with the same limits; each belongs to one at most. Django's own groups are sets of rights.

    `allowed_models` are ids as the API names them, empty for whatever the owner offers. `allowed_tools` count
    with `limits_tools`. `retention_days` is None for the site's, 0 for ever.
    """

    name = models.CharField(max_length=80, unique=True)
    allowed_models = models.JSONField(
        "models allowed", default=list, blank=True, help_text="None chosen: every model that is offered."
    )
    limits_tools = models.BooleanField("limit the tools", default=False, help_text="To those that are chosen here.")
    allowed_tools = models.JSONField("tools allowed", default=list, blank=True)
    instructions = models.TextField(
        blank=True,
        max_length=INSTRUCTIONS_LENGTH,
        help_text="Claude reads this before every chat of these people, behind the site's own instructions.",
    )
    retention_days = models.PositiveIntegerField(
        "days that chats are kept",
        null=True,
        blank=True,
        validators=[MaxValueValidator(MOST_RETENTION_DAYS)],
        help_text="A chat is deleted for good so many days after its last message, pinned and archived ones too. "
        "Empty: as the site has it. 0: never.",
    )

    objects = PeopleGroupQuerySet.as_manager()

    class Meta:
        verbose_name = "group of people"
        verbose_name_plural = "groups of people"

    def __str__(self) -> str:
        return self.name

    def allows_tool(self, name: str) -> bool:
        return not self.limits_tools or name in self.allowed_tools
