"""A page that takes frames as htmx 2 does: out-of-band elements one after the other, found by id."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from html.parser import HTMLParser

VOID = {"br", "hr", "input", "img", "link", "meta"}


class Element:
    def __init__(self, tag: str, attributes: dict[str, str], parent: Element | None = None) -> None:
        self.tag, self.attributes, self.parent = tag, attributes, parent
        self.children: list[Element | str] = []

    def everything(self) -> Iterator[Element]:
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.everything()

    def inner(self) -> str:
        return "".join(
            escape(child, quote=False) if isinstance(child, str) else child.outer() for child in self.children
        )

    def outer(self) -> str:
        attributes = "".join(f' {name}="{escape(value)}"' for name, value in self.attributes.items())
        return f"<{self.tag}{attributes}>" + ("" if self.tag in VOID else f"{self.inner()}</{self.tag}>")

    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text() for child in self.children)

    def add(self, child: Element | str) -> None:
        if isinstance(child, Element):
            child.parent = self
        elif self.children and isinstance(self.children[-1], str):
            self.children[-1] += child
            return
        self.children.append(child)


class _Reader(HTMLParser):
    """Strict: what our own renderer makes is well formed, so a tag out of place is a fault."""

    def __init__(self) -> None:
        super().__init__()
        self.root = self.at = Element("root", {})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.at.add(element)
        if tag not in VOID:
            self.at = element

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.at.tag, f"</{tag}> closes <{self.at.tag}>"
        assert self.at.parent is not None
        self.at = self.at.parent

    def handle_data(self, data: str) -> None:
        self.at.add(data)


def parsed(html: str) -> Element:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.at is reader.root, f"<{reader.at.tag}> is not closed"
    return reader.root


def normal(html: str) -> str:
    return parsed(html).inner()


class Page:
    def __init__(self, part_id: str) -> None:
        self.root = parsed(f'<div id="{part_id}-settled"></div><div id="{part_id}-tail"></div>')
        self.part_id = part_id

    def receive(self, frame: str) -> None:
        for element in list(parsed(frame).everything()):
            if element.parent is not None and element.parent.tag == "root":
                self._swap(element)

    def html_of(self, part: str) -> str:
        return self._find(f"{self.part_id}-{part}").inner()

    def _swap(self, element: Element) -> None:
        style, _, selector = element.attributes["hx-swap-oob"].partition(":")
        target = self._find(selector.removeprefix("#") or element.attributes["id"])
        match style:
            case "innerHTML":
                target.children = []
                self._append(element, target)
            case "beforeend":
                self._append(element, target)
            case "delete":
                assert target.parent is not None
                target.parent.children.remove(target)
            case _:
                raise AssertionError(f"this page knows no {style}")

    def _append(self, element: Element, target: Element) -> None:
        for child in element.children:
            target.add(child)

    def _find(self, element_id: str) -> Element:
        found = [each for each in self.root.everything() if each.attributes.get("id") == element_id]
        assert len(found) == 1, f"{len(found)} elements have the id {element_id}"
        return found[0]
