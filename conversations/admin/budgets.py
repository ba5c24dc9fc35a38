"""Budgets as the owner sets them: whose, how much for how long, what happens at the limit, and how much is used."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from conversations.admin.reach import in_reach
from conversations.admin.recorded import ListedAdmin
from conversations.claude import catalogue
from conversations.models import Budget, Unit
from conversations.usage.budget_views import budget_view
from conversations.usage.numbers import usd
from conversations.usage.uses import Standing, seen_uses, standings

MOST_PEOPLE = 20  # on the page of a budget that is for each, those nearest to the limit
FIELDS = (
    "person",
    "group",
    "is_each",
    "limit",
    "unit",
    "per",
    "warn_percent",
    "at_limit",
    "cheaper_model",
    "contact",
    "is_on",
)


class BudgetForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "cheaper_model" in self.fields:
            offered = {card.id: card.display_name for card in catalogue.offered()}
            kept = {self.instance.cheaper_model: f"{self.instance.cheaper_model}, not offered now"}
            choices = list(
                {
                    "": "the cheapest that the person may ask",
                    **(kept if self.instance.cheaper_model else {}),
                    **offered,
                }.items()
            )
            self.fields["cheaper_model"] = forms.ChoiceField(choices=choices, required=False, label="Cheaper model")


@admin.register(Budget)
class BudgetAdmin(ListedAdmin):
    form = BudgetForm
    empty_note = "Nothing is limited so far. A budget is of a person, a group, or of everybody."
    list_display = ("whose", "amount", "used", "left", "at_limit", "is_on")
    list_display_links = ("whose",)
    list_filter = ("per", "unit", "at_limit", "is_on")
    list_select_related = ("person", "group")
    list_per_page = 50
    search_fields = ("person__username", "group__name")
    raw_id_fields = ("person",)
    ordering = ("pk",)
    readonly_fields = ("used_now",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*FIELDS, "used_now") if obj else FIELDS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Budget]:
        """Of a group admin those of their group and of its people."""
        budgets: QuerySet[Budget] = super().get_queryset(request)
        in_group = in_reach(request, budgets, "group")
        of_people = in_reach(request, budgets, "person__group")
        return budgets.filter(Q(pk__in=in_group.values("pk")) | Q(pk__in=of_people.values("pk")))

    @admin.display(description="whose", ordering="pk")
    def whose(self, budget: Budget) -> str:
        if budget.person:
            return budget.person.get_username()
        of = str(budget.group) if budget.group else "everybody"
        return f"{of}, each" if budget.is_each else of if budget.group else "the site"

    @admin.display(description="limit", ordering="limit")
    def amount(self, budget: Budget) -> str:
        limit = usd(budget.limit) if budget.unit == Unit.USD else f"{int(budget.limit):,} tokens"
        return f"{limit} a {budget.per}"

    @admin.display(description="used")
    def used(self, budget: Budget) -> SafeString:
        standing = _nearest(budget)
        if standing is None:
            return format_html('<span class="quiet">{}</span>', "nothing yet")
        who = f" by {standing.use.person}, the most" if standing.use.person else ""
        return format_html("{}{} %{}", _bar(standing), standing.percent, who)

    @admin.display(description="left")
    def left(self, budget: Budget) -> str:
        standing = _nearest(budget)
        return budget_view(standing).left if standing else ""

    @admin.display(description="used now")
    def used_now(self, budget: Budget) -> SafeString:
        """Whoever is nearest to the limit first."""
        return format_html_join("", "<p>{}{}</p>", [(_bar(each), _told(each)) for each in _standings(budget)])


def _standings(budget: Budget) -> list[Standing]:
    if not budget.is_each:
        return seen_uses([budget], None)
    uses = budget.uses.current().select_related("person").order_by("-spent")[:MOST_PEOPLE]
    return standings(uses, [budget])


def _nearest(budget: Budget) -> Standing | None:
    return next(iter(_standings(budget)), None)


def _told(standing: Standing) -> str:
    view = budget_view(standing)
    who = f"{standing.use.person}: " if standing.use.person else ""
    under_way = f", {view.reserved} reserved" if view.reserved else ""
    return f"{who}{view.percent} %, {view.used} of {view.limit}{under_way}, {view.left} left."


def _bar(standing: Standing) -> SafeString:
    return render_to_string("conversations/_budget_bar.html", {"budget": budget_view(standing)})
