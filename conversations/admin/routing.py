"""The rules of "best fit", in the order in which they are tried."""

from typing import Any

from django import forms
from django.contrib import admin

from conversations.admin.recorded import ListedAdmin
from conversations.claude import catalogue
from conversations.claude.cards import EFFORTS
from conversations.models import RoutingRule


class RoutingRuleForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    model = forms.ChoiceField()
    effort = forms.ChoiceField(required=False, choices=[("", "the model's own"), *((each, each) for each in EFFORTS)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Only of the offered ones; a rule for a model that is offered no more is passed over, and shown as it is."""
        super().__init__(*args, **kwargs)
        offered = {card.id: card.display_name for card in catalogue.offered()}
        kept = {self.instance.model: f"{self.instance.model}, not offered"} if self.instance.model else {}
        self.fields["model"] = forms.ChoiceField(choices=list((kept | offered).items()))


@admin.register(RoutingRule)
class RoutingRuleAdmin(ListedAdmin):
    form = RoutingRuleForm
    list_display = ("kind", "words", "model", "effort", "position", "is_on")
    empty_note = "Without rules, best fit is the model that new chats begin with."
