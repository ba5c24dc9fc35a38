"""How a person likes the page: its theme, and what Enter does."""

from django import forms
from django.http import HttpResponse
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from conversations.models import User
from conversations.web.responses import SignedInRequest, page_before, see_other, signed_in


class PreferencesForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    class Meta:
        model = User
        fields = ("theme", "enter_sends", "follow_ups")


@require_POST
@signed_in
def save(request: SignedInRequest) -> HttpResponse:
    form = PreferencesForm(request.POST, instance=request.user)
    if not form.is_valid():
        return HttpResponse(status=422)
    person = form.save(commit=False)
    person.save(update_fields=form.Meta.fields)
    if not request.htmx:
        return see_other(page_before(request))
    saved = {"theme": person.theme, "enter_sends": person.enter_sends}
    return trigger_client_event(HttpResponse(status=204), "preferences-saved", saved)
