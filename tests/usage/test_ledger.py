"""One row for each attempt, whatever becomes of those whom it counts."""

from decimal import Decimal

import pytest
from django.db import models

from conversations.claude.events import Refused, TokenCounts
from conversations.models import Conversation, RefusalEvent, ReviewState, UsageEntry, User
from tests.usage.attempts import HAIKU, OPUS, SONNET, attempt, booked

COUNTED = TokenCounts(input=7, cache_write_5m=1, cache_write_1h=2, cache_read=3, output=5, web_searches=1)


def test_a_row_says_who_asked_whom_for_how_much(alice: User) -> None:
    entry = booked(alice, attempt(COUNTED, model=SONNET))

    assert (entry.person, entry.person_name) == (alice, "alice")
    assert (entry.asked_model, entry.answered_model, entry.request_id) == (SONNET, SONNET, "req_1")
    assert (entry.input_tokens, entry.cache_write_5m_tokens, entry.cache_write_1h_tokens) == (7, 1, 2)
    assert (entry.cache_read_tokens, entry.output_tokens, entry.web_searches) == (3, 5, 1)
    assert entry.cost_usd == Decimal("0.0100748")  # 14 + 2.5 + 8 + 0.3 + 50 millionths, and a search


def test_the_smallest_amount_is_kept_to_its_last_digit(alice: User) -> None:
    entry = booked(alice, attempt(TokenCounts(cache_write_5m=1), model=HAIKU))

    assert entry.cost_usd == Decimal("0.000000125")


def test_the_price_is_written_down_with_its_date_and_source(alice: User) -> None:
    price = booked(alice, attempt(model=OPUS)).price

    assert price["usd_per_mtok_input"] == "4"
    assert price["usd_per_web_search"] == "0.01"
    assert price["as_of"] == "2026-11-21"
    assert "pricing page" in price["source"]


def test_the_price_of_a_model_that_nobody_knows_is_marked_as_assumed(alice: User) -> None:
    assert booked(alice, attempt(model="claude-novel-9")).price["source"] == "assumed"


def test_the_model_that_answered_is_the_one_that_is_paid_for(alice: User) -> None:
    entry = booked(alice, attempt(TokenCounts(input=1_000_000), model=OPUS, answered_model=SONNET))

    assert entry.cost_usd == Decimal(2)


def test_an_attempt_that_is_not_billed_costs_nothing_and_keeps_its_tokens(alice: User) -> None:
    entry = booked(alice, attempt(TokenCounts(input=900), answered_model="", reason="overloaded", billed=False))

    assert (entry.cost_usd, entry.input_tokens, entry.reason) == (Decimal(0), 900, "overloaded")


def test_a_refusal_before_any_output_is_free_and_still_an_event(alice: User) -> None:
    refused = Refused(category="cyber", explanation="It may touch on attacks.", after_text=False)

    entry = booked(alice, attempt(stop_reason="refusal", billed=False), refused=refused)

    event = RefusalEvent.objects.get()
    assert (event.person, event.usage, event.model) == (alice, entry, OPUS)
    assert (event.category, event.explanation, event.after_text) == ("cyber", "It may touch on attacks.", False)
    assert event.state == ReviewState.NEW
    assert entry.cost_usd == 0


def test_a_refusal_of_a_billed_category_costs_its_tokens(alice: User) -> None:
    refused = Refused(category="bio", explanation=None, after_text=False)

    entry = booked(alice, attempt(TokenCounts(input=1000), stop_reason="refusal"), refused=refused)

    assert entry.cost_usd == Decimal("0.004")
    assert RefusalEvent.objects.get().explanation == ""


def test_a_refusal_without_a_category_is_kept_as_such(alice: User) -> None:
    booked(alice, attempt(stop_reason="refusal", billed=False), refused=Refused(None, None, after_text=True))

    event = RefusalEvent.objects.get()
    assert (event.category, event.after_text) == ("", True)


def test_rows_outlive_the_conversation_and_the_person(alice: User) -> None:
    conversation = Conversation.objects.create(owner=alice, model=OPUS)
    refused = Refused("cyber", None, after_text=False)
    entry = booked(alice, attempt(), conversation=conversation, refused=refused)

    alice.delete()

    entry.refresh_from_db()
    assert (entry.person, entry.conversation, entry.person_name) == (None, None, "alice")
    assert entry.cost_usd == Decimal("0.014")
    assert RefusalEvent.objects.get().person is None


def test_a_row_of_the_ledger_with_a_refusal_cannot_be_deleted(alice: User) -> None:
    booked(alice, attempt(stop_reason="refusal"), refused=Refused("bio", None, after_text=False))

    with pytest.raises(models.ProtectedError):
        UsageEntry.objects.all().delete()


def test_words_from_upstream_that_do_not_fit_are_cut_and_never_lose_the_row(alice: User) -> None:
    odd = "x" * 100 + "\0"

    entry = booked(
        alice, attempt(model=odd, stop_reason=odd, request_id=odd, reason=odd), refused=Refused(odd, odd, True)
    )

    assert entry.request_id == "x" * 64
    assert RefusalEvent.objects.get().explanation == "x" * 100
