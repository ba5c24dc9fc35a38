import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conversations.rendering import open_block
from conversations.rendering.fragments import text_grew
from conversations.rendering.markdown import to_html
from conversations.rendering.marks import mark
from conversations.rendering.streaming import MarkdownStream
from tests.rendering.page import Page, normal
from tests.rendering.texts import CORPUS, documents, piece_lengths, pieces


def fed(text: str) -> MarkdownStream:
    stream = MarkdownStream("part")
    stream.feed(text)
    return stream


@settings(max_examples=40, deadline=None)
@given(documents, piece_lengths)
@example("- a\n\n[ref]: http://x\n1", [1])
@example("  [a]: /b\n*\n", [1])
@example(f"So **it is**{mark(1)}{mark(12)}, `said`{mark(2)}\n\n| a{mark(3)} |\n|---|\n", [2, 5])
def test_what_is_shown_depends_on_the_text_and_not_on_the_pieces_it_came_in(text: str, lengths: list[int]) -> None:
    stream, page, so_far = MarkdownStream("part"), Page("part"), ""

    for piece in pieces(text, lengths):
        settled_before = stream.settled
        page.receive(text_grew("part", stream.feed(piece)))
        so_far += piece

        assert stream.settled.startswith(settled_before)
        assert (stream.settled, stream.tail) == (fed(so_far).settled, fed(so_far).tail)
        assert page.html_of("settled") == normal(stream.settled)
        assert page.html_of("tail") == normal(stream.tail)


@settings(max_examples=120, deadline=None)
@given(documents, piece_lengths, st.data())
def test_the_finished_answer_is_the_whole_text_rendered_also_where_its_end_was_not_fed(
    text: str, lengths: list[int], data: st.DataObject
) -> None:
    stream = MarkdownStream("part")
    for piece in pieces(text[: data.draw(st.integers(0, len(text)))], lengths):
        stream.feed(piece)

    assert stream.finish(text) == to_html(text, id_prefix="part")


def test_a_text_of_which_something_else_was_fed_is_rendered_as_a_whole() -> None:
    assert fed("One\n\ntwo").finish("Another\n\none") == to_html("Another\n\none")


@settings(max_examples=120, deadline=None)
@given(documents.filter(lambda text: "[^" not in text and "]:" not in text))
def test_what_is_settled_is_the_beginning_of_the_finished_answer(text: str) -> None:
    assert to_html(text).startswith(fed(text).settled)


@settings(max_examples=50, deadline=None)
@given(documents, piece_lengths)
def test_blocks_too_long_for_one_look_are_the_same_in_any_pieces(text: str, lengths: list[int]) -> None:
    stream, so_far = MarkdownStream("part"), ""
    with pytest.MonkeyPatch.context() as short_sighted:
        short_sighted.setattr(open_block, "BIG", 40)
        short_sighted.setattr(open_block, "ROWS", 1)
        for piece in pieces(text * 3, lengths):
            stream.feed(piece)
            so_far += piece
        assert (stream.settled, stream.tail) == (fed(so_far).settled, fed(so_far).tail)
        assert stream.finish(so_far) == to_html(so_far, id_prefix="part")


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_the_corpus_arrives_character_by_character(path) -> None:  # type: ignore[no-untyped-def]
    text, page, stream = path.read_text(encoding="utf-8"), Page("part"), MarkdownStream("part")

    for character in text:
        page.receive(text_grew("part", stream.feed(character)))

    assert page.html_of("settled") + page.html_of("tail") == normal(stream.settled + stream.tail)
    assert stream.finish(text) == to_html(text, id_prefix="part")


def test_a_paragraph_settles_at_the_blank_line_and_a_heading_at_once() -> None:
    assert fed("# Title\n").settled == '<h3 dir="auto">Title</h3>\n'
    assert fed("Words\n").settled == ""
    assert fed("Words\n\n").settled == '<p dir="auto">Words</p>\n'


def test_a_block_is_not_closed_before_the_next_ones_first_line_is_complete() -> None:
    assert fed("- a\n*").settled == ""
    assert fed("- a\n*b*\n").settled == ""  # it was text of the item
    assert fed("- a\n* b\n").settled != ""


def test_an_open_fence_looks_like_code_and_grows_by_its_text_alone() -> None:
    stream = MarkdownStream("part")
    opened = stream.feed("```python\nx = ")

    grown = stream.feed("1 < 2")

    assert opened.tail is None
    assert '<figure class="code"' in opened.grown
    assert "Python" in opened.grown
    assert (grown.closed, grown.tail, grown.dropped, grown.grown) == ("", None, 0, "1 &lt; 2")


def test_code_is_highlighted_once_it_is_complete() -> None:
    stream = fed("```python\nimport this\n")
    assert "hl-" not in stream.tail

    closed = stream.feed("```\n").closed

    assert '<span class="hl-kn">import</span>' in closed


def test_a_fence_in_a_list_grows_by_its_text_alone() -> None:
    stream = fed("1. Do this:\n\n   ```\n   first\n")

    growth = stream.feed("   second\n   th")

    assert (growth.closed, growth.tail, growth.dropped) == ("", None, 0)
    assert growth.grown == "\nsecond\nth"


def test_a_list_and_a_table_grow_by_what_is_new() -> None:
    bullets = fed("- first\n- second\n")
    rows = fed("| a | b |\n|---|---|\n| 1 | 2 |\n")

    item, row = bullets.feed("- third"), rows.feed("| 3 | 4 |\n")

    assert "first" not in item.grown
    assert "third" in item.grown
    assert row.grown.startswith("<tbody><tr>")
    assert ">1<" not in row.grown


def test_carriage_returns_that_arrive_alone_are_line_ends() -> None:
    stream = MarkdownStream("part")
    for piece in ("one\r", "\n\r", "\ntwo\r"):
        stream.feed(piece)

    assert stream.settled == '<p dir="auto">one</p>\n'
    assert stream.finish("one\r\n\r\ntwo\r") == to_html("one\n\ntwo\n")
