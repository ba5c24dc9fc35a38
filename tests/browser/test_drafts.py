"""What was typed or attached and not sent is there again, whatever happened to the page."""

import asyncio
import re

from playwright.async_api import Page, expect

from tests.browser.conftest import OpenWindow
from tests.browser.scenes import asked
from tests.browser.seed import PASSWORD
from tests.browser.site import Site
from tests.browser.test_attachments import give
from tests.browser.test_lost_connections import OFFLINE
from tests.browser.window import Window
from tests.upstream import Upstream

PATIENCE_S = 20
NOTICE = "[data-kept]"


async def new_tab(window: Window, path: str = "/") -> Window:
    tab = Window(await window.page.context.new_page())
    await tab.page.goto(path)
    await tab.ready()
    return tab


HELD = "() => Object.keys(sessionStorage).filter((key) => /^(draft|unsent) /.test(key)).length"


async def held(window: Window) -> int:
    """How much the tab holds that the site has not; htmx keeps the last address there too."""
    found: int = await window.page.evaluate(HELD)
    return found


async def saved(window: Window) -> None:
    """The site has everything that this window holds."""
    await window.page.wait_for_function("() => document.querySelector('keep-draft').isIdle")


async def kept(window: Window, words: str) -> None:
    """The site has these words; a page that closed has nobody to tell when."""
    async with asyncio.timeout(PATIENCE_S):
        while words not in await (await window.page.request.get("/draft/")).text():  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def sign_in(page: Page, name: str) -> None:
    await page.get_by_label("username").fill(name)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()


async def signed_in(open_window: OpenWindow) -> Window:
    """Alice, with a session that may end; that of the other tests is for all of them."""
    window = await open_window(path="/accounts/login/")
    await sign_in(window.page, "alice")
    await expect(window.text).to_be_visible()
    return window


async def test_text_picture_and_model_are_there_after_a_reload_and_on_another_device(
    open_window: OpenWindow, alice: Window, upstream: Upstream
) -> None:
    await alice.ready()
    await give(alice, "paste")
    await expect(alice.page.locator(".chip input[name=attachments]")).to_have_count(1)
    await alice.page.get_by_label("Model").select_option("claude-haiku-5-5")
    await alice.text.fill("Half a thought about a lake")
    await alice.page.reload()

    await expect(alice.text).to_have_value("Half a thought about a lake")
    await expect(alice.page.locator(".chip input[name=attachments]")).to_have_count(1)
    await saved(alice)
    device = await open_window("alice")
    await expect(device.text).to_have_value("Half a thought about a lake")
    await expect(device.page.get_by_label("Model")).to_have_value("claude-haiku-5-5")
    await device.send.click()
    await expect(device.answers).to_have_count(1)
    await expect(device.questions.locator("img")).to_have_count(1)

    await alice.page.goto("/")
    await expect(alice.text).to_have_value("")
    await expect(alice.page.locator(".chip")).to_have_count(0)
    assert sum(map(asked("thought about a lake"), upstream.requests)) == 1


async def test_a_closed_tab_has_saved_its_last_words(alice: Window) -> None:
    tab = await new_tab(alice)
    await tab.text.fill("Closed at once")

    await tab.page.close(run_before_unload=True)

    await kept(alice, "Closed at once")
    await alice.page.reload()
    await expect(alice.text).to_have_value("Closed at once")


async def test_each_conversation_has_a_draft_of_its_own(alice: Window) -> None:
    await alice.ask_and_read("A place for drafts")
    await alice.text.fill("Stays here")
    await saved(alice)

    await alice.page.get_by_role("link", name="New chat", exact=True).click()
    await expect(alice.text).to_have_value("")
    await alice.page.go_back()

    await expect(alice.text).to_have_value("Stays here")


async def test_two_tabs_never_wipe_each_others_words(alice: Window) -> None:
    await alice.ask_and_read("Two tabs, one draft")
    alice.tolerate("status of 409")
    other = await new_tab(alice, alice.page.url)
    await other.text.fill("Written in the second tab")
    await saved(other)

    await alice.text.fill("Written in the first tab")
    await expect(alice.page.locator(NOTICE)).to_contain_text("Another window")
    await expect(alice.text).to_have_value("Written in the first tab")
    await expect(other.text).to_have_value("Written in the second tab")

    await alice.page.get_by_role("button", name="Keep mine").click()
    await saved(alice)
    await expect(alice.page.locator(NOTICE)).to_be_empty()
    await other.text.fill("Second thoughts")
    await other.page.get_by_role("button", name="Show the other").click()
    await expect(other.text).to_have_value("Written in the first tab")


async def test_a_tab_without_words_of_its_own_shows_those_of_the_other(alice: Window) -> None:
    await alice.ask_and_read("One draft, seen twice")
    other = await new_tab(alice, alice.page.url)
    await other.text.fill("Written in the second tab")
    await saved(other)

    await alice.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    await expect(alice.text).to_have_value("Written in the second tab")
    await other.text.press("Enter")
    await expect(alice.answers).to_have_count(2)
    await alice.ended()
    await alice.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await expect(alice.text).to_have_value("")


