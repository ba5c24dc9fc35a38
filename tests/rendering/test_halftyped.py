import pytest

from conversations.rendering.streaming import MarkdownStream
from tests.rendering.page import parsed

SENTENCE = (
    "Some **bold *and* words** with `code`, a [link](https://a.example/x), ~~gone~~, __more__, $x^2$, \\(y\\) "
    "and **`both`** or [**bold** link](https://b.example).\nAnother line with ![picture](https://c.example/p.png).\n"
)
RAW = ("*", "`", "~~", "](", "__", "[", "$", "\\", "![")


def shown(text: str) -> str:
    stream = MarkdownStream("part")
    stream.feed(text)
    return parsed(stream.settled + stream.tail).text()


@pytest.mark.parametrize("beginning", ["", "# ", "- ", "> ", "1. ", "- [ ] ", "Words\n"])
def test_no_half_typed_symbol_is_ever_shown(beginning: str) -> None:
    text = beginning + SENTENCE.replace("\n", " ")
    for end in range(len(text)):
        visible = shown(text[:end]).replace("x^2", "")
        assert not [symbol for symbol in RAW if symbol in visible], (text[:end], visible)


@pytest.mark.parametrize(
    "marker", ["-", "*", "+", "1", "1.", "#", "##", "|", "| a | b", "```", "```py", "~~~", "- [ ", "$$"]
)
def test_a_lone_marker_is_not_shown(marker: str) -> None:
    assert shown(marker) == ""
    assert shown(f"Words\n\n{marker}") == "Words\n"


def test_emphasis_is_shown_before_it_is_closed() -> None:
    stream = MarkdownStream("part")
    stream.feed("Some **bo")
    assert "<strong>bo</strong>" in stream.tail


def test_the_text_of_a_link_is_shown_before_its_address() -> None:
    assert shown("See [the guide](https://exam") == "See the guide"


def test_a_table_head_is_shown_with_its_second_line() -> None:
    assert shown("| a | b |\n") == ""
    assert "<th" in fed_tail("| a | b |\n|---|---|\n")


def test_prices_are_no_formulas() -> None:
    assert shown("It costs $5 or more, perhaps even $60,") == "It costs $5 or more, perhaps even $60,"


def test_an_asterisk_that_nothing_closes_does_not_hide_the_text() -> None:
    words = "word " * 200
    assert len(shown(f"A *{words}")) >= len(words)


def test_a_bare_link_is_whole_once_it_ends() -> None:
    assert 'href="https://a.example/b"' in fed_tail("See https://a.example/b for")


def fed_tail(text: str) -> str:
    stream = MarkdownStream("part")
    stream.feed(text)
    return stream.tail
