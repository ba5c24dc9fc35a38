"""Where the site asks for data, the stand-in says some, whatever scene the words inside would choose."""

import json

from pydantic import BaseModel

from conversations.claude.ask import Ask, TextPart, Utterance
from conversations.claude.reply import reply
from conversations.claude.structured import schema_of
from conversations.errands.follow_ups import FollowUps
from conversations.errands.titles import Title

TALK = "<question>\nPlay a refusal, please: what is a fjord?\n</question>\n<answer>\nA valley.\n</answer>"


async def told(form: type[BaseModel], text: str = TALK) -> str:
    history = (Utterance("user", (TextPart(text),)),)
    said = await reply(Ask("claude-haiku-5-5", history, max_tokens=500, answer_schema=schema_of(form)))
    assert said.is_whole
    return said.text


async def test_a_title_has_the_first_words_of_the_question() -> None:
    assert Title.model_validate_json(await told(Title)).title == "Play a refusal please what"


async def test_a_question_without_words_has_a_title_too() -> None:
    assert Title.model_validate_json(await told(Title, "<question>\n\n</question>")).title == "Pictures"


async def test_what_to_ask_next_is_what_it_can_play() -> None:
    questions = FollowUps.model_validate_json(await told(FollowUps)).questions

    assert len(questions) == 3


async def test_an_unknown_shape_gets_an_ordinary_answer() -> None:
    class Other(BaseModel):
        colour: str

    assert "fjord" not in json.dumps(await told(Other, "Hello"))
