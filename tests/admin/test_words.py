"""No admin page shows a title, a message or a file's name, and none takes a script or style into the page."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.admin.models import LogEntry
from django.core.files.base import ContentFile
from django.test import Client

from conversations.models import Attachment, AuditEntry, Conversation, UsageEntry, User
from tests.admin.conftest import CANARY, Chat

HOSTILE = '<img src=x onerror="alert(1)">'
INLINE = re.compile(r"<style|<script(?![^>]*\ssrc=)|<[a-z][^>]*\s(style|on[a-z]+)=", re.IGNORECASE)


def every_place() -> Iterable[str]:
    """Each page of each list, for its first row too."""
    yield from (
        "/admin/",
        "/admin/conversations/",
        "/admin/conversations/usageentry/report/",
        "/admin/password_change/",
    )
    yield "/admin/conversations/usageentry/report/?group_by=user,model,day&chart=tokens"
    yield "/admin/conversations/usageentry/report/?group_by=user,model,day&format=csv"
    for model in site._registry:
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        yield from (base, f"{base}?q={CANARY}", f"{base}add/")
        if model is Conversation:  # asks for a reason and shows nothing
            yield from (f"{base}{row.pk}/read/" for row in Conversation.objects.all())
        for row in model._default_manager.all()[:3]:
            yield from (f"{base}{row.pk}/{page}/" for page in ("change", "history", "delete"))
    for person in User.objects.all():
        yield f"/admin/conversations/user/{person.pk}/password/"


def without_the_search(page: str) -> str:
    """The page says back what was searched for; that is nobody's secret."""
    return re.sub(r'(value="|q=|q%3D)canary', "", page)


def pages(client: Client) -> dict[str, str]:
    found = {}
    for address in every_place():
        response: Any = client.get(address)
        hidden = (302, 404) if "/conversations/batch/" in address else ()  # of somebody else: not there
        assert response.status_code in (200, 403, *hidden), address
        found[address] = response.getvalue().decode()
    return found


def test_no_page_shows_a_word_of_a_conversation(cleo_client: Client, chat: Chat) -> None:
    for address, page in pages(cleo_client).items():
        assert CANARY not in without_the_search(page), address


def test_no_page_has_an_inline_script_or_style(cleo_client: Client, chat: Chat) -> None:
    for address, page in pages(cleo_client).items():
        if "format=csv" not in address:
            assert not INLINE.search(page), address


def test_a_name_that_is_markup_is_text_on_every_page(cleo_client: Client, chat: Chat, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(username=HOSTILE)
    UsageEntry._base_manager.update(pseudonym=HOSTILE, request_id=HOSTILE, answered_model=HOSTILE, stop_reason=HOSTILE)
    type(chat.refusal).objects.update(category=HOSTILE, explanation=HOSTILE, model=HOSTILE)
    Conversation.objects.update(model=HOSTILE)

    for address, page in pages(cleo_client).items():
        if "format=csv" not in address:
            assert HOSTILE not in page, address
    assert "&lt;img src=x" in cleo_client.get("/admin/conversations/usageentry/").text


@pytest.mark.parametrize("lookup", ["title__startswith", "title", "messages__content__icontains", "title__regex"])
def test_a_title_cannot_be_guessed_by_narrowing_the_list(cleo_client: Client, chat: Chat, lookup: str) -> None:
    response = cleo_client.get(f"/admin/conversations/conversation/?{lookup}={CANARY}")

    assert response.status_code == 400


@pytest.mark.parametrize("place", ["usageentry", "refusalevent", "user"])
@pytest.mark.parametrize("path", ["conversation__title", "conversations__title", "turn__question__content"])
def test_nor_by_way_of_another_list(cleo_client: Client, chat: Chat, place: str, path: str) -> None:
    response = cleo_client.get(f"/admin/conversations/{place}/?{path}__startswith={CANARY}", follow=True)

    assert response.status_code == 400 or "e=1" in response.redirect_chain[-1][0]


def test_the_list_can_still_be_narrowed_by_owner_and_model(cleo_client: Client, chat: Chat, alice: User) -> None:
    page = cleo_client.get(f"/admin/conversations/conversation/?owner__id__exact={alice.pk}&model=claude-opus-5-5")

    assert str(chat.conversation.pk) in page.text


def test_a_title_is_not_found_by_search(cleo_client: Client, chat: Chat) -> None:
    page = cleo_client.get(f"/admin/conversations/conversation/?q={CANARY}").text

    assert str(chat.conversation.pk) not in page
    assert "Nothing matches" in page


def test_deleting_a_conversation_writes_no_word_down_and_takes_its_files(
    cleo_client: Client, chat: Chat, media: Path, django_capture_on_commit_callbacks: Any
) -> None:
    attachment = Attachment.objects.get()
    attachment.file.save("picture", ContentFile(b"pixels"))
    attachment.thumbnail.save("small", ContentFile(b"pixels"))
    stored = attachment.file.storage

    with django_capture_on_commit_callbacks(execute=True):
        cleo_client.post(f"/admin/conversations/conversation/{chat.conversation.pk}/delete/", {"post": "yes"})

    assert not Conversation.objects.exists()
    assert not stored.exists(str(attachment.file.name))
    assert not stored.exists(str(attachment.thumbnail.name))
    assert not LogEntry.objects.exists()
    written = AuditEntry.objects.get(deed="deleted")
    assert (written.object_type, written.object_id) == ("conversations.conversation", str(chat.conversation.pk))
    assert CANARY not in str(written.facts)
    assert CANARY not in cleo_client.get("/admin/").text


def test_deleting_people_takes_their_chats_and_files_and_leaves_the_ledger(
    cleo_client: Client, chat: Chat, alice: User, media: Path, django_capture_on_commit_callbacks: Any
) -> None:
    attachment = Attachment.objects.get()
    attachment.file.save("picture", ContentFile(b"pixels"))
    was = alice.pk
    chosen = {"action": "delete_selected", "_selected_action": [alice.pk], "post": "yes"}

    with django_capture_on_commit_callbacks(execute=True):
        cleo_client.post("/admin/conversations/user/", chosen)

    assert not User.objects.filter(pk=alice.pk).exists()
    assert not attachment.file.storage.exists(str(attachment.file.name))
    chat.entry.refresh_from_db()
    assert (chat.entry.person, chat.entry.pseudonym) == (None, f"former person {was}")
