"""A question that does not reach the site: nothing of it is lost, and it is sent once."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.scenes import asked, paused
from tests.browser.test_attachments import give
from tests.browser.test_drafts import held, signed_in
from tests.browser.test_lost_connections import OFFLINE
from tests.browser.window import Window
from tests.upstream import Upstream


async def cut_off(window: Window) -> None:
    window.tolerate(*OFFLINE, "status of 502", "Status Error Code 502", "htmx:responseError", "status of 503")
    await window.page.route("**/messages/", lambda route: route.abort())


async def test_it_is_kept_over_a_reload_and_sent_by_itself(alice: Window, upstream: Upstream) -> None:
    await cut_off(alice)
    await give(alice, "paste")
    await expect(alice.page.locator(".chip input[name=attachments]")).to_have_count(1)
    await alice.ask("Survive the reload with a picture")
    await expect(alice.unsent).to_contain_text("Survive the reload")
    await expect(alice.unsent.get_by_role("img", name="lake.png")).to_be_visible()
    await expect(alice.page.locator(".chip")).to_have_count(0)

    await alice.page.unroute("**/messages/")
    await alice.page.reload()

    await expect(alice.answers).to_have_count(1)
    await alice.ended()
    await expect(alice.questions.locator("img")).to_have_count(1)
    await expect(alice.text).to_have_value("")
    await expect(alice.unsent).to_have_count(0)
    assert sum(map(asked("Survive the reload"), upstream.requests)) == 1
    assert await held(alice) == 0


async def test_typing_goes_on_and_the_next_question_waits_its_turn(alice: Window, upstream: Upstream) -> None:
    await alice.ask_and_read("First of all")
    await cut_off(alice)
    await alice.ask("Second, on a train")
    await expect(alice.unsent).to_contain_text("Second, on a train")

    await alice.ask("Third, also on it")
    await expect(alice.page.locator(".composer__hint")).to_contain_text("goes first")
    await expect(alice.text).to_have_value("Third, also on it")

    await alice.page.unroute("**/messages/")
    await alice.unsent.get_by_role("button", name="Retry").click()
    await expect(alice.answers).to_have_count(2)
    await alice.ended()
    await expect(alice.text).to_have_value("Third, also on it")
    await alice.text.press("Enter")
    await expect(alice.answers).to_have_count(3)
    await alice.ended()
    for words in ("Second, on a train", "Third, also on it"):
        assert sum(map(asked(words), upstream.requests)) == 1


async def test_it_can_be_taken_back(alice: Window, upstream: Upstream) -> None:
    await cut_off(alice)
    await alice.ask("Better not")
    await expect(alice.unsent).to_contain_text("Better not")
    await alice.text.fill("but this")

    await alice.unsent.get_by_role("button", name="Discard").click()

    await expect(alice.unsent).to_have_count(0)
    await expect(alice.text).to_have_value("Better not\n\nbut this")
    await expect(alice.text).to_be_focused()
    await alice.page.unroute("**/messages/")
    await alice.page.reload()
    await expect(alice.text).to_have_value("Better not\n\nbut this")
    await expect(alice.unsent).to_have_count(0)


async def test_it_waits_while_claude_answers_a_question_of_another_tab(alice: Window, upstream: Upstream) -> None:
    await alice.ask_and_read("Begin here")
    upstream.script(paused("Speaking of ", "elsewhere", "this."), when=asked("asked elsewhere"))
    await cut_off(alice)
    await alice.ask("Asked on a train")
    await expect(alice.unsent).to_contain_text("Not sent yet")
    tab = Window(await alice.page.context.new_page())
    await tab.page.goto(alice.page.url)
    await tab.ask("This is asked elsewhere")
    await expect(alice.answer).to_contain_text("Speaking of")

    alice.tolerate("status of 409")
    await alice.page.bring_to_front()
    await alice.page.unroute("**/messages/")
    await alice.unsent.get_by_role("button", name="Retry").click()
    await expect(alice.unsent).to_contain_text("Claude is still answering")
    upstream.release("elsewhere")

    await expect(alice.answers).to_have_count(3)
    await alice.ended()
    await expect(alice.unsent).to_have_count(0)
    assert sum(map(asked("Asked on a train"), upstream.requests)) == 1


@pytest.mark.parametrize(
    ("status", "headers"),
    [(502, {}), (503, {}), (503, {"X-Request-ID": "abc123", "Retry-After": "5"})],
    ids=["no site", "no site yet", "no database"],
)
async def test_a_site_that_cannot_take_it_now_is_as_good_as_no_network(
    alice: Window, status: int, headers: dict[str, str]
) -> None:
    alice.tolerate(f"status of {status}", f"Status Error Code {status}", "htmx:responseError")
    await alice.page.route("**/messages/", lambda route: route.fulfill(status=status, headers=headers, body=""))

    await alice.ask("Through a proxy")

    await expect(alice.unsent).to_contain_text("Not sent yet")
    await alice.page.unroute("**/messages/")
    await expect(alice.answers).to_have_count(1)


async def test_signing_out_erases_it(open_window: OpenWindow) -> None:
    alice = await signed_in(open_window)
    await cut_off(alice)
    await alice.ask("For nobody else's eyes")
    await expect(alice.unsent).to_contain_text("Not sent yet")
    assert await held(alice) == 1

    await alice.page.get_by_role("button", name="alice").click()
    await alice.page.get_by_role("button", name="Sign out").click()

    await expect(alice.page.get_by_role("button", name="Sign in")).to_be_visible()
    assert await held(alice) == 0
