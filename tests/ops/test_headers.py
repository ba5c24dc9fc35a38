import pytest
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, RequestFactory

from chatsite.headers import security_headers
from conversations.models import User


def test_what_a_signed_in_person_sees_is_not_kept_by_the_browser(alice: User, alice_client: Client) -> None:
    assert "no-store" in alice_client.get("/").headers["Cache-Control"]
    assert "no-store" in alice_client.get("/nothing-here/").headers["Cache-Control"]


@pytest.mark.django_db
def test_a_page_for_everybody_may_be_kept(rf: RequestFactory) -> None:
    assert "Cache-Control" not in security_headers(lambda _: HttpResponse())(rf.get("/"))


def test_a_view_that_decides_for_itself_keeps_its_word(rf: RequestFactory) -> None:
    request = rf.get("/")
    request.COOKIES["sessionid"] = "one"

    answer = security_headers(lambda _: HttpResponse(headers={"Cache-Control": "private, max-age=60"}))(request)

    assert answer.headers["Cache-Control"] == "private, max-age=60"


def test_signing_in_is_not_kept_either(rf: RequestFactory) -> None:
    def sign_in(request: HttpRequest) -> HttpResponse:
        response = HttpResponse()
        response.set_cookie("sessionid", "one")
        return response

    assert security_headers(sign_in)(rf.get("/")).headers["Cache-Control"] == "no-store"


@pytest.mark.django_db(transaction=True)
async def test_async_answers_have_them_too() -> None:
    response = await AsyncClient().get("/accounts/login/")

    assert "camera=()" in response.headers["Permissions-Policy"]
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
