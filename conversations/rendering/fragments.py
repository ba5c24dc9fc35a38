"""HTML that says where it goes: the out-of-band elements of a socket's frame, as htmx 2 reads them.

A frame's elements are applied in order. With a swap style and a selector htmx takes the children of the element, so
the wrapper itself never reaches the page; a row needs a table as its wrapper, or the browser drops it.
"""

from django.utils.html import escape

from conversations.rendering.streaming import Growth


def text_grew(part_id: str, growth: Growth) -> str:
    """Brings `{part_id}-settled` and `{part_id}-tail` up to date. Empty when nothing is to be seen."""
    frame = ""
    if growth.closed:
        frame += f'<div hx-swap-oob="beforeend:#{part_id}-settled">{growth.closed}</div>'
    if growth.tail is not None:
        return f'{frame}<div id="{part_id}-tail" hx-swap-oob="innerHTML">{growth.tail}</div>'
    if growth.dropped:
        frame += f'<b hx-swap-oob="delete:#{part_id}-grow-{growth.dropped}"></b>'
    if growth.grown:
        wrapper = "table" if growth.grown.startswith("<tbody>") else "div"
        target = f"{part_id}-grow-{growth.into}" if growth.into else f"{part_id}-tail"
        frame += f'<{wrapper} hx-swap-oob="beforeend:#{target}">{growth.grown}</{wrapper}>'
    return frame


def plain_text_grew(element_id: str, text: str) -> str:
    return f'<div hx-swap-oob="beforeend:#{element_id}">{escape(text)}</div>'


def with_revision(revision: int, html: str) -> str:
    return f'<data id="revision" value="{revision}" hx-swap-oob="true"></data>{html}'
