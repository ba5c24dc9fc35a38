"""What is spent and what is under way never pass a limit, and nothing that ended keeps its room."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.claude.events import TokenCounts
from conversations.models import (
    AtLimit,
    Batch,
    BatchState,
    Budget,
    BudgetUse,
    PeopleGroup,
    Per,
    Purpose,
    Reservation,
    User,
)
from conversations.models.budgets import Unit
from conversations.usage.budgets import BudgetSpent, budgets_of, release, reserve, reserve_batch
from conversations.usage.limits import LEAST_ANSWER_TOKENS, Call
from conversations.usage.uses import seen_uses
from tests.usage.attempts import HAIKU, OPUS, attempt, booked

pytestmark = pytest.mark.django_db
CALL = Call(OPUS, 1000, 32_000)


def budget(limit: str, **facts: Any) -> Budget:
    return Budget.objects.create(limit=Decimal(limit), **facts)


def left(person: User) -> Decimal:
    (standing,) = seen_uses(budgets_of(person), person)
    return standing.in_unit(standing.left)


def spent(person: User) -> Decimal:
    (standing,) = seen_uses(budgets_of(person), person)
    return standing.in_unit(standing.use.spent)


def test_without_a_budget_nothing_is_reserved(alice: User) -> None:
    assert reserve(alice, CALL) is None
    assert not BudgetUse.objects.exists()


def test_a_call_reserves_its_question_and_its_longest_answer(alice: User) -> None:
    budget("10", person=alice)

    grant = reserve(alice, CALL)

    assert grant
    assert (grant.model, grant.max_tokens) == (OPUS, 32_000)
    expected = Decimal(CALL.takes(Unit.USD, 32_000)).scaleb(-10)
    assert left(alice) == 10 - expected
    release(reservations=grant.reservations)
    assert left(alice) == 10


def test_what_is_left_decides_how_long_an_answer_may_be(alice: User) -> None:
    budget("0.30", person=alice)

    grant = reserve(alice, CALL)

    assert grant
    assert LEAST_ANSWER_TOKENS <= grant.max_tokens < 32_000
    assert 0 <= left(alice) < Decimal("0.0001"), "to the last token"


def test_where_there_is_no_room_for_some_answer_the_call_is_refused_and_counts_nothing(alice: User) -> None:
    budget("0.30", person=alice)
    reserve(alice, CALL)
    before = left(alice)

    with pytest.raises(BudgetSpent) as refused:
        reserve(alice, CALL)

    assert left(alice) == before
    assert "Your budget for this month" in refused.value.advice
    assert "the people who run this site" in refused.value.advice


def test_whom_to_ask_is_named(alice: User) -> None:
    budget("0.01", person=alice, contact="Dora, room 4")

    with pytest.raises(BudgetSpent) as refused:
        reserve(alice, CALL)

    assert "ask Dora, room 4." in refused.value.advice


def test_what_a_call_took_is_charged_with_its_row(alice: User) -> None:
    budget("10", person=alice)
    entry = booked(alice)

    assert spent(alice) == entry.cost_usd > 0


def test_a_budget_in_tokens_counts_all_that_is_billed(alice: User) -> None:
    budget("100000", person=alice, unit=Unit.TOKENS)
    counts = TokenCounts(input=100, cache_write_5m=20, cache_write_1h=3, cache_read=4000, output=50_000)
    booked(alice, attempt(counts))
    booked(alice, attempt(counts, billed=False, request_id="req_2"))

    assert spent(alice) == 54_123
    grant = reserve(alice, CALL)
    assert grant
    assert grant.max_tokens == 32_000
    assert left(alice) == 100_000 - 54_123 - 33_000


def test_a_budget_that_begins_in_the_middle_counts_what_was_spent_before(alice: User, ben: User) -> None:
    mine = booked(alice)
    booked(ben)
    booked(alice, attempt(request_id="req_2"), at=datetime(2026, 1, 1, tzinfo=UTC))
    budget("10", person=alice)

    assert spent(alice) == mine.cost_usd
    booked(alice, attempt(request_id="req_3"))
    assert spent(alice) == 2 * mine.cost_usd


def test_each_person_has_their_own_where_it_is_for_each(alice: User, ben: User) -> None:
    budget("10", is_each=True)
    entry = booked(alice)

    assert (spent(alice), spent(ben)) == (entry.cost_usd, Decimal(0))


def test_a_group_shares_what_is_for_all_together(alice: User, ben: User, cleo: User) -> None:
    group = PeopleGroup.objects.create(name="Interns")
    for person in (alice, ben):
        person.group = group
        person.save()
    budget("10", group=group)
    entry = booked(alice)
    booked(cleo)

    assert spent(ben) == entry.cost_usd
    assert budgets_of(cleo) == []


def test_what_the_site_asks_of_itself_counts_for_the_site_alone(alice: User) -> None:
    budget("10")
    budget("5", is_each=True)
    entry = booked(None, purpose=Purpose.LABEL)

    site, each = seen_uses(budgets_of(alice), alice)
    assert (site.in_unit(site.use.spent), each.use.spent) == (entry.cost_usd, 0)


@pytest.mark.parametrize("purpose", [Purpose.TITLE, Purpose.FOLLOW_UPS, Purpose.SUMMARY, Purpose.BATCH])
def test_whatever_was_asked_for_a_person_counts(alice: User, purpose: Purpose) -> None:
    budget("10", person=alice)

    assert booked(alice, purpose=purpose).cost_usd == spent(alice)


def test_all_budgets_that_count_a_call_must_have_room(alice: User) -> None:
    budget("10", person=alice)
    budget("0.01")

    with pytest.raises(BudgetSpent) as refused:
        reserve(alice, CALL)

    assert "The site's budget" in refused.value.advice
    assert not Reservation.objects.exists()


def test_at_the_limit_a_cheaper_model_is_asked_where_the_budget_wants_that(alice: User) -> None:
    budget("0.01", person=alice, at_limit=AtLimit.DOWNGRADE)

    grant = reserve(alice, CALL, may_change_model=True)

    assert grant
    assert grant.model == HAIKU


def test_a_cheaper_model_is_one_that_the_person_may_ask(alice: User) -> None:
    alice.group = PeopleGroup.objects.create(name="Writers", allowed_models=[OPUS])
    budget("0.01", person=alice, at_limit=AtLimit.DOWNGRADE, cheaper_model=HAIKU)

    grant = reserve(alice, CALL, may_change_model=True)

    assert grant
    assert grant.model == OPUS


def test_another_budget_stops_the_cheaper_model_too(alice: User) -> None:
    budget("0.01", person=alice, at_limit=AtLimit.DOWNGRADE)
    budget("100", person=alice, unit=Unit.TOKENS)

    with pytest.raises(BudgetSpent):
        reserve(alice, CALL, may_change_model=True)


def test_the_next_period_begins_with_nothing_spent(alice: User) -> None:
    budget("10", person=alice, per=Per.DAY)
    evening, midnight = datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)
    booked(alice, at=evening)

    with patch("django.utils.timezone.now", return_value=evening):
        assert spent(alice) > 0
    with patch("django.utils.timezone.now", return_value=midnight):
        assert spent(alice) == 0


def test_a_batch_reserves_the_whole_of_it_until_it_is_over(alice: User) -> None:
    budget("10", person=alice)
    batch = Batch.objects.create(
        person=alice, purpose=Purpose.BATCH, model=OPUS, max_tokens=10, state=BatchState.QUEUED
    )

    reserve_batch(batch, usd=4 * 10**10, tokens=0)
    assert left(alice) == 6
    other = Batch.objects.create(person=alice, purpose=Purpose.BATCH, model=OPUS, max_tokens=10)
    with pytest.raises(BudgetSpent):
        reserve_batch(other, usd=7 * 10**10, tokens=0)

    Batch.objects.filter(pk=batch.pk).update(state=BatchState.ENDED)
    assert left(alice) == 10


@given(
    limit=st.decimals("0.01", "5", places=2),
    steps=st.lists(
        st.tuples(st.sampled_from(["reserve", "end", "lose"]), st.integers(0, 10), st.floats(0, 1)), max_size=25
    ),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_is_spent_and_what_is_reserved_never_pass_the_limit(
    alice: User, limit: Decimal, steps: list[tuple[str, int, float]]
) -> None:
    """Whatever calls begin, end with less than they might have taken, or are lost without a word."""
    with transaction.atomic():
        mark = transaction.savepoint()
        whole = budget(str(limit), person=alice)
        under_way: list[Any] = []
        for step, which, share in steps:
            if step == "reserve":
                try:
                    under_way.append(reserve(alice, CALL))
                except BudgetSpent:
                    (now,) = seen_uses([whole], alice)
                    assert now.left < CALL.takes(Unit.USD, CALL.least_tokens)
            elif under_way:
                grant = under_way.pop(which % len(under_way))
                release(reservations=grant.reservations)
                if step == "end":
                    output = int(grant.max_tokens * share)
                    booked(alice, attempt(TokenCounts(cache_write_5m=1000, output=output)))
            (standing,) = seen_uses([whole], alice)
            assert standing.use.spent + standing.reserved <= standing.limit
        transaction.savepoint_rollback(mark)
