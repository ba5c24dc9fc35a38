"""The owner's word on what the site asks Claude of itself."""

from django.db import models

from conversations.models.usage import Purpose

ERRANDS = (Purpose.TITLE, Purpose.FOLLOW_UPS, Purpose.SUMMARY)


class ErrandSwitchQuerySet(models.QuerySet["ErrandSwitch"]):
    def is_on(self, errand: Purpose) -> bool:
        """Without a row it is on."""
        return not self.filter(errand=errand, is_on=False).exists()


class ErrandSwitch(models.Model):
    """One errand, on or off."""

    errand = models.CharField(max_length=16, primary_key=True, choices=[(each.value, each.label) for each in ERRANDS])
    is_on = models.BooleanField("on", default=True)

    objects = ErrandSwitchQuerySet.as_manager()

    class Meta:
        verbose_name = "errand"

    def __str__(self) -> str:
        return self.get_errand_display()
