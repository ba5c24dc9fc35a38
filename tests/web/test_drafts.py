"""GET and POST /draft/ and /c/<uuid>/draft/, and the pages that show what was kept."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from conversations.models import Attachment, Draft, Turn, User
from tests.web.test_attachments import uploaded
from tests.web.test_send import HTMX, sent


def writing(text: str = "Half a thought", **more: Any) -> dict[str, Any]:
    return {"text": text, "client_id": str(uuid4()), "tab": str(uuid4()), "edition": 1, "seen": "", **more}


@pytest.fixture
def address(alice_client: Client) -> str:
    """Of the draft of a conversation of alice's."""
    alice_client.post("/messages/", sent())
    return f"/c/{Turn.objects.get().conversation_id}/draft/"


def test_a_fresh_page_shows_the_draft_and_the_send_that_it_will_be(alice_client: Client, media: object) -> None:
    picture = uploaded(alice_client)
    once = writing(model="claude-haiku-5-5", attachments=[str(picture.pk)])

    assert alice_client.post("/draft/", once).status_code == 204

    page = alice_client.get("/").text
    assert "Half a thought</textarea>" in page
    assert f'name="attachments" value="{picture.pk}"' in page
    assert '<option value="claude-haiku-5-5" selected ' in page
    assert f'name="client_id" value="{once["client_id"]}"' in page
    assert f'data-saved-as="{once["tab"]}.1"' in page


def test_the_draft_of_a_conversation_is_shown_there_and_nowhere_else(alice_client: Client, address: str) -> None:
    alice_client.post(address, writing())

    assert "Half a thought" in alice_client.get(address.removesuffix("draft/")).text
    assert "Half a thought" in alice_client.get(address).text
    assert "Half a thought" not in alice_client.get("/").text


def test_a_sent_draft_is_gone(alice_client: Client) -> None:
    once = writing()
    alice_client.post("/draft/", once)

    assert alice_client.post("/messages/", once, headers=HTMX).status_code == 204

    assert not Draft.objects.exists()
    assert alice_client.post("/draft/", once | {"edition": 2}).status_code == 205


def test_a_draft_that_was_sent_with_an_edit_that_was_never_saved_is_gone(alice_client: Client) -> None:
    once = writing()
    alice_client.post("/draft/", once)

    alice_client.post("/messages/", sent() | {"seen": f"{once['tab']}.1"}, headers=HTMX)

    assert not Draft.objects.exists()


@pytest.mark.parametrize("seen", ["", "nonsense", "9d3f0c1e-5b7a-4c2d-8e6f-1a2b3c4d5e6f.1", "{tab}.0", "{tab}.x"])
def test_a_send_that_was_made_of_something_else_leaves_it(alice_client: Client, seen: str) -> None:
    once = writing()
    alice_client.post("/draft/", once)

    response = alice_client.post("/messages/", sent() | {"seen": seen.format(tab=once["tab"])}, headers=HTMX)

    assert response.status_code == 204
    assert Draft.objects.exists()


def test_a_refused_send_keeps_it(alice_client: Client, address: str) -> None:
    once = writing()
    alice_client.post(address, once)

    assert alice_client.post(address.replace("draft", "messages"), once, headers=HTMX).status_code == 409

    assert Draft.objects.get().text == "Half a thought"


def test_another_tabs_words_come_back_instead_of_being_replaced(alice_client: Client) -> None:
    alice_client.post("/draft/", writing("Written first"))

    response = alice_client.post("/draft/", writing("Written blindly"))

    assert response.status_code == 409
    assert "Written first</textarea>" in response.text
    assert Draft.objects.get().text == "Written first"


def test_words_too_long_to_send_and_a_forbidden_character_are_kept(alice_client: Client) -> None:
    assert alice_client.post("/draft/", writing("x" * 1_100_000 + "\x00\r\n")).status_code == 204

    assert Draft.objects.get().text.endswith("x\ufffd\n")


@pytest.mark.parametrize("broken", [{"client_id": ""}, {"tab": "x"}, {"edition": "-1"}, {"attachments": ["x"]}])
def test_what_makes_no_sense_is_400(alice_client: Client, broken: dict[str, Any]) -> None:
    assert alice_client.post("/draft/", writing() | broken).status_code == 400
    assert not Draft.objects.exists()


def test_a_stranger_neither_reads_nor_writes_it(alice_client: Client, ben_client: Client, address: str) -> None:
    alice_client.post(address, writing())

    assert ben_client.get(address).status_code == 404
    assert ben_client.post(address, writing("Mine now")).status_code == 404
    assert Draft.objects.get().text == "Half a thought"


def test_a_strangers_picture_does_not_come_along(alice_client: Client, ben_client: Client, media: object) -> None:
    picture = uploaded(alice_client)

    ben_client.post("/draft/", writing(attachments=[str(picture.pk)]))

    assert Attachment.objects.get().draft is None
    assert str(picture.pk) not in ben_client.get("/").text


def test_somebody_signed_out_is_sent_to_sign_in_and_back(client: Client, db: None) -> None:
    response = client.post("/draft/", writing(), headers=HTMX | {"HX-Current-URL": "http://testserver/c/x/"})

    assert response["HX-Redirect"] == "/accounts/login/?next=/c/x/"
    assert not Draft.objects.exists()


@pytest.mark.parametrize("path", ["/draft/", "/messages/"])
def test_the_words_of_one_are_not_kept_or_sent_in_the_name_of_another(
    ben_client: Client, alice: User, ben: User, path: str
) -> None:
    response = ben_client.post(path, writing(writer=str(alice.pk)), headers=HTMX)

    assert response["HX-Redirect"].startswith("/accounts/login/")
    assert not Draft.objects.exists()
    assert not Turn.objects.exists()
    assert ben_client.post(path, writing(writer=str(ben.pk)), headers=HTMX).status_code == 204


def test_an_example_does_not_take_the_place_of_a_draft(alice_client: Client) -> None:
    assert "An example</textarea>" in alice_client.get("/?text=An+example").text
    alice_client.post("/draft/", writing())

    assert "Half a thought</textarea>" in alice_client.get("/?text=An+example").text


def test_reading_it_changes_nothing(alice_client: Client) -> None:
    alice_client.post("/draft/", writing())
    before = Draft.objects.values().get()

    alice_client.get("/draft/")

    assert Draft.objects.values().get() == before
