"""A tool that asks first: the question stands in every window of its person, and mouse or keys answer it."""

import json
import shlex
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import OpenWindow
from tests.browser.scenes import asked
from tests.browser.site import Site
from tests.browser.window import Window
from tests.turns.toolbox import asks
from tests.upstream import Request, Upstream, spoken

SHOUT = {"type": "object", "properties": {"words": {"type": "string"}}, "required": ["words"]}


@pytest.fixture(scope="module")
def wired(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with a server of tools, of which the owner has let one in that asks first."""
    site = Site(tmp_path_factory.mktemp("wired"), upstream.base_url, {"MCP_COMMANDS": "1"})
    site.seed()
    add_tool(site)
    site.start()
    yield site
    assert site.stop() == 0


def add_tool(site: Site) -> None:
    server = {
        "name": "wiki",
        "transport": "command",
        "address": "",
        "command": shlex.join([sys.executable, "-m", "tests.servers.program"]),
        "secret_variable": "",
        "header": "Authorization",
        "is_on": True,
        "fault": "",
    }
    tool = {
        "name": "shout",
        "description": "Says it loud.",
        "input_schema": json.dumps(SHOUT),
        "is_on": True,
        "asks_first": True,
    }
    with closing(sqlite3.connect(site.data_dir / "chatsite.sqlite3")) as database, database:
        server_id = insert(database, "conversations_toolserver", server)
        insert(database, "conversations_servedtool", tool | {"server_id": server_id})


def insert(database: sqlite3.Connection, table: str, row: dict[str, object]) -> int | None:
    columns, marks = ", ".join(row), ", ".join("?" * len(row))
    return database.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(row.values())).lastrowid  # noqa: S608


def told(words: str) -> Callable[[Request], bool]:
    """Whether a request brings what came of the call, in a chat with these words."""
    return lambda request: "tool_result" in json.dumps(request.body) and words in json.dumps(request.body)


def consent(window: Window) -> Locator:
    return window.answer.locator("form.consent")


async def ask_to_shout(window: Window, upstream: Upstream, question: str) -> None:
    upstream.script(spoken("It is done."), when=told(question))
    upstream.script(asks(("wiki__shout", {"words": "moss"}), words="One moment."), when=asked(question))
    await window.ask(question)
    await expect(consent(window)).to_be_visible()


async def test_both_windows_ask_and_what_one_allows_goes_on_in_both(
    open_window: OpenWindow, wired: Site, upstream: Upstream
) -> None:
    one = await open_window("alice", at=wired)
    await ask_to_shout(one, upstream, "Shout it, please")
    other = await open_window("alice", at=wired, path=one.page.url.removeprefix(wired.url))
    await expect(consent(other)).to_contain_text("May Claude use")
    await expect(consent(other).locator("pre")).to_have_text("words: moss")
    assert await other.axe_violations() == []

    await consent(other).get_by_role("button", name="Allow once").click()

    for window in (one, other):
        await expect(window.answer).to_contain_text("It is done.")
        await expect(consent(window)).to_have_count(0)
        await window.ended()
    row = one.answer.locator("details.tool")
    await row.locator("summary").click()
    await expect(row.locator("pre")).to_have_text(["words: moss", "MOSS"])


async def test_the_keyboard_suffices_and_what_is_denied_says_so(
    open_window: OpenWindow, wired: Site, upstream: Upstream
) -> None:
    phone = await open_window("alice", at=wired, viewport={"width": 390, "height": 800}, color_scheme="dark")
    await ask_to_shout(phone, upstream, "Rather do not shout")
    assert await phone.axe_violations() == []
    assert await phone.page.evaluate("document.documentElement.scrollWidth") <= 390

    await consent(phone).locator("pre").focus()
    for _ in range(2):
        await phone.page.keyboard.press("Tab")
    await expect(consent(phone).get_by_role("button", name="Deny")).to_be_focused()
    await phone.page.keyboard.press("Enter")

    await expect(phone.answer).to_contain_text("It is done.")
    await phone.ended()
    row = phone.answer.locator("details.tool")
    await row.locator("summary").click()
    await expect(row).to_contain_text("The person did not allow this call.")
    (sent,) = filter(told("Rather do not shout"), upstream.requests)
    assert "MOSS" not in json.dumps(sent.body)


async def test_stop_while_it_asks_ends_the_answer_and_the_question(
    open_window: OpenWindow, wired: Site, upstream: Upstream
) -> None:
    alice = await open_window("alice", at=wired)
    await ask_to_shout(alice, upstream, "Shout, or stop")

    await alice.stop.click()

    await expect(alice.answer).to_have_attribute("data-state", "stopped")
    await expect(consent(alice)).to_have_count(0)
    assert not any(map(told("Shout, or stop"), upstream.requests))
