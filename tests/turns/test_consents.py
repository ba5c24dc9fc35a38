"""A call that asks first waits for the person's word: from any window, after a reload, of any process, for a while."""

from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.test import Client

from conversations.models import State, ToolConsent, Turn, User
from conversations.models.consents import CONSENT_S, ConsentState
from conversations.tools import registry
from conversations.tools.function import tool
from conversations.turns.consents import DENIED, LAPSED
from conversations.turns.worker import Worker
from tests.live.windows import window
from tests.turns.conversing import ask, ended, stop, until
from tests.turns.toolbox import asks
from tests.upstream import Upstream, spoken

pytestmark = pytest.mark.django_db(transaction=True)

sent: list[str] = []


@tool()
def send_mail(to: str) -> str:
    """Sends mail."""
    sent.append(to)
    return "Sent."


@pytest.fixture(autouse=True)
def asking_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """The site has this one tool for once."""
    monkeypatch.setattr(send_mail, "asks_first", True)
    monkeypatch.setattr(registry, "BUILT_IN", (send_mail,))
    monkeypatch.setattr(registry, "ON_AT_FIRST", frozenset({"send_mail"}))
    sent.clear()


async def asked_for(person: User, upstream: Upstream, *to: str) -> tuple[Turn, list[int]]:
    """A turn whose calls wait, and the consents in the order of the calls."""
    upstream.script(asks(*(("send_mail", {"to": name}) for name in to), words="One moment."), spoken("Done."))
    turn = await ask(person)

    async def all_wait() -> bool:
        return await waiting(turn) == len(to)

    await until(all_wait)
    return turn, await consents_of(turn)


@database_sync_to_async
def waiting(turn: Turn) -> int:
    return ToolConsent.objects.waiting().filter(turn=turn).count()


@database_sync_to_async
def consents_of(turn: Turn) -> list[int]:
    return list(ToolConsent.objects.filter(turn=turn).order_by("call_id").values_list("pk", flat=True))


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


@sync_to_async
def answer(person: User, turn: Turn, consent: int, word: str) -> int:
    address = f"/c/{turn.conversation_id}/consents/{consent}/"
    return client_of(person).post(address, {"answer": word}, headers={"HX-Request": "true"}).status_code


@sync_to_async
def page(person: User, turn: Turn) -> str:
    return client_of(person).get(f"/c/{turn.conversation_id}/").text


def results(upstream: Upstream) -> list[Any]:
    return [block["content"] for block in upstream.requests[-1].body["messages"][-1]["content"]]


async def test_what_is_allowed_runs_and_what_is_denied_does_not(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    turn, (to_ada, to_bob) = await asked_for(alice, upstream, "ada", "bob")
    assert sent == [], "nothing runs before it is allowed"

    assert await answer(alice, turn, to_ada, "allow") == 204
    assert await answer(alice, turn, to_bob, "deny") == 204

    turn = await ended(turn)
    assert (turn.answer.state, sent, results(upstream)) == (State.COMPLETE, ["ada"], ["Sent.", DENIED])


async def test_a_page_that_comes_later_asks_too_and_stops_asking_once_it_is_answered(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    turn, (consent,) = await asked_for(alice, upstream, "ada")

    fresh = await page(alice, turn)
    assert "May Claude use <strong>Send mail</strong>?" in fresh
    assert 'class="consent__given" tabindex="0" dir="auto">to: ada</pre>' in fresh
    async with window(alice, turn.conversation_id) as seen:
        assert "consent__what" in await seen.frame()
        await answer(alice, turn, consent, "allow")
        await seen.frame_with("Done.")

    await ended(turn)
    assert "consent__what" not in await page(alice, turn)


async def test_a_window_that_is_open_is_asked(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(asks(("send_mail", {"to": "ada"}), words="One moment."), spoken("Done."))
    turn = await ask(alice)
    async with window(alice, turn.conversation_id) as seen:
        asked = await seen.frame_with("consent__what")
        await answer(alice, turn, (await consents_of(turn))[0], "allow")
        await seen.frame_with("Done.")

    assert f'id="message-{turn.answer_id}-consents"' in asked
    await ended(turn)


async def test_a_stranger_cannot_answer_and_an_answer_stays(
    alice: User, ben: User, upstream: Upstream, worker: Worker
) -> None:
    turn, (consent,) = await asked_for(alice, upstream, "ada")

    assert await answer(ben, turn, consent, "allow") == 404
    assert await waiting(turn) == 1
    await answer(alice, turn, consent, "deny")
    assert await answer(alice, turn, consent, "allow") == 204

    await ended(turn)
    assert (sent, results(upstream)) == ([], [DENIED])


async def test_a_consent_belongs_to_its_conversation(alice: User, upstream: Upstream, worker: Worker) -> None:
    other = await ended(await ask(alice, "Something else."))
    turn, (consent,) = await asked_for(alice, upstream, "ada")

    await answer(alice, other, consent, "allow")

    assert (await waiting(turn), sent) == (1, [])
    await answer(alice, turn, consent, "deny")
    await ended(turn)


async def test_nothing_said_in_time_is_a_no(alice: User, upstream: Upstream, worker: Worker) -> None:
    turn, (consent,) = await asked_for(alice, upstream, "ada")

    await sync_to_async(let_pass)(consent)

    await ended(turn)
    assert (sent, results(upstream)) == ([], [LAPSED])
    assert await answer(alice, turn, consent, "allow") == 204
    assert await ToolConsent.objects.filter(pk=consent, state=ConsentState.LAPSED).aexists()


def let_pass(consent: int) -> None:
    row = ToolConsent.objects.get(pk=consent)
    ToolConsent.objects.filter(pk=consent).update(asked_at=row.asked_at - timedelta(seconds=CONSENT_S + 1))


async def test_stop_ends_the_wait(alice: User, upstream: Upstream, worker: Worker) -> None:
    turn, (consent,) = await asked_for(alice, upstream, "ada")

    await stop(turn)

    turn = await ended(turn)
    assert (turn.answer.state, sent) == (State.STOPPED, [])
    await answer(alice, turn, consent, "allow")
    assert "consent__what" not in await page(alice, turn)
    assert sent == []


async def test_the_word_of_another_process_counts(alice: User, upstream: Upstream, worker: Worker) -> None:
    """Nobody tells the worker: it looks at the row."""
    turn, (consent,) = await asked_for(alice, upstream, "ada")

    await ToolConsent.objects.filter(pk=consent).aupdate(state=ConsentState.ALLOWED)

    await ended(turn)
    assert sent == ["ada"]
