"""Budgets: what a person, a group or the whole site may take in a day, week or month, and what they have taken of it.

A use is one period of one budget, of one person where it is for each of them. What is under way counts as reserved: the
sum of rows that hang on their turn or batch, and go with it, so that nothing has to be given back by hand.
"""

from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from conversations.models.batches import ACTIVE, Batch
from conversations.models.groups import PeopleGroup
from conversations.models.people import User
from conversations.models.plain import rows
from conversations.models.turns import Turn


class Unit(models.TextChoices):
    USD = "usd", "US dollars"
    TOKENS = "tokens", "tokens"


class Per(models.TextChoices):
    DAY = "day", "day"
    WEEK = "week", "week"
    MONTH = "month", "month"


class AtLimit(models.TextChoices):
    STOP = "stop", "Ask nothing more"
    DOWNGRADE = "downgrade", "Ask a cheaper model"


class BudgetQuerySet(models.QuerySet["Budget"]):
    def are_on(self) -> bool:
        """Whether there are any: each turn asks several times, and many sites have none."""
        return bool(rows("SELECT 1 FROM conversations_budget WHERE is_on LIMIT 1"))

    def binding(self, person: User | None) -> Self:
        """Those that count what this person asks; without one, what the site asks of itself."""
        whose = Q(person=None, group=None)
        if person is None:
            whose &= Q(is_each=False)
        else:
            whose |= Q(person=person) | (Q(group=person.group_id) if person.group_id else Q())
        return self.filter(whose, is_on=True).order_by("pk")


class Budget(models.Model):
    """Of a person, of a group, or of the site when it names neither."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="budgets")
    group = models.ForeignKey(PeopleGroup, on_delete=models.CASCADE, null=True, blank=True, related_name="budgets")
    is_each = models.BooleanField(
        "for each person", default=False, help_text="Each of the people has as much for themselves. Off: all together."
    )
    limit = models.DecimalField(max_digits=14, decimal_places=2)
    unit = models.CharField(max_length=6, choices=Unit, default=Unit.USD)
    per = models.CharField(max_length=5, choices=Per, default=Per.MONTH, help_text="By the site's time zone.")
    warn_percent = models.PositiveSmallIntegerField(
        "warn at, per cent", null=True, blank=True, default=80, help_text="On the page and by e-mail. Empty: never."
    )
    at_limit = models.CharField("at the limit", max_length=9, choices=AtLimit, default=AtLimit.STOP)
    cheaper_model = models.CharField(
        max_length=64, blank=True, help_text="To be asked at the limit. Empty: the cheapest that the person may ask."
    )
    contact = models.CharField(
        "whom to ask for more", max_length=120, blank=True, help_text="Empty: the people who run this site."
    )
    is_on = models.BooleanField("on", default=True)

    objects = BudgetQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(person=None) | Q(group=None),
                name="budget_of_a_person_or_a_group",
                violation_error_message="A budget is of a person or of a group, not of both.",
            ),
            models.CheckConstraint(
                condition=Q(person=None) | Q(is_each=False),
                name="each_of_several_people",
                violation_error_message="One person is not several: leave “for each person” off.",
            ),
            models.CheckConstraint(
                condition=Q(limit__gt=0),
                name="budget_above_nothing",
                violation_error_message="The limit must be above zero.",
            ),
        )

    def __str__(self) -> str:
        return f"budget {self.pk}"

    @property
    def is_shared(self) -> bool:
        """Whether several people take from it together."""
        return self.person_id is None and not self.is_each


class BudgetUseQuerySet(models.QuerySet["BudgetUse"]):
    def current(self) -> Self:
        return self.filter(ends_at__gt=Now())


class BudgetUse(models.Model):
    """`spent` is in tokens, or in ten-billionths of a dollar: whole numbers, which every database adds up exactly.

    What was asked in one period and ended in the next counts for the one in which it was asked.
    """

    budget = models.ForeignKey(Budget, on_delete=models.CASCADE, related_name="uses", db_index=False)
    person = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="budget_uses")
    starts_on = models.DateField()
    ends_at = models.DateTimeField()
    spent = models.BigIntegerField(default=0)
    warned_at = models.DateTimeField(null=True)  # by e-mail

    objects = BudgetUseQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["budget", "starts_on"], condition=Q(person=None), name="one_use_of_all_together"
            ),
            models.UniqueConstraint(fields=["budget", "person", "starts_on"], name="one_use_of_each_person"),
        )
        indexes = (models.Index(fields=["ends_at"], name="current_uses"),)

    def __str__(self) -> str:
        return f"use {self.pk} of budget {self.budget_id}"


class ReservationQuerySet(models.QuerySet["Reservation"]):
    def standing(self) -> Self:
        """A batch holds its own while it is under way; a turn lets go of it in the transaction that ends it."""
        is_under_way = Q(batch=None) | Q(batch__state__in=ACTIVE)
        return self.filter(Q(lapses_at=None) | Q(lapses_at__gt=Now()), is_under_way)


class Reservation(models.Model):
    """What something under way may take at most. Without a turn or a batch it lapses by itself."""

    use = models.ForeignKey(BudgetUse, on_delete=models.CASCADE, related_name="reservations")
    amount = models.BigIntegerField()
    turn = models.ForeignKey(Turn, on_delete=models.CASCADE, null=True, related_name="reservations")
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, null=True, related_name="reservations")
    lapses_at = models.DateTimeField(null=True)

    objects = ReservationQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["turn", "use"], name="one_reservation_of_a_turn"),
            models.UniqueConstraint(fields=["batch", "use"], name="one_reservation_of_a_batch"),
        )

    def __str__(self) -> str:
        return f"reservation {self.pk}"
