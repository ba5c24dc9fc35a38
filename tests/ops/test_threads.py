"""Requests in threads, as the server runs them: with Django's whole chain of middleware."""

import asyncio
import threading
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.http import HttpRequest, HttpResponse
from django.urls import path

from chatsite.threads import THREADS, Seat, Thread, ThreadedHandler
from conversations.models import User

communicator: Any = ApplicationCommunicator  # asgiref leaves it without types
barrier = threading.Barrier(2)


def where(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(threading.get_ident()))


def both(request: HttpRequest) -> HttpResponse:
    barrier.wait(timeout=30)  # returns only if another request runs at the same time
    return where(request)


def counted(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(User.objects.count()))


urlpatterns = [path("where", where), path("both", both), path("counted", counted)]


@pytest.fixture
def site(settings: Any) -> ThreadedHandler:
    settings.ROOT_URLCONF = __name__
    return ThreadedHandler()


async def test_one_after_the_other_runs_in_the_same_thread(site: ThreadedHandler) -> None:
    assert await _get(site, "/where") == await _get(site, "/where")


async def test_requests_at_the_same_time_do_not_wait_for_one_another(site: ThreadedHandler) -> None:
    first, second = await asyncio.gather(_get(site, "/both"), _get(site, "/both"))

    assert first != second


@pytest.mark.django_db(transaction=True)
async def test_more_requests_than_threads_are_answered(site: ThreadedHandler) -> None:
    answers = await asyncio.gather(*(_get(site, "/counted") for _ in range(2 * THREADS)))

    assert set(answers) == {b"0"}


def test_a_seat_that_was_left_is_free() -> None:
    threads = [Thread(), Thread()]
    names = []
    for _ in range(3):
        seat = Seat(threads)
        names.append(seat.submit(lambda: threading.current_thread()).result())
        seat.leave()

    assert len(set(names)) == 1


async def _get(site: ThreadedHandler, address: str) -> bytes:
    scope = {
        "type": "http",
        "method": "GET",
        "path": address,
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
    }
    asking = communicator(site, scope)
    await asking.send_input({"type": "http.request"})
    await asking.receive_output(timeout=30)
    body: bytes = (await asking.receive_output(timeout=30))["body"]
    await asking.wait(timeout=30)
    return body
