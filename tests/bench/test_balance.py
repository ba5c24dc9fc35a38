"""What the site's books may say of a turn, and what not."""

import pytest

from tests.bench.balance import Booked, balance, verdict

EXACT, ESTIMATED = (400, False), (120, True)


def turn(status: str, reason: str = "", *attempts: tuple[int, bool], whole: bool = True, text: bool = True) -> Booked:
    return Booked(7, status, reason, is_whole=whole, has_text=text, attempts=attempts)


@pytest.mark.parametrize(
    ("booked", "requests", "expected"),
    [
        (turn("complete", "", EXACT), (400,), "complete"),
        (turn("complete", "", EXACT, whole=False), (400,), "lost"),
        (turn("complete", "", (399, False)), (400,), "wrong"),
        (turn("complete", "", EXACT, EXACT), (400,), "wrong"),
        (turn("complete", "", EXACT), (400, 400), "wrong"),
        (turn("complete", "", (400, True)), (400,), "wrong"),
        (turn("failed", "interrupted", ESTIMATED, whole=False), (0,), "interrupted"),
        (turn("failed", "interrupted", (120, False), whole=False), (0,), "wrong"),
        (turn("failed", "interrupted", whole=False), (0,), "wrong"),
        (turn("failed", "interrupted", ESTIMATED, ESTIMATED, whole=False), (0, 0), "wrong"),
        (turn("failed", "interrupted", whole=False, text=False), (0,), "wrong"),
        (turn("failed", "interrupted", (0, True), whole=False, text=False), (), "guessed"),
        (turn("failed", "interrupted", ESTIMATED, whole=False), (), "wrong"),
        (turn("failed", "stalled", EXACT), (0,), "failed"),
        (turn("running", whole=False), (0,), "stuck"),
        (turn("queued", whole=False, text=False), (), "stuck"),
    ],
)
def test_each_turn_gets_its_verdict(booked: Booked, requests: tuple[int, ...], expected: str) -> None:
    assert verdict(booked, requests) == expected


def test_a_request_that_no_turn_knows_is_unknown() -> None:
    assert balance([turn("complete", "", EXACT)], {7: [400], 8: [400]}) == {"complete": 1, "unknown": 1}
