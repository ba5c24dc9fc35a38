"""Which files go along: all of them while they fit, and where they do not, the newest."""

from collections.abc import Sequence

from conversations.claude.cards import ModelCard
from conversations.claude.catalogue import card
from conversations.models import Attachment
from conversations.turns.files import (
    MAX_ENCODED_BYTES,
    MAX_IMAGES,
    MAX_LARGE_IMAGES,
    MAX_PAGES,
    MAX_PAGES_OF_SMALL_CONTEXT,
    cut_off,
    kept_files,
    left_out,
    why_too_much,
)

SMALL, LARGE = (1600, 900), (2001, 10)
MILLION, SMALL_CONTEXT = card("claude-opus-5-5"), card("claude-haiku-4-5")


def image(size: tuple[int, int] = SMALL, size_bytes: int = 1000) -> Attachment:
    return Attachment(media_type="image/png", width=size[0], height=size[1], size_bytes=size_bytes)


def pdf(pages: int, size_bytes: int = 1000) -> Attachment:
    return Attachment(media_type="application/pdf", pages=pages, size_bytes=size_bytes)


def text(size_bytes: int) -> Attachment:
    return Attachment(media_type="text/plain", size_bytes=size_bytes)


def kept(*questions: Sequence[Attachment], card: ModelCard = MILLION) -> list[bool]:
    chosen = kept_files(questions, card)
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
    assert kept_files([], MILLION) == set()


def test_pages_go_along_as_many_as_the_model_takes_in_one_request() -> None:
    assert kept([pdf(MAX_PAGES - 1)], [pdf(1)]) == [True, True]
    assert kept([pdf(MAX_PAGES - 1)], [pdf(1)], [pdf(1)]) == [False, True, True]
    assert kept([pdf(MAX_PAGES_OF_SMALL_CONTEXT)], [pdf(1)], card=SMALL_CONTEXT) == [False, True]


def test_a_text_counts_as_it_is_sent_and_as_far() -> None:
    assert all(kept(*[[text(5_000_000)] for _ in range(50)]))
    assert not all(kept(*[[text(5_000_000)] for _ in range(51)]))


def test_a_question_with_too_much_is_told_what_to_do() -> None:
    assert why_too_much([pdf(600)], MILLION) == ""
    assert why_too_much([pdf(100)], SMALL_CONTEXT) == ""
    assert why_too_much([pdf(60), pdf(41)], SMALL_CONTEXT) == (
        "The PDFs have 101 pages together; Haiku 4.5 takes 100 at once. Remove some, or choose another model."
    )
    assert why_too_much([pdf(1, 10_500_000)] * 2, MILLION) == ""
    assert why_too_much([pdf(1, 10_500_001)] * 2, MILLION) == (
        "The files are 21.0 MB together; one message takes 21 MB. Remove some and send again."
    )


def test_files_of_questions_have_the_room_that_the_project_leaves() -> None:
    project = [pdf(50), image(LARGE), image()]
    older, newer = [pdf(300)], [pdf(250)]

    assert len(kept_files([older, newer], MILLION, project)) == 2
    assert kept_files([older, [pdf(251)]], MILLION, project).isdisjoint({older[0].pk})
    assert len(kept_files([[image()] for _ in range(18)], MILLION, project)) == 18
    assert len(kept_files([[image()] for _ in range(19)], MILLION, project)) == 9, "half of the room for 18"
    assert kept_files([older], MILLION, [pdf(600)]) == {older[0].pk}, "of the last question, as always"
    assert kept_files([older, []], MILLION, [pdf(600)]) == set()


def test_a_question_that_fits_alone_and_not_beside_the_project_is_told_so() -> None:
    assert why_too_much([pdf(50)], SMALL_CONTEXT, [pdf(50)]) == ""
    assert why_too_much([pdf(51)], SMALL_CONTEXT, [pdf(50)]) == (
        "The project has 50 pages and this message 51; Haiku 4.5 takes 100 at once. Remove some there or here, or "
        "choose another model."
    )
    assert why_too_much([pdf(101)], SMALL_CONTEXT, [pdf(50)]).startswith("The PDFs have 101 pages together;")
    assert why_too_much([image()] * 10, MILLION, [image(LARGE)] * 10) == ""
    assert why_too_much([image()] * 11, MILLION, [image(LARGE)] * 10) == (
        "The project has 10 pictures and this message 11; Claude takes 20 at once, as large as they are. Remove some "
        "there or here."
    )
    assert why_too_much([image(size_bytes=12_000_000)], MILLION, [image(size_bytes=9_100_000)]) == (
        "The files of the project are 9.1 MB together and these 12.0 MB; one message takes 21 MB. Remove some there "
        "or here."
    )


def test_what_is_not_sent_is_said_in_its_place() -> None:
    assert list(left_out(0, [])) == []
    assert list(left_out(2, ["a.pdf"])) == [
        "[2 images were here and are left out.]",
        "[The document “a.pdf” was here and is left out.]",
    ]
    assert "from character 12." in cut_off("b.csv", 12)
