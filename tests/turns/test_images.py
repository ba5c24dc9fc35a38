"""Which images go along: all of them while they fit, and where they do not, the newest."""

from collections.abc import Sequence

from conversations.models import Attachment
from conversations.turns.images import MAX_ENCODED_BYTES, MAX_IMAGES, MAX_LARGE_IMAGES, kept_images

SMALL, LARGE = (1600, 900), (2001, 10)


def image(size: tuple[int, int] = SMALL, size_bytes: int = 1000) -> Attachment:
    return Attachment(width=size[0], height=size[1], size_bytes=size_bytes)


def kept(*questions: Sequence[Attachment]) -> list[bool]:
    chosen = kept_images(questions)
    return [picture.pk in chosen for question in questions for picture in question]


def test_all_go_along_while_they_fit() -> None:
    assert all(kept(*[[image()] for _ in range(MAX_IMAGES)]))
    assert all(kept(*[[image(LARGE)] for _ in range(MAX_LARGE_IMAGES)]))


def test_beyond_twenty_with_a_large_one_the_older_half_makes_room() -> None:
    assert kept(*[[image(LARGE)] for _ in range(21)]) == [False] * 11 + [True] * 10


def test_beyond_twenty_small_ones_go_along() -> None:
    assert all(kept(*[[image()] for _ in range(21)]))


def test_a_large_one_that_comes_late_counts_for_all() -> None:
    questions = [[image()] for _ in range(30)] + [[image(LARGE)]]

    assert kept(*questions) == [False] * 21 + [True] * 10


def test_the_images_of_the_last_question_always_go_along() -> None:
    most = MAX_ENCODED_BYTES

    assert kept([image()], [image(size_bytes=most), image(size_bytes=most)]) == [False, True, True]


def test_bytes_count_as_they_are_sent() -> None:
    half = image(size_bytes=MAX_ENCODED_BYTES * 3 // 8)

    assert kept([half], [image(size_bytes=half.size_bytes)]) == [True, True]
    assert kept([half], [image(size_bytes=half.size_bytes + 10)]) == [False, True]


def test_what_was_left_out_stays_left_out_and_what_stays_does_so_for_long() -> None:
    questions = [[image(LARGE)] for _ in range(31)]
    begins = [kept(*questions[:asked]).index(True) for asked in range(1, 32)]

    assert begins == sorted(begins)
    assert len(set(begins)) == 2  # each change costs the prompt cache


def test_questions_without_images_change_nothing() -> None:
    assert kept([], [image()], []) == [True]
    assert kept_images([]) == set()
