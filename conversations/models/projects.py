"""Projects: chats of a person that belong together, with instructions and files of their own."""

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Cast, Concat, Lower

from conversations.models.groups import INSTRUCTIONS_LENGTH
from conversations.models.people import User

NAME_LENGTH = 80
NO_PROJECT_NAME, GONE_PROJECT_NAME = "none", "deleted project"  # in reports


class ProjectQuerySet(models.QuerySet["Project"]):
    def visible_to(self, person: User | AnonymousUser) -> Self:
        """Their own. Everything that a door loads begins here."""
        return self.filter(owner_id=person.pk) if person.is_authenticated else self.none()

    def in_order(self) -> Self:
        return self.order_by(Lower("name"), "pk")

    def hold(self, pk: int) -> bool:
        """Whether it is there; if so, it stays until the commit."""
        return bool(self.select_for_update().filter(pk=pk).values_list("pk"))


class Project(models.Model):
    """Its name stands in reports, so that costs can be told by project; its instructions are read by nobody else."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="projects")
    name = models.CharField(max_length=NAME_LENGTH)
    instructions = models.TextField(blank=True, max_length=INSTRUCTIONS_LENGTH)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["owner", "name"], name="one_project_of_a_name"),)

    def __str__(self) -> str:
        return f"project {self.pk}"


def project_in_reports(without: Q) -> Case:
    """How reports name the project that a row counts for, with its owner: two people may have one of the same name.

    `without` is true of rows that count for none. A project that is gone leaves its number.
    """
    owned = Concat("project__name", Value(" ("), "project__owner__username", Value(")"))
    gone = Concat(Value(f"{GONE_PROJECT_NAME} "), Cast("project_id", models.CharField()))
    return Case(
        When(without, then=Value(NO_PROJECT_NAME)),
        When(project__name__isnull=True, then=gone),
        default=owned,
        output_field=models.CharField(),
    )
