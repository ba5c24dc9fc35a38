"""Staff without a mouse: the review queue by its keys, a chat that opens for a reason, and what its owner is told."""

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import OpenWindow
from tests.browser.scenes import asked
from tests.browser.window import Window
from tests.upstream import Reply, Upstream, begin, end, text

QUEUE = "/admin/conversations/refusalevent/"
DETAILS = {"type": "refusal", "category": "cyber", "explanation": None}


async def declined(alice: Window, upstream: Upstream, words: str) -> None:
    upstream.script(
        Reply.streaming(begin(), text("Half of it"), end("refusal", stop_details=DETAILS)), when=asked(words)
    )
    await alice.page.goto("/")
    await alice.ask_and_read(words)


def state_of(row: Locator) -> Locator:
    return row.locator("select[name$='-state']")


async def test_refusals_are_reviewed_by_keys_alone(alice: Window, cleo: Window, upstream: Upstream) -> None:
    for words in ("a first lock", "a second lock"):
        await declined(alice, upstream, words)
    page, keyboard = cleo.page, cleo.page.keyboard
    await page.goto(QUEUE)
    rows = page.locator("#result_list tbody tr")

    await keyboard.press("j")
    await expect(rows.nth(0)).to_be_focused()
    await keyboard.press("f")
    await expect(page.locator("review-queue [role=status]")).to_have_text("Marked as false alarm.")
    await expect(rows.nth(1)).to_be_focused()
    await keyboard.press("m")
    await expect(page.locator("review-queue [role=status]")).to_have_text("It is yours.")
    await keyboard.press("k")
    await expect(rows.nth(0)).to_be_focused()

    await page.get_by_label("Keys").uncheck()
    await rows.nth(0).focus()
    await keyboard.press("p")
    await page.reload()
    await expect(state_of(rows.nth(0))).to_have_value("false_alarm")
    await expect(state_of(rows.nth(1))).to_have_value("new")
    await expect(rows.nth(1)).to_contain_text("cleo")


async def test_a_key_tells_what_another_reviewer_did_meanwhile(
    alice: Window, cleo: Window, open_window: OpenWindow, upstream: Upstream
) -> None:
    await declined(alice, upstream, "a third lock")
    other = await open_window("cleo", path=QUEUE)
    cleo.tolerate("status of 409")
    await cleo.page.goto(QUEUE)
    for window, key in ((other, "p"), (cleo, "r")):
        await window.page.keyboard.press("j")
        await window.page.keyboard.press(key)
        await expect(window.page.locator("review-queue [role=status]")).to_contain_text("policy")

    told = "Somebody has marked it as policy in the meantime."
    await expect(cleo.page.locator("review-queue [role=status]")).to_have_text(told)
    await expect(state_of(cleo.page.locator("#result_list tbody tr").first)).to_have_value("policy")


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_a_chat_is_read_for_a_reason_and_its_owner_is_told(
    alice: Window, open_window: OpenWindow, upstream: Upstream, theme: str
) -> None:
    await declined(alice, upstream, f"a lock in {theme}")
    cleo = await open_window("cleo", path=QUEUE, color_scheme=theme, viewport={"width": 390, "height": 844})
    page = cleo.page
    await page.keyboard.press("j")
    await page.keyboard.press("o")
    await page.get_by_role("link", name="Read the question, for a reason").click()
    assert await cleo.axe_violations() == []

    await page.get_by_label("Your reason").fill("A report of a colleague")
    await page.get_by_role("button", name="Open the chat").click()
    await expect(page.get_by_text(f"a lock in {theme}")).to_be_visible()
    assert await cleo.axe_violations() == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    await alice.page.reload()
    notice = alice.page.get_by_role("region", name="Who read your chats")
    await expect(notice).to_contain_text("Somebody who runs this site read your chat")
    assert await alice.axe_violations() == []
    await notice.get_by_role("button", name="I have seen it").click()
    await expect(notice).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_queue_has_no_violations(
    alice: Window, open_window: OpenWindow, upstream: Upstream, theme: str
) -> None:
    await declined(alice, upstream, f"a door in {theme}")
    window = await open_window("cleo", path=QUEUE, color_scheme=theme)
    window.tolerate("Applying inline style", "style-src-elem inline")  # the engine's own, where a page has jQuery

    assert await window.axe_violations() == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("place", ["refusalevent/report/", "auditentry/"])
async def test_their_reports_have_no_violations_and_fit_a_phone(
    open_window: OpenWindow, theme: str, place: str
) -> None:
    path = f"/admin/conversations/{place}"
    window = await open_window("cleo", path=path, color_scheme=theme, viewport={"width": 390, "height": 844})

    assert await window.axe_violations() == []
    assert await window.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
