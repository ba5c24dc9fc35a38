"""Editing a question in its place, and going between versions, with mouse, keys and a reload in between."""

from playwright.async_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.scenes import asked, silent_until
from tests.browser.window import Window
from tests.upstream import Upstream, begin, end, spoken
from tests.upstream.script import Reply

DECLINED = Reply.streaming(
    begin(index=None),
    end("refusal", index=None, stop_details={"type": "refusal", "category": "cyber", "explanation": None}),
)


async def edit(window: Window, number: int, words: str) -> None:
    question = window.questions.nth(number)
    await question.hover()
    await question.get_by_role("button", name="Edit", exact=True).click()
    box = question.get_by_role("textbox", name="Edit your message")
    await expect(box).to_be_focused()
    await box.fill(words)


async def test_an_edited_question_is_asked_anew_and_both_versions_stay(alice: Window, upstream: Upstream) -> None:
    upstream.script(spoken("On fjords."), when=asked("What is a fjord?"))
    upstream.script(spoken("On sounds."), when=asked("What is a sound?"))
    await alice.ask_and_read("What is a fjord?")

    await edit(alice, 0, "What is a sound?")
    await alice.page.keyboard.press("Enter")

    await expect(alice.questions).to_have_count(1)
    await expect(alice.questions.first).to_contain_text("What is a sound?")
    await expect(alice.answer).to_contain_text("On sounds.")
    await alice.ended()
    await expect(alice.questions.first).to_contain_text("2/2")
    assert await alice.is_focused(alice.text)

    previous = alice.page.get_by_role("button", name="Previous version")
    await previous.focus()
    await alice.page.keyboard.press("Enter")

    await expect(alice.answer).to_contain_text("On fjords.")
    await expect(alice.questions.first).to_contain_text("1/2")
    await expect(previous).to_be_focused()
    await expect(alice.page.locator("#status")).to_have_text("Version 1 of 2")
    await alice.page.reload()
    await expect(alice.answer).to_contain_text("On fjords.")
    await alice.page.get_by_role("button", name="Next version").click()
    await expect(alice.answer).to_contain_text("On sounds.")


async def test_an_edit_outlives_a_reload_and_escape_gives_up_an_unchanged_one(alice: Window) -> None:
    await alice.ask_and_read("What is a skerry?")
    await edit(alice, 0, "What is a holm?")

    await alice.page.reload()

    box = alice.page.get_by_role("textbox", name="Edit your message")
    await expect(box).to_have_value("What is a holm?")
    await alice.page.get_by_role("button", name="Cancel").click()
    await expect(box).to_have_count(0)
    button = alice.questions.first.get_by_role("button", name="Edit", exact=True)
    await expect(button).to_be_focused()
    await alice.page.keyboard.press("Space")
    await expect(box).to_have_value("What is a skerry?")
    await box.press("Escape")
    await expect(box).to_have_count(0)


async def test_another_answer_is_a_version_and_every_window_sees_it(
    alice: Window, open_window: OpenWindow, upstream: Upstream
) -> None:
    upstream.script(spoken("A first answer."), spoken("A second answer."), when=asked("What is a spit?"))
    await alice.ask_and_read("What is a spit?")
    other = await open_window("alice", path=alice.page.url)

    await alice.answer.get_by_role("button", name="Regenerate").click()

    for window in (alice, other):
        await expect(window.answer).to_contain_text("A second answer.")
        await expect(window.answer).to_contain_text("2/2")
    await other.answer.get_by_role("button", name="Previous version").click()
    for window in (alice, other):
        await expect(window.answer).to_contain_text("A first answer.")


async def test_an_edit_while_claude_answers_keeps_the_words_and_says_why(alice: Window, upstream: Upstream) -> None:
    alice.tolerate("409")
    upstream.script(silent_until("edit-busy"), when=asked("What is a lagoon?"))
    await alice.ask_and_read("What is a delta?")
    await alice.ask("What is a lagoon?")
    await upstream.reached("edit-busy")

    await edit(alice, 0, "What is an estuary?")
    await alice.page.get_by_role("button", name="Send edited").click()

    await expect(alice.page.locator("edit-form [role=alert]")).to_contain_text("Claude is still answering")
    await expect(alice.page.get_by_role("textbox", name="Edit your message")).to_have_value("What is an estuary?")
    upstream.release("edit-busy")
    await alice.ended()


async def test_the_card_of_a_refusal_leads_to_the_question(open_window: OpenWindow, upstream: Upstream) -> None:
    for scheme, width in (("light", 1280), ("dark", 390)):
        window = await open_window("alice", color_scheme=scheme, viewport={"width": width, "height": 800})
        upstream.script(DECLINED, when=asked(f"Harm in {scheme}"))
        await window.ask_and_read(f"Harm in {scheme}")

        card = window.answer.locator('[data-ending="refused"]')
        await expect(card).to_contain_text("It may touch on attacking computers")
        await expect(card).to_contain_text("Not charged.")
        assert await window.axe_violations() == []
        assert await window.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await card.get_by_role("button", name="Edit", exact=True).click()
        await expect(window.page.get_by_role("textbox", name="Edit your message")).to_be_focused()
        assert await window.axe_violations() == []
