"""What Claude is told in the chats of a project: instructions behind the person's own, and files before all else."""

import json
from base64 import b64decode
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversations.announce.sources import as_markdown
from conversations.attachments.text import MAX_SENT_BYTES
from conversations.chats import keep as chats
from conversations.models import Attachment, Conversation, OwnInstructions, Project, State, Turn, User
from conversations.projects.keep import change, delete
from conversations.turns.context import OF_THE_PERSON, OF_THE_PROJECT, SYSTEM, material_of
from conversations.turns.parts import FILES_OF_THE_PROJECT
from conversations.turns.start import start_turn
from conversations.turns.start_errors import TooMuchAttached
from conversations.turns.worker import Worker
from tests.turns.conversing import MODEL, again, answer_to, ask, ended, sending, until
from tests.turns.picturing import document, lose_file, note, picture
from tests.upstream import Reply, Request, Upstream, begin, end, spoken, text

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("media")]

REJECTED = Reply.error(400, "invalid_request_error")


@pytest.fixture
def garden(alice: User) -> Project:
    return Project.objects.create(owner=alice, name="Garden", instructions="Name plants in Latin.")


@pytest.fixture
def chat(alice: User, garden: Project) -> Conversation:
    return Conversation.objects.create(owner=alice, model=MODEL, project=garden)


@database_sync_to_async
def into(project: Project, *files: Attachment) -> None:
    for file in files:
        file.project, file.position = project, project.files.count()
        file.save(update_fields=["project", "position"])


@database_sync_to_async
def moved(chat: Conversation, project: Project | None) -> Conversation:
    chats.move(chat, project)
    return chat


def messages(upstream: Upstream) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = upstream.requests[-1].body["messages"]
    return found


def instructions(upstream: Upstream) -> list[str]:
    """What stands in the system prompt behind what everybody's has."""
    first, *others = [block["text"] for block in upstream.requests[-1].body["system"]]
    assert first == SYSTEM
    return others


def titles(upstream: Upstream) -> list[str]:
    return [block["title"] for message in messages(upstream) for block in message["content"] if "title" in block]


def said(upstream: Upstream) -> list[str]:
    """All words of the newest request, block by block."""
    blocks = [block for message in messages(upstream) for block in message["content"]]
    return [block["text"] for block in blocks if block["type"] == "text"]


def told_an_errand(request: Request) -> Reply | None:
    schema = request.body.get("output_config", {}).get("format", {}).get("schema", {}).get("properties", {})
    replies = {"title": "Moss here", "questions": ["And there?"]}
    name = next((name for name in replies if name in schema), None)
    return spoken(json.dumps({name: replies[name]}), model="claude-haiku-5-5") if name else None


async def test_its_instructions_stand_behind_the_persons_own(
    alice: User, chat: Conversation, upstream: Upstream, worker: Worker
) -> None:
    await answer_to(alice, "What grows here?", chat)
    assert instructions(upstream) == [f"{OF_THE_PROJECT}\n\nName plants in Latin."]

    await OwnInstructions.objects.acreate(person=alice, text="Be brief.")
    await answer_to(alice, "And there?", chat)

    assert instructions(upstream) == [f"{OF_THE_PERSON}\n\nBe brief.\n\n{OF_THE_PROJECT}\n\nName plants in Latin."]
    assert said(upstream)[0] == "What grows here?"


async def test_a_change_counts_from_the_next_question_on(
    alice: User, chat: Conversation, garden: Project, upstream: Upstream, worker: Worker
) -> None:
    await answer_to(alice, "What grows here?", chat)
    await database_sync_to_async(change)(garden, name="Garden", instructions="In German.")
    await answer_to(alice, "And there?", chat)
    assert instructions(upstream) == [f"{OF_THE_PROJECT}\n\nIn German."]

    house = await Project.objects.acreate(owner=alice, name="House", instructions="Metric units.")
    await into(house, await note(alice, "Walls: 2", "house.txt"))
    await answer_to(alice, "And the house?", await moved(chat, house))
    assert instructions(upstream) == [f"{OF_THE_PROJECT}\n\nMetric units."]
    assert titles(upstream) == ["house.txt"]

    await database_sync_to_async(delete)(house)
    await answer_to(alice, "And now?", await Conversation.objects.aget(pk=chat.pk))
    assert instructions(upstream) == []
    assert titles(upstream) == []