async def test_what_is_typed_while_signed_out_is_there_after_signing_in_in_this_tab(alice: Window) -> None:
    await alice.ask_and_read("Sign me out soon")
    await alice.page.context.clear_cookies(name="sessionid")
    await alice.text.fill("Typed without a session")
    await expect(alice.page.locator(NOTICE)).to_contain_text("You are signed out")

    await alice.page.locator(NOTICE).get_by_role("link", name="Sign in").click()
    await sign_in(alice.page, "alice")

    await expect(alice.text).to_have_value("Typed without a session")
    await expect(alice.answers).to_have_count(1)
    await saved(alice)
    assert await held(alice) == 0


async def test_what_is_typed_while_signed_out_is_saved_after_signing_in_in_another_tab(alice: Window) -> None:
    await alice.ask_and_read("Sign me out as well")
    await alice.page.context.clear_cookies(name="sessionid")
    await alice.text.fill("Typed without a session")
    await expect(alice.page.locator(NOTICE)).to_contain_text("You are signed out")
    page = await alice.page.context.new_page()
    await page.goto("/accounts/login/")
    await sign_in(page, "alice")
    await expect(page.get_by_role("textbox", name="Message", exact=True)).to_be_visible()

    await alice.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    await saved(alice)
    await expect(alice.page.locator(NOTICE)).to_be_empty()
    await expect(alice.text).to_have_value("Typed without a session")


async def test_who_signs_in_next_in_this_tab_sees_nothing_of_it(open_window: OpenWindow, site: Site) -> None:
    window = await open_window("alice")
    await window.ready()
    await window.page.context.clear_cookies(name="sessionid")
    await window.text.fill("Alice's secret")
    await expect(window.page.locator(NOTICE)).to_contain_text("You are signed out")

    await window.page.locator(NOTICE).get_by_role("link", name="Sign in").click()
    await sign_in(window.page, "ben")

    await expect(window.page.get_by_role("button", name=re.compile("ben"))).to_be_visible()
    await expect(window.text).to_have_value("")
    assert "secret" not in await window.page.evaluate("JSON.stringify(sessionStorage)")


async def test_signing_out_saves_first(open_window: OpenWindow) -> None:
    alice = await signed_in(open_window)
    await alice.ready()
    await alice.text.fill("Said while leaving")
    await alice.page.get_by_role("button", name="alice").click()
    await alice.page.get_by_role("button", name="Sign out").click()
    await expect(alice.page.get_by_label("username")).to_be_visible()
    assert await held(alice) == 0

    await sign_in(alice.page, "alice")

    await expect(alice.text).to_have_value("Said while leaving")


async def test_a_failed_send_is_a_draft(alice: Window) -> None:
    alice.tolerate("status of 500", "Status Error Code 500", "htmx:responseError")
    await alice.ask_and_read("Fail the next one")
    await alice.page.route("**/messages/", lambda r: r.fulfill(status=500, headers={"X-Request-ID": "abc123"}, body=""))
    await alice.ask("Sent in vain")
    await expect(alice.page.get_by_role("alert")).to_contain_text("abc123")
    await saved(alice)

    await alice.page.unroute("**/messages/")
    await alice.page.reload()

    await expect(alice.text).to_have_value("Sent in vain")
    await alice.text.press("Enter")
    await expect(alice.answers).to_have_count(2)


async def test_a_save_that_fails_is_made_up_for(alice: Window) -> None:
    alice.tolerate(*OFFLINE)
    await alice.ask_and_read("Save this later")
    await alice.page.route("**/draft/", lambda route: route.abort())
    await alice.text.fill("Kept by the tab alone")
    await alice.page.wait_for_function(HELD)

    await alice.page.reload()

    await expect(alice.text).to_have_value("Kept by the tab alone")
    await alice.page.unroute("**/draft/")
    await alice.page.evaluate("dispatchEvent(new Event('online'))")
    await saved(alice)
    assert await held(alice) == 0


async def test_every_tab_names_its_send_for_itself(alice: Window) -> None:
    other = await new_tab(alice)
    names = [await tab.page.locator("[name=client_id]").input_value() for tab in (alice, other)]
    assert names[0] != names[1]

    await alice.text.fill("Begun in one tab")
    await saved(alice)
    await other.page.reload()
    begun = await other.page.locator("[name=client_id]").input_value()
    assert begun == names[0]  # a repeat of this very send would be harmless
    await other.text.press("End")
    await other.text.type(", ended in another")
    await saved(other)

    assert await other.page.locator("[name=client_id]").input_value() != begun


async def test_an_example_does_not_wipe_what_is_typed(alice: Window) -> None:
    await alice.ready()
    await alice.text.fill("My own words")

    await alice.page.locator("[data-example]").first.click()

    assert (await alice.text.input_value()).startswith("My own words\n\n")


async def test_a_kept_draft_that_is_edited_and_sent_at_once_is_gone(alice: Window, upstream: Upstream) -> None:
    await alice.ready()
    await alice.text.fill("Half a thought about a hill")
    await saved(alice)
    await alice.page.reload()
    await alice.ready()

    await alice.text.fill("A whole thought about a hill")
    await alice.text.press("Enter")
    await expect(alice.page.locator(".message__body", has_text="A whole thought about a hill")).to_be_visible()
    await saved(alice)

    assert "about a hill" not in await (await alice.page.request.get("/draft/")).text()
