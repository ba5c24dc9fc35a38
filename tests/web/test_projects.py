"""/projects/: what a person groups chats in, and the ways of a chat into one and out of it."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from conversations.models import Attachment, AuditEntry, Conversation, Draft, Project, User
from conversations.models.groups import INSTRUCTIONS_LENGTH
from conversations.projects import files
from conversations.projects.keep import begin
from conversations.web.projects import CHATS_STEP
from tests.attachments.documents import pdf

HTMX = {"HX-Request": "true"}
OPUS = "claude-opus-5-5"


@pytest.fixture
def garden(alice: User) -> Project:
    return begin(alice, "Garden")


def chat_of(person: User, project: Project | None = None, title: str = "Roses", **more: Any) -> Conversation:
    return Conversation.objects.create(owner=person, model=OPUS, title=title, project=project, **more)


def text(name: str = "notes.txt", words: bytes = b"Roses like lime.") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, words)


def address(project: Project, rest: str = "") -> str:
    return f"/projects/{project.pk}/{rest}"


def sent(words: str = "When do I prune?", **more: Any) -> dict[str, Any]:
    return {"text": words, "client_id": str(uuid4()), **more}


def test_without_one_the_list_says_what_a_project_is_for(alice_client: Client) -> None:
    page = alice_client.get("/projects/").text

    assert "A project keeps chats that belong together" in page
    assert 'href="/projects/"' in alice_client.get("/").text


def test_a_project_is_begun_and_listed_with_what_is_in_it(
    alice_client: Client, alice: User, ben: User, media: Path
) -> None:
    response = alice_client.post("/projects/", {"name": "  House &\tgarden "})

    project = Project.objects.visible_to(alice).get()
    assert (response.status_code, response["Location"]) == (303, address(project))
    assert project.name == "House & garden"
    chat_of(alice, project)
    chat_of(alice, project, archived_at="2026-01-01T00:00Z")
    chat_of(alice, project, deleted_at="2026-01-01T00:00Z")
    files.add(project, text())
    begin(ben, "Boats")
    page = alice_client.get("/projects/").text
    assert "House &amp; garden" in page
    assert "2 chats · 1 file<" in page
    assert "Boats" not in page


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "Give the project a name."),
        (" \u200b ", "Give the project a name."),
        ("x" * 81, "These are 81 characters, and 80 are the most."),
        ("Garden", "You have another project of this name."),
    ],
)
def test_a_name_that_cannot_be_is_given_back_with_a_sentence(
    alice_client: Client, garden: Project, name: str, sentence: str
) -> None:
    other = begin(garden.owner, "House")

    for response in (
        alice_client.post("/projects/", {"name": name}),
        alice_client.post(address(other), {"name": name}),
    ):
        assert response.status_code == 422
        assert sentence in response.text
        assert f'value="{name}"' in response.text or not name.strip(" \u200b")
    assert set(Project.objects.values_list("name", flat=True)) == {"Garden", "House"}


def test_name_and_instructions_are_kept_and_the_page_says_who_reads_them(alice_client: Client, garden: Project) -> None:
    response = alice_client.post(address(garden), {"name": "Rose garden", "instructions": "Latin names,\r\n<please>."})

    garden.refresh_from_db()
    assert (garden.name, garden.instructions) == ("Rose garden", "Latin names,\n<please>.")
    page = alice_client.get(response["Location"]).text
    assert "Saved." in page
    assert "Latin names,\n&lt;please&gt;." in page
    assert "The people who run this site may see the name" in page
    assert "Nobody but you and Claude reads them." in page


def test_too_many_instructions_are_given_back_whole_with_a_sentence(alice_client: Client, garden: Project) -> None:
    words = "x" * (INSTRUCTIONS_LENGTH + 1)

    response = alice_client.post(address(garden), {"name": "Other", "instructions": words})

    assert response.status_code == 422
    assert "These are 8001 characters, and 8000 are the most. Shorten them and save again." in response.text
    assert words in response.text
    garden.refresh_from_db()
    assert (garden.name, garden.instructions) == ("Garden", "")


def test_the_page_lists_its_chats_newest_first(alice_client: Client, alice: User, garden: Project) -> None:
    for number in range(CHATS_STEP + 1):
        chat_of(alice, garden, f"Bed number {number}.")
    chat_of(alice, None, "Elsewhere")

    page = alice_client.get(address(garden)).text
    main = page.partition("<main")[2]
    assert main.index(f"Bed number {CHATS_STEP}.") < main.index("Bed number 1.")
    assert "Bed number 0." not in main
    assert "Elsewhere" not in main
    assert f"?show={2 * CHATS_STEP}" in main
    assert "Bed number 0." in alice_client.get(address(garden), {"show": 2 * CHATS_STEP}).text.partition("<main")[2]


def test_files_are_added_shown_and_removed_without_a_script(alice_client: Client, garden: Project, media: Path) -> None:
    added = alice_client.post(
        address(garden, "files/"), {"file": [text(), SimpleUploadedFile("plan.pdf", pdf("one", "two"))]}
    )

    assert (added.status_code, added["Location"]) == (303, address(garden) + "#files")
    page = alice_client.get(address(garden)).text
    assert "2 of 20 files" in page
    assert f"of {files.MOST_TOKENS:,} tokens<" in page
    notes = garden.files.get(name="notes.txt")
    assert alice_client.get(f"/attachments/{notes.pk}/").text == "Roses like lime."

    removed = alice_client.post(address(garden, f"files/{notes.pk}/remove/"))
    assert removed.status_code == 303
    assert [file.name for file in garden.files.all()] == ["plan.pdf"]


def test_a_refused_file_is_told_by_name_and_the_others_are_kept(
    alice_client: Client, garden: Project, media: Path
) -> None:
    upload = {"file": [text(), text("<empty>.txt", b""), SimpleUploadedFile("tool.exe", b"MZ\x00\x01" * 9)]}

    page = alice_client.post(address(garden, "files/"), upload)

    assert page.status_code == 422
    assert "<bdi>&lt;empty&gt;.txt</bdi> was not added. It is empty: 0 bytes." in page.text
    assert "<bdi>tool.exe</bdi> was not added." in page.text
    assert [file.name for file in garden.files.all()] == ["notes.txt"]
    assert len([path for path in media.rglob("*") if path.is_file()]) == 1


def test_more_files_than_a_project_takes_are_refused(
    alice_client: Client, garden: Project, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_FILES", 1)

    page = alice_client.post(address(garden, "files/"), {"file": [text(), text("b.txt")]}, headers=HTMX)

    assert page.status_code == 422
    assert "<bdi>b.txt</bdi> was not added. A project takes at most 1 files." in page.text
    assert "<main" not in page.text
    assert garden.files.count() == 1


def test_no_file_at_all_is_told(alice_client: Client, garden: Project) -> None:
    assert "Nothing arrived." in alice_client.post(address(garden, "files/")).text


def test_what_was_sent_or_is_of_another_project_is_not_removed_here(
    alice_client: Client, alice: User, garden: Project, media: Path
) -> None:
    other = files.add(begin(alice, "House"), text())

    assert alice_client.post(address(garden, f"files/{other.pk}/remove/")).status_code == 404
    assert alice_client.post(f"/attachments/{other.pk}/remove/").status_code == 404
    assert Attachment.objects.filter(pk=other.pk).exists()


def test_a_chat_begins_in_a_project_once(alice_client: Client, alice: User, garden: Project) -> None:
    page = alice_client.get(address(garden, "new/"), {"text": "Roses?"}).text
    assert f'action="{address(garden, "messages/")}"' in page
    assert f'<a href="{address(garden)}"><bdi>Garden</bdi></a>' in page
    assert "\nRoses?</textarea>" in page
    once = sent()

    first = alice_client.post(address(garden, "messages/"), once, headers=HTMX)
    second = alice_client.post(address(garden, "messages/"), once, headers=HTMX)
    elsewhere = alice_client.post("/messages/", once, headers=HTMX)

    assert first["HX-Push-Url"] == second["HX-Push-Url"]
    assert elsewhere.status_code == 409
    assert Conversation.objects.get().project == garden
    shown = alice_client.get(first["HX-Push-Url"]).text
    assert 'title="Project Garden"' in shown


def test_a_refused_beginning_stays_in_the_project(alice_client: Client, garden: Project) -> None:
    for headers in ({}, HTMX):
        response = alice_client.post(address(garden, "messages/"), sent(" "), headers=headers)

        assert response.status_code == 422
        assert f'action="{address(garden, "messages/")}"' in response.text


def test_a_new_chat_has_one_draft_wherever_it_begins(alice_client: Client, alice: User, garden: Project) -> None:
    draft = {"text": "Half a thought", "client_id": str(uuid4()), "tab": str(uuid4()), "edition": 1}
    assert alice_client.post("/draft/", draft).status_code == 204

    assert "Half a thought" in alice_client.get(address(garden, "new/")).text
    seen = Draft.objects.visible_to(alice).get().saved_as
    alice_client.post(address(garden, "messages/"), sent(client_id=draft["client_id"], seen=seen), headers=HTMX)

    assert not Draft.objects.exists()


def test_a_chat_is_moved_in_and_out_by_its_menu(alice_client: Client, alice: User, garden: Project) -> None:
    chat = chat_of(alice)
    page = alice_client.get(f"/c/{chat.pk}/").text
    assert f'<option value="{garden.pk}">Garden</option>' in page
    assert 'title="Project Garden"' not in page

    moved = alice_client.post(f"/c/{chat.pk}/project/", {"project": garden.pk}, headers=HTMX)
    assert 'title="Project Garden"' in moved.text
    assert f'<option value="{garden.pk}" selected>' in moved.text
    chat.refresh_from_db()
    assert chat.project == garden

    out = alice_client.post(f"/c/{chat.pk}/project/", {"project": ""})
    assert (out.status_code, out["Location"]) == (303, f"/c/{chat.pk}/")
    chat.refresh_from_db()
    assert chat.project is None


def test_the_menu_of_whoever_has_no_project_leads_to_one(alice_client: Client, alice: User) -> None:
    page = alice_client.get(f"/c/{chat_of(alice).pk}/").text

    assert "Begin a project for chats that belong together" in page
    assert 'name="project"' not in page


@pytest.mark.parametrize("wanted", ["none", "-1", "9" * 30, "0", None])
def test_a_chat_is_not_moved_into_nothing(alice_client: Client, alice: User, garden: Project, wanted: Any) -> None:
    chat = chat_of(alice, garden)

    response = alice_client.post(f"/c/{chat.pk}/project/", {} if wanted is None else {"project": wanted})

    assert response.status_code == 404
    chat.refresh_from_db()
    assert chat.project == garden


def test_a_deleted_project_leaves_its_chats_and_is_written_down(
    alice_client: Client, alice: User, garden: Project, media: Path
) -> None:
    chat = chat_of(alice, garden)
    files.add(garden, text())

    response = alice_client.post(address(garden, "delete/"))

    assert (response.status_code, response["Location"]) == (303, "/projects/?deleted")
    assert "The project is deleted." in alice_client.get(response["Location"]).text
    assert alice_client.get(address(garden)).status_code == 404
    assert not Attachment.objects.exists()
    chat.refresh_from_db()
    assert chat.project is None
    entry = AuditEntry.objects.get(deed="deleted")
    assert (entry.person_id, entry.object_type) == (alice.pk, "conversations.project")
    assert entry.object_id == str(garden.pk)


def _export(client: Client, chat: Conversation, name: str) -> str:
    response: Any = client.get(f"/c/{chat.pk}/export/?format={name}")
    return str(response.getvalue().decode())


def test_exports_name_the_project(alice_client: Client, alice: User, garden: Project) -> None:
    chat = chat_of(alice, garden)

    as_json, as_markdown = (_export(alice_client, chat, name) for name in ("json", "md"))

    assert json.loads(as_json)["conversation"]["project"] == "Garden"
    assert "*In the project Garden*" in as_markdown


def ways(project: Project, file: UUID, chat: Conversation) -> list[tuple[str, dict[str, Any] | None]]:
    """Every address of a project, with what is posted there; None for reading."""
    return [
        (address(project), None),
        (address(project, "new/"), None),
        (address(project), {"name": "Mine"}),
        (address(project, "files/"), {"file": text()}),
        (address(project, f"files/{file}/remove/"), {}),
        (address(project, "messages/"), sent()),
        (address(project, "delete/"), {}),
        (f"/c/{chat.pk}/project/", {"project": project.pk}),
    ]


def test_a_stranger_finds_nothing_and_changes_nothing(
    ben_client: Client, alice: User, ben: User, garden: Project, media: Path
) -> None:
    file = files.add(garden, text())
    before = (garden.name, [file], Attachment.objects.count())

    for chat in (chat_of(ben), chat_of(alice)):
        for way, posted in ways(garden, file.pk, chat):
            response = ben_client.get(way) if posted is None else ben_client.post(way, posted)
            assert response.status_code == 404, way

    garden.refresh_from_db()
    assert (garden.name, list(garden.files.all()), Attachment.objects.count()) == before
    assert not garden.conversations.exists()
    assert not Project.objects.visible_to(ben).exists()


def test_whoever_is_not_signed_in_is_asked_to(client: Client, alice: User, garden: Project, media: Path) -> None:
    file = files.add(garden, text())

    for way, posted in [("/projects/", None), ("/projects/", {"name": "x"}), *ways(garden, file.pk, chat_of(alice))]:
        response = client.get(way) if posted is None else client.post(way, posted)
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/login/")
    assert Project.objects.get() == garden
