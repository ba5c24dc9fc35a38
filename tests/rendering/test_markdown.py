import time
from pathlib import Path

import pytest

from conversations.rendering.markdown import to_html
from tests.rendering.texts import CORPUS


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_the_corpus_looks_as_it_did(path: Path) -> None:
    expected = path.with_suffix(".html").read_text(encoding="utf-8")
    assert to_html(path.read_text(encoding="utf-8"), id_prefix="message-1") == expected


def test_footnotes_of_two_messages_do_not_meet() -> None:
    text = "Said.[^1]\n\n[^1]: Where."
    first, second = to_html(text, id_prefix="message-1"), to_html(text, id_prefix="message-2")

    assert 'id="message-1-fn-1"' in first
    assert 'href="#message-1-fn-1"' in first
    assert "message-1-" not in second


def test_links_open_safely() -> None:
    html = to_html("[x](https://a.example)")
    assert '<a href="https://a.example" target="_blank" rel="noopener noreferrer nofollow">x</a>' in html


@pytest.mark.parametrize("name", ["main.py", "README.md", "node.js", "alice@example.org", "ftp://files.example"])
def test_what_only_looks_like_a_link_stays_text(name: str) -> None:
    assert "<a" not in to_html(f"Open {name} first")


def test_what_unicode_cannot_store_is_replaced() -> None:
    assert to_html("a\0b\ud800c") == '<p dir="auto">a\ufffdb\ufffdc</p>\n'


def test_a_price_is_no_formula_and_an_unknown_formula_is_its_source() -> None:
    assert "<math" not in to_html("It costs $5 and $6 or US$7, CA$8.")
    assert '<code class="language-tex">\\nonsense{x}</code>' in to_html("$\\nonsense{x}$")


def test_the_head_of_a_table_cannot_be_a_list_item() -> None:
    assert "<table" not in to_html("- a | b\n---|---\n")


HOSTILE = {
    "open brackets": "[" * 100_000,
    "open images": "![" * 50_000,
    "closed brackets": "[" * 50_000 + "]" * 50_000,
    "lines of brackets": ("[" * 500 + "\n\n") * 200,
    "emphasis": "*a_b" * 25_000,
    "nested emphasis": "**a*b " * 16_000,
    "code spans": "`" * 50_000 + " " + "`a``" * 12_000,
    "quotes": "> " * 50_000,
    "deep lists": "\n".join(" " * (2 * (depth % 60)) + "- a" for depth in range(1600)),
    "footnotes": "[^1]: x\n\n" + "[^" * 50_000,
    "links": "[a](" * 25_000,
    "addresses": "http://a" * 12_500,
    "paragraphs of addresses": ("http://a" * 2_000 + "\n\n") * 6,
    "rows without cells": ("|a" * 60 + "|\n" + "|-" * 60 + "|\n" + "|\n" * 9_000 + "\n") * 5,
    "items": "- a\n" * 25_000,
    "formulas": "\\(" * 50_000,
    "dollars": "$a" * 50_000,
    "entities": "&#1;" * 25_000,
    "a line of prose": "Some **words** and `code`. " * 4_000,
    "code": "```python\n" + "def f(): return 'x'\n" * 5_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_cannot_hold_up_the_others(name: str) -> None:
    began = time.process_time()
    to_html(HOSTILE[name])
    assert time.process_time() - began < 5  # seconds for 100 kB; without the limits some take minutes
