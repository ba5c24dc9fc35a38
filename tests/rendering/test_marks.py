"""Marks: where an answer cites, a number that leads to its source."""

import pytest

from conversations.rendering.markdown import to_html
from conversations.rendering.marks import mark
from conversations.rendering.streaming import MarkdownStream


def whole(text: str) -> str:
    return to_html(text, id_prefix="message-7-part-0", sources_prefix="message-7")


def test_a_mark_leads_to_its_source_and_can_be_come_back_to() -> None:
    html = whole(f"Grass is green{mark(1)}. Really{mark(1)}.")

    assert html.count('href="#message-7-source-1"') == 2
    assert html.count('id="message-7-cited-1"') == 1
    assert html.count("[1]</a>") == 2


def test_a_mark_beside_a_footnote_of_the_answer_leaves_both() -> None:
    html = whole(f"One{mark(1)} and two[^a].\n\n[^a]: A note.")

    assert 'href="#message-7-source-1"' in html
    assert 'href="#message-7-part-0-fn-1"' in html


def test_while_the_answer_arrives_the_number_stands_there_at_once() -> None:
    stream = MarkdownStream("part")
    stream.feed("Grass is **green**")
    stream.feed(mark(1))

    assert stream.tail.endswith('<sup class="source-mark">[1]</sup></p>')
    assert "href" not in stream.tail


@pytest.mark.parametrize("text", ["`x{}`", "```py\nx = 1{}\n```", "    x = 1{}"])
def test_code_is_not_changed_by_a_mark(text: str) -> None:
    assert whole(text.format(mark(1))) == whole(text.format(""))


def test_a_mark_that_a_model_writes_itself_can_only_point_to_a_source() -> None:
    html = whole('[\ue0009](javascript:alert(1)) [\ue000x] [a](https://x.example/[\ue0001] "t[\ue0001] onclick=x")')

    assert 'href="#message-7-source-9"' in html
    assert 'href="javascript' not in html
    assert "<sup" not in html[html.index("https://") : html.rindex("</a>")]
