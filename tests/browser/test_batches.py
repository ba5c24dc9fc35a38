"""An admin's batch in a browser: a file with faults, then one without, its estimate, its progress, its results."""

import asyncio
import csv
import io
from pathlib import Path

import pytest
from playwright.async_api import FilePayload, expect

from tests.browser.conftest import OpenWindow
from tests.browser.window import Window
from tests.upstream import Upstream

ADDRESS = "/admin/conversations/batch/"


async def upload(window: Window, data: str) -> None:
    await window.page.goto(f"{ADDRESS}add/")
    file: FilePayload = {"name": "prompts.csv", "mimeType": "text/csv", "buffer": data.encode()}
    await window.page.get_by_label("File of prompts").set_input_files(file)
    await window.page.get_by_role("button", name="Read the file").click()


async def is_as_wide_as_the_window(window: Window) -> bool:
    return bool(await window.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


async def test_a_batch_from_its_file_to_its_results(cleo: Window, upstream: Upstream) -> None:
    page = cleo.page
    await upload(cleo, "id,prompt\na,Why <b>so</b>?\nb,How?\n")
    await expect(page.get_by_text("An estimate, at half the usual price")).to_be_visible()

    await page.get_by_role("button", name="Confirm and send").click()
    await expect(page.get_by_text("Under way")).to_be_visible()
    upstream.batches.takes_s = 0  # the page finds out by itself

    async with page.expect_download() as download:
        await page.get_by_role("link", name="Results as CSV").click(timeout=30_000)
    path = Path(await (await download.value).path())
    rows = list(csv.DictReader(io.StringIO(await asyncio.to_thread(path.read_text, "utf-8"))))
    answers = {row["id"]: row["answer"] for row in rows}
    assert answers == {"a": "You asked: Why <b>so</b>?", "b": "You asked: How?"}
    await expect(page.get_by_role("button", name="Cancel the batch")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_its_pages_have_no_violations_and_fit_a_phone(open_window: OpenWindow, theme: str) -> None:
    window = await open_window("cleo", color_scheme=theme, viewport={"width": 390, "height": 844})
    window.tolerate("status of 422")
    await window.page.goto(ADDRESS)
    assert await window.axe_violations() == []

    await upload(window, "id,prompt\na,\n" + "b,Why,then\n")
    await expect(window.page.get_by_text("Line 2: the prompt is empty.")).to_be_visible()
    assert await window.axe_violations() == []
    assert await is_as_wide_as_the_window(window)

    await upload(window, f"id,prompt\na,{'word' * 200}\n")
    await expect(window.page.get_by_role("button", name="Confirm and send")).to_be_visible()
    assert await window.axe_violations() == []
    assert await is_as_wide_as_the_window(window)
