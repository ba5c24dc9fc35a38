"""The owner's word on each tool."""

from django.core.exceptions import ValidationError
from django.db import models


def require_domains(text: str) -> None:
    for domain in text.split():
        if "://" in domain or not all(part.replace("-", "a").isalnum() for part in domain.split("/")[0].split(".")):
            raise ValidationError(f"“{domain}” is not a domain such as example.com.")


class ToolSwitch(models.Model):
    """One tool, on or off; without a row it is as the code has it. The limits are for those that search or fetch."""

    name = models.CharField("tool", max_length=64, primary_key=True)
    is_on = models.BooleanField("on", default=False)
    allowed_domains = models.TextField(
        blank=True, validators=[require_domains], help_text="One a line. Empty: all. Not together with blocked ones."
    )
    blocked_domains = models.TextField(blank=True, validators=[require_domains], help_text="One a line.")
    max_uses = models.PositiveSmallIntegerField("uses in one answer, at most", null=True, blank=True)

    class Meta:
        verbose_name = "tool"

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.allowed_domains.strip() and self.blocked_domains.strip():
            raise ValidationError("Name allowed domains or blocked ones, not both: the API takes one kind.")
