"""The tools that come with the site: what they tell, and whose they read."""

from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

from conversations.models import Attachment, Conversation, Message, Project, Role, ToolSwitch, User
from conversations.tools.about import UNKNOWN
from conversations.tools.calls import Call, Outcome, outcome_of
from conversations.tools.registry import BUILT_IN, about, all_switches, on_offer, toolbox
from conversations.tools.tool import Caller

pytestmark = pytest.mark.django_db(transaction=True)


def called(name: str, caller: Caller, **given: Any) -> Outcome:
    return async_to_sync(outcome_of)(Call("toolu_1", name, given), BUILT_IN, caller)


def told(owner: User, title: str, *texts: str) -> Conversation:
    conversation = Conversation.objects.create(owner=owner, title=title, model="claude-opus-5-5")
    for at, text in enumerate(texts):
        content = [{"type": "text", "text": text}]
        Message.objects.create(conversation=conversation, position=at, role=Role.USER, content=content)
    return conversation


@pytest.fixture
def here(alice: User) -> Caller:
    return Caller(alice.pk, told(alice, "Now", "Where was the fjord?").pk)


def test_the_clock_knows_time_zones(here: Caller) -> None:
    oslo, nowhere = called("clock", here, time_zone="Europe/Oslo"), called("clock", here, time_zone="Europe/Atlantis")

    assert "in Europe/Oslo (UTC+0" in oslo.text
    assert (nowhere.is_error, "no such time zone" in nowhere.text) == (True, True)
    for bad in ("../../etc/passwd", "Europe", "", "\x00"):
        assert called("clock", here, time_zone=bad).text.startswith("There is no such time zone"), bad


def test_the_calculator_reckons(here: Caller) -> None:
    assert called("calculator", here, expression="1250 * 1.19").text == "1487.5"
    assert called("calculator", here, expression="open('x')").is_error


def test_a_search_finds_titles_and_words_in_one_s_other_chats(alice: User, here: Caller) -> None:
    told(alice, "Norway", "We saw the Geirangerfjord in June.", "And Bergen.")
    told(alice, "A fjord of one's own")

    found = called("search_own_chats", here, words="FJORD").text

    assert "Norway (" in found
    assert "We saw the Geirangerfjord in June." in found
    assert "A fjord of one's own" in found
    assert "Where was the fjord?" not in found, "this conversation is before Claude anyway"


def test_a_search_never_sees_a_stranger_s_chats(ben: User, here: Caller) -> None:
    told(ben, "Ben's fjord", "The fjord is mine.")

    assert called("search_own_chats", here, words="fjord").text == "Nothing was found."


def test_a_search_gives_ten_at_most_and_needs_all_words(alice: User, here: Caller) -> None:
    for number in range(12):
        told(alice, f"Trip {number}", "long " * 200 + "fjord and mountain " + "long " * 200)

    found = called("search_own_chats", here, words="fjord mountain").text

    assert found.count("Trip ") == 10
    assert "… " in found
    assert len(found) < 5_000
    assert called("search_own_chats", here, words="fjord desert").text == "Nothing was found."


def attached(owner: User, conversation_id: Any, name: str, text: str) -> Attachment:
    message = Message.objects.create(
        conversation_id=conversation_id, position=Message.objects.count() + 10, role=Role.USER, content=[]
    )
    attachment = Attachment(
        owner=owner, message=message, name=name, media_type="text/plain", size_bytes=len(text), width=1, height=1
    )
    attachment.file.save(f"{uuid4().hex}", ContentFile(text.encode()), save=False)
    attachment.save()
    return attachment


def test_a_text_file_is_read_piece_by_piece(alice: User, here: Caller, media: Any) -> None:
    attached(alice, here.conversation_id, "notes.txt", "a" * 12_000 + "the end")

    first = called("read_attached_text", here, file_name="notes.txt").text
    rest = called("read_attached_text", here, file_name="notes.txt", start=12_000).text

    assert first.endswith("[Goes on at character 12000 of 12007.]")
    assert rest.startswith("the end\n")


def test_no_other_file_can_be_read(alice: User, ben: User, here: Caller, media: Any) -> None:
    attached(alice, told(alice, "Elsewhere").pk, "mine.txt", "of another chat")
    attached(ben, here.conversation_id, "bens.txt", "of another person")

    for name in ("mine.txt", "bens.txt", "../../etc/passwd"):
        outcome = called("read_attached_text", here, file_name=name)
        assert outcome.is_error
        assert outcome.text == "There is no such file in this conversation. Its text files: none."


def of_project(owner: User, name: str, file_name: str, text: str) -> Project:
    project = Project.objects.create(owner=owner, name=name)
    attachment = Attachment(owner=owner, project=project, name=file_name, media_type="text/plain", size_bytes=len(text))
    attachment.file.save(f"{uuid4().hex}", ContentFile(text.encode()), save=False)
    attachment.save()
    return project


def test_a_text_of_the_chat_s_project_is_read_and_of_no_other(alice: User, ben: User, here: Caller, media: Any) -> None:
    garden, _ = of_project(alice, "Garden", "moss.txt", "Moss: 3"), of_project(alice, "House", "walls.txt", "Walls: 2")
    bens = of_project(ben, "Garden", "bens.txt", "of another person")
    chats = Conversation.objects.filter(pk=here.conversation_id)
    assert called("read_attached_text", here, file_name="moss.txt").is_error

    chats.update(project=garden)
    assert called("read_attached_text", here, file_name="moss.txt").text.startswith("Moss: 3\n")
    for name in ("walls.txt", "bens.txt"):
        refused = called("read_attached_text", here, file_name=name)
        assert refused.text == "There is no such file in this conversation. Its text files: moss.txt."

    chats.update(project=bens)  # no door does this
    assert called("read_attached_text", here, file_name="bens.txt").is_error


def test_at_first_only_what_costs_and_tells_nothing_is_on(db: None) -> None:
    assert toolbox().names == {"calculator", "clock", "read_attached_text", "search_own_chats"}


def test_the_owner_s_word_counts_and_the_order_stays(db: None) -> None:
    for name in ("web_search", "read_attached_text", "web_fetch"):
        ToolSwitch.objects.create(name=name, is_on=True, blocked_domains="b.example\na.example", max_uses=2)
    ToolSwitch.objects.create(name="clock", is_on=False)

    box = toolbox()

    assert [tool.name for tool in box.tools] == ["calculator", "read_attached_text", "search_own_chats"]
    assert [tool.name for tool in box.server_tools] == ["web_fetch", "web_search"]
    assert box.server_tools[1].options == {"max_uses": 2, "blocked_domains": ["a.example", "b.example"]}


@pytest.mark.parametrize("domains", [("https://a.example", ""), ("a b!", ""), ("a.example", "b.example")])
def test_domains_are_checked(domains: tuple[str, str]) -> None:
    switch = ToolSwitch(name="web_search", allowed_domains=domains[0], blocked_domains=domains[1])

    with pytest.raises(ValidationError):
        switch.full_clean()


def test_each_tool_says_what_it_is_for(db: None) -> None:
    assert all(len(tool.description) > 100 for tool in BUILT_IN)
    assert all(about(switch.name) is not UNKNOWN for switch in all_switches())
    assert [name for name, _ in on_offer()] == ["calculator", "clock", "read_attached_text", "search_own_chats"]
