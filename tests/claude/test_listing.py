"""Reading the API's list of models, and what may be wrong with it."""

from typing import Any

import pytest
from pytest_django import Settings

from conversations.claude.cards import Lifecycle, ListedModel
from conversations.claude.catalogue import card
from conversations.claude.errors import ClaudeError, Denied, Unavailable
from conversations.claude.listing import list_models
from tests.upstream import Reply, Upstream


async def test_every_page_is_read_with_retired_models_too(upstream: Upstream) -> None:
    upstream.models_a_page = 3

    models = await list_models()

    assert [model.id for model in models] == [model["id"] for model in upstream.models]
    assert len(upstream.listings) == -(-len(models) // 3)
    assert {model.lifecycle for model in models} == set(Lifecycle)


async def test_what_is_read_is_what_we_know(upstream: Upstream) -> None:
    listed = {model.id: model for model in await list_models()}
    leaving = listed["claude-sonnet-4-5"]

    assert (leaving.line, leaving.context_tokens, leaving.max_output_tokens) == ("sonnet", 200_000, 64_000)
    assert leaving.retires_at
    assert leaving.retires_at.date() == card("claude-sonnet-4-5").retires_on
    assert leaving.capabilities["thinking"]["types"]["enabled"] == {"supported": True}


async def test_what_a_model_lacks_is_none_and_what_we_do_not_know_is_left_alone(upstream: Upstream) -> None:
    novel: dict[str, Any] = {
        "id": "claude-novel-9",
        "type": "model",
        "display_name": None,
        "line": None,
        "lifecycle": "rumoured",
        "created_at": "1970-01-01T00:00:00Z",
        "retires_at": "some day",
        "max_input_tokens": None,
        "max_tokens": "many",
        "capabilities": None,
        "smell": {"of": "roses"},
    }
    upstream.models = [novel, {"type": "model", "id": ""}, {"id": "x" * 65}]

    upstream.script_listing(Reply.json({"data": upstream.models, "has_more": False}))

    assert await list_models() == (ListedModel("claude-novel-9", "claude-novel-9", lifecycle="rumoured"),)


@pytest.mark.parametrize("body", [{"data": [1, "x"]}, {"data": None}, {"data": "models"}, [1], "models", {}])
async def test_an_answer_of_another_shape_lists_nothing_or_is_an_error(upstream: Upstream, body: Any) -> None:
    upstream.script_listing(Reply.json(body))

    try:
        assert await list_models() == ()
    except ClaudeError as error:
        assert error.reason == "protocol"  # noqa: PT017  (either will do)


async def test_a_list_without_end_is_given_up(upstream: Upstream) -> None:
    page = {"data": upstream.models, "has_more": True, "last_id": upstream.models[-1]["id"]}
    upstream.script_listing(Reply.json(page), Reply.json(page))

    with pytest.raises(ClaudeError):
        await list_models()


async def test_a_wrong_key_is_told(upstream: Upstream) -> None:
    upstream.script_listing(Reply.error(401, "authentication_error"))

    with pytest.raises(Denied) as denied:
        await list_models()

    assert denied.value.reason == "unauthorized"


async def test_nobody_waits_for_ever(upstream: Upstream, settings: Settings) -> None:
    settings.CLAUDE_FIRST_BYTE_S = 0.1
    upstream.script_listing(Reply.never())

    with pytest.raises(Unavailable) as unavailable:
        await list_models()

    assert unavailable.value.reason == "timeout_first_byte"
