"""An answer as it arrives, and every way in which it can end."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.scenes import asked, paused, silent_until, thoughtful
from tests.browser.window import Window
from tests.upstream import Gate, Reply, Upstream, begin, end, message_delta, spoken, text


async def test_the_question_shows_before_the_site_has_it_and_something_moves_before_claude_does(
    alice: Window, upstream: Upstream
) -> None:
    upstream.script(silent_until("first-move"), when=asked("How quick"))
    may_go = await alice.hold("**/messages/")

    await alice.ask("How quick are you?")

    await expect(alice.page.locator("#pending")).to_contain_text("How quick are you?")
    may_go.set()
    await expect(alice.page.locator("#pending")).to_have_count(0)
    await expect(alice.questions).to_have_count(1)
    await expect(alice.answer).to_contain_text("Waiting for Claude…")
    upstream.release("first-move")
    await alice.ended()


async def test_after_ten_seconds_of_silence_the_page_says_that_it_still_waits(
    open_window: OpenWindow, upstream: Upstream
) -> None:
    upstream.script(silent_until("long-silence"), when=asked("take long"))
    window = await open_window("alice", path="about:blank")
    await window.page.clock.install()
    await window.page.goto("/")
    await window.ask("Will it take long?")
    await expect(window.answer).to_contain_text("Waiting for Claude…")

    await window.page.clock.run_for(12_500)

    await expect(window.answer).to_contain_text(re.compile(r"Still waiting for Claude, 1[23] s"))
    await expect(window.page.locator("#status")).to_have_text("Still waiting for Claude")
    upstream.release("long-silence")
    await expect(window.answer).not_to_contain_text("waiting")


async def test_a_pause_in_the_middle_is_told_too(open_window: OpenWindow, upstream: Upstream) -> None:
    upstream.script(paused("It begins", "middle-pause", " and ends."), when=asked("pause"))
    window = await open_window("alice", path="about:blank")
    await window.page.clock.install()
    await window.page.goto("/")
    await window.ask("Do you pause?")
    await expect(window.answer).to_contain_text("It begins")
    await expect(window.answer).not_to_contain_text("aiting for Claude")

    await window.page.clock.run_for(11_500)

    await expect(window.answer).to_contain_text(re.compile(r"Still waiting for Claude, 1\d s"))
    upstream.release("middle-pause")
    await expect(window.answer).to_contain_text("It begins and ends.")


@pytest.mark.parametrize(
    ("half", "shown", "rest", "raw"),
    [
        ("Some **bold", "Some bold", " words** here.", "*"),
        ("A `code", "A code", " span` here.", "`"),
        ("A [link](https://exa", "A link", "mple.com/) here.", "("),
        ("## A head", "A head", "ing\n\nand text.", "#"),
        ("```python\nprint(1)", "print(1)", "\n```\n", "`"),
    ],
)
async def test_half_typed_markdown_shows_no_raw_symbols(
    alice: Window, upstream: Upstream, half: str, shown: str, rest: str, raw: str
) -> None:
    gate = question = f"Type half of {shown}"
    upstream.script(paused(f"First of all.\n\n{half}", gate, rest), when=asked(question))
    body = alice.answer.locator(".message__body")

    await alice.ask(question)
    await upstream.reached(gate)

    await expect(body).to_contain_text(shown)
    assert raw not in await body.inner_text()
    upstream.release(gate)
    await alice.ended()


async def test_an_open_code_fence_already_looks_like_code(alice: Window, upstream: Upstream) -> None:
    upstream.script(paused("```python\nprint(1)\nprint(2", "open-fence", ")\n```\n"), when=asked("open fence"))

    await alice.ask("Show me an open fence")

    await expect(alice.answer.locator("pre code")).to_contain_text("print(1)\nprint(2")
    upstream.release("open-fence")
    await alice.ended()
    await expect(alice.answer.locator("pre code")).to_have_count(1)


async def test_stop_shows_before_the_site_knows_and_the_text_never_grows_again(
    alice: Window, upstream: Upstream
) -> None:
    upstream.script(paused("Said before the stop.", "never-said", " Said after it."), when=asked("stop me"))
    await alice.ask("Let me stop me")
    await expect(alice.answer).to_contain_text("Said before the stop.")
    may_go = await alice.hold("**/stop/")

    await alice.stop.click()

    await expect(alice.page.get_by_role("button", name="Stopping…")).to_be_disabled()
    await expect(alice.answer).to_have_attribute("data-state", "streaming")
    may_go.set()
    await expect(alice.answer).to_have_attribute("data-state", "stopped")
    await upstream.left(next(filter(asked("stop me"), upstream.requests)))
    upstream.release("never-said")
    await alice.page.reload()
    await expect(alice.answer).to_contain_text("Said before the stop.")
    await expect(alice.answer).not_to_contain_text("Said after it.")


async def test_a_reload_and_a_second_window_show_all_text_so_far_and_go_on(
    alice: Window, open_window: OpenWindow, upstream: Upstream
) -> None:
    upstream.script(paused("The first half, ", "two-windows", "the second half."), when=asked("both of us"))
    await alice.ask("Do you see both of us?")
    await expect(alice.answer).to_contain_text("The first half,")

    second = await open_window("alice", path=alice.page.url)
    await expect(second.answer).to_contain_text("The first half,")
    await alice.page.reload()
    await expect(alice.answer).to_contain_text("The first half,")
    await expect(alice.stop).to_be_visible()
    upstream.release("two-windows")

    for window in (alice, second):
        await window.ended()
        assert (
            await window.answer.locator(".message__body").inner_text()
        ).strip() == "The first half, the second half."
        await expect(window.answers).to_have_count(1)
    assert sum(map(asked("both of us"), upstream.requests)) == 1


async def test_a_question_sent_in_one_window_appears_in_the_other(alice: Window, open_window: OpenWindow) -> None:
    await alice.ask_and_read("The first one")
    second = await open_window("alice", path=alice.page.url)

    await alice.ask_and_read("The second one")

    await expect(alice.questions).to_have_count(2)
    await expect(second.questions.last).to_contain_text("The second one")
    await second.ended()
    await expect(second.answers).to_have_count(2)


async def test_leaving_does_not_stop_the_answer(alice: Window, upstream: Upstream) -> None:
    upstream.script(paused("Begun, ", "left-alone", "and finished alone."), when=asked("while I am away"))
    await alice.ask("Go on while I am away")
    await expect(alice.answer).to_contain_text("Begun,")
    chat = alice.page.url

    await alice.page.goto("/usage/")
    upstream.release("left-alone")
    await alice.page.goto(chat)

    await expect(alice.answer).to_contain_text("Begun, and finished alone.")
    await expect(alice.answer).to_have_attribute("data-state", "complete")


async def test_every_ending_looks_different_and_offers_its_next_step(alice: Window, upstream: Upstream) -> None:
    refusal = {"type": "refusal", "category": "cyber", "explanation": "This looks like an attack."}
    upstream.script(
        Reply.streaming(begin(), text("I can"), end("refusal", stop_details=refusal)), when=asked("be refused")
    )
    upstream.script(Reply.error(529, "overloaded_error"), when=asked("fail"))
    upstream.script(spoken("Half of it", stop_reason="max_tokens"), when=asked("be cut"))
    upstream.script(paused("Some words.", "ending-stop"), when=asked("be stopped"))

    await alice.ask_and_read("Please be complete")
    await expect(alice.answer).to_have_attribute("data-state", "complete")
    await expect(alice.answer.get_by_role("button", name="Retry")).to_have_count(0)

    await alice.ask_and_read("Please be refused")
    await expect(alice.answer).to_have_attribute("data-state", "refused")
    await expect(alice.answer).to_contain_text("Claude declined to answer")
    await expect(alice.answer.get_by_role("button", name="Ask another model")).to_be_visible()
    await expect(alice.page.locator("#status")).to_have_text("Claude declined to answer")

    await alice.ask_and_read("Please fail")
    await expect(alice.answer).to_have_attribute("data-state", "failed")
    await expect(alice.answer).to_have_attribute("data-reason", "overloaded")
    await expect(alice.answer.get_by_role("button", name="Retry")).to_be_visible()
    await expect(alice.page.locator("#status")).to_have_text("The answer failed")

    await alice.ask_and_read("Please be cut")
    await expect(alice.answer).to_have_attribute("data-reason", "max_tokens")
    await expect(alice.answer.get_by_role("button", name="Continue")).to_be_visible()

    await alice.ask("Please be stopped")
    await expect(alice.answer).to_contain_text("Some words.")
    await alice.stop.click()
    await expect(alice.answer).to_have_attribute("data-state", "stopped")
    await expect(alice.answer.get_by_role("button", name="Continue")).to_be_visible()
    await expect(alice.page.locator("#status")).to_have_text("Answer stopped")


async def test_retry_puts_another_answer_in_the_place_of_the_failed_one(alice: Window, upstream: Upstream) -> None:
    upstream.script(Reply.error(500, "api_error"), spoken("Better now."), when=asked("try again"))
    await alice.ask_and_read("Would you try again?")

    await alice.answer.get_by_role("button", name="Retry").click()

    await expect(alice.answer).to_contain_text("Better now.")
    await expect(alice.questions).to_have_count(1)
    await expect(alice.answers).to_have_count(1)


async def test_a_cut_answer_is_continued(alice: Window, upstream: Upstream) -> None:
    upstream.script(spoken("The first part", stop_reason="max_tokens"), when=asked("a long story"))
    await alice.ask_and_read("Tell a long story")

    await alice.answer.get_by_role("button", name="Continue").click()

    await expect(alice.answers).to_have_count(2)
    await alice.ended()
    await expect(alice.answer).to_have_attribute("data-state", "complete")


async def test_thinking_is_collapsed(alice: Window, upstream: Upstream) -> None:
    upstream.script(thoughtful("A private musing.", "The answer proper."), when=asked("think"))

    await alice.ask_and_read("Do you think?")

    await expect(alice.answer).to_contain_text("The answer proper.")
    await expect(alice.answer.get_by_text("A private musing.")).to_be_hidden()
    await alice.answer.locator("details.thinking summary").click()
    await expect(alice.answer.get_by_text("A private musing.")).to_be_visible()


async def test_a_finished_block_does_not_move_while_the_answer_goes_on(alice: Window, upstream: Upstream) -> None:
    more = "\n\nAnd a second paragraph" + " with more words" * 20
    upstream.script(paused("# Title\n\nThe first paragraph.\n\nNext", "no-jump", more), when=asked("stand still"))
    await alice.ask("Can a block stand still?")
    block = alice.answer.get_by_text("The first paragraph.")
    await expect(block).to_be_visible()
    before = await block.bounding_box()

    upstream.release("no-jump")
    await expect(alice.answer).to_contain_text("with more words")

    assert await block.bounding_box() == before


async def test_at_most_twenty_paints_a_second(alice: Window, upstream: Upstream) -> None:
    words = [text(f"word{n} ") for n in range(400)]
    upstream.script(
        Reply.streaming(begin(), text("Ready. "), Gate("many-words"), *words, message_delta(), end()),
        when=asked("many words"),
    )
    await alice.ask("Say many words")
    await expect(alice.answer).to_contain_text("Ready.")
    await alice.page.evaluate(
        """() => {
          window.frames = []
          document.addEventListener("htmx:wsAfterMessage", () => window.frames.push(performance.now()))
        }"""
    )

    upstream.release("many-words")
    await expect(alice.answer).to_contain_text("word399")
    await alice.ended()

    frames, took = await alice.page.evaluate("[window.frames.length, window.frames.at(-1) - window.frames[0]]")
    assert frames <= 20 * took / 1000 + 4  # the end and the settled answer may come at once
