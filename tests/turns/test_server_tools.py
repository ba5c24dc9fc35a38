"""Tools that run at the vendor's, over the real wire: what is asked for, what comes of it, what it costs."""

from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from conversations.announce.thread import load_thread
from conversations.announce.views import MessageView, ToolView
from conversations.models import State, ToolSwitch, Turn, User
from conversations.turns.worker import Worker
from tests.turns.conversing import ask, attempts_of, ended
from tests.turns.test_citations import WEB, cited
from tests.turns.toolbox import found, tool_request
from tests.upstream import Reply, Upstream, begin, end, message_delta, spoken
from tests.upstream.script import sse

pytestmark = pytest.mark.django_db(transaction=True)

HIT = {"type": "web_search_result", "url": WEB["url"], "title": "Moss", "encrypted_content": "x", "page_age": "June"}
RAN = {"type": "bash_code_execution_result", "stdout": "42\n", "stderr": "", "return_code": 0, "content": []}


def server_request(index: int, name: str, given: object, key: str) -> bytes:
    return tool_request(index, name, given, key=key, kind="server_tool_use")


def searched(result: Any = (HIT,), *, searches: int = 1) -> Reply:
    """One search, its result, and words that cite it."""
    told = list(result) if isinstance(result, tuple) else result
    usage = {"output_tokens": 20, "server_tool_use": {"web_search_requests": searches}}
    ending = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage}
    return Reply.streaming(
        begin(index=None),
        server_request(0, "web_search", {"query": "moss"}, "srvtoolu_1"),
        found(1, "web_search_tool_result", "srvtoolu_1", told),
        *cited(2, "Moss grows.", WEB),
        sse(ending),
        sse({"type": "message_stop"}),
    )


def ran(*, stop: bytes) -> Reply:
    """One program in a container of its own."""
    return Reply.streaming(
        begin(index=None),
        server_request(0, "bash_code_execution", {"command": "echo 42"}, "srvtoolu_1"),
        found(1, "bash_code_execution_tool_result", "srvtoolu_1", RAN),
        stop,
    )


async def switch_on(name: str, **limits: Any) -> None:
    await ToolSwitch.objects.aupdate_or_create(name=name, defaults={"is_on": True, **limits})


async def shown(turn: Turn) -> MessageView:
    return (await sync_to_async(load_thread)(turn.conversation_id)).messages[-1]


async def row_of(turn: Turn) -> ToolView:
    (row,) = [part.tool for part in (await shown(turn)).parts if part.tool]
    return row


async def test_a_search_is_shown_cited_booked_and_priced(alice: User, upstream: Upstream, worker: Worker) -> None:
    await switch_on("web_search", allowed_domains="example.org", max_uses=3)
    upstream.script(searched(searches=2))

    turn = await ended(await ask(alice))

    (told,) = [tool for tool in upstream.requests[0].body["tools"] if tool["name"] == "web_search"]
    assert (told["max_uses"], told["allowed_domains"]) == (3, ["example.org"])
    row = await row_of(turn)
    assert (row.name, row.state, row.given) == ("Web search", "done", "query: moss")
    assert [(link.url, link.title, link.note) for link in row.links] == [(WEB["url"], "Moss", "June")]
    (source,) = (await shown(turn)).sources
    assert (source.number, source.url, source.title, source.quote) == (1, WEB["url"], "Moss", "Moss grows.")
    (entry,) = await attempts_of(turn)
    assert entry.web_searches == 2
    assert entry.cost_usd == Decimal("0.02") + (12 * 4 + 20 * 20) / Decimal(1_000_000)


async def test_an_error_of_the_vendor_s_is_a_failed_row_and_no_failed_answer(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    await switch_on("web_search")
    upstream.script(searched({"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"}, searches=0))

    turn = await ended(await ask(alice))

    row = await row_of(turn)
    assert turn.answer.state == State.COMPLETE
    assert (row.state, row.result) == ("failed", "It was used as often as one answer may.")


async def test_a_search_goes_along_with_the_next_question_as_it_came(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    await switch_on("web_search")
    upstream.script(searched())
    turn = await ended(await ask(alice))

    await ended(await ask(alice, "And ferns?", turn.conversation))

    _, said, _ = upstream.requests[-1].body["messages"]
    assert said["content"][1]["content"] == [HIT]
    assert said["content"][2]["citations"] == [WEB]


async def test_once_it_is_off_its_results_and_what_cites_them_stay_here(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    await switch_on("web_search")
    upstream.script(searched())
    turn = await ended(await ask(alice))
    await switch_on("web_search", is_on=False)

    await ended(await ask(alice, "And ferns?", turn.conversation))

    _, said, _ = upstream.requests[-1].body["messages"]
    assert [{**block, "cache_control": None} for block in said["content"]] == [
        {"type": "text", "text": "Moss grows.", "cache_control": None}
    ]


async def test_a_container_is_kept_from_round_to_round_of_one_answer(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    await switch_on("code_execution")
    in_container = message_delta("tool_use", container={"id": "cont_1"}) + sse({"type": "message_stop"})
    clock = tool_request(2, "clock", {})
    upstream.script(ran(stop=clock + in_container), spoken("Hm.", stop_reason="pause_turn"), spoken("42."))

    turn = await ended(await ask(alice))

    containers = [request.body.get("container") for request in upstream.requests]
    assert containers == [None, "cont_1", "cont_1"]
    first, *_ = [part.tool for part in (await shown(turn)).parts if part.tool]
    assert (first.name, first.given, first.result) == ("Bash code execution", "command: echo 42", "42\n")


async def test_a_program_goes_along_with_the_next_question(alice: User, upstream: Upstream, worker: Worker) -> None:
    """Claude asks for it by another name than the tool's."""
    await switch_on("code_execution")
    upstream.script(ran(stop=end(index=None)))
    turn = await ended(await ask(alice))

    await ended(await ask(alice, "And twice that?", turn.conversation))

    _, said, _ = upstream.requests[-1].body["messages"]
    assert [block["type"] for block in said["content"]] == ["server_tool_use", "bash_code_execution_tool_result"]


async def test_a_page_that_was_fetched_is_a_link_and_may_be_cited(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    await switch_on("web_fetch")
    page = {
        "type": "web_fetch_result",
        "url": "https://example.org/moss",
        "content": {"type": "document", "title": "All about moss", "source": {"type": "text", "data": "Moss grows."}},
    }
    upstream.script(
        Reply.streaming(
            begin(index=None),
            server_request(0, "web_fetch", {"url": "https://example.org/moss"}, "srvtoolu_1"),
            found(1, "web_fetch_tool_result", "srvtoolu_1", page),
            end(index=None),
        )
    )

    turn = await ended(await ask(alice))

    (told,) = [tool for tool in upstream.requests[0].body["tools"] if tool["name"] == "web_fetch"]
    assert (told["max_uses"], told["citations"], told["max_content_tokens"]) == (5, {"enabled": True}, 40_000)
    assert [(link.url, link.title) for link in (await row_of(turn)).links] == [(page["url"], "All about moss")]
