"""Each recorded session over the wire, however it is cut and whatever it brings that nobody knows yet."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.claude.assembly import Assembly
from conversations.claude.events import BlockEnded
from conversations.models import User
from conversations.turns.worker import Worker
from tests.conformance.outcome import forget_denials, outcome_of
from tests.conformance.session import FOLDER, Session, all_sessions, slices, with_news
from tests.turns.conversing import ask, ended
from tests.upstream import Reply, Upstream

SESSIONS = all_sessions()
OUTCOME = ("state", "reason", "page", "ledger")
MANNERS: dict[str, Callable[[Session], list[Reply]]] = {
    "as recorded": Session.replies,
    "byte by byte": lambda session: session.replies(slice_bytes=1),
    "in slices": lambda session: session.replies_in_slices(seed=7),
    "with news": Session.replies_with_news,
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: session.name)
async def test_the_page_and_the_ledger_are_as_expected(
    alice: User, alice_client: Client, upstream: Upstream, worker: Worker, session: Session
) -> None:
    for manner, replies in MANNERS.items():
        await database_sync_to_async(forget_denials)()
        upstream.script(*replies(session))

        turn = await ended(await ask(alice))

        outcome = await database_sync_to_async(outcome_of)(turn, alice_client)
        assert outcome == {name: session.expected[name] for name in OUTCOME}, manner


streams = st.sampled_from([body for session in SESSIONS if session.is_stream for body in session.bodies])


@settings(derandomize=True, max_examples=300, deadline=None)
@given(streams, st.integers(min_value=0), st.booleans())
def test_no_cut_changes_what_is_read(body: bytes, seed: int, brings_news: bool) -> None:
    whole = read([body])

    assert read(list(slices(with_news(body) if brings_news else body, Random(seed)))) == whole


def read(pieces: list[bytes]) -> tuple[Any, ...]:
    """Blocks, usage and end of a stream."""
    said = Assembly()
    events = [event for piece in pieces if not said.is_over for event in said.read(piece)]
    if not said.is_over:
        said.end()
    events += said.finish() if said.failure is None else []
    blocks = [(event.index, _known(event.block)) for event in events if isinstance(event, BlockEnded)]
    reason = said.failure.reason if said.failure else ""
    return blocks, said.usage.tokens, said.usage.terms, said.stop_reason, reason, said.cache_miss, said.container_id


def _known(block: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in block.items() if name != "of_tomorrow"}


def test_the_readme_names_each_session_and_its_section() -> None:
    rows = (FOLDER.parent / "README.md").read_text(encoding="utf-8").splitlines()
    named = [tuple(cell.strip() for cell in row.strip("|").split("|")) for row in rows if row.startswith("| `")]

    assert named == [(f"`{each.name}`", each.expected["section"], each.expected["about"]) for each in SESSIONS]