def test_a_chat_of_no_project_asks_the_database_nothing_for_one(alice: User) -> None:
    turn = start_turn(alice, sending(), None)
    fresh = Turn.objects.select_related("conversation__project", "asked_by__group").get(pk=turn.pk)

    with CaptureQueriesContext(connection) as queries:
        material_of(fresh)

    assert len(queries) > 0
    assert not [query for query in queries if "_project" in query["sql"] or "_attachment" in query["sql"]]


async def test_other_chats_and_other_people_are_not_told(
    alice: User, ben: User, chat: Conversation, garden: Project, upstream: Upstream, worker: Worker
) -> None:
    await into(garden, await note(alice, "Moss: 3"))
    bens = await Conversation.objects.acreate(owner=ben, model=MODEL, project=garden)  # no door does this

    for person, elsewhere in ((alice, None), (ben, None), (ben, bens)):
        await answer_to(person, "What grows here?", elsewhere)

        assert instructions(upstream) == []
        assert said(upstream) == ["What grows here?"]
        assert titles(upstream) == []


async def test_its_files_stand_before_all_else_in_their_order(
    alice: User, chat: Conversation, garden: Project, upstream: Upstream, worker: Worker
) -> None:
    plan, moss = await document(alice, b"%PDF-1.7 plan", "plan.pdf"), await note(alice, "Moss: 3", "moss.txt")
    await into(garden, plan, moss, await picture(alice, b"the garden"))
    mine = await note(alice, "Fern: 1", "fern.txt")

    turn = await ended(await ask(alice, "What grows?", chat, attachments=[mine.pk]))

    assert turn.answer.state == State.COMPLETE
    of_project, question = messages(upstream)
    assert (of_project["role"], question["role"]) == ("user", "user")
    first, second, image, mark = of_project["content"]
    assert (first["title"], b64decode(first["source"]["data"])) == ("plan.pdf", b"%PDF-1.7 plan")
    assert second == {
        "type": "document",
        "source": {"type": "text", "media_type": "text/plain", "data": "Moss: 3"},
        "title": "moss.txt",
        "citations": {"enabled": True},
    }
    assert b64decode(image["source"]["data"]) == b"the garden"
    assert mark["text"] == FILES_OF_THE_PROJECT
    assert [block.get("title", block.get("text")) for block in question["content"]] == ["fern.txt", "What grows?"]


