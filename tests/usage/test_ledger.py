"""One row for each attempt, whatever becomes of those whom it counts."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, models, transaction

from conversations.claude.events import Refused, Terms, TokenCounts
from conversations.models import Conversation, Price, RefusalEvent, ReviewState, UsageEntry, User
from conversations.models.append_only import Unchangeable
from conversations.projects.keep import begin, delete
from tests.usage.attempts import HAIKU, OPUS, SONNET, attempt, booked

COUNTED = TokenCounts(input=7, cache_write_5m=1, cache_write_1h=2, cache_read=3, output=5, web_searches=1)


def test_a_row_says_who_asked_whom_for_how_much(alice: User) -> None:
    entry = booked(alice, attempt(COUNTED, model=SONNET))

    assert (entry.person, entry.pseudonym) == (alice, f"former person {alice.pk}")
    assert (entry.asked_model, entry.answered_model, entry.request_id) == (SONNET, SONNET, "req_1")
    assert (entry.input_tokens, entry.cache_write_5m_tokens, entry.cache_write_1h_tokens) == (7, 1, 2)
    assert (entry.cache_read_tokens, entry.output_tokens, entry.web_searches) == (3, 5, 1)
    assert entry.cost_usd == Decimal("0.0100748")  # 14 + 2.5 + 8 + 0.3 + 50 millionths, and a search


def test_the_smallest_amount_is_kept_to_its_last_digit(alice: User) -> None:
    entry = booked(alice, attempt(TokenCounts(cache_write_5m=1), model=HAIKU))

    assert entry.cost_usd == Decimal("0.000000125")


def test_the_price_is_written_down_with_its_date_and_source(alice: User) -> None:
    entry = booked(alice, attempt(model=OPUS))

    assert entry.price["usd_per_mtok_input"] == "4"
    assert entry.price["usd_per_web_search"] == "0.01"
    assert entry.price["effective_from"] == "2026-09-22T00:00:00+00:00"
    assert "pricing page" in entry.price["source"]
    assert entry.price_version == Price.objects.get(model=OPUS)


def test_the_price_of_a_model_that_nobody_knows_is_the_dearest_and_marked_as_assumed(alice: User) -> None:
    entry = booked(alice, attempt(model="claude-novel-9"))

    assert entry.price["source"] == "assumed"
    assert entry.price_version == Price.objects.dearest()


def test_a_call_costs_what_its_model_cost_when_it_was_made(alice: User) -> None:
    """The cache read of Sonnet 5.5 became cheaper on 7 October 2026."""
    read = TokenCounts(cache_read=1_000_000)
    before = booked(alice, attempt(read, model=SONNET, began_at=datetime(2026, 10, 6, 23, 59, tzinfo=UTC)))
    after = booked(alice, attempt(read, model=SONNET, began_at=datetime(2026, 10, 7, tzinfo=UTC)))
    before_there_was_any = booked(alice, attempt(read, model=SONNET, began_at=datetime(2020, 1, 1, tzinfo=UTC)))

    assert (before.cost_usd, after.cost_usd, before_there_was_any.cost_usd) == (
        Decimal("0.20"),
        Decimal("0.10"),
        Decimal("0.20"),
    )


def test_a_price_that_an_admin_adds_counts_from_its_moment_on(alice: User) -> None:
    noon = datetime(2026, 12, 1, 12, tzinfo=UTC)
    listed = Price.objects.get(model=OPUS)
    listed.pk, listed.effective_from, listed.usd_per_mtok_input = None, noon, Decimal("3.5")
    listed.save()

    asked = TokenCounts(input=1_000_000)
    before = booked(alice, attempt(asked, began_at=noon - timedelta(microseconds=1)))
    after = booked(alice, attempt(asked, began_at=noon))

    assert (before.cost_usd, after.cost_usd) == (Decimal(4), Decimal("3.5"))
    assert after.price_version == listed


def test_a_price_that_was_used_cannot_be_deleted(alice: User) -> None:
    booked(alice)

    with pytest.raises(models.ProtectedError):
        Price.objects.filter(model=OPUS).delete()
    assert [price.model for price in Price.objects.all() if price.is_used] == [OPUS]


def test_an_alias_costs_what_its_model_costs(alice: User) -> None:
    entry = booked(alice, attempt(TokenCounts(input=1_000_000), model="claude-haiku-4-5-20251001"))

    assert entry.cost_usd == Decimal(1)


def test_a_site_without_prices_gets_the_listed_ones_before_it_books(alice: User) -> None:
    Price.objects.all().delete()

    assert booked(alice, attempt(TokenCounts(input=1_000_000))).cost_usd == Decimal(4)


@pytest.mark.parametrize(
    ("terms", "usd", "factor"),
    [
        (Terms(service_tier="standard", inference_geo="global", speed="standard"), "0.014", "1"),
        (Terms(service_tier="batch"), "0.007", "0.5"),
        (Terms(inference_geo="us"), "0.0154", "1.1"),
        (Terms(service_tier="batch", inference_geo="us"), "0.0077", "0.55"),
        (Terms(speed="fast"), "0.028", "1"),
        (Terms(speed="fast", inference_geo="us"), "0.0308", "1.1"),
        (Terms(service_tier="of tomorrow", inference_geo="moon", speed="warp"), "0.014", "1"),
    ],
)
def test_the_terms_of_the_answer_change_what_it_costs(alice: User, terms: Terms, usd: str, factor: str) -> None:
    entry = booked(alice, attempt(terms=terms))

    assert entry.cost_usd == Decimal(usd)
    assert entry.price["factor"] == factor


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

    was_called = alice.pseudonym

    alice.delete()

    entry.refresh_from_db()
    assert (entry.person, entry.conversation, entry.pseudonym) == (None, None, was_called)
    assert "alice" not in str(UsageEntry.objects.values().get())
    assert entry.cost_usd == Decimal("0.014")
    assert RefusalEvent.objects.get().person is None


CHANGES: dict[str, Callable[[UsageEntry], Any]] = {
    "save": lambda entry: entry.save(),
    "save of one column": lambda entry: entry.save(update_fields=["cost_usd"]),
    "another row in its place": lambda entry: UsageEntry(pk=entry.pk, asked_model=OPUS).save(),
    "delete": lambda entry: entry.delete(),
    "queryset delete": lambda entry: UsageEntry.objects.filter(pk=entry.pk).delete(),
    "queryset update": lambda entry: UsageEntry.objects.update(cost_usd=0),
    "another person": lambda entry: UsageEntry.objects.update(person=entry.person_id),
    "bulk update": lambda entry: UsageEntry.objects.bulk_update([entry], ["cost_usd"]),
    "bulk create": lambda entry: UsageEntry.objects.bulk_create([entry], update_conflicts=True),
    "update or create": lambda entry: UsageEntry.objects.update_or_create(pk=entry.pk, defaults={"cost_usd": 0}),
    "by the person": lambda entry: entry.person and entry.person.usage.update(billed=False),
    "by the person, deleted": lambda entry: entry.person and entry.person.usage.all().delete(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_no_code_changes_or_deletes_a_row(alice: User, change: str) -> None:
    entry = booked(alice)
    before = UsageEntry.objects.values().get()

    with pytest.raises((Unchangeable, IntegrityError)), transaction.atomic():
        CHANGES[change](entry)

    assert UsageEntry.objects.values().get() == before


def test_a_deleted_chat_lets_its_rows_go_and_keeps_every_figure(alice: User) -> None:
    conversation = Conversation.objects.create(owner=alice, model=OPUS)
    entry = booked(alice, conversation=conversation)
    before = UsageEntry.objects.values().get()

    conversation.delete()

    assert UsageEntry.objects.values().get() == before | {"conversation_id": None}
    assert booked(alice).pk != entry.pk


def test_a_deleted_project_leaves_its_rows_as_they_are(alice: User) -> None:
    garden = begin(alice, "Garden")
    entry = booked(alice, conversation=Conversation.objects.create(owner=alice, project=garden, model=OPUS))
    before = UsageEntry.objects.values().get()
    number = garden.pk

    delete(garden)

    assert UsageEntry.objects.values().get() == before
    assert (before["id"], before["project_id"]) == (entry.pk, number)


def test_words_from_upstream_that_do_not_fit_are_cut_and_never_lose_the_row(alice: User) -> None:
    odd = "x" * 100 + "\0"

    entry = booked(
        alice, attempt(model=odd, stop_reason=odd, request_id=odd, reason=odd), refused=Refused(odd, odd, True)
    )

    assert entry.request_id == "x" * 64
    assert RefusalEvent.objects.get().explanation == "x" * 100
