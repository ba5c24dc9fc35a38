"""The page of a window, whole: opened by GET, then changed by the frames of its socket as htmx 2 does it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.rendering.page import Element, Page, parsed

# What two pages of the same state may differ in: names made anew each time, and the clock.
VOLATILE = re.compile(r' (?:data-client-id|data-now)="[^"]*"|<input type="hidden" name="(?:client_id|csrf\w+)"[^>]*>')


@dataclass(frozen=True, slots=True)
class Shown:
    """One message as a person sees it; white space counts as one blank."""

    role: str
    state: str
    reason: str
    text: str


class OpenPage(Page):
    def __init__(self, html: str) -> None:
        self.root = parsed(html)

    @property
    def revision(self) -> int:
        return int(self._find("revision").attributes["value"])

    @property
    def messages(self) -> dict[int, Shown]:
        return {int(article.attributes["data-message-id"]): _shown(article) for article in self._articles()}

    @property
    def thread(self) -> list[str]:
        """The HTML of each message, without what may differ between two pages of the same state."""
        articles = list(self._articles())
        return [_html(article, is_last=article is articles[-1]) for article in articles]

    @property
    def action(self) -> str:
        """Whether the composer offers to send or to stop."""
        return VOLATILE.sub("", self._find("composer-action").inner())

    def _articles(self) -> Iterator[Element]:
        for element in self._find("thread").everything():
            if element.tag == "article":
                yield element

    def _swap(self, element: Element) -> None:
        assert not any("hx-swap-oob" in inner.attributes for inner in element.everything()), element.outer()
        style, _, selector = element.attributes["hx-swap-oob"].partition(":")
        if style not in ("true", "outerHTML"):
            super()._swap(element)
            return
        target = self._find(selector.removeprefix("#") or element.attributes["id"])
        del element.attributes["hx-swap-oob"]
        assert target.parent is not None
        siblings = target.parent.children
        siblings[siblings.index(target)] = element
        element.parent = target.parent


def _shown(article: Element) -> Shown:
    (body,) = (each for each in article.everything() if each.attributes.get("class") == "message__body")
    has = article.attributes
    return Shown(has["data-role"], has["data-state"], has["data-reason"], " ".join(body.text().split()))


def _html(article: Element, *, is_last: bool) -> str:
    """The next steps are those of the last message: the style sheet hides those of the others."""
    if not is_last:
        for element in list(article.everything()):
            has = element.attributes
            if has.get("class") in ("ending__next", "again") or has.get("id", "").endswith("-follow-ups"):
                assert element.parent is not None
                element.parent.children.remove(element)
    return " ".join(VOLATILE.sub("", article.outer()).split())
