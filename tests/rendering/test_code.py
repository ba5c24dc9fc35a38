import re
from html import unescape

import pytest

from conversations.rendering.code import HIGHLIGHT_LIMIT, figure, label, spans
from conversations.rendering.markdown import to_html


@pytest.mark.parametrize(
    ("written", "shown"),
    [("py", "Python"), ("JS", "JavaScript"), ("c++", "C++"), ("klingon", "klingon"), ("<b>x", "bx"), ("", "Text")],
)
def test_the_caption_names_the_language_for_people(written: str, shown: str) -> None:
    assert label(written) == shown


def test_highlighting_uses_classes_and_keeps_every_character() -> None:
    code = 'def f(a):\n\n    return f"<{a}>"  # \u00e9\n'
    html = spans(code, "python")

    assert '<span class="hl-k">def</span>' in html
    assert "style=" not in html
    assert unescape(re.sub("<[^>]*>", "", html)) == code


def test_long_code_is_shown_without_colours() -> None:
    assert "hl-" not in spans("x = 1\n" * HIGHLIGHT_LIMIT, "python")


def test_a_block_of_code_can_be_copied_and_scrolled_by_keyboard() -> None:
    html = to_html("```sh\nls\n```")
    assert '<copy-code><button type="button"' in html
    assert 'aria-label="Copy code">Copy</button></copy-code>' in html
    assert '<pre tabindex="0"><code class="language-sh">' in html


def test_characters_that_reorder_code_are_shown_and_still_copied() -> None:
    html = figure("a\u202eb", "")
    assert '<span class="code__control">\u202e</span>' in html
