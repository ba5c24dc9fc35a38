"""What the site asks Claude of itself, as people see it: names of chats, questions to go on with, and summaries."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.site import Site
from tests.upstream import Reply, Request, Upstream, begin, end, running_upstream, spoken, text

HAIKU, OPUS = "claude-haiku-5-5", "claude-opus-5-5"
WINDOW = 40_000  # tokens that the model of these chats reads
LONG = "The walls of a fjord go on below the water. " * 700  # about 10,000 tokens
NAME = "How fjords came to be"
QUESTIONS = ["How deep is a fjord?", "Who named the fjords?"]


@pytest.fixture(scope="module")
def claude() -> Iterator[Upstream]:
    """A Claude that does errands, and whose largest model reads little."""
    with running_upstream() as running:
        small = {"max_input_tokens": WINDOW, "max_tokens": 1000}
        running.models = [model | (small if model["id"] == OPUS else {}) for model in running.models]
        running.otherwise = reply_to
        yield running


def reply_to(request: Request) -> Reply:
    wanted = request.body.get("output_config", {}).get("format", {}).get("schema", {}).get("properties", {})
    said = {"title": NAME, "questions": QUESTIONS, "summary": "They spoke of **fjords**."}
    if request.path.startswith("/v1/messages/count_tokens"):
        return Reply.json({"input_tokens": len(json.dumps(request.body["messages"])) // 3})
    if wanted:
        return spoken(json.dumps({name: said[name] for name in wanted}), model=HAIKU)
    read = len(json.dumps(request.body["messages"])) // 3
    return Reply.streaming(begin(model=request.body["model"], input_tokens=read), text("A drowned valley."), end())


@pytest.fixture(scope="module")
def busy(claude: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("busy"), claude.base_url, {"ERRANDS": "1"})
    site.seed()
    site.start()
    yield site
    assert site.stop() == 0


async def test_a_chat_names_itself_in_its_heading_and_in_the_list(open_window: OpenWindow, busy: Site) -> None:
    alice = await open_window("alice", at=busy)

    await alice.ask_and_read("What is a fjord?")

    await expect(alice.page.get_by_role("heading", level=1, name=NAME)).to_be_visible()
    await expect(alice.chats.first).to_contain_text(NAME)
    await expect(alice.page).to_have_title(re.compile(NAME))


async def test_a_question_to_go_on_with_is_asked_by_a_click_or_by_keys(open_window: OpenWindow, busy: Site) -> None:
    alice = await open_window("alice", at=busy)
    await alice.ask_and_read("What is a lake?")
    offered = alice.answer.get_by_role("list", name="What you may ask next").get_by_role("button")
    await expect(offered).to_have_text(QUESTIONS)
    assert await alice.axe_violations() == []

    await offered.nth(1).focus()
    await alice.page.keyboard.press("Enter")
    await expect(alice.text).to_have_value(QUESTIONS[1])
    await expect(alice.text).to_be_focused()
    await alice.text.press("Enter")

    await expect(alice.answers).to_have_count(2)
    await alice.ended()
    await expect(alice.questions.last).to_contain_text(QUESTIONS[1])


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_a_chat_that_is_too_long_says_where_claude_stopped_reading_and_opens_to_the_summary(
    open_window: OpenWindow, busy: Site, theme: str
) -> None:
    phone = await open_window("alice", at=busy, viewport={"width": 390, "height": 800}, color_scheme=theme)
    for number in range(4):
        await phone.ask_and_read(f"Question {number}. {LONG}")

    fold = phone.page.get_by_role("complementary", name="Where Claude stopped reading")
    await expect(fold).to_have_count(1)
    await expect(fold.get_by_text("They spoke of fjords.")).to_be_hidden()
    await fold.get_by_text("Show the summary").focus()
    await phone.page.keyboard.press("Enter")
    await expect(fold.get_by_text("They spoke of fjords.")).to_be_visible()
    await expect(fold.locator("strong")).to_have_text("fjords")
    assert await phone.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert await phone.axe_violations() == []
    await phone.page.reload()
    await expect(fold).to_have_count(1)


async def test_the_meter_tells_what_the_chat_takes_and_warns_when_it_is_nearly_full(
    open_window: OpenWindow, busy: Site
) -> None:
    alice = await open_window("alice", at=busy)
    meter = alice.page.locator("context-meter")
    await alice.ready()
    await expect(meter).to_have_text("")

    await alice.text.fill("x" * 30_000)
    await expect(meter).to_have_text("About 10,000 tokens, 25 % of the window")
    await alice.text.fill(f"Short. {LONG}")
    await alice.text.press("Enter")
    await expect(alice.answers).to_have_count(1)
    await alice.ended()
    await expect(meter).to_have_text(re.compile(r"About 10,000 tokens, 2\d % of the window"))

    await alice.text.fill("x" * 90_000)
    await expect(meter).to_have_attribute("data-full", "")


async def test_best_fit_says_on_the_answer_whom_it_chose_and_why(open_window: OpenWindow, busy: Site) -> None:
    alice = await open_window("alice", at=busy)
    await alice.ready()
    await alice.page.get_by_label("Model", exact=True).select_option("Best fit")

    await alice.ask_and_read("Is moss a plant?")

    said = alice.answer.locator(".message__model")
    await expect(said).to_have_text("Best fit: Claude Haiku 5.5, a short question")
    await alice.page.reload()
    await expect(alice.page.get_by_label("Model", exact=True)).to_have_value("best-fit")
    await expect(said).to_have_text("Best fit: Claude Haiku 5.5, a short question")
