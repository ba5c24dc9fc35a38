"""How a door answers: 204 and an event for htmx, 303 for a plain form, one place for both."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect, push_url, trigger_client_event
from django_htmx.middleware import HtmxDetails

from conversations.models import Conversation, Project, User

Rest = ParamSpec("Rest")
SPENT, CONFLICT, INVALID = 402, 409, 422


class HtmxRequest(HttpRequest):
    htmx: HtmxDetails


class SignedInRequest(HtmxRequest):
    user: User


def signed_in(
    view: Callable[Concatenate[SignedInRequest, Rest], HttpResponse],
) -> Callable[Concatenate[SignedInRequest, Rest], HttpResponse]:
    """Like login_required, but an expired session sends the whole window to the sign-in page, not a piece of it."""

    @wraps(view)
    def guarded(request: SignedInRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        if request.user.is_authenticated and _is_written_by(request.user, request):
            try:
                return view(request, *args, **kwargs)
            except (Conversation.DoesNotExist, Project.DoesNotExist) as gone:  # erased since it was looked up
                raise Http404 from gone
        if not request.htmx:
            return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
        login = f"{resolve_url('account_login')}?{REDIRECT_FIELD_NAME}={request.htmx.current_url_abs_path or '/'}"
        return HttpResponseClientRedirect(login)

    return guarded


def _is_written_by(person: User, request: HttpRequest) -> bool:
    """A page that stayed open while somebody else signed in must not send its words in their name."""
    return request.POST.get("writer", str(person.pk)) == str(person.pk)


def draft_sent(request: HtmxRequest, conversation_id: UUID, client_id: UUID) -> HttpResponse:
    """The question is in: the composer may clear itself and a new chat learns its address."""
    url = reverse("conversation", args=[conversation_id])
    if not request.htmx:
        return see_other(url)
    news = {"url": url, "socket": f"/ws{url}", "client_id": str(client_id)}
    return push_url(trigger_client_event(HttpResponse(status=204), "draft-sent", news), url)


def done(request: HtmxRequest, conversation_id: UUID) -> HttpResponse:
    """A command was taken; what it changed comes by the socket, or with the page."""
    return HttpResponse(status=204) if request.htmx else see_other(reverse("conversation", args=[conversation_id]))


def see_other(url: str) -> HttpResponse:
    """Unlike Django's 302, a 303 makes every browser fetch with GET what follows a POST."""
    return HttpResponse(status=303, headers={"Location": url})


def page_before(request: HttpRequest) -> str:
    """Where a plain form was sent from, if that is one of our pages."""
    referer = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure())
    return referer if ours else "/"
