"""The stand-in's batches, through the gateway: every way that an ask of one can end."""

import json

from conversations.claude import batches
from conversations.claude.ask import Ask, TextPart, Utterance
from conversations.claude.batch_answers import BatchAnswer
from tests.usage.attempts import OPUS


def ask(text: str, *, max_tokens: int = 1000) -> Ask:
    return Ask(OPUS, (Utterance("user", (TextPart(text),)),), max_tokens=max_tokens)


async def played(*asks: Ask) -> list[BatchAnswer]:
    made = await batches.create((f"ask-{number}", each) for number, each in enumerate(asks))
    assert (await batches.look(made.id)).has_results
    answers = {answer.name: answer async for answer in batches.results(made.id)}
    return [answers[f"ask-{number}"] for number in range(len(asks))]


async def test_every_outcome_can_be_played() -> None:
    answer, refusal, overload, expiry, bad = await played(
        ask("How do the tides come about?"),
        ask("Play a refusal."),
        ask("Play an overload."),
        ask("Play an expiry."),
        ask("Hello", max_tokens=10**7),
    )

    assert "demo stand-in" in answer.text
    assert (answer.stop_reason, answer.terms.service_tier) == ("end_turn", "batch")
    assert (refusal.stop_reason, refusal.is_billed) == ("refusal", False)
    assert [each.reason for each in (overload, expiry, bad)] == ["overloaded", "expired", "invalid_request"]


async def test_an_answer_as_data_is_of_the_schema() -> None:
    enumerated = {"type": "string", "enum": ["one", "two"]}
    schema = {"type": "object", "properties": {"label": enumerated, "title": {"type": "string"}}}

    (answer,) = await played(Ask(OPUS, ask("Which?").history, max_tokens=100, answer_schema=schema))

    assert json.loads(answer.text) == {"label": "one", "title": "Which?"}
