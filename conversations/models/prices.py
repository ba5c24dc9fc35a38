"""What models cost, with the moment from which on it holds. Rows, so that an old call is priced as it was then."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

LONG = (
    "long_usd_per_mtok_input",
    "long_usd_per_mtok_output",
    "long_usd_per_mtok_cache_write_5m",
    "long_usd_per_mtok_cache_write_1h",
    "long_usd_per_mtok_cache_read",
)


class PriceQuerySet(models.QuerySet["Price"]):
    def at(self, model: str, moment: datetime) -> "Price | None":
        """The price of this model then. Before its first one it cost what it cost at first."""
        listed = list(self.raw("SELECT * FROM conversations_price WHERE model = %s ORDER BY effective_from", [model]))
        in_force = (price for price in reversed(listed) if price.effective_from <= moment)
        return next(in_force, listed[0] if listed else None)

    def dearest(self) -> "Price | None":
        return self.order_by("-usd_per_mtok_output", "-usd_per_mtok_input", "pk").first()

    def with_use(self) -> Self:
        """With `was_used`: whether a row of the ledger was reckoned with it."""
        same = self.model.objects.filter(pk=models.OuterRef("pk"), entries__isnull=False)
        return self.annotate(was_used=models.Exists(same))


def _usd(label: str, **more: Any) -> "models.DecimalField[Any, Any]":
    """Four places: a token at such a rate costs a whole number of ten-billionths, as the ledger keeps them."""
    validators = [MinValueValidator(Decimal(0))]
    return models.DecimalField(label, max_digits=12, decimal_places=4, validators=validators, **more)


class Price(models.Model):
    """US dollars per million tokens of each class, from `effective_from` on until the model's next price."""

    model = models.CharField(max_length=64)
    effective_from = models.DateTimeField()
    usd_per_mtok_input = _usd("input")
    usd_per_mtok_output = _usd("output")
    usd_per_mtok_cache_write_5m = _usd("cache written for 5 minutes")
    usd_per_mtok_cache_write_1h = _usd("cache written for an hour")
    usd_per_mtok_cache_read = _usd("cache read")
    long_prompt_from_tokens = models.PositiveIntegerField("long from this many prompt tokens", null=True, blank=True)
    long_usd_per_mtok_input = _usd("long: input", null=True, blank=True)
    long_usd_per_mtok_output = _usd("long: output", null=True, blank=True)
    long_usd_per_mtok_cache_write_5m = _usd("long: cache written for 5 minutes", null=True, blank=True)
    long_usd_per_mtok_cache_write_1h = _usd("long: cache written for an hour", null=True, blank=True)
    long_usd_per_mtok_cache_read = _usd("long: cache read", null=True, blank=True)
    fast_factor = models.DecimalField("fast mode", max_digits=6, decimal_places=2, null=True, blank=True)
    source = models.CharField(max_length=200)
    note = models.CharField(max_length=300, blank=True)

    objects = PriceQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["model", "effective_from"],
                name="one_price_of_a_model_at_a_time",
                violation_error_message="This model already has a price from that moment on.",
            ),
            models.CheckConstraint(
                condition=Q(long_prompt_from_tokens__isnull=True, **{f"{name}__isnull": True for name in LONG})
                | Q(long_prompt_from_tokens__gt=0, **{f"{name}__isnull": False for name in LONG}),
                name="long_prompts_have_all_rates_or_none",
                violation_error_message="For long prompts give the number of tokens and all five rates, or nothing.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.model} from {self.effective_from:%Y-%m-%d}"

    @property
    def is_used(self) -> bool:
        """Whether a row of the ledger was reckoned with it; then it stays as it is."""
        return self.pk is not None and self.entries.exists()
