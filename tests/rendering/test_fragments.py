from django.utils.safestring import SafeString

from conversations.rendering.fragments import plain_text_grew, text_grew, with_revision
from conversations.rendering.streaming import Growth


def test_closed_blocks_are_appended_and_the_tail_replaced() -> None:
    frame = text_grew("p", Growth(closed=SafeString("<p>a</p>"), tail=SafeString("<p>b</p>")))
    assert frame == (
        '<div hx-swap-oob="beforeend:#p-settled"><p>a</p></div><div id="p-tail" hx-swap-oob="innerHTML"><p>b</p></div>'
    )


def test_the_open_element_grows_in_place() -> None:
    frame = text_grew("p", Growth(dropped=2, grown=SafeString("\n  x"), into=1))
    assert frame == '<b hx-swap-oob="delete:#p-grow-2"></b><div hx-swap-oob="beforeend:#p-grow-1">\n  x</div>'


def test_rows_travel_in_a_table_since_the_browser_drops_them_elsewhere() -> None:
    frame = text_grew("p", Growth(grown=SafeString("<tbody><tr></tr></tbody>"), into=2))
    assert frame == '<table hx-swap-oob="beforeend:#p-grow-2"><tbody><tr></tr></tbody></table>'


def test_nothing_new_is_no_frame() -> None:
    assert text_grew("p", Growth()) == ""


def test_thinking_is_appended_as_text() -> None:
    assert plain_text_grew("t", "a < b\n") == '<div hx-swap-oob="beforeend:#t">a &lt; b\n</div>'


def test_a_frame_tells_its_revision() -> None:
    assert with_revision(7, "<p></p>") == '<data id="revision" value="7" hx-swap-oob="true"></data><p></p>'
