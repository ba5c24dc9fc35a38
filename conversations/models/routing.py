"""The owner's rules for "best fit": which kind of question goes to which model."""

from django.db import models


class Kind(models.TextChoices):
    IMAGE = "image", "pictures"
    LONG = "long", "a long document"
    RESEARCH = "research", "research"
    CODE = "code", "code"
    SHORT = "short", "a short question"
    ANY = "any", "anything else"


class RoutingRule(models.Model):
    """The first rule, by position, that a question fits decides on its model."""

    position = models.PositiveSmallIntegerField("place", default=0)
    kind = models.CharField("the question is", max_length=8, choices=Kind)
    words = models.PositiveIntegerField(
        null=True, blank=True, help_text="Of a short question, at most; of a long document, at least. Otherwise empty."
    )
    model = models.CharField(max_length=64, help_text="The id as the API names it, such as claude-haiku-5-5.")
    effort = models.CharField(
        max_length=8, blank=True, help_text="low, medium, high, xhigh or max; empty for the model's own."
    )
    is_on = models.BooleanField("on", default=True)

    class Meta:
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} → {self.model}"
