"""Whole journeys: a new account, a day without scripts, an admin's morning, a demo."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.scenes import asked
from tests.browser.seed import PASSWORD
from tests.browser.site import Site
from tests.browser.window import Window
from tests.upstream import Reply, Upstream, begin, end, text


@pytest.fixture
async def demo_site(tmp_path: Path) -> AsyncIterator[Site]:
    site = Site(tmp_path)
    site.start()
    yield site
    assert site.stop() == 0


async def test_the_first_account_of_a_new_site_owns_it_and_the_demo_says_what_it_is(
    open_window: OpenWindow, demo_site: Site
) -> None:
    window = await open_window(at=demo_site, path="/accounts/signup/")
    await window.page.get_by_label("Email").fill("alice@example.com")
    await window.page.get_by_label("Username").fill("alice")
    passwords = window.page.locator("input[type=password]")
    await passwords.nth(0).fill(PASSWORD)
    await passwords.nth(1).fill(PASSWORD)
    await passwords.nth(1).press("Enter")
    await expect(window.page.get_by_text("Demo mode")).to_be_visible()

    await window.page.locator(".example").first.click()
    await window.text.press("Enter")
    await expect(window.answer).to_have_attribute("data-state", "complete", timeout=30_000)
    await window.page.get_by_role("button", name="alice").click()
    await window.page.get_by_role("link", name="Admin").click()

    await expect(window.page).to_have_url(re.compile("/admin/"))


async def test_signing_out_leaves_nothing_behind(alice: Window, open_window: OpenWindow) -> None:
    window = await open_window(path="/accounts/login/")
    await window.page.get_by_label("username").fill("ben")
    await window.page.get_by_label("Password").fill(PASSWORD)
    await window.page.get_by_role("button", name="Sign in").click()
    await window.ask_and_read("For my eyes only")

    await window.page.get_by_role("button", name="ben").click()
    await window.page.get_by_role("button", name="Sign out").click()
    await expect(window.page).to_have_url(re.compile("/accounts/login/"))
    await window.page.go_back()

    await expect(window.page.get_by_text("For my eyes only")).to_have_count(0)


async def test_without_scripts_a_plain_form_works_and_the_answer_is_there_on_reload(open_window: OpenWindow) -> None:
    plain = await open_window("alice", java_script_enabled=False)

    await plain.text.fill("Do you need scripts?")
    await plain.send.click()
    await expect(plain.page).to_have_url(re.compile(r"/c/[0-9a-f-]{36}/$"))
    await expect(plain.questions).to_contain_text("Do you need scripts?")
    for _ in range(20):
        if await plain.answer.get_attribute("data-state") == "complete":
            break
        await plain.page.reload()
    await expect(plain.answer).to_contain_text("Hello from the upstream.")
    await plain.text.fill("And a second time?")
    await plain.send.click()

    await expect(plain.questions).to_have_count(2)


async def test_a_stranger_gets_404_for_a_chat(alice: Window, ben: Window) -> None:
    ben.tolerate("status of 404")
    await alice.ask_and_read("Only for me")

    response = await ben.page.goto(alice.page.url)

    assert response
    assert response.status == 404
    await expect(ben.page.get_by_text("Only for me")).to_have_count(0)


async def test_an_error_page_carries_a_reference_that_the_log_has(alice: Window, site: Site) -> None:
    alice.tolerate("status of 404")
    response = await alice.page.goto("/c/00000000-0000-0000-0000-000000000000/")

    assert response
    reference = response.headers["x-request-id"]
    await expect(alice.page.get_by_text("Reference")).to_contain_text(reference)
    assert reference in site.log.read_text()


async def test_an_admin_sees_what_was_used_and_what_was_refused(
    alice: Window, cleo: Window, upstream: Upstream
) -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": "Looks like an attack."}
    refused = Reply.streaming(begin(), text("I"), end("refusal", stop_details=details), request_id="req_for_admins")
    upstream.script(refused, when=asked("refuse for the admin"))
    await alice.ask_and_read("Please refuse for the admin")
    await expect(alice.answer).to_contain_text("req_for_admins")

    await cleo.page.goto("/admin/conversations/usageentry/report/?group_by=user,model")
    await expect(cleo.page.get_by_role("table").first).to_contain_text("alice")
    await cleo.page.goto("/admin/conversations/refusalevent/")
    await expect(cleo.page.locator("#result_list")).to_contain_text(re.compile("cyber", re.I))

    await cleo.page.goto("/admin/conversations/usageentry/?q=req_for_admins")
    await expect(cleo.page.locator("#result_list tbody tr")).to_have_count(1)


async def test_admin_is_closed_to_people_who_are_not_staff(alice: Window) -> None:
    alice.tolerate("status of 40")
    await alice.page.goto("/admin/")

    await expect(alice.page.get_by_role("heading", name="Site administration")).to_have_count(0)
