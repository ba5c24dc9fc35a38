"""Every outcome that the stand-in offers, through the real SDK and our gateway."""

import asyncio
import io

import pytest
from PIL import Image
from pytest_django import Settings

from conversations.claude import retries
from conversations.claude.ask import Ask, DocumentPart, ImagePart, Part, TextPart, Utterance
from conversations.claude.errors import ClaudeError
from conversations.claude.events import (
    AnswerEnded,
    AttemptEnded,
    BlockEnded,
    Event,
    Refused,
    RetryWaits,
    TextArrived,
    ThinkingArrived,
)
from conversations.claude.reply import reply
from conversations.claude.stream import answer
from conversations.demo import texts
from conversations.demo.scenes import EXAMPLES
from conversations.demo.transport import DemoTransport
from tests.attachments import documents

PROMPTS = dict(EXAMPLES)


class Played:
    def __init__(self) -> None:
        self.events: list[Event] = []
        self.reason = ""

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, TextArrived))

    @property
    def thinking(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, ThinkingArrived))

    @property
    def attempts(self) -> list[AttemptEnded]:
        return [event for event in self.events if isinstance(event, AttemptEnded)]

    @property
    def stop_reason(self) -> str:
        last = self.events[-1]
        return last.stop_reason if isinstance(last, AnswerEnded) else ""


async def played(*parts: Part | str, before: tuple[Utterance, ...] = (), max_tokens: int = 4000) -> Played:
    said = tuple(TextPart(part) if isinstance(part, str) else part for part in parts)
    result = Played()
    try:
        async for event in answer(Ask("claude-opus-5-5", (*before, Utterance("user", said)), max_tokens=max_tokens)):
            result.events.append(event)
    except ClaudeError as error:
        result.reason = error.reason
    return result


def picture(colour: str, size: tuple[int, int], kind: str = "PNG") -> ImagePart:
    data = io.BytesIO()
    Image.new("RGB", size, colour).save(data, kind)
    return ImagePart(f"image/{kind.lower()}", data.getvalue())


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "FIRST_WAIT_S", 0.01)


async def test_a_long_answer_has_all_that_markdown_can_do() -> None:
    result = await played(PROMPTS["A long answer"])

    assert result.text == texts.LONG
    assert result.stop_reason == "end_turn"
    for part in (
        "# ",
        "   - ",
        "- [x] ",
        "|---",
        "```python",
        "```javascript",
        "```sql",
        "[^1]:",
        "$$",
        "> ",
        "](https://",
    ):
        assert part in result.text


async def test_thinking_comes_before_the_answer() -> None:
    result = await played(PROMPTS["Thinking first"])

    assert result.thinking == texts.SQUARES_THINKING
    assert result.text == texts.SQUARES
    assert result.attempts[0].facts["thinking_tokens"] > 0


async def test_a_rate_limit_passes() -> None:
    result = await played(PROMPTS["A rate limit"])

    assert result.text == texts.GREETING
    assert [attempt.reason for attempt in result.attempts] == ["rate_limited", ""]


async def test_a_refusal_before_any_word_is_free() -> None:
    result = await played(PROMPTS["A refusal"])

    (refused,) = [event for event in result.events if isinstance(event, Refused)]
    assert (refused.category, refused.after_text) == ("general_harms", False)
    assert refused.explanation
    assert result.text == ""
    assert not result.attempts[0].billed


async def test_a_refusal_in_the_middle_has_words_before_it_and_is_billed() -> None:
    result = await played(PROMPTS["A refusal halfway"])

    assert Refused("cyber", None, after_text=True) in result.events
    assert result.text == texts.DECLINED_START
    assert result.attempts[0].billed


async def test_a_refusal_that_passes_is_answered_by_the_next_model(settings: Settings) -> None:
    settings.CLAUDE_REFUSAL_MODEL = "claude-sonnet-5-5"

    result = await played(PROMPTS["A refusal that passes"])

    assert [(a.asked_model, a.stop_reason) for a in result.attempts] == [
        ("claude-opus-5-5", "refusal"),
        ("claude-sonnet-5-5", "end_turn"),
    ]
    assert result.text == texts.HARMLESS


async def test_an_overload_stays_through_every_retry() -> None:
    result = await played(PROMPTS["An overload"])

    assert result.reason == "overloaded"
    assert [attempt.reason for attempt in result.attempts] == ["overloaded"] * 3


async def test_an_overload_that_passes_is_answered_at_the_second_try() -> None:
    result = await played(PROMPTS["An overload that passes"])

    assert [attempt.reason for attempt in result.attempts] == ["overloaded", ""]
    assert [event.reason for event in result.events if isinstance(event, RetryWaits)] == ["overloaded"]
    assert result.text == texts.GREETING


@pytest.mark.parametrize(
    ("title", "reason", "stop_reason"),
    [("A broken answer", "incomplete_stream", ""), ("A full answer", "", "max_tokens")],
)
async def test_what_was_cut_can_be_continued_to_the_whole_text(title: str, reason: str, stop_reason: str) -> None:
    first = await played(PROMPTS[title])

    before = (
        Utterance("user", (TextPart(PROMPTS[title]),)),
        Utterance("assistant", (TextPart(first.text),)),
    )
    rest = await played("Continue exactly where you stopped.", before=before)

    assert (first.reason, first.stop_reason) == (reason, stop_reason)
    assert 0.4 < len(first.text) / len(texts.TIDES) < 0.7
    assert first.text + rest.text == texts.TIDES.rstrip()
    assert rest.stop_reason == "end_turn"


