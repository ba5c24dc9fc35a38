"""What a person sees when Claude does not answer at the first attempt, and what they can do then."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.scenes import asked
from tests.browser.site import Site
from tests.browser.window import Window
from tests.upstream import Reply, Upstream, begin, end, spoken

SONNET, HAIKU = "claude-sonnet-5-5", "claude-haiku-5-5"
BUSY = Reply.error(429, "rate_limit_error", retry_after="19")
NOTICE = "Claude cannot answer at the moment."


@pytest.fixture(scope="module")
def patient(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site that tries again, and then asks another model."""
    # Without errands: one that got through would say that Claude denies nothing.
    settings = {"CLAUDE_RETRIES": "1", "CLAUDE_FALLBACK_MODELS": SONNET, "ERRANDS": "0"}
    site = Site(tmp_path_factory.mktemp("patient"), upstream.base_url, settings)
    site.seed()
    site.start()
    yield site
    assert site.stop() == 0


@pytest.fixture(autouse=True)
def rested(patient: Site) -> None:
    """The rest that a model was given in one test is over in the next."""
    with closing(sqlite3.connect(patient.data_dir / "chatsite.sqlite3", isolation_level=None)) as database:
        database.execute("DELETE FROM conversations_allowance")


async def seconds_left(window: Window) -> int:
    return int(re.sub(r"\D", "", await window.answer.get_by_role("timer").inner_text()))


async def test_the_seconds_to_the_next_attempt_tick_and_stop_ends_them(
    open_window: OpenWindow, patient: Site, upstream: Upstream
) -> None:
    upstream.script(BUSY, when=asked("count down"))
    window = await open_window("alice", at=patient, path="about:blank")
    await window.page.clock.install()
    await window.page.goto("/")
    await window.ask("Please count down")
    await expect(window.answer).to_contain_text(re.compile(r"Claude is busy\. Trying again in \d+ s"))
    await expect(window.answer.get_by_text("Waiting for Claude")).to_be_hidden()
    before = await seconds_left(window)

    await window.page.clock.run_for(6_000)

    assert await seconds_left(window) <= before - 6
    await window.stop.click()
    await expect(window.answer).to_have_attribute("data-state", "stopped")
    await expect(window.answer).not_to_contain_text("Trying again")


async def test_after_the_wait_the_answer_comes(open_window: OpenWindow, patient: Site, upstream: Upstream) -> None:
    upstream.script(Reply.error(429, "rate_limit_error", retry_after="1"), spoken("At last."), when=asked("patience"))
    window = await open_window("alice", at=patient)

    await window.ask_and_read("Have patience")

    await expect(window.answer.locator(".message__body")).to_have_text("At last.")
    await expect(window.answer).not_to_contain_text("busy")


async def test_the_answer_of_another_model_says_so(open_window: OpenWindow, patient: Site, upstream: Upstream) -> None:
    overloaded = Reply.error(529, "overloaded_error", retry_after="3600")
    upstream.script(overloaded, spoken("A drowned valley.", model=SONNET), when=asked("stands in"))
    window = await open_window("alice", at=patient)

    await window.ask_and_read("Who stands in?")

    said = window.answer.get_by_text("Claude Opus 5.5 was overloaded; Claude Sonnet 5.5 answered.", exact=True)
    await expect(said).to_be_visible()
    await expect(window.page.get_by_label("Model", exact=True)).to_have_value("claude-opus-5-5")


async def test_a_refused_question_goes_to_another_model_and_the_chat_stays_there(
    open_window: OpenWindow, patient: Site, upstream: Upstream
) -> None:
    details = {"type": "refusal", "category": None, "explanation": None}
    refusal = Reply.streaming(begin(index=None), end("refusal", index=None, stop_details=details))
    upstream.script(refusal, spoken("Gladly.", model=HAIKU), when=asked("declined"))
    window = await open_window("alice", at=patient)
    await window.ask_and_read("Is this declined?")

    await window.answer.get_by_label("Another model").select_option("Claude Haiku 5.5")
    assert await window.axe_violations() == []
    await window.answer.get_by_role("button", name="Ask another model").click()

    await expect(window.answer.locator(".message__body")).to_have_text("Gladly.")
    await expect(window.page.get_by_label("Model", exact=True)).to_have_value(HAIKU)


async def test_an_open_page_learns_that_claude_denies_the_site(
    open_window: OpenWindow, patient: Site, upstream: Upstream
) -> None:
    upstream.script(Reply.error(401, "authentication_error"), when=asked("denied"))
    window, staff = await open_window("alice", at=patient), await open_window("cleo", at=patient)

    try:
        await window.ask_and_read("Is this denied?")
        await expect(window.page.locator("#outage")).to_contain_text(NOTICE)
        await expect(window.page.locator("#outage")).not_to_contain_text("unauthorized")
        assert await window.axe_violations() == []
        await staff.page.goto("/admin/")
        await expect(staff.page.locator(".outage")).to_contain_text("unauthorized, HTTP 401")
        assert await staff.axe_violations() == []
    finally:
        with closing(sqlite3.connect(patient.data_dir / "chatsite.sqlite3", isolation_level=None)) as database:
            database.execute("DELETE FROM conversations_outage")
