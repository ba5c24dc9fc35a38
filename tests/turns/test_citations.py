"""What an answer cites is numbered in its text and listed under it, live, after a reload and after a crash."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.db.models.functions import Now
from django.template.loader import render_to_string

from conversations.announce.sources import as_markdown
from conversations.announce.thread import load_thread
from conversations.models import Turn, TurnEvent, User
from conversations.models.turns import CITATIONS
from conversations.turns.interrupted import close_stale
from conversations.turns.start import start_turn
from conversations.turns.worker import Worker
from conversations.wire import topics
from tests.turns.conversing import PATIENCE_S, ask, ended, journaled, sending
from tests.upstream import Gate, Reply, Upstream, begin, block_start, block_stop, end, text

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = {
    "type": "page_location",
    "cited_text": "The grass is green.",
    "document_index": 0,
    "document_title": "report.pdf",
    "start_page_number": 3,
    "end_page_number": 4,
}
CHARS = PAGE | {
    "type": "char_location",
    "document_title": "notes.txt",
    "cited_text": "Sky: blue",
    "start_char_index": 0,
    "end_char_index": 9,
    "start_page_number": None,
}
WEB = {
    "type": "web_search_result_location",
    "url": "https://example.org/moss",
    "title": "Moss",
    "cited_text": "Moss grows.",
    "encrypted_index": "abc",
}


def cited(index: int, words: str, *citations: dict[str, Any]) -> list[Any]:
    """One block from its start to its end."""
    deltas = [
        {"type": "content_block_delta", "index": index, "delta": {"type": "citations_delta", "citation": citation}}
        for citation in citations
    ]
    return [block_start(index), text(words, index), *deltas, block_stop(index)]


def answer_in_pieces(*gates: Gate) -> Reply:
    steps = [*cited(0, "So "), *cited(1, "grass is **green**", PAGE), *cited(2, " and the sky blue", CHARS, PAGE)]
    rest = [*cited(3, ".\n\nMoss too", WEB), *cited(4, ".")]
    return Reply.streaming(begin(index=None), *steps, *gates, *rest, end(index=None))


@database_sync_to_async
def shown(turn: Turn) -> str:
    message = load_thread(turn.conversation_id).messages[-1]
    return render_to_string("conversations/_message.html", {"message": message})


async def test_sentences_stay_whole_and_their_sources_are_listed(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(answer_in_pieces())

    turn = await ended(await ask(alice))
    html = await shown(turn)

    assert turn.answer.text == "So grass is **green** and the sky blue.\n\nMoss too."
    assert turn.answer.content[1] == {"type": "text", "text": "grass is **green**", "citations": [PAGE]}
    body = html[: html.index('class="sources"')]
    assert re.sub(r"<[^>]+>", "", body).count("So grass is green[1] and the sky blue[2][1].") == 1
    assert [number for number in (1, 2, 3) if f'id="message-{turn.answer.pk}-source-{number}"' in html] == [1, 2, 3]
    assert "report.pdf</bdi>, page 3" in html
    assert "notes.txt</bdi>, characters 1–9" in html
    assert '<a href="https://example.org/moss" target="_blank" rel="noopener noreferrer nofollow">Moss</a>' in html
    for number in (1, 2, 3):
        assert f'href="#message-{turn.answer.pk}-cited-{number}"' in html
        assert f'id="message-{turn.answer.pk}-cited-{number}"' in html


async def test_the_numbers_stand_there_while_the_answer_arrives(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(answer_in_pieces(Gate("rest")))
    turn = await ask(alice)
    listener = topics.fragments.listen(turn.conversation_id)
    await journaled(turn, "Sky: blue")

    seen = ""
    while "[2]" not in seen:
        fragment = await listener.next_within(PATIENCE_S)
        seen += fragment.html if fragment else ""
    joined_late = await shown(turn)

    assert seen.count("part prose") == 1  # one part, though Claude cut the sentence into three blocks
    words = re.sub(r"<[^>]+>", "", joined_late)
    assert "So grass is green[1] and the sky blue[2][1]" in words
    upstream.release("rest")
    await ended(turn)


def test_an_answer_that_was_interrupted_keeps_its_sources(alice: User) -> None:
    turn = start_turn(alice, sending(), None)
    Turn.objects.claim(turn.pk)
    lines = "".join(f"{json.dumps(citation)}\n" for citation in (PAGE, WEB))
    TurnEvent.objects.append([(turn.pk, 0, 0, "text", "Grass is "), (turn.pk, 1, 0, "text", "green")])
    TurnEvent.objects.append([(turn.pk, 2, 0, CITATIONS, lines), (turn.pk, 3, 1, "text", ".")])
    Turn.objects.update(lease_until=Now() - timedelta(hours=1))

    close_stale()

    turn = Turn.objects.select_related("answer").get()
    assert turn.answer.content == [
        {"type": "text", "text": "Grass is green", "citations": [PAGE, WEB]},
        {"type": "text", "text": "."},
    ]


def test_copied_words_carry_their_sources_as_footnotes() -> None:
    content: list[dict[str, Any]] = [
        {"type": "text", "text": "So "},
        {"type": "text", "text": "grass is green\n", "citations": [PAGE]},
        {"type": "text", "text": "and moss.", "citations": [WEB | {"title": "*Moss* [x](http://evil.example)"}, PAGE]},
    ]

    assert as_markdown(content) == (
        "So grass is green[^source-1]\nand moss.[^source-2][^source-1]\n\n"
        "[^source-1]: report\\.pdf, page 3: “The grass is green\\.”\n"
        "[^source-2]: [\\*Moss\\* \\[x\\]\\(http\\:\\/\\/evil\\.example\\)](<https://example.org/moss>): "
        "“Moss grows\\.”"
    )


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "https://a.example/>", 7, None, "//x"])
def test_only_an_address_of_the_web_becomes_a_link(url: Any) -> None:
    content: list[dict[str, Any]] = [{"type": "text", "text": "Moss", "citations": [WEB | {"url": url}, "nonsense"]}]

    assert as_markdown(content) == "Moss[^source-1]\n\n[^source-1]: Moss: “Moss grows\\.”"
