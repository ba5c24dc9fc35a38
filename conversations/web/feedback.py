"""What a person tells the admin of an answer: that it was good or bad, or that a refusal was wrong."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_POST

from conversations.feedback.give import give, withdraw
from conversations.models import State, Verdict
from conversations.refusals.report import report
from conversations.web.forms import FeedbackForm, ReportForm
from conversations.web.own import own_answer
from conversations.web.responses import INVALID, SignedInRequest, done, signed_in
from conversations.web.turns import refused


@require_POST
@signed_in
def feedback(request: SignedInRequest, conversation_id: UUID, message_id: int) -> HttpResponse:
    answer = own_answer(request, conversation_id, message_id)
    form = FeedbackForm(request.POST)
    if not form.is_valid():
        return refused(request, answer.conversation, " ".join(form.sentences), INVALID)
    if verdict := form.cleaned_data["verdict"]:
        give(request.user, answer, Verdict(verdict), form.cleaned_data["reason"])
    else:
        withdraw(answer)
    return done(request, conversation_id)


@require_POST
@signed_in
def report_refusal(request: SignedInRequest, conversation_id: UUID, message_id: int) -> HttpResponse:
    answer = own_answer(request, conversation_id, message_id)
    if answer.state != State.REFUSED:
        raise Http404
    form = ReportForm(request.POST)
    if not form.is_valid():
        return refused(request, answer.conversation, " ".join(form.sentences), INVALID)
    report(answer, form.cleaned_data["note"])
    return done(request, conversation_id)
