"""A question that meets a limit comes back with its words, and with the reset in the time of whoever reads it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.site import PATIENCE_S, Site

COLUMNS = 'person_id, is_each, "limit", unit, per, warn_percent, at_limit, cheaper_model, contact, is_on'
VALUES = "(SELECT id FROM conversations_user WHERE username = 'ben'), 0, 0.01, 'usd', 'day', 80, 'stop', '', 'Olga', 1"


@pytest.fixture
def no_money_for_ben(site: Site) -> Iterator[None]:
    def run(sql: str) -> None:
        path = site.data_dir / "chatsite.sqlite3"
        with closing(sqlite3.connect(path, timeout=PATIENCE_S)) as database, database:
            database.execute(sql)

    run(f"INSERT INTO conversations_budget ({COLUMNS}) VALUES ({VALUES})")  # noqa: S608
    yield
    run("DELETE FROM conversations_budgetuse")
    run("DELETE FROM conversations_budget")


@pytest.mark.parametrize(
    ("zone", "midnight"), [("Asia/Tokyo", "9:00 AM"), ("UTC", "12:00 AM")], ids=["tokyo", "greenwich"]
)
async def test_nothing_of_a_refused_question_is_lost(
    open_window: OpenWindow, no_money_for_ben: None, zone: str, midnight: str
) -> None:
    ben = await open_window("ben", timezone_id=zone, locale="en-US")
    ben.tolerate("402")
    await ben.ready()
    await ben.page.get_by_label("Model", exact=True).select_option("claude-opus-5-5")

    await ben.ask("What is a fjord?")

    told = ben.page.get_by_role("alert")
    await expect(told).to_contain_text("Your budget for today has no room for this question.")
    await expect(told).to_contain_text("ask Olga")
    await expect(told).to_contain_text(midnight)
    await expect(ben.text).to_have_value("What is a fjord?")
    await expect(ben.page.locator("#thread .message")).to_have_count(0)
    assert await ben.axe_violations() == []


async def test_it_fits_a_phone(open_window: OpenWindow, no_money_for_ben: None) -> None:
    phone = await open_window("ben", viewport={"width": 390, "height": 800})
    phone.tolerate("402")
    await phone.ready()
    await phone.page.get_by_label("Model", exact=True).select_option("claude-opus-5-5")
    await phone.ask("What is a fjord?")
    await expect(phone.page.get_by_role("alert")).to_be_visible()

    await phone.page.goto(f"{phone.page.url.split('/', 3)[0]}//{phone.page.url.split('/')[2]}/usage/")

    await expect(phone.page.get_by_role("heading", name="Budgets")).to_be_visible()
    assert await phone.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert await phone.axe_violations() == []
