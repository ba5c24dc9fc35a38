"""Groups of people: whom they may ask, what Claude is told for them, which tools it has, and who belongs to them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from conversations.admin.reach import in_reach
from conversations.admin.recorded import ListedAdmin, may_see_usage, one_figure, page_of
from conversations.announce.tools import in_words
from conversations.claude import catalogue
from conversations.models import PeopleGroup, User
from conversations.tools.registry import on_offer
from conversations.usage.filters import UsageFilter
from conversations.usage.numbers import usd_in_column
from conversations.usage.reports import attempts, dollars, exact_cost

MOST_MEMBERS = 50  # on the page of a group; the list of people has them all


class PeopleGroupForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    allowed_models = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    allowed_tools = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Of what is offered now, and what was chosen before and is not: it counts when it comes back."""
        super().__init__(*args, **kwargs)
        models = {card.id: card.display_name for card in catalogue.offered()}
        tools = {name: in_words(name) for name, _ in on_offer()}
        self._offer("allowed_models", models, self.instance.allowed_models)
        self._offer("allowed_tools", tools, self.instance.allowed_tools)

    def _offer(self, name: str, offered: dict[str, str], kept: list[str]) -> None:
        if name in self.fields:  # not for those who may only look
            gone = {each: f"{each}, not offered now" for each in kept}
            self.fields[name] = forms.MultipleChoiceField(
                label=PeopleGroup._meta.get_field(name).verbose_name.capitalize(),  # type: ignore[union-attr]
                help_text=PeopleGroup._meta.get_field(name).help_text,  # type: ignore[union-attr]
                required=False,
                widget=forms.CheckboxSelectMultiple,
                choices=list((gone | offered).items()),
            )


@admin.register(PeopleGroup)
class PeopleGroupAdmin(ListedAdmin):
    form = PeopleGroupForm
    empty_note = "People who share models, tools and instructions. Nobody belongs to any group so far."
    list_display = ("name", "people_count", "models_shown", "tools_shown", "month_cost")
    search_fields = ("name",)
    ordering = ("name",)
    fieldsets = (
        (
            None,
            {"fields": ("name", "allowed_models", "limits_tools", "allowed_tools", "instructions", "retention_days")},
        ),
    )
    readonly_fields = ("month_cost", "members")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PeopleGroup]:
        groups: QuerySet[PeopleGroup] = in_reach(request, super().get_queryset(request), "pk")
        month = attempts(UsageFilter.this_month())
        return groups.annotate(
            sum_people=Count("people", distinct=True), sum_month_cost=one_figure(month, "group", exact_cost())
        )

    def get_list_display(self, request: HttpRequest) -> Any:
        return self.list_display if may_see_usage(request) else self.list_display[:-1]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = ("month_cost", "members") if may_see_usage(request) else ("members",)
        return [self.fieldsets[0], *([] if obj is None else [("People", {"fields": shown})])]

    @admin.display(description="people", ordering="sum_people")
    def people_count(self, group: Any) -> str:
        return f"{group.sum_people:,}"

    @admin.display(description="models")
    def models_shown(self, group: PeopleGroup) -> str:
        return ", ".join(catalogue.card(each).short_name for each in group.allowed_models) or "all that are offered"

    @admin.display(description="tools")
    def tools_shown(self, group: PeopleGroup) -> str:
        if not group.limits_tools:
            return "all that are on"
        return ", ".join(in_words(name) for name in group.allowed_tools) or "none"

    @admin.display(description="cost this month", ordering="sum_month_cost")
    def month_cost(self, group: Any) -> str:
        return usd_in_column(dollars(group.sum_month_cost))

    @admin.display(description="members")
    def members(self, group: PeopleGroup) -> SafeString:
        """By name. They are put into a group from the list of people."""
        people = list(group.people.order_by("username")[: MOST_MEMBERS + 1])
        if not people:
            return format_html('<span class="quiet">Nobody yet. Choose people in their list, then this group.</span>')
        links = ((page_of("user_change", person.pk), person.get_username(), _role(person)) for person in people)
        listed = format_html_join(", ", '<a href="{}">{}</a>{}', list(links)[:MOST_MEMBERS])
        everybody = f"{page_of('user_changelist')}?group__id__exact={group.pk}"
        return format_html('{}{} <a href="{}">List</a>', listed, "," if len(people) > MOST_MEMBERS else ".", everybody)


def _role(person: User) -> str:
    return " (group admin)" if person.is_group_admin else ""
