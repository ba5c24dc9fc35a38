"""Nothing that a model or person writes may run, load or reach out: in the whole, and at every point of its arrival."""

import re

import pytest

from conversations.rendering.cleaning import ATTRIBUTES, PLAIN
from conversations.rendering.fragments import plain_text_grew, text_grew
from conversations.rendering.markdown import to_html
from conversations.rendering.streaming import MarkdownStream
from tests.rendering.page import Element, parsed
from tests.rendering.texts import CORPUS

OUR_IDS = re.compile(r"part-(?:grow-\d+|tail|fn-\d+|fnref-\d+(?:-\d+)?)")
OUR_ATTRIBUTES = {
    *(
        "href",
        "title",
        "target",
        "rel",
        "class",
        "dir",
        "start",
        "type",
        "checked",
        "disabled",
        "id",
        "tabindex",
        "role",
    ),
    *("aria-label",),
}.union(*ATTRIBUTES.values())
ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href=javascript:alert(1)>x</a>",
    '<div hx-get="/x" hx-trigger="load" data-hx-get="/x" ws-connect="/ws">x</div>',
    "<template><script>alert(1)</script></template><hx-partial id=thread>x</hx-partial>",
    "[x](javascript:alert(1)) [x](JaVaScRiPt:alert(1)) [x](\x01javascript:alert(1)) [x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=) [x](vbscript:x) [x](file:///etc/passwd) [x](//evil.example) [x](/logout)",
    "[x]: javascript:alert(1)\n\n[x] ![x] <javascript:alert(1)> <data:text/html,x>",
    "![x](https://evil.example/?q=secret) ![x][y]\n\n[y]: https://evil.example/y.png",
    '[x](https://a.example "\\" onclick=\\"alert(1)") ![" onerror="alert(1)](https://a.example)',
    '```"><script>alert(1)</script>\ncode</code></pre><script>alert(1)</script>\n```',
    "```html\n<script>alert(1)</script><img src=x onerror=alert(1)>\n```",
    "1. ```js onload=alert(1)\n   </code><script>alert(1)</script>\n   ```\n",
    "$\\href{javascript:alert(1)}{x}$ $</math><script>alert(1)</script>$ $\\text{<img src=x onerror=alert(1)>}$",
    '$$\n\\unknown<img src=x onerror=alert(1)> style="color:red"\n$$\n\n\\[ <svg onload=alert(1)> \\]',
    "$\\color{red}{x}$ $\\class{hx}{x}$ $\\style{color:red}{x}$ $\\id{thread}{x}$",
    '| <b onclick="alert(1)"> | `<script>` |\n|---|:-:|\n| <img src=x> | [x](javascript:x) |\n',
    'x[^a"onclick=alert(1)]\n\n[^a"onclick=alert(1)]: <script>alert(1)</script>\n',
    "[^1]\n\n[^1]: ![x](https://evil.example) [x](#thread) [x](#part-fn-1)\n",
    "<!-- --!><img src=x onerror=alert(1)> --> <![CDATA[<script>]]> <?php ?>",
    "</div></div><div id=thread>x</div>",
    "**<script>`</script>`** _<b>_ ~~<i>~~ [<b>](https://a.example)",
    "- [ ] <input autofocus onfocus=alert(1)>\n- [x] </li></ul><form action=//evil.example>",
    "\u2028<script>\u2029</script>\0<scr\0ipt>",
]


def assert_inert(root: Element) -> None:
    for element in root.everything():
        assert element.tag in PLAIN | set(ATTRIBUTES), element.outer()
        assert set(element.attributes) <= OUR_ATTRIBUTES, element.outer()
        assert element.attributes.get("href", "#part-").startswith(("https://", "http://", "mailto:", "#part-"))
        assert OUR_IDS.fullmatch(element.attributes.get("id", "part-tail")), element.outer()


def assert_inert_frame(frame: str) -> None:
    """The outermost elements are ours and say where the frame goes; what they hold came from outside."""
    for wrapper in parsed(frame).children:
        assert isinstance(wrapper, Element)
        assert set(wrapper.attributes) <= {"hx-swap-oob", "id"}
        assert_inert(wrapper)


@pytest.mark.parametrize("text", [*ATTACKS, *(path.read_text(encoding="utf-8") for path in CORPUS)])
def test_a_hostile_answer_is_inert_at_every_point_of_its_arrival(text: str) -> None:
    stream = MarkdownStream("part")
    for character in text:
        assert_inert_frame(text_grew("part", stream.feed(character)))
    assert_inert(parsed(stream.settled + stream.tail))
    assert_inert(parsed(stream.finish(text)))
    assert_inert(parsed(to_html(text, id_prefix="part")))


@pytest.mark.parametrize("text", ATTACKS)
def test_a_hostile_answer_is_inert_when_its_end_was_lost(text: str) -> None:
    for end in range(1, len(text)):
        stream = MarkdownStream("part")
        stream.feed(text[:end])
        assert_inert(parsed(stream.tail))
        assert_inert(parsed(stream.finish(text[:end])))


def test_hostile_thinking_is_text() -> None:
    frame = plain_text_grew("part-text", "<script>alert('1')</script>")
    assert [element.tag for element in parsed(frame).everything()] == ["div"]


def test_no_image_ever_loads() -> None:
    text = "![a](https://a.example/1.png) ![b][r] <img src='https://a.example/3.png'>\n\n[r]: https://a.example/2.png"
    html = to_html(text)
    assert "<img" not in html
    assert html.count('<span class="image-hint">image: </span>') == 2
