"""What Claude gets of attached documents: before the words, with citations, the same bytes at each question."""

from base64 import b64encode
from typing import Any

import pytest

from conversations.attachments.text import MAX_SENT_BYTES
from conversations.models import Attachment, Conversation, Message, State, Turn, User
from conversations.turns.start_errors import TooMuchAttached
from conversations.turns.worker import Worker
from tests.turns.conversing import again, answer_to, ask, ended
from tests.turns.picturing import document, lose_file, note, picture
from tests.upstream import Reply, Upstream, spoken

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("media")]


def question(upstream: Upstream, place: int = 0) -> list[dict[str, Any]]:
    """The blocks of a message of the newest request."""
    blocks: list[dict[str, Any]] = upstream.requests[-1].body["messages"][place]["content"]
    return blocks


def words(upstream: Upstream, place: int = 0) -> list[str]:
    return [block["text"] for block in question(upstream, place) if block["type"] == "text"]


async def test_documents_come_before_pictures_and_words_with_citations(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(spoken())
    shown, told = await picture(alice), await note(alice, "Sky: blue")
    report = await document(alice, b"%PDF-1.7 report")

    turn = await ended(await ask(alice, "Compare.", attachments=[shown.pk, told.pk, report.pk]))

    assert turn.answer.state == State.COMPLETE
    text, pdf, image, asked = question(upstream)
    assert text == {
        "type": "document",
        "source": {"type": "text", "media_type": "text/plain", "data": "Sky: blue"},
        "title": "notes.txt",
        "citations": {"enabled": True},
    }
    assert pdf["source"] == {
        "type": "base64",
        "media_type": "application/pdf",
        "data": b64encode(b"%PDF-1.7 report").decode(),
    }
    assert (pdf["title"], pdf["citations"]) == ("report.pdf", {"enabled": True})
    assert (image["type"], asked) == ("image", {"type": "text", "text": "Compare."})


async def test_the_next_question_repeats_the_very_bytes(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(spoken(), spoken())
    long = await note(alice, "a line\n" * 100_000, "long.log")
    first = await ended(await ask(alice, "What is it?", attachments=[long.pk]))
    before = question(upstream)

    await answer_to(alice, "And then?", first.conversation)

    assert question(upstream) == before
    assert [block["type"] for block in before] == ["document", "text", "text"]


async def test_of_a_very_long_text_the_beginning_goes_along_and_a_note(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(spoken())
    long = await note(alice, "x" * (MAX_SENT_BYTES + 1), "long.log")

    await ended(await ask(alice, "What is it?", attachments=[long.pk]))

    assert question(upstream)[0]["source"]["data"] == "x" * MAX_SENT_BYTES
    said, asked = words(upstream)
    assert said.startswith("[Of the file “long.log” only the beginning is here.")
    assert f"character {MAX_SENT_BYTES}" in said
    assert asked == "What is it?"


async def test_a_document_that_no_longer_fits_is_named_in_its_place(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(spoken(), spoken())
    old = await document(alice, b"%PDF-", "old.pdf", pages=400)
    new = await document(alice, b"%PDF-", "new.pdf", pages=400)
    first = await ended(await ask(alice, "What is this?", attachments=[old.pk]))

    await ended(await ask(alice, "And this?", first.conversation, attachments=[new.pk]))

    assert words(upstream) == ["[The document “old.pdf” was here and is left out.]", "What is this?"]
    assert [block.get("title") for block in question(upstream, 2)] == ["new.pdf", None]


async def test_a_document_that_is_lost_later_is_named_in_its_place(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(spoken(), spoken())
    report = await document(alice, b"%PDF-")
    first = await ended(await ask(alice, "What is this?", attachments=[report.pk]))
    await lose_file(report)

    await answer_to(alice, "And then?", first.conversation)

    assert words(upstream)[0] == "[The document “report.pdf” was here and is left out.]"


async def test_a_document_that_claude_rejects_stays_out_with_its_question(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(Reply.error(400, "invalid_request_error"), spoken())
    report = await document(alice, b"%PDF-")
    first = await ended(await ask(alice, "What is this?", attachments=[report.pk]))

    answer = await answer_to(alice, "What is a fjord?", first.conversation)

    assert (first.answer.reason, answer.state) == ("invalid_request", State.COMPLETE)
    assert words(upstream) == ["What is a fjord?"]


async def test_more_pages_than_the_model_takes_are_not_asked(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(spoken())
    two = [await document(alice, b"%PDF-", pages=301) for _ in range(2)]

    with pytest.raises(TooMuchAttached) as caught:
        await ask(alice, "Compare.", attachments=[report.pk for report in two])

    assert caught.value.advice.startswith("The PDFs have 602 pages together; Opus 5.5 takes 600 at once.")
    assert not await Turn.objects.aexists()
    turn = await ended(await ask(alice, "What is it?", attachments=[two[0].pk]))
    with pytest.raises(TooMuchAttached):
        await again(turn, model="claude-haiku-4-5")
    assert await Message.objects.acount() == 2


async def test_a_document_alone_is_a_question_and_names_the_chat(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(spoken())
    report = await document(alice, b"%PDF-", "Rivers of Norway.pdf")

    await ended(await ask(alice, "", attachments=[report.pk]))

    assert (await Conversation.objects.aget()).title == "Rivers of Norway.pdf"
    assert [block["type"] for block in question(upstream)] == ["document"]
    assert await Attachment.objects.filter(message=None).acount() == 0
