"""The pauses of a page that comes back."""

from itertools import islice

from tests.bench.storm import pauses_s


def test_pauses_double_up_to_eight_seconds_and_are_drawn_by_lot() -> None:
    most = (0.25, 0.5, 1, 2, 4, 8, 8)

    drawn = list(islice(pauses_s(), len(most)))

    assert all(0.75 * at_most <= pause <= at_most for pause, at_most in zip(drawn, most, strict=True))
    assert list(islice(pauses_s(), len(most))) != drawn
