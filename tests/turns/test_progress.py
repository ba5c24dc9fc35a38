"""What an answer is so far."""

import pytest

from conversations.claude.errors import Cut
from conversations.claude.events import (
    AnswerEnded,
    BlockBegan,
    BlockEnded,
    Event,
    Refused,
    TextArrived,
    ThinkingArrived,
)
from conversations.models import TurnStatus
from conversations.turns.progress import Piece, Progress


def progress_of(*events: Event) -> Progress:
    progress = Progress()
    for event in events:
        progress.apply(event)
    return progress


def test_news_of_one_block_come_joined_and_only_once() -> None:
    progress = progress_of(TextArrived(0, "A "), TextArrived(0, "fjord"), ThinkingArrived(1, "hm"))

    assert progress.take_news(5) == [Piece(0, "text", "A fjo")]
    assert progress.take_news(100) == [Piece(0, "text", "rd"), Piece(1, "thinking", "hm")]
    assert progress.take_news(100) == []


def test_a_block_that_did_not_end_is_kept_with_what_had_arrived() -> None:
    progress = progress_of(BlockBegan(0, {"type": "text", "text": ""}), TextArrived(0, "A fj"))

    assert progress.content == [{"type": "text", "text": "A fj"}]


def test_a_block_that_ended_is_kept_as_claude_sent_it() -> None:
    whole = {"type": "thinking", "thinking": "hm", "signature": "c2ln"}
    progress = progress_of(BlockBegan(0, {"type": "thinking", "thinking": ""}), BlockEnded(0, whole))

    assert progress.content == [whole]


def test_an_unknown_block_is_not_lost() -> None:
    assert progress_of(BlockBegan(0, {"type": "hologram", "data": 1})).content == [{"type": "hologram", "data": 1}]


@pytest.mark.parametrize(
    ("events", "status", "reason"),
    [
        ([AnswerEnded("end_turn")], TurnStatus.COMPLETE, ""),
        ([AnswerEnded("max_tokens")], TurnStatus.COMPLETE, "max_tokens"),
        ([AnswerEnded("model_context_window_exceeded")], TurnStatus.COMPLETE, "model_context_window_exceeded"),
        ([Refused("cyber", None, after_text=False), AnswerEnded("refusal")], TurnStatus.REFUSED, "refusal"),
        ([], TurnStatus.FAILED, "interrupted"),
    ],
)
def test_it_ends_as_exactly_one_of_four(events: list[Event], status: TurnStatus, reason: str) -> None:
    progress = progress_of(*events)

    assert (progress.status, progress.reason) == (status, reason)


def test_a_stop_that_came_too_late_does_not_undo_the_answer() -> None:
    progress = progress_of(AnswerEnded("end_turn"))
    progress.is_stopped = True

    assert progress.status == TurnStatus.COMPLETE


def test_an_error_is_a_failure_with_its_word() -> None:
    progress = progress_of(TextArrived(0, "A fj"))
    progress.error = Cut("stalled", "Claude went silent.")

    assert (progress.status, progress.reason) == (TurnStatus.FAILED, "stalled")