async def test_the_next_question_repeats_the_very_bytes(
    alice: User, chat: Conversation, garden: Project, upstream: Upstream, worker: Worker
) -> None:
    await into(garden, await note(alice, "a line\n" * (MAX_SENT_BYTES // 7 + 1), "long.log"))
    await answer_to(alice, "What is it?", chat)
    before = upstream.requests[-1].raw_body

    await answer_to(alice, "And then?", chat)

    assert any("Of the file “long.log” only the beginning is here." in words for words in said(upstream))
    prompt = before[before.index(b'"messages"') : before.index(b'"What is it?"')]
    assert prompt in upstream.requests[-1].raw_body
    assert titles(upstream) == ["long.log"]


async def test_a_file_that_cannot_be_read_is_only_left_out(
    alice: User, chat: Conversation, garden: Project, upstream: Upstream, worker: Worker
) -> None:
    lost, kept = await note(alice, "Moss: 3", "moss.txt"), await note(alice, "Fern: 1", "fern.txt")
    await into(garden, lost, kept)
    await lose_file(lost)

    answer = await answer_to(alice, "What grows?", chat)

    assert answer.state == State.COMPLETE
    assert titles(upstream) == ["fern.txt"]
    assert said(upstream)[0] == "[The document “moss.txt” was here and is left out.]"


async def test_what_it_says_is_cited_by_name(
    alice: User, chat: Conversation, garden: Project, upstream: Upstream, worker: Worker
) -> None:
    await into(garden, await note(alice, "Moss: 3", "moss.txt"))
    place = {"type": "char_location", "start_char_index": 0, "end_char_index": 7, "cited_text": "Moss: 3"}
    named = place | {"document_index": 0, "document_title": "moss.txt"}
    cites = {"type": "content_block_delta", "index": 0, "delta": {"type": "citations_delta", "citation": named}}
    upstream.script(Reply.streaming(begin(), text("Three kinds of moss"), cites, end()))

    answer = await answer_to(alice, "What grows?", chat)

    assert as_markdown(answer.content) == (
        "Three kinds of moss[^source-1]\n\n[^source-1]: moss\\.txt, characters 1–7: “Moss\\: 3”"
    )


async def test_a_rejected_file_costs_one_question_and_not_the_chat(
    alice: User, chat: Conversation, garden: Project, upstream: Upstream, worker: Worker
) -> None:
    await into(garden, await document(alice, b"%PDF- poisoned", "plan.pdf"), await picture(alice))
    upstream.script(REJECTED, spoken("Moss."), spoken("Fern."))
    first = await answer_to(alice, "What grows?", chat)

    second = await answer_to(alice, "What grows there?", chat)

    assert (first.state, first.reason, second.text) == (State.FAILED, "invalid_request", "Moss.")
    left_out = ["[An image was here and is left out.]", "[The document “plan.pdf” was here and is left out.]"]
    assert said(upstream) == [*left_out, FILES_OF_THE_PROJECT, "What grows there?"]
    assert titles(upstream) == []
    await into(garden, await note(alice, "Fern: 1", "fern.txt"))  # newer than what was rejected
    assert (await answer_to(alice, "And now?", chat)).text == "Fern."
    assert titles(upstream) == ["fern.txt"]


async def test_a_rejected_question_can_be_tried_again_without_them(
    alice: User, chat: Conversation, garden: Project, upstream: Upstream, worker: Worker
) -> None:
    await into(garden, await note(alice, "Moss: 3"))
    upstream.script(Reply.error(413, "request_too_large"), spoken("Moss."))
    rejected = await ended(await ask(alice, "What grows?", chat))

    assert (await ended(await again(rejected))).answer.text == "Moss."
    assert titles(upstream) == []


async def test_a_question_that_only_met_a_fault_leaves_them(
    alice: User, chat: Conversation, garden: Project, upstream: Upstream, worker: Worker
) -> None:
    await into(garden, await note(alice, "Moss: 3"))
    upstream.script(Reply.error(500, "api_error"), spoken())
    await answer_to(alice, "What grows?", chat)

    await answer_to(alice, "And there?", chat)

    assert titles(upstream) == ["notes.txt"]


async def test_older_files_of_questions_make_room_and_its_own_never(
    alice: User, chat: Conversation, garden: Project, upstream: Upstream, worker: Worker
) -> None:
    await into(garden, await document(alice, b"%PDF-", "plan.pdf", pages=50))
    for number in range(2):
        old = await document(alice, b"%PDF-", f"{number}.pdf", pages=300)
        await ended(await ask(alice, "What is this?", chat, attachments=[old.pk]))

    assert titles(upstream) == ["plan.pdf", "1.pdf"]
    assert "[The document “0.pdf” was here and is left out.]" in said(upstream)


async def test_a_question_that_does_not_fit_beside_it_is_told_so_by_name(
    alice: User, chat: Conversation, garden: Project, upstream: Upstream, worker: Worker
) -> None:
    await into(garden, await document(alice, b"%PDF-", "plan.pdf", pages=50))
    large = await document(alice, b"%PDF-", pages=560)

    with pytest.raises(TooMuchAttached) as caught:
        await ask(alice, "What is this?", chat, attachments=[large.pk])

    assert caught.value.advice == (
        "The project has 50 pages and this message 560; Opus 5.5 takes 600 at once. Remove some there or here, or "
        "choose another model."
    )
    assert upstream.requests == []
    elsewhere = await ended(await ask(alice, "What is this?", attachments=[large.pk]))
    await moved(elsewhere.conversation, garden)
    with pytest.raises(TooMuchAttached):
        await again(elsewhere)


async def test_titles_and_follow_ups_are_asked_without_its_files(
    alice: User, chat: Conversation, garden: Project, upstream: Upstream, worker: Worker, settings: Any
) -> None:
    settings.ERRANDS = True
    await into(garden, await note(alice, "Moss: 3"))
    upstream.otherwise = lambda request: told_an_errand(request) or spoken("Moss.")

    answer = await answer_to(alice, "What grows?", chat)

    async def has_both() -> bool:
        await answer.arefresh_from_db()
        await chat.arefresh_from_db()
        return chat.title == "Moss here" and answer.follow_ups == ["And there?"]

    await until(has_both)
    assert all("Moss: 3" not in request.raw_body.decode() for request in upstream.requests[1:])
