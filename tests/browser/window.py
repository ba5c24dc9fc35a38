"""A window as a person uses it, and what went wrong in it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import BrowserContext, ConsoleMessage, Locator, Page, Route, expect

# Chromium tells violations of the policy in the console too, but not each of them on each page.
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP violation: ${event.violatedDirective} ${event.blockedURI}`)
})
"""

# What is still fading has the contrast of neither its beginning nor its end.
SETTLED = """
() => Promise.allSettled(
  document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime < Infinity).map((one) => one.finished)
)
"""


class Window:
    """One tab. Every console error, page error and violation of the policy in it fails the test at its end."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.troubles: list[str] = []
        self._tolerated: list[str] = []
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.troubles.append(f"page error: {error}"))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(words in message.text for words in self._tolerated):
            self.troubles.append(message.text)

    def tolerate(self, *words: str) -> None:
        """Console errors with these words belong to what the test does, such as a lost network."""
        self._tolerated += words

    @property
    def text(self) -> Locator:
        return self.page.get_by_role("textbox", name="Message", exact=True)

    @property
    def send(self) -> Locator:
        return self.page.get_by_role("button", name="Send", exact=True)

    @property
    def stop(self) -> Locator:
        return self.page.get_by_role("button", name="Stop", exact=True)

    @property
    def pane(self) -> Locator:
        return self.page.locator("auto-scroll")

    @property
    def questions(self) -> Locator:
        return self.page.locator('#thread article.message[data-role="user"]')

    @property
    def unsent(self) -> Locator:
        """The question that waits for the site."""
        return self.page.locator("unsent-question article")

    @property
    def answers(self) -> Locator:
        return self.page.locator('#thread article.message[data-role="assistant"]')

    @property
    def answer(self) -> Locator:
        return self.answers.last

    @property
    def chats(self) -> Locator:
        return self.page.locator("nav#conversations a.chat-link")

    async def ready(self) -> None:
        """The scripts have taken hold; before that, Enter is only a line break, and then a post without htmx."""
        await self.page.wait_for_function(
            "() => document.readyState === 'complete' && document.querySelector('chat-composer')?.matches(':defined')"
        )

    async def ask(self, words: str) -> None:
        await self.ready()
        await self.text.fill(words)
        await self.text.press("Enter")

    async def ask_and_read(self, words: str) -> None:
        """Ask, and wait until the answer has ended, in whatever way."""
        before = await self.answers.count()
        await self.ask(words)
        await expect(self.answers).to_have_count(before + 1)
        await self.ended()

    async def ended(self) -> None:
        await expect(self.answer).not_to_have_attribute("data-state", "queued")
        await expect(self.answer).not_to_have_attribute("data-state", "streaming")
        await expect(self.send).to_be_visible()

    async def hold(self, address: str) -> asyncio.Event:
        """What is sent to this address from now on waits until the event is set."""
        may_go = asyncio.Event()

        async def wait(route: Route) -> None:
            await may_go.wait()
            await route.continue_()

        await self.page.route(address, wait)
        return may_go

    async def from_end(self) -> float:
        """Pixels between what is seen of the thread and its end."""
        measured: float = await self.pane.evaluate("pane => pane.scrollHeight - pane.scrollTop - pane.clientHeight")
        return measured

    async def is_focused(self, found: Locator) -> bool:
        focused: bool = await found.evaluate("element => element === document.activeElement")
        return focused

    async def axe_violations(self) -> list[str]:
        """What the accessibility engine finds once nothing fades in or out, one line each."""
        await self.page.evaluate(SETTLED)
        results = await Axe().run(self.page, options={"resultTypes": ["violations"]})
        return [
            f"{violation['id']}: {node['target']} {node.get('failureSummary', '')}"
            for violation in results.response["violations"]
            for node in violation["nodes"]
        ]


@asynccontextmanager
async def window_in(context: BrowserContext) -> AsyncIterator[Window]:
    await context.add_init_script(REPORT_VIOLATIONS)
    window = Window(await context.new_page())
    yield window
    if not window.page.is_closed():
        await window.page.evaluate("document.querySelector('keep-draft')?.forget?.()")  # it would save while it closes
    assert not window.troubles, window.troubles
