"""Take the pictures: of the README by default, or with `--all FOLDER` of every page of the admin."""

import asyncio
import json
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.browser.site import ROOT, Site
from tests.browser.window import window_in
from tests.machine import CHROMIUM_ARGUMENTS, find_chromium

IMAGES = ROOT / "docs" / "img"
COLOURS = 96  # of a picture: text and flat areas need no more, and a file stays below 100 KB
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 800}


def main() -> None:
    parser = ArgumentParser(prog="./run pictures", description=__doc__)
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="every page of the admin, to be looked at")
    folder = parser.parse_args().all
    (folder or IMAGES).mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as data:
        site = seeded(Path(data))
        site.start()
        try:
            asyncio.run(take(site, folder))
        finally:
            site.stop()


def seeded(data_dir: Path) -> Site:
    site = Site(data_dir)
    command = [sys.executable, "-m", "tests.pictures.seed"]
    told = subprocess.run(command, cwd=ROOT, env=site._environment(), stdout=subprocess.PIPE, check=True)
    site.sessions = json.loads(told.stdout)
    return site


async def take(site: Site, folder: Path | None) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGUMENTS)
        await (every_page(browser, site, folder) if folder else readme(browser, site))
        await browser.close()


async def readme(browser: Browser, site: Site) -> None:
    async with page_of(browser, site, WIDE, "light") as page:
        chat = await asked(page)
        await shoot(page, IMAGES / "chat.png")
        await page.goto("/admin/")
        await shoot(page, IMAGES / "admin.png")
        await page.goto("/admin/conversations/usageentry/report/?group_by=model")
        await shoot(page, IMAGES / "usage.png")
    async with page_of(browser, site, PHONE, "dark") as page:
        await page.goto(chat)
        await page.wait_for_load_state("networkidle")
        await page.locator("auto-scroll").evaluate("pane => pane.scrollTo(0, pane.scrollHeight / 3)")
        await shoot(page, IMAGES / "chat-phone.png")


async def asked(page: Page) -> str:
    """A long answer with everything in it, seen from its question on; its address."""
    await page.goto("/")
    await page.wait_for_function("() => document.querySelector('chat-composer')?.matches(':defined')")
    await page.get_by_role("textbox", name="Message", exact=True).fill("A long answer: how does binary search work?")
    await page.keyboard.press("Enter")
    answer = page.locator('#thread article.message[data-role="assistant"]').last
    await expect(answer).to_have_attribute("data-state", "complete", timeout=60_000)
    name = await page.locator("#heading").inner_text()
    await expect(page.locator('#conversations [aria-current="page"]')).to_contain_text(name)
    await page.locator("auto-scroll").evaluate("pane => pane.scrollTo(0, 0)")
    return page.url


async def every_page(browser: Browser, site: Site, folder: Path) -> None:
    """Each list with its first row's page, and each report."""
    for theme in ("light", "dark"):
        for width in (WIDE, PHONE):
            async with page_of(browser, site, width, theme) as page:
                await page.goto("/admin/")
                places = await page.locator(".areas li a:first-child").evaluate_all(_ADDRESSES)
                for path in ("/admin/", *places, "/admin/conversations/batch/add/"):
                    await page.goto(path)
                    await full(page, folder, f"{width['width']}-{theme}")
                    rows = page.locator("#result_list tbody a[href*='/change/']")
                    if await rows.count():
                        await page.goto(str(await rows.first.get_attribute("href")))
                        await full(page, folder, f"{width['width']}-{theme}", name=f"{_name(path)}-one")


async def full(page: Page, folder: Path, kind: str, *, name: str = "") -> None:
    found = name or _name(page.url)
    await page.screenshot(path=folder / f"{found}-{kind}.png", full_page=True)


def _name(address: str) -> str:
    return address.partition("/admin/")[2].replace("conversations/", "").strip("/").replace("/", "-") or "index"


_ADDRESSES = "links => links.map((link) => link.getAttribute('href'))"


@asynccontextmanager
async def page_of(browser: Browser, site: Site, viewport: Any, theme: Any) -> AsyncIterator[Page]:
    context = await browser.new_context(
        base_url=site.url, viewport=viewport, color_scheme=theme, reduced_motion="reduce", device_scale_factor=1
    )
    await context.add_cookies([{"name": "sessionid", "value": site.sessions["maren"], "url": site.url}])
    async with window_in(context) as window:
        yield window.page
    await context.close()


async def shoot(page: Page, path: Path) -> None:
    """With few colours, so that the repository stays small. The caret stays: hiding it would style what htmx swaps."""
    with Image.open(BytesIO(await page.screenshot(caret="initial"))) as picture:
        picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    main()
