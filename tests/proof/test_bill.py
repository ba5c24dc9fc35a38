"""Whatever comes of what people ask, the ledger and the vendor's own bill are the same to the last digit."""

from collections.abc import Iterable
from typing import Any

import pytest
from channels.db import database_sync_to_async
from hypothesis import given
from hypothesis import strategies as st

from conversations.models import Conversation, Project, UsageEntry, User
from conversations.turns.worker import Worker
from conversations.usage import rollups
from tests.proof.depth import walks
from tests.turns.conversing import ask, ended, journaled, stop, until
from tests.upstream import Upstream
from tests.upstream.vendor import CUT, FREE, WORDS, Line, Vendor

pytestmark = pytest.mark.django_db(transaction=True)

ENDS = ("answer", "declined, free", "declined, billed", "declined, late", "overloaded", "invalid", "cut", "stopped")
turns = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(ENDS), st.sampled_from(ENDS[:-1])), min_size=1, max_size=4
)


@pytest.fixture
def vendor(upstream: Upstream, settings: Any) -> Vendor:
    settings.ERRANDS = True
    settings.CLAUDE_FALLBACK_MODELS = ["claude-sonnet-5-5"]
    settings.CLAUDE_REFUSAL_MODEL = "claude-sonnet-5-5"
    vendor = Vendor()
    upstream.otherwise = vendor.answer
    return vendor


@walks(12, steps=1)
@given(session=turns, in_project=st.booleans())
async def test_the_ledger_comes_to_the_bill(
    alice: User, worker: Worker, vendor: Vendor, session: list[tuple[int, str, str]], in_project: bool
) -> None:
    """A chat of some turns, each with rounds of tools, an end, and what comes of it where another model is asked."""
    conversation = await _chat_of_a_project(alice) if in_project else None
    for rounds, end, of_the_other in session:
        vendor.fates = [*["tools"] * rounds, end, of_the_other]
        turn = await ask(alice, "What is a fjord?", conversation)
        if end == "stopped":
            await journaled(turn, WORDS)
            await stop(turn)
        turn = await ended(turn)
        conversation = turn.conversation

    billed = list(vendor.lines.values())  # a title of this chat may still be on its way, and is for the next look
    entries = await _rows_of(billed)
    for line in billed:
        _is_as_billed(entries[line.request_id], line)
        _is_of_its_project(entries[line.request_id])
    exact = [line for line in billed if line.kind != CUT]
    assert sum(entries[line.request_id].cost_usd for line in exact) == sum(line.usd for line in exact)
    assert await database_sync_to_async(rollups.are_in_step)()


def _is_as_billed(entry: UsageEntry, line: Line) -> None:
    assert (entry.billed, entry.estimated) == (line.kind != FREE, line.kind == CUT), line
    if not line.model:
        assert entry.cost_usd == 0
        return
    assert entry.answered_model == line.model
    prompt = (entry.input_tokens, entry.cache_write_5m_tokens, entry.cache_write_1h_tokens, entry.cache_read_tokens)
    assert prompt == line.prompt
    if line.kind != CUT:
        assert (entry.output_tokens, entry.web_searches, entry.cost_usd) == (line.output, line.searches, line.usd), line


def _is_of_its_project(entry: UsageEntry) -> None:
    """Whatever it was for: no chat moves here."""
    assert entry.conversation is not None
    assert entry.project_id == entry.conversation.project_id


async def _chat_of_a_project(alice: User) -> Conversation:
    project, _ = await Project.objects.aget_or_create(owner=alice, name="Garden")
    return await Conversation.objects.acreate(owner=alice, project=project, model="claude-opus-5-5")


async def _rows_of(lines: Iterable[Line]) -> dict[str, UsageEntry]:
    """One row for each, and none that was never billed, once all of them are booked."""
    names = {line.request_id for line in lines}

    async def are_there() -> bool:
        return await UsageEntry.objects.filter(request_id__in=names).acount() >= len(names)

    await until(are_there)
    rows = [entry async for entry in UsageEntry.objects.filter(request_id__in=names).select_related("conversation")]
    assert sorted(entry.request_id for entry in rows) == sorted(names)
    assert not await UsageEntry.objects.filter(request_id="").aexists()
    return {entry.request_id: entry for entry in rows}
