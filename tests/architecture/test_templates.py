"""What every template keeps to: nothing inline, nothing evaluated, and swaps that find their target."""

import re
from pathlib import Path

import pytest
from django.conf import settings

TEMPLATES = Path(settings.BASE_DIR) / "templates"
OURS = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
PAGE = ("base.html", "conversations/_shell.html", "conversations/conversation.html")


def source(name: str) -> str:
    """A template without its comments."""
    text = (TEMPLATES / name).read_text()
    return re.sub(r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", text, flags=re.S)


def ids_in(name: str, seen: tuple[str, ...] = ()) -> set[str]:
    """The ids in a template and in what it includes, as they are written."""
    text = source(name)
    found = set(re.findall(r'\bid="([^"]+)"', text))
    for included in re.findall(r'{% include "([^"]+)"', text):
        if included not in seen:
            found |= ids_in(included, (*seen, name))
    return found


def test_there_are_templates() -> None:
    assert len(OURS) > 40


@pytest.mark.parametrize("name", OURS)
def test_nothing_is_inline(name: str) -> None:
    text = source(name)

    assert not re.search(r"<[^>]*\sstyle\s*=", text), "a style attribute breaks the policy"
    assert not re.search(r"<style\b", text)
    assert not re.search(r"<[^>]*\son[a-z]+\s*=", text), "a handler attribute breaks the policy"
    assert not re.search(r"\bhx-on\b", text)
    assert not re.search(r"\bjs:|javascript:", text)
    assert all("src=" in tag for tag in re.findall(r"<script\b[^>]*>", text))


@pytest.mark.parametrize("name", OURS)
def test_no_template_calls_html_safe(name: str) -> None:
    assert not re.search(r"\|\s*safe\b|{%\s*autoescape\s+off", source(name))


@pytest.mark.parametrize("name", OURS)
def test_every_form_that_changes_something_carries_a_token(name: str) -> None:
    """The worker renders without a request; there the header on the body does it."""
    for form in re.findall(r'<form\b[^>]*method="post".*?</form>', source(name), re.S):
        assert "{% csrf_token %}" in form


@pytest.mark.parametrize(
    "name", [name for name in OURS if "/oob/" in name or name == "conversations/sidebar_refreshed.html"]
)
def test_every_swap_finds_its_target_in_the_page(name: str) -> None:
    targets = {"thread", "status", "composer-action", "heading", "page-actions", "outage", "chat-project"}
    page = set().union(*(ids_in(part) for part in PAGE))
    assert targets <= page

    text = source(name) + "".join(source(part) for part in re.findall(r'{% include "([^"]+)"', source(name)))
    swapped = re.findall(r'<\w+\b[^>]*\bid="([^"{]+)"[^>]*hx-swap-oob', text)
    assert set(swapped) <= targets
    messages = set(re.findall(r"""{% dom_id ['"]message['"] \w+(?:\.id)? ?(?:['"](\w+)['"])? %}""", text))
    assert messages <= {"", "body", "consents", "waiting", "report", "feedback"}


def test_a_message_has_every_id_that_frames_name() -> None:
    ids = ids_in("conversations/_message.html")

    assert "{% dom_id 'message' message.id %}" in ids
    assert "{% dom_id 'message' message.id 'body' %}" in ids
    assert "{% dom_id 'message' message.id 'waiting' %}" in ids
    assert "{% dom_id 'message' message.id 'consents' %}" in ids
    assert {"{{ part.dom_id }}", "{{ part.dom_id }}-settled", "{{ part.dom_id }}-tail", "{{ part.dom_id }}-text"} <= ids


def test_every_icon_that_is_used_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (Path(settings.BASE_DIR) / "static/img/icons.svg").read_text()))
    text = "".join(source(name) for name in OURS)
    used = set(re.findall(r'{% icon "([^"]+)" %}', text)) | set(re.findall(r'drawing="([^"]+)"', text))

    assert used == drawn
