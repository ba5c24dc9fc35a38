"""What is asked of the API, field by field."""

from base64 import b64decode
from dataclasses import replace

from conversations.claude.ask import Ask, ImagePart, TextPart, Utterance
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

    assert set(request) == {"model", "max_tokens", "messages", "cache_control"}


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
