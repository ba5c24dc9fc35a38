"""What is counted of a pass while all answers are on their way."""

from math import inf

from tests.bench.answers import Question, deltas
from tests.bench.figures import plateau
from tests.bench.passes import Pass, Seen

PER_SECOND = 10


def seen(key: int, begins_at: float, *, slow_until: float = 0.0) -> Seen:
    """Each delta arrives after 0.1 s; those sent up to `slow_until` after 0.9 s."""
    question = Question(key, "prose", 1_000, PER_SECOND)
    sent_at = [begins_at + number / PER_SECOND for number in range(len(deltas(question.answer)))]
    frames = [
        (at + (0.9 if at <= slow_until else 0.1), text.encode())
        for at, text in zip(sent_at, deltas(question.answer), strict=True)
    ]
    return Seen(question, begins_at, True, frames, sent_at, question.answer, [])


def test_what_was_sent_before_the_last_answer_began_does_not_count() -> None:
    both = plateau(Pass(0.0, [], [seen(1, 0.0, slow_until=9.0), seen(2, 10.0)]))

    assert [round(ms) for ms in both.latency] == [100, 100, 100]
    assert round(both.first[2]) == 900


def test_answers_that_never_streamed_together_are_never_in_time() -> None:
    first, second = seen(1, 0.0), seen(2, 100.0)

    assert plateau(Pass(0.0, [], [first, second])).latency[1] == inf


def test_our_own_lateness_is_the_worse_of_reading_and_of_sending() -> None:
    assert round(plateau(Pass(0.0, [0.02] * 10, [seen(1, 0.0)])).late_ms) == 20