async def test_nothing_is_left_to_continue_after_a_whole_answer() -> None:
    before = (Utterance("user", (TextPart("Hi"),)), Utterance("assistant", (TextPart(texts.TIDES),)))

    assert (await played("Please continue.", before=before)).text == texts.CANNOT_GO_ON


@pytest.mark.parametrize("question", ["Hello", "What is the capital of Norway, and since when?"])
async def test_any_other_question_learns_who_is_speaking(question: str) -> None:
    result = await played(question)

    assert "demo stand-in" in result.text
    assert "ANTHROPIC_API_KEY" in result.text
    assert result.stop_reason == "end_turn"


async def test_a_small_limit_ends_any_answer() -> None:
    result = await played("Hello", max_tokens=20)

    assert result.stop_reason == "max_tokens"
    assert len(result.text) <= 60


@pytest.mark.parametrize(
    ("image", "facts"),
    [
        (picture("navy", (320, 200)), ["PNG of 320 × 200 pixels", "landscape", "dark", "blue"]),
        (picture("white", (90, 160), "JPEG"), ["JPEG of 90 × 160 pixels", "portrait", "bright", "white"]),
        (picture("#cc2222", (64, 64), "WEBP"), ["WEBP of 64 × 64 pixels", "square", "red"]),
        (picture("#885522", (100, 96), "GIF"), ["GIF of 100 × 96 pixels", "nearly square", "brown"]),
    ],
)
async def test_an_image_is_described_from_its_bytes(image: ImagePart, facts: list[str]) -> None:
    result = await played(image, "What is in this picture?")

    for fact in [*facts, "demo stand-in"]:
        assert fact in result.text


async def test_several_images_are_described_one_by_one() -> None:
    result = await played(picture("green", (30, 30)), picture("black", (40, 30)))

    assert "2 images" in result.text
    assert "1. A PNG of 30 × 30" in result.text
    assert "2. A PNG of 40 × 30" in result.text


async def test_bytes_that_are_no_image_are_said_to_be_none() -> None:
    assert "cannot read as an image" in (await played(ImagePart("image/png", b"not a picture"))).text


async def test_a_chat_reads_its_own_beginning_from_the_cache() -> None:
    long = "Tell me about tides. " * 200
    first = (await played(long)).attempts[0].tokens
    before = (Utterance("user", (TextPart(long),)), Utterance("assistant", (TextPart("Two a day."),)))
    second = (await played("Why?", before=before)).attempts[0].tokens

    assert (first.cache_read, first.cache_write_5m > 1000) == (0, True)
    assert second.cache_read == first.prompt
    assert 0 < second.cache_write_5m < 100


async def test_a_short_prompt_is_not_cached() -> None:
    for _ in range(2):
        tokens = (await played("Hello")).attempts[0].tokens
        assert (tokens.cache_read, tokens.cache_write_5m) == (0, 0)


@pytest.mark.parametrize(
    ("own", "told"), [("Be brief.", "Your own instructions came along, with 9 characters."), ("", "")]
)
async def test_a_persons_instructions_are_seen_to_arrive(own: str, told: str) -> None:
    ask = Ask(
        "claude-opus-5-5", (Utterance("user", (TextPart("Where is it deepest?"),)),), 4000, "Mind.", instructions=own
    )

    said = (await reply(ask)).text

    assert "demo stand-in" in said
    assert ("own instructions" in said) == bool(own)
    assert told in said


async def test_it_speaks_at_a_natural_pace_and_stops_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DemoTransport, "deltas_per_s", 70)
    monkeypatch.setattr(DemoTransport, "first_delay_s", 0.0)
    question = Utterance("user", (TextPart(PROMPTS["A long answer"]),))
    stream = answer(Ask("claude-opus-5-5", (question,), max_tokens=4000))
    loop = asyncio.get_running_loop()
    began_at, deltas, stopped_at = loop.time(), 0, 0.0

    async for event in stream:
        deltas += isinstance(event, TextArrived)
        if deltas == 22 and not stopped_at:
            stopped_at = loop.time()
            stream.stop()

    assert stopped_at - began_at >= 0.29  # 22 deltas at 70 a second
    assert loop.time() - stopped_at < 0.5
    assert deltas == 22


async def test_a_document_is_cited_as_claude_cites() -> None:
    text = DocumentPart("text/plain", b"# Rivers\n\nThey carry sand.\n", "rivers.md")
    pdf = DocumentPart("application/pdf", documents.pdf("", "Fjords are deep."), "fjords.pdf")

    result = await played(text, pdf, "What do these say?")

    assert "**rivers\\.md** has 27 characters in 2 lines" in result.text
    assert "**fjords\\.pdf** has 2 pages" in result.text
    blocks = [event.block for event in result.events if isinstance(event, BlockEnded)]
    cited = [citation for block in blocks for citation in block.get("citations", ())]
    assert [(c["type"], c["document_index"], c["cited_text"]) for c in cited] == [
        ("char_location", 0, "# Rivers"),
        ("char_location", 0, "They carry sand."),
        ("page_location", 1, "Fjords are deep."),
    ]
    assert (cited[1]["start_char_index"], cited[1]["end_char_index"]) == (10, 26)
    assert (cited[2]["start_page_number"], cited[2]["end_page_number"]) == (2, 3)


async def test_a_pdf_that_cannot_be_opened_is_said_to_be_so() -> None:
    result = await played(DocumentPart("application/pdf", b"%PDF-1.7", "half.pdf"), "What is it?")

    assert "cannot open" in result.text
