"""The pages a person reads: a new chat, a conversation, what came earlier, and the list of chats."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from conversations.announce.thread import PAGE_SIZE
from conversations.models import Conversation, Message, Role, State, User

HTMX = {"HX-Request": "true"}
OPUS = "claude-opus-5-5"


def chat_of(person: User, title: str = "Rivers", *, days_ago: int = 0) -> Conversation:
    chat = Conversation.objects.create(owner=person, title=title, model=OPUS)
    Conversation.objects.filter(pk=chat.pk).update(active_at=timezone.now() - timedelta(days=days_ago))
    return chat


def say(chat: Conversation, text: str, *, role: Role = Role.USER, state: State = State.COMPLETE) -> Message:
    last = chat.messages.order_by("-position").first()
    return Message.objects.create(
        conversation=chat,
        parent=last,
        position=last.position + 1 if last else 0,
        role=role,
        state=state,
        content=[{"type": "text", "text": text}] if text else [],
        model=OPUS if role == Role.ASSISTANT else "",
    )


def answered(chat: Conversation, state: State, *, text: str = "A river carries", reason: str = "") -> Message:
    say(chat, "Tell me about rivers")
    answer = say(chat, text, role=Role.ASSISTANT, state=state)
    Message.objects.filter(pk=answer.pk).update(reason=reason, advice="Claude is overloaded. Try again.")
    return answer


def page_of(client: Client, chat: Conversation) -> str:
    response = client.get(f"/c/{chat.pk}/")
    assert response.status_code == 200
    return str(response.text)


def buttons_in(html: str) -> list[str]:
    """The words of each button, in order."""
    return [re.sub(r"<[^>]+>", "", words).strip() for words in re.findall(r"<button[^>]*>(.*?)</button>", html, re.S)]


def article(page: str, message: Message) -> str:
    found = re.search(rf'<article [^>]*id="message-{message.pk}".*?</article>', page, re.S)
    assert found
    return found[0]


def test_a_new_chat_names_its_model_and_offers_examples(alice_client: Client) -> None:
    page = alice_client.get("/").text

    assert "The stand-in answers as Claude Opus 5.5." in page
    assert page.count("data-example=") >= 4
    assert '<form class="composer" id="composer" method="post" action="/messages/"' in page


def test_an_example_fills_the_composer_without_scripts(alice_client: Client) -> None:
    page = alice_client.get("/", {"text": "Explain <tides>"}).text

    assert "\nExplain &lt;tides&gt;</textarea>" in page


def test_examples_of_a_site_with_claude_play_no_scenes(alice_client: Client, settings: Settings) -> None:
    settings.IS_DEMO = False

    page = alice_client.get("/").text

    assert "Weigh a decision" in page
    assert "Claude Opus 5.5 will answer." in page
    assert "Demo mode" not in page


def test_demo_mode_is_said_on_every_page(alice: User, alice_client: Client) -> None:
    for address in ("/", f"/c/{chat_of(alice).pk}/", "/usage/"):
        assert "a stand-in answers, not Claude" in alice_client.get(address).text


def test_a_conversation_shows_its_messages_and_connects(alice: User, alice_client: Client) -> None:
    chat = chat_of(alice)
    question = say(chat, "Why is <b>water</b> wet?")
    answer = say(chat, "It **sticks**.", role=Role.ASSISTANT)

    page = page_of(alice_client, chat)

    assert "Why is &lt;b&gt;water&lt;/b&gt; wet?" in article(page, question)
    assert "<strong>sticks</strong>" in article(page, answer)
    assert f'ws-connect="/ws/c/{chat.pk}/"' in page
    assert f'action="/c/{chat.pk}/messages/"' in page
    assert f'<data id="revision" value="{chat.revision}">' in page


def test_a_window_that_looks_again_gets_the_page_only_where_there_is_something_new(
    alice: User, alice_client: Client, ben_client: Client
) -> None:
    conversation = Conversation.objects.create(owner=alice, model="claude-opus-5-5", revision=7)

    statuses = {
        seen: alice_client.get(f"/c/{conversation.pk}/?seen={seen}").status_code for seen in ("7", "6", "", "x")
    }

    assert statuses == {"7": 204, "6": 200, "": 200, "x": 200}
    assert ben_client.get(f"/c/{conversation.pk}/?seen=7").status_code == 404


def test_a_stranger_finds_nothing_at_the_address(alice: User, ben_client: Client) -> None:
    chat = chat_of(alice)

    assert ben_client.get(f"/c/{chat.pk}/").status_code == 404
    assert ben_client.get(f"/c/{chat.pk}/earlier/?before=9").status_code == 404
    assert ben_client.get(f"/c/{uuid4()}/").status_code == 404


def test_signed_out_people_are_sent_to_sign_in_and_come_back(db: None) -> None:
    response = Client().get("/")

    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/?next=/"


def test_an_expired_session_moves_the_window_not_a_piece_of_it(db: None) -> None:
    headers = HTMX | {"HX-Current-URL": "http://testserver/c/1/"}

    response = Client().get("/sidebar/", headers=headers)

    assert response["HX-Redirect"] == "/accounts/login/?next=/c/1/"


@pytest.mark.parametrize(
    ("state", "reason", "words", "steps"),
    [
        (State.COMPLETE, "", "", []),
        (State.COMPLETE, "max_tokens", "The answer reached its length limit.", ["Continue"]),
        (State.STOPPED, "stopped", "Stopped.", ["Continue", "Retry"]),
        (State.REFUSED, "refusal", "Claude declined to answer", []),
        (State.FAILED, "overloaded", "Claude is overloaded. Try again.", ["Continue", "Retry"]),
    ],
)
def test_each_ending_says_what_happened_and_offers_the_next_step(
    alice: User, alice_client: Client, state: State, reason: str, words: str, steps: list[str]
) -> None:
    chat = chat_of(alice)
    answer = answered(chat, state, reason=reason)

    shown = article(page_of(alice_client, chat), answer)

    assert f'data-state="{state}"' in shown
    assert f'data-reason="{reason}"' in shown
    assert words in shown
    assert [words for words in buttons_in(shown) if words in ("Continue", "Retry")] == steps


def test_an_answer_without_words_cannot_be_gone_on_from(alice: User, alice_client: Client) -> None:
    chat = chat_of(alice)
    answer = answered(chat, State.FAILED, text="", reason="connection")

    shown = article(page_of(alice_client, chat), answer)

    assert "Your question is kept." in shown
    assert "Continue" not in buttons_in(shown)


def test_only_the_last_answer_can_be_tried_again(alice: User, alice_client: Client) -> None:
    chat = chat_of(alice)
    first, last = answered(chat, State.STOPPED), answered(chat, State.STOPPED)

    page = page_of(alice_client, chat)

    assert "Retry" not in buttons_in(article(page, first))
    assert "Retry" in buttons_in(article(page, last))


def test_a_refused_answer_hides_its_unfinished_text(alice: User, alice_client: Client) -> None:
    chat = chat_of(alice)
    answer = answered(chat, State.REFUSED, text="Half a sentence", reason="refusal")

    shown = article(page_of(alice_client, chat), answer)

    assert re.search(r"<details[^>]*>.*Half a sentence.*</details>", shown, re.S)


def test_a_waiting_answer_is_busy_and_can_be_stopped(alice: User, alice_client: Client) -> None:
    chat = chat_of(alice)
    answer = answered(chat, State.QUEUED, text="")

    page = page_of(alice_client, chat)

    assert 'aria-busy="true"' in article(page, answer)
    assert "<waiting-line" in article(page, answer)
    assert "Stop" in buttons_in(page)
    assert "Send" not in buttons_in(page)


def test_earlier_messages_come_as_a_piece_and_as_a_page(alice: User, alice_client: Client) -> None:
    chat = chat_of(alice)
    messages = [say(chat, f"Line {number}") for number in range(PAGE_SIZE + 10)]
    before = messages[10].position

    page = page_of(alice_client, chat)
    piece = alice_client.get(f"/c/{chat.pk}/earlier/?before={before}", headers=HTMX).text
    plain = alice_client.get(f"/c/{chat.pk}/earlier/?before={before}").text

    assert f"/c/{chat.pk}/earlier/?before={before}" in page
    assert f'id="message-{messages[9].pk}"' not in page
    assert piece.count("<article") == plain.count("<article") == 10
    assert "<html" not in piece
    assert "Back to the latest messages" in plain


@pytest.mark.parametrize("before", ["", "-1", "x", "9" * 5000])
def test_earlier_than_nonsense_is_not_found(alice: User, alice_client: Client, before: str) -> None:
    assert alice_client.get(f"/c/{chat_of(alice).pk}/earlier/", {"before": before}).status_code == 404


def test_the_sidebar_groups_own_chats_by_day_newest_first(alice: User, ben: User, alice_client: Client) -> None:
    for title, days_ago in (("Older", 40), ("Week", 5), ("Now", 0), ("Before", 1)):
        chat_of(alice, title, days_ago=days_ago)
    chat_of(ben, "Secret")

    page = alice_client.get("/sidebar/", headers=HTMX).text

    assert re.findall(r'class="chat-link"[^>]*>([^<]+)<', page) == ["Now", "Before", "Week", "Older"]
    labels = re.findall(r"<h2[^>]*>([^<]+)<", page)
    assert labels[:3] == ["Today", "Yesterday", "Previous 7 days"]
    assert "Secret" not in page


def test_the_sidebar_marks_the_chat_that_is_open(alice: User, alice_client: Client) -> None:
    chat = chat_of(alice)
    mark = f'href="/c/{chat.pk}/" aria-current="page"'
    headers = HTMX | {"HX-Current-URL": f"http://testserver/c/{chat.pk}/"}

    assert mark in page_of(alice_client, chat)
    assert mark in alice_client.get("/sidebar/", headers=headers).text
    assert mark not in alice_client.get("/").text


def test_a_new_chat_gets_its_title_with_the_list(alice: User, alice_client: Client) -> None:
    chat = chat_of(alice, "Why is the sky <blue>?")

    there = alice_client.get("/sidebar/", headers=HTMX | {"HX-Current-URL": f"http://testserver/c/{chat.pk}/"}).text
    elsewhere = alice_client.get("/sidebar/", headers=HTMX | {"HX-Current-URL": "http://testserver/usage/"}).text

    assert "<title>Why is the sky &lt;blue&gt;? · Chatsite</title>" in there
    assert '<h1 id="heading" hx-swap-oob="innerHTML">Why is the sky &lt;blue&gt;?</h1>' in there
    assert f"/c/{chat.pk}/export/?format=md" in there
    assert 'id="heading"' not in elsewhere


def test_a_long_list_of_chats_grows_on_demand(alice: User, alice_client: Client) -> None:
    Conversation.objects.bulk_create(Conversation(owner=alice, title=f"Chat {n}", model=OPUS) for n in range(130))

    assert alice_client.get("/sidebar/", headers=HTMX).text.count("chat-link") == 100
    more = alice_client.get("/sidebar/?show=200", headers=HTMX)
    assert more.text.count("chat-link") == 130
    assert "Show older chats" not in more.text


def test_pages_of_a_person_ask_the_database_little(
    alice: User, alice_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    chat = chat_of(alice)
    for _ in range(20):
        answered(chat, State.COMPLETE)

    with django_assert_max_num_queries(17):
        page_of(alice_client, chat)


def test_a_page_with_many_chats_asks_for_its_sidebar_once(
    alice_client: Client, alice: User, django_assert_max_num_queries: Any
) -> None:
    Conversation.objects.bulk_create(Conversation(owner=alice, title=f"Chat {n}", model="x") for n in range(80))

    with django_assert_max_num_queries(12):
        page = alice_client.get("/").text

    assert "Chat 79" in page
