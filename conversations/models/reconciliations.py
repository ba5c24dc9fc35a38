"""Reconciliations: the ledger of a day in UTC beside what the vendor counted and billed on it."""

from decimal import Decimal

from django.db import models


class ReconciliationState(models.TextChoices):
    AGREES = "agrees", "Agrees"
    DIFFERS = "differs", "Differs"
    FAILED = "failed", "Not compared"


class Measure(models.TextChoices):
    INPUT = "input", "Input, not cached"
    CACHE_WRITE_5M = "cache_write_5m", "Cache written, 5 minutes"
    CACHE_WRITE_1H = "cache_write_1h", "Cache written, 1 hour"
    CACHE_READ = "cache_read", "Cache read"
    OUTPUT = "output", "Output"
    WEB_SEARCHES = "web_searches", "Web searches"
    COST = "cost", "Cost in USD"


class Reconciliation(models.Model):
    """The newest comparison of a day. One that failed has no lines, and keeps `fault`, in the contract's words."""

    day = models.DateField(unique=True)
    state = models.CharField(max_length=8, choices=ReconciliationState)
    fault = models.CharField(max_length=32, blank=True)
    tolerance_percent = models.PositiveSmallIntegerField(default=0)
    estimated_requests = models.PositiveIntegerField(default=0)  # whose output the ledger counted itself
    at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"reconciliation of {self.day}"

    @property
    def ours_usd(self) -> Decimal:
        return sum((line.ours for line in self.lines.all() if line.measure == Measure.COST), Decimal(0))

    @property
    def theirs_usd(self) -> Decimal:
        return sum((line.theirs for line in self.lines.all() if line.measure == Measure.COST), Decimal(0))


class ReconciliationLine(models.Model):
    """One measure of one model; without a model it is what costs money and is of none, such as web searches."""

    reconciliation = models.ForeignKey(Reconciliation, on_delete=models.CASCADE, related_name="lines")
    model = models.CharField(max_length=64, blank=True)
    measure = models.CharField(max_length=16, choices=Measure)
    ours = models.DecimalField(max_digits=26, decimal_places=10)
    theirs = models.DecimalField(max_digits=26, decimal_places=10)
    is_outside = models.BooleanField()  # of the tolerance

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["reconciliation", "model", "measure"], name="one_line_of_a_measure_of_a_model"
            ),
        )

    def __str__(self) -> str:
        return f"{self.measure} of {self.model}"

    @property
    def difference(self) -> Decimal:
        return self.theirs - self.ours
