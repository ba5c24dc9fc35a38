"""What one can do with a message, and what its content can never do."""

import re

from playwright.async_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.scenes import PAGE, asked
from tests.browser.window import Window
from tests.upstream import Upstream, spoken

CLIPBOARD = ["clipboard-read", "clipboard-write"]
COPIED = "navigator.clipboard.readText()"


async def test_copy_gives_clean_markdown_and_code_copy_only_the_code(
    open_window: OpenWindow, upstream: Upstream
) -> None:
    upstream.script(spoken(PAGE), when=asked("copy"))
    window = await open_window("alice", permissions=CLIPBOARD)
    await window.ask_and_read("Something to copy")

    await window.answer.get_by_role("button", name="Copy", exact=True).click()
    await expect(window.answer.locator("copy-message")).to_contain_text("Copied")
    assert await window.page.evaluate(COPIED) == PAGE
    await window.answer.get_by_role("button", name="Copy code").click()

    copied = await window.page.evaluate(COPIED)
    assert copied.startswith("def greet(name: str) -> str:\n    return f")
    assert "```" not in copied
    await expect(window.page.locator("#status")).to_have_text("Copied")


async def test_a_code_block_names_its_language_and_its_copy_stays_visible(alice: Window, upstream: Upstream) -> None:
    upstream.script(spoken(PAGE), when=asked("language"))

    await alice.ask_and_read("Which language is it?")

    figure = alice.answer.locator("figure").filter(has=alice.page.locator("pre"))
    await expect(figure).to_contain_text("Python")
    await figure.locator("pre").evaluate("pre => { pre.scrollLeft = 500 }")
    await expect(figure.get_by_role("button", name="Copy code")).to_be_in_viewport(ratio=1)


async def test_the_actions_show_on_hover_and_focus(alice: Window) -> None:
    await alice.ask_and_read("What can I do with this?")
    await alice.ask_and_read("And with this?")
    copy = alice.answers.first.get_by_role("button", name="Copy", exact=True)

    await alice.answers.first.hover()
    await expect(copy).to_be_visible()
    assert await opacity(copy) == 1
    await alice.page.mouse.move(0, 0)
    await copy.focus()

    await expect(copy).to_be_visible()
    assert await opacity(copy) == 1


async def test_the_actions_show_on_touch(open_window: OpenWindow) -> None:
    phone = await open_window("alice", has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800})
    await phone.text.fill("What can I do with this?")
    await phone.send.tap()
    await phone.ended()

    copy = phone.answer.get_by_role("button", name="Copy", exact=True)

    await expect(copy).to_be_visible()
    assert await opacity(copy) == 1


async def opacity(found: object) -> float:
    """Of the element with everything around it, as it is once nothing moves any more."""
    measured: float = await found.evaluate(  # type: ignore[attr-defined]
        """async element => {
          await Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {})))
          let product = 1
          for (let e = element; e; e = e.parentElement) product *= Number(getComputedStyle(e).opacity)
          return product
        }"""
    )
    return measured


async def test_model_time_tokens_and_cost_are_there_on_demand(alice: Window, upstream: Upstream) -> None:
    upstream.script(spoken("Not for free.", input_tokens=1234, output_tokens=567), when=asked("cost"))
    await alice.ask_and_read("What does it cost?")
    facts = alice.answer.locator("details.facts")
    await expect(facts.locator("dl")).to_be_hidden()

    await facts.locator("summary").click()

    for words in ("Opus", "1,234", "567", "$"):
        await expect(facts.locator("dl")).to_contain_text(words)


async def test_links_open_safely_and_no_remote_image_loads(alice: Window, upstream: Upstream) -> None:
    hostile = "[this](https://example.com/a) ![pixel](https://evil.example/pixel.png) [that](javascript:alert(1))"
    upstream.script(spoken(hostile), when=asked("links"))
    strange: list[str] = []
    alice.page.on("request", lambda request: strange.append(request.url) if "example" in request.url else None)

    await alice.ask_and_read("Give me links")

    link = alice.answer.get_by_role("link", name="this")
    assert "noopener" in (await link.get_attribute("rel") or "")
    await expect(link).to_have_attribute("target", "_blank")
    assert await alice.answer.locator('[href^="javascript:"], .message__body img[src*="evil"]').count() == 0
    assert strange == []


async def test_math_and_tables_render_and_raw_html_never_runs(alice: Window, upstream: Upstream) -> None:
    hostile = "\n<img src=x onerror=\"window.ran = 1\"><script>window.ran = 2</script>\n\n<b onclick='x'>bold</b>\n"
    upstream.script(spoken(PAGE + hostile), when=asked("render"))

    await alice.ask_and_read("Please render this")
    await alice.page.reload()

    body = alice.answer.locator(".message__body")
    await expect(body.locator("table")).to_be_visible()
    await expect(body.locator("math")).to_be_visible()
    await expect(body).not_to_contain_text("$e^")
    assert await body.locator("script, img, [onclick], [onerror]").count() == 0
    assert await alice.page.evaluate("window.ran === undefined")


async def test_a_time_is_relative_with_the_exact_one_in_its_title(alice: Window) -> None:
    await alice.ask_and_read("What time is it?")

    when = alice.answer.locator("relative-time")

    await expect(when).to_have_text("just now")
    await expect(when).to_have_attribute("title", re.compile(r"\d{4}"))
