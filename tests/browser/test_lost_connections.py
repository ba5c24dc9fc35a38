"""What a person sees and keeps when the network, the session or the site goes away."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from playwright.async_api import Route, WebSocketRoute, expect

from tests.browser.conftest import OpenWindow
from tests.browser.scenes import asked, paused, silent_until
from tests.browser.seed import PASSWORD
from tests.browser.site import Site
from tests.browser.window import Window
from tests.upstream import Reply, Upstream

# What Chromium and htmx write to the console when a request or a socket is lost; htmx writes a socket's error bare.
OFFLINE = ("net::ERR_", "htmx:afterRequest", "htmx:sendError", "WebSocket", "[object Event]")
PATIENCE_S = 20
RESTART, GOING_AWAY, TOO_SLOW = 1012, 1001, 4408


class Cable:
    """The socket of a page, to be pulled out and put back."""

    def __init__(self) -> None:
        self.is_out = False
        self.is_dead = False
        self.connected: list[WebSocketRoute] = []

    async def connect(self, socket: WebSocketRoute) -> None:
        if self.is_out:
            await socket.close(code=RESTART)
            return
        dies = not self.connected  # only the first one, so that a page can come back
        socket.connect_to_server().on_message(lambda frame: None if dies and self.is_dead else socket.send(frame))
        self.connected.append(socket)

    async def pull(self, code: int = RESTART) -> None:
        self.is_out = True
        await self.connected[-1].close(code=code)


async def on_a_cable(window: Window) -> Cable:
    cable = Cable()
    await window.page.route_web_socket("**/ws/**", cable.connect)
    return cable


@pytest.fixture
async def own_site(upstream: Upstream, tmp_path: Path) -> AsyncIterator[Site]:
    """A site that a test may stop and start again."""
    site = Site(tmp_path, upstream.base_url)
    site.seed()
    site.start()
    yield site
    if site.process and site.process.poll() is None:
        site.stop()


async def test_an_answer_that_ended_before_the_page_was_connected_renews_the_list(
    alice: Window, open_window: OpenWindow, upstream: Upstream
) -> None:
    upstream.script(silent_until("early"), when=asked("early bird"))
    may_connect = asyncio.Event()

    async def connect(socket: WebSocketRoute) -> None:
        await may_connect.wait()
        socket.connect_to_server()

    await alice.page.route_web_socket("**/ws/**", connect)
    async with alice.page.expect_response("**/sidebar/"):
        await alice.ask("Catch the early bird")
    upstream.release("early")
    other = await open_window("alice", path=alice.page.url)
    await other.ended()

    async with alice.page.expect_response("**/sidebar/"):
        may_connect.set()

    await alice.ended()


async def test_a_lost_connection_shows_a_banner_reconnects_and_fills_the_gap(alice: Window, upstream: Upstream) -> None:
    upstream.script(paused("Before the gap, ", "gap", "in the gap, and after it."), when=asked("gap"))
    cable = await on_a_cable(alice)
    banner = alice.page.locator("#connection")
    await alice.ask("Mind the gap")
    await expect(alice.answer).to_contain_text("Before the gap,")
    await expect(banner).to_be_hidden()

    await cable.pull()
    await expect(banner).to_have_text("Connection lost. Reconnecting…")
    upstream.release("gap")
    cable.is_out = False

    await expect(banner).to_be_hidden()
    await alice.ended()
    words = await alice.answer.locator(".message__body").inner_text()
    assert words.strip() == "Before the gap, in the gap, and after it."


async def test_a_socket_that_died_silently_is_noticed_while_an_answer_is_under_way(
    open_window: OpenWindow, upstream: Upstream
) -> None:
    upstream.script(paused("Heard this, ", "silent-death", "and that."), when=asked("silent death"))
    window = await open_window("alice", path="about:blank")
    await window.page.clock.install()
    cable = await on_a_cable(window)
    await window.page.goto("/")
    await window.ask("Would you notice a silent death?")
    await expect(window.answer).to_contain_text("Heard this,")

    cable.is_dead = True
    upstream.release("silent-death")
    await window.page.clock.run_for(30_000)

    await expect(window.answer).to_contain_text("Heard this, and that.")
    await expect(window.send).to_be_visible()


async def test_a_socket_that_died_silently_is_noticed_while_nothing_happens(open_window: OpenWindow) -> None:
    window = await open_window("alice", path="about:blank")
    await window.page.clock.install()
    cable = await on_a_cable(window)
    await window.page.goto("/")
    await window.ask_and_read("Is anybody there?")
    other = await window.page.context.new_page()
    cable.is_dead = True
    await other.goto(window.page.url)
    await other.get_by_role("textbox", name="Message", exact=True).fill("Over here")
    await other.get_by_role("button", name="Send", exact=True).click()
    await expect(other.locator(".message").last).to_have_attribute("data-state", "complete")
    await expect(window.answers).to_have_count(1)

    await window.page.clock.run_for(50_000)

    await expect(window.answers).to_have_count(2)
    assert len(cable.connected) >= 2


async def test_a_page_out_of_the_back_forward_cache_catches_up(alice: Window) -> None:
    cable = await on_a_cable(alice)
    await alice.ask_and_read("Leave and come back")

    await alice.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")

    async with asyncio.timeout(PATIENCE_S):
        while len(cable.connected) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await alice.ask_and_read("And go on")


async def test_a_snapshot_leaves_what_was_loaded_above_and_the_place_of_the_reader(
    open_window: OpenWindow, site: Site
) -> None:
    window = await open_window("alice", path="about:blank")
    cable = await on_a_cable(window)
    await window.page.goto(site.long_chat)
    await window.page.get_by_role("link", name="Show earlier").click()
    messages = window.page.locator("#thread article")
    await expect(messages).to_have_count(100)
    reading = messages.nth(40)
    await reading.scroll_into_view_if_needed()
    await window.page.wait_for_function("() => document.querySelector('auto-scroll').follows === false")
    before = await reading.bounding_box()

    await window.page.evaluate("window.last = document.querySelector('#thread article:last-of-type')")
    await cable.pull()
    await window.page.evaluate("document.getElementById('revision').value = 'another'")  # as where one was missed
    cable.is_out = False
    await window.page.wait_for_function("() => !window.last.isConnected")

    await expect(messages).to_have_count(100)
    after = await reading.bounding_box()
    assert before
    assert after
    assert abs(after["y"] - before["y"]) < 80
    await window.page.get_by_role("link", name="Show earlier").click()
    await expect(messages).to_have_count(150)
    numbers = [int(await message.get_attribute("data-message-id") or 0) for message in await messages.all()]
    assert numbers == sorted(set(numbers))


async def test_a_stale_token_is_renewed_and_the_next_send_works(alice: Window) -> None:
    alice.tolerate("status of 403", "Status Error Code 403", "htmx:responseError")
    await alice.ready()
    await alice.page.context.clear_cookies(name="csrftoken")
    await alice.ask("Open since yesterday")
    await expect(alice.page.get_by_role("alert")).to_contain_text("renewed")
    await expect(alice.text).to_have_value("Open since yesterday")

    await alice.text.press("Enter")

    await expect(alice.answers).to_have_count(1)
    await alice.ended()


@pytest.mark.parametrize("code", [1000, GOING_AWAY, TOO_SLOW])
async def test_it_also_reconnects_after_closes_that_htmx_takes_for_final(alice: Window, code: int) -> None:
    cable = await on_a_cable(alice)
    await alice.ask_and_read("Stay connected")

    await cable.pull(code)
    cable.is_out = False

    await expect(alice.page.locator("#connection")).to_be_hidden()
    await alice.ask_and_read("Still connected?")
    assert len(cable.connected) >= 2


@pytest.mark.parametrize(
    ("code", "words"),
    [(4401, "You are signed out."), (4404, "This conversation is gone."), (4429, "too many tabs")],
)
async def test_a_final_close_says_why_and_does_not_come_back(alice: Window, code: int, words: str) -> None:
    cable = await on_a_cable(alice)
    await alice.ask_and_read("Say why")

    await cable.pull(code)

    await expect(alice.page.locator("#connection")).to_contain_text(words)
    if code == 4401:
        await expect(alice.page.locator("#connection").get_by_role("link", name="Sign in")).to_be_visible()


async def test_where_sockets_are_refused_the_answer_still_arrives(alice: Window, upstream: Upstream) -> None:
    upstream.script(paused("Without a socket.", "polled", " All of it."), when=asked("refused sockets"))
    cable = await on_a_cable(alice)
    cable.is_out = True

    await alice.ask("What about refused sockets?")

    await expect(alice.page.locator("#connection")).to_be_visible()
    upstream.release("polled")
    await expect(alice.answer).to_contain_text("Without a socket. All of it.")
    await expect(alice.send).to_be_visible()


async def test_an_answer_survives_a_deploy_and_the_page_is_live_again_within_ten_seconds(
    open_window: OpenWindow, own_site: Site, upstream: Upstream
) -> None:
    upstream.script(paused("Before the deploy. ", "deploy"), when=asked("deploy"))
    window = await open_window("alice", at=own_site)
    window.tolerate(*OFFLINE)
    await window.ask("Can you survive a deploy?")
    await expect(window.answer).to_contain_text("Before the deploy.")

    assert own_site.stop() == 0
    await expect(window.page.locator("#connection")).to_be_visible()
    own_site.start()

    await expect(window.page.locator("#connection")).to_be_hidden(timeout=10_000)
    await expect(window.answer).to_have_attribute("data-state", "failed")
    await expect(window.answer).to_contain_text("Before the deploy.")
    await window.ask_and_read("And now?")
    await expect(window.answer).to_have_attribute("data-state", "complete")
    upstream.release("deploy")


async def test_a_question_that_could_not_be_sent_waits_in_the_thread_and_goes_out_once(
    alice: Window, upstream: Upstream
) -> None:
    alice.tolerate(*OFFLINE)
    await alice.page.context.set_offline(True)
    await alice.ask("Written on a train")
    await expect(alice.unsent).to_contain_text("Written on a train")
    await expect(alice.unsent).to_contain_text("Not sent yet")
    await expect(alice.text).to_have_value("")
    await expect(alice.questions).to_have_count(0)

    await alice.page.context.set_offline(False)
    await expect(alice.answers).to_have_count(1)
    await alice.ended()

    await expect(alice.unsent).to_have_count(0)
    await expect(alice.questions).to_have_count(1)
    assert sum(map(asked("Written on a train"), upstream.requests)) == 1


async def test_a_lost_reply_to_a_send_makes_no_second_message(alice: Window, upstream: Upstream) -> None:
    alice.tolerate(*OFFLINE)

    async def lose_the_reply(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await alice.page.route("**/messages/", lose_the_reply)
    await alice.ask("Did you get this?")
    await expect(alice.unsent).to_contain_text("Not sent yet")

    await alice.page.unroute("**/messages/")
    await alice.unsent.get_by_role("button", name="Retry").click()
    await expect(alice.answers).to_have_count(1)
    await alice.ended()

    await expect(alice.questions).to_have_count(1)
    await expect(alice.unsent).to_have_count(0)
    assert sum(map(asked("Did you get this?"), upstream.requests)) == 1


def answered(status: int) -> Callable[[Route], object]:
    return lambda route: route.fulfill(status=status, headers={"X-Request-ID": "abc123"}, body="")


@pytest.mark.parametrize(("status", "words"), [(403, "renewed"), (500, "Reference: abc123"), (429, "too many")])
async def test_a_refused_send_keeps_the_words_and_says_why(alice: Window, status: int, words: str) -> None:
    alice.tolerate(f"status of {status}", f"Status Error Code {status}", "htmx:responseError")
    await alice.page.route("**/messages/", answered(status))

    await alice.ask("Keep this")

    await expect(alice.page.get_by_role("alert")).to_contain_text(words)
    await expect(alice.text).to_have_value("Keep this")
    await expect(alice.questions).to_have_count(0)
    await expect(alice.send).to_be_enabled()


async def test_an_expired_session_keeps_the_words_until_one_signed_in_elsewhere(alice: Window) -> None:
    await alice.page.context.clear_cookies(name="sessionid")
    await alice.ask("Written before lunch")
    await expect(alice.page.get_by_role("alert")).to_contain_text("you are signed out")
    await expect(alice.text).to_have_value("Written before lunch")

    async with alice.page.context.expect_page() as opened:
        await alice.page.get_by_role("link", name="Sign in").click()
    tab = await opened.value
    await tab.get_by_label("username").fill("alice")
    await tab.get_by_label("Password").fill(PASSWORD)
    await tab.get_by_role("button", name="Sign in").click()
    await expect(tab.get_by_role("textbox", name="Message", exact=True)).to_be_visible()
    await alice.page.bring_to_front()
    await alice.send.click()

    await expect(alice.questions).to_have_text(re.compile("Written before lunch"))
    await alice.ended()


async def test_a_failed_stop_can_be_tried_again(alice: Window, upstream: Upstream) -> None:
    alice.tolerate(*OFFLINE)
    upstream.script(paused("Unstoppable? ", "failed-stop"), when=asked("stop twice"))
    await alice.ask("Let me stop twice")
    await expect(alice.answer).to_contain_text("Unstoppable?")
    await alice.page.route("**/stop/", lambda route: route.abort())
    await alice.stop.click()
    await expect(alice.page.locator(".composer__hint")).to_contain_text("could not be reached")

    await alice.page.unroute("**/stop/")
    await alice.stop.click()

    await expect(alice.answer).to_have_attribute("data-state", "stopped")


async def test_a_failed_retry_says_so_and_works_later(alice: Window, upstream: Upstream) -> None:
    alice.tolerate(*OFFLINE, "status of 503", "Status Error Code 503")
    upstream.script(Reply.error(500, "api_error"), when=asked("retry in vain"))
    await alice.ask_and_read("Let me retry in vain")
    await alice.page.route("**/retry/", answered(503))
    await alice.answer.get_by_role("button", name="Retry").click()
    await expect(alice.page.locator(".composer__hint")).to_contain_text("Reference: abc123")

    await alice.page.unroute("**/retry/")
    await alice.answer.get_by_role("button", name="Retry").click()

    await expect(alice.answer).to_have_attribute("data-state", "complete")
