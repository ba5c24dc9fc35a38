"""What a person wants Claude to keep in mind in all their chats."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from conversations.models import OwnInstructions
from conversations.models.groups import INSTRUCTIONS_LENGTH
from conversations.web.forms import FittingField
from conversations.web.responses import SignedInRequest, see_other, signed_in

HINT = f"Such as who you are, and how answers should be. Up to {INSTRUCTIONS_LENGTH:,} characters; empty for none."


class InstructionsForm(forms.Form):
    text = FittingField(
        label="Your instructions",
        most=INSTRUCTIONS_LENGTH,
        required=False,
        help_text=HINT,
        widget=forms.Textarea(attrs={"rows": 12, "dir": "auto"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def own(request: SignedInRequest) -> HttpResponse:
    if request.method != "POST":
        kept = OwnInstructions.objects.of(request.user.pk)
        return _page(request, InstructionsForm(initial={"text": kept}))
    form = InstructionsForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    OwnInstructions.objects.keep(request.user, form.cleaned_data["text"])
    return see_other(f"{reverse('own-instructions')}?saved")


def _page(request: SignedInRequest, form: InstructionsForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "is_saved": "saved" in request.GET and status == 200}
    return render(request, "conversations/instructions.html", context, status=status)
