"""Prices as staff keep them: new ones are added, and one that the ledger has used stays as it is."""

from datetime import time
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conversations.admin.recorded import ListedAdmin, time_of
from conversations.claude.catalogue import canonical
from conversations.claude.events import TokenCounts
from conversations.models import Price
from conversations.models.prices import LONG
from conversations.roster.knowledge import spread
from conversations.roster.prices import as_listed
from conversations.usage.numbers import usd
from conversations.usage.pricing import reckoned

EXAMPLE = TokenCounts(input=1_000_000, output=100_000)
RATES = tuple(name.removeprefix("long_") for name in LONG)
HELP = {
    "model": "The id as the API names it, such as claude-opus-5-5.",
    "effective_from": "Calls that begin from this moment on cost this, until the model's next price. What is in the "
    "ledger already keeps its price.",
    "usd_per_mtok_input": "US dollars per million tokens, as everywhere on this page.",
    "long_prompt_from_tokens": "For a model that costs more for long prompts: from so many prompt tokens on, cached "
    "ones included, the whole request costs the rates below, its output too. Otherwise leave all six empty.",
    "fast_factor": "What everything is multiplied by in fast mode: 2 for twice as much. Empty where there is none.",
    "source": "Where the price is from, with its date. The ledger keeps it with each row.",
}


class PriceForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    def clean_model(self) -> str:
        """One name for a model that has several, or it would have two prices."""
        return canonical(self.cleaned_data["model"].strip())


@admin.register(Price)
class PriceAdmin(ListedAdmin):
    form = PriceForm
    empty_note = "The prices of the release appear here with the next sync of the models."
    list_display = ("model", "since", *(f"{name}_shown" for name in RATES), "more", "example", "in_ledger")
    list_filter = ("model",)
    search_fields = ("model", "source", "note")
    search_help_text = "A model, or where a price is from."
    ordering = ("model", "-effective_from")
    list_per_page = 50
    fieldsets = (
        (None, {"fields": ("model", "effective_from", "example")}),
        ("US dollars per million tokens", {"fields": RATES}),
        ("Long prompts", {"fields": ("long_prompt_from_tokens", *LONG)}),
        ("Fast mode", {"fields": ("fast_factor",)}),
        ("Where it is from", {"fields": ("source", "note")}),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return Price.objects.with_use()

    def get_readonly_fields(self, request: HttpRequest, obj: Price | None = None) -> Any:
        return ("example",)

    def has_change_permission(self, request: HttpRequest, obj: Price | None = None) -> bool:
        """A price that was used stays: the ledger's rows were reckoned with it. A new one follows it."""
        return super().has_change_permission(request, obj) and not (obj and obj.is_used)

    def has_delete_permission(self, request: HttpRequest, obj: Price | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.is_used)

    def get_actions(self, request: HttpRequest) -> Any:
        """None for many rows at once: deleting would meet some that were used."""
        return {}

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_dbfield(db_field, request, help_text=HELP.get(db_field.name, ""), **kwargs)

    def save_model(self, request: HttpRequest, obj: Price, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        spread()
        self.message_user(request, f"With this price {_example(obj)}.")

    def delete_model(self, request: HttpRequest, obj: Price) -> None:
        super().delete_model(request, obj)
        spread()

    @admin.display(description="from", ordering="effective_from")
    def since(self, price: Price) -> str:
        """The time of day only where it says something."""
        moment = timezone.localtime(price.effective_from)
        return time_of(moment) if moment.time() != time.min else f"{moment:%Y-%m-%d}"

    @admin.display(description="input", ordering="usd_per_mtok_input")
    def usd_per_mtok_input_shown(self, price: Price) -> str:
        return _rate(price.usd_per_mtok_input)

    @admin.display(description="output", ordering="usd_per_mtok_output")
    def usd_per_mtok_output_shown(self, price: Price) -> str:
        return _rate(price.usd_per_mtok_output)

    @admin.display(description="write 5 min")
    def usd_per_mtok_cache_write_5m_shown(self, price: Price) -> str:
        return _rate(price.usd_per_mtok_cache_write_5m)

    @admin.display(description="write 1 h")
    def usd_per_mtok_cache_write_1h_shown(self, price: Price) -> str:
        return _rate(price.usd_per_mtok_cache_write_1h)

    @admin.display(description="cache read")
    def usd_per_mtok_cache_read_shown(self, price: Price) -> str:
        return _rate(price.usd_per_mtok_cache_read)

    @admin.display(description="besides")
    def more(self, price: Price) -> SafeString:
        notes = []
        if price.long_prompt_from_tokens is not None:
            long = f"{_rate(price.long_usd_per_mtok_input)} / {_rate(price.long_usd_per_mtok_output)}"
            notes.append(f"{long} from {price.long_prompt_from_tokens:,} tokens")
        if price.fast_factor is not None:
            notes.append(f"fast × {price.fast_factor.normalize():f}")
        return format_html('<span class="quiet">{}</span>', ", ".join(notes))

    @admin.display(description="1M in + 100k out")
    def example(self, price: Price) -> str:
        return usd(reckoned(EXAMPLE, as_listed(price)).usd) if price.pk else "shown once it is saved"

    @admin.display(description="in the ledger", ordering="was_used")
    def in_ledger(self, price: Any) -> str:
        return "used" if price.was_used else ""


def _rate(rate: Any) -> str:
    return "" if rate is None else f"{rate:.2f}" if rate == round(rate, 2) else f"{rate.normalize():f}"


def _example(price: Price) -> str:
    return f"1M tokens in and 100k out cost {usd(reckoned(EXAMPLE, as_listed(price)).usd)}"
