"""What is asked of the API, field by field."""

from base64 import b64decode
from dataclasses import replace

import pytest

from conversations.claude.ask import (
    Ask,
    DocumentPart,
    Echo,
    ImagePart,
    ServerTool,
    TextPart,
    ToolResult,
    ToolSpec,
    Utterance,
)
from conversations.claude.request import build_request

HISTORY = (
    Utterance("user", (TextPart("What is this?"), ImagePart("image/png", b"\x89PNG"))),
    Utterance("assistant", (TextPart("A picture."),)),
    Utterance("user", (TextPart("Of what?"),)),
)
ASK = Ask("claude-opus-5-5", HISTORY, max_tokens=2000, system="Be brief.", person_key="p-1")


def test_the_whole_request() -> None:
    request = build_request(ASK)

    image, words = request["messages"][0]["content"]
    assert image["source"]["media_type"] == "image/png"
    assert b64decode(image["source"]["data"]) == b"\x89PNG"
    assert words == {"type": "text", "text": "What is this?"}
    assert [message["role"] for message in request["messages"]] == ["user", "assistant", "user"]
    assert {name: value for name, value in request.items() if name != "messages"} == {
        "model": "claude-opus-5-5",
        "max_tokens": 2000,
        "system": [{"type": "text", "text": "Be brief."}],
        "cache_control": {"type": "ephemeral"},
        "metadata": {"user_id": "p-1"},
        "thinking": {"type": "adaptive", "display": "summarized"},
    }


def test_a_model_that_nobody_knows_gets_only_what_every_model_takes() -> None:
    request = build_request(replace(ASK, model="claude-of-tomorrow", system="", person_key=""))

    assert set(request) == {"model", "max_tokens", "messages"}


def test_a_model_that_thinks_only_when_asked_is_not_asked() -> None:
    assert "thinking" not in build_request(replace(ASK, model="claude-haiku-4-5"))


def test_empty_texts_are_left_out_and_so_is_an_utterance_of_nothing_else() -> None:
    history = (
        Utterance("user", (TextPart(" \n"), TextPart("Hi."))),
        Utterance("assistant", (TextPart(""),)),
        Utterance("user", (TextPart("Still there?"),)),
    )

    request = build_request(replace(ASK, history=history))

    assert request["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "Hi."}]},
        {"role": "user", "content": [{"type": "text", "text": "Still there?"}]},
    ]


def test_the_same_ask_gives_the_same_bytes_and_a_longer_one_begins_alike() -> None:
    longer = replace(ASK, history=(*HISTORY, Utterance("assistant", (TextPart("A fjord."),)), HISTORY[2]))

    assert repr(build_request(ASK)) == repr(build_request(ASK))
    assert build_request(longer)["messages"][:3] == build_request(ASK)["messages"]


def test_tools_go_along_as_they_are_described() -> None:
    schema = {"type": "object", "properties": {"zone": {"type": "string"}}}
    tools = (ServerTool("web_search", {"max_uses": 3}), ToolSpec("clock", "Tells the time.", schema))

    request = build_request(replace(ASK, tools=tools))

    assert request["tools"] == [
        {"name": "clock", "description": "Tells the time.", "input_schema": schema},
        {"name": "web_search", "type": "web_search_20260318", "allowed_callers": ["direct"], "max_uses": 3},
    ]


@pytest.mark.parametrize(
    ("model", "types"),
    [
        ("claude-haiku-5-5", ["code_execution_20260521", "web_fetch_20260318", "web_search_20260318"]),
        ("claude-opus-4-5", ["code_execution_20250825", "web_fetch_20250910", "web_search_20250305"]),
        ("claude-of-tomorrow", ["code_execution_20250825", "web_fetch_20250910", "web_search_20250305"]),
    ],
)
def test_a_model_gets_the_versions_of_server_tools_that_it_takes(model: str, types: list[str]) -> None:
    tools = (ServerTool("web_search"), ServerTool("web_fetch"), ServerTool("code_execution"))

    request = build_request(replace(ASK, model=model, tools=tools))

    assert [tool["type"] for tool in request["tools"]] == types


def test_results_of_tools_come_first_and_an_answer_keeps_the_order_of_its_blocks() -> None:
    thinking = {"type": "thinking", "thinking": "", "signature": "abc"}
    asked = {"type": "tool_use", "id": "toolu_1", "name": "clock", "input": {}}
    history = (
        *HISTORY,
        Utterance("assistant", (Echo(thinking), Echo({"type": "text", "text": "Let me see."}), Echo(asked))),
        Utterance("user", (TextPart("Hurry."), ToolResult("toolu_1", "No clock.", is_error=True))),
    )

    *_, answer, results = build_request(replace(ASK, history=history))["messages"]

    assert answer["content"] == [thinking, {"type": "text", "text": "Let me see."}, asked]
    assert results["content"] == [
        {"type": "tool_result", "tool_use_id": "toolu_1", "content": "No clock.", "is_error": True},
        {"type": "text", "text": "Hurry."},
    ]


def test_documents_stand_before_images_and_text() -> None:
    parts = (
        TextPart("Compare."),
        ImagePart("image/png", b"\x89PNG"),
        DocumentPart("application/pdf", b"%PDF-", "Report"),
        DocumentPart("text/plain", "Grüße".encode(), "Notes", cites=False),
    )

    report, notes, image, words = build_request(replace(ASK, history=(Utterance("user", parts),)))["messages"][0][
        "content"
    ]

    assert b64decode(report.pop("source")["data"]) == b"%PDF-"
    assert report == {"type": "document", "title": "Report", "citations": {"enabled": True}}
    assert notes["source"] == {"type": "text", "media_type": "text/plain", "data": "Grüße"}
    assert notes["citations"] == {"enabled": False}
    assert (image["type"], words["type"]) == ("image", "text")


def test_effort_and_the_shape_of_the_answer_are_of_the_output() -> None:
    schema = {"type": "object", "properties": {}, "additionalProperties": False}

    request = build_request(replace(ASK, effort="low", answer_schema=schema))

    assert request["output_config"] == {"effort": "low", "format": {"type": "json_schema", "schema": schema}}


@pytest.mark.parametrize("model", ["claude-haiku-4-5", "claude-of-tomorrow"])
def test_an_effort_is_left_out_where_the_model_takes_none(model: str) -> None:
    assert "output_config" not in build_request(replace(ASK, model=model, effort="high"))
