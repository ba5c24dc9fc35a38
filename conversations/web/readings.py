"""The notice that somebody who runs the site read a chat, until its owner has seen it."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from conversations.audit import readings
from conversations.models import Reading
from conversations.web.pages import number_in
from conversations.web.responses import SignedInRequest, page_before, see_other, signed_in

AT_ONCE = 5


def readings_notice(request: HttpRequest) -> list[Reading]:
    """The oldest that they have not seen; more come when these are."""
    person = request.user
    if not (settings.READING_NOTICE and person.is_authenticated and person.has_unseen_readings):
        return []
    return list(Reading.objects.untold(person).select_related("conversation")[:AT_ONCE])


@require_POST
@signed_in
def seen(request: SignedInRequest) -> HttpResponse:
    readings.seen(request.user, number_in(request.POST.get("until", "")) or 0)
    return see_other(page_before(request))
