"""`reconcile` finds what the ledger and the vendor's books do not say alike."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from conversations.claude.events import TokenCounts
from conversations.models import Alert, AlertKind, Reconciliation, ReconciliationLine, ReconciliationState, User
from conversations.models.reconciliations import Measure
from conversations.reconciliation.reconcile import reconcile
from conversations.turns.worker import Worker
from tests.reconciliation.conftest import DAY
from tests.turns.conversing import answer_to
from tests.upstream import Reply, Upstream, spoken
from tests.upstream.bill import Bill
from tests.usage.attempts import BEGAN_AT, OPUS, SONNET, attempt, booked

pytestmark = pytest.mark.django_db
# At $4 in and $20 out, $5 and $8 written, $0.20 read a million.
TOKENS = TokenCounts(
    input=100_000, cache_write_5m=20_000, cache_write_1h=10_000, cache_read=500_000, output=50_000, web_searches=3
)


def reconciled(day: object = DAY) -> str:
    said = StringIO()
    call_command("reconcile", "--day", str(day), stdout=said)
    return said.getvalue()


def outside() -> list[tuple[str, str, Decimal]]:
    lines = ReconciliationLine.objects.filter(is_outside=True).order_by("model", "measure")
    return [(line.model, line.measure, line.difference) for line in lines]


def both_sides(person: User, bill: Bill, *, model: str = OPUS) -> Decimal:
    """The same use in both books; what its tokens cost."""
    entry = booked(person, attempt(TOKENS, model=model), at=BEGAN_AT)
    tokens_usd = entry.cost_usd - Decimal("0.03")
    bill.use(DAY, model, input=100_000, cache_write_5m=20_000, cache_write_1h=10_000, cache_read=500_000)
    bill.use(DAY, model, output=50_000, web_searches=3)
    bill.charge(DAY, model, tokens_usd)
    bill.charge(DAY, None, Decimal("0.03"))
    return tokens_usd


def test_books_that_say_the_same_agree_to_the_last_token_and_cent(alice: User, bill: Bill) -> None:
    usd = both_sides(alice, bill)
    said = reconciled()

    done = Reconciliation.objects.get()
    assert (done.day, done.state, done.ours_usd, done.theirs_usd) == (
        DAY,
        "agrees",
        usd + Decimal("0.03"),
        done.ours_usd,
    )
    assert {line.measure for line in done.lines.all()} == set(Measure)
    assert all(line.difference == 0 for line in done.lines.all())
    assert "0 of 8 figures differ by more than 1 %." in said
    assert not Alert.objects.exists()


def test_every_page_is_read(alice: User, bill: Bill) -> None:
    bill.rows_a_page = 1
    both_sides(alice, bill)
    both_sides(alice, bill, model=SONNET)

    reconciled()

    assert Reconciliation.objects.get().state == ReconciliationState.AGREES
    assert len(bill.asked) == 8


@pytest.mark.django_db(transaction=True)
async def test_what_was_asked_of_the_site_agrees_with_what_the_vendor_reported(
    alice: User, bill: Bill, upstream: Upstream, worker: Worker
) -> None:
    """The vendor's books are made of what it told its clients, not of our ledger."""
    upstream.script(spoken(input_tokens=40_000, cache_read_input_tokens=9_000, output_tokens=7_000))
    await answer_to(alice, "What does it cost?")
    today, reported = timezone.now().date(), upstream.reported
    bill.use(today, OPUS, input=reported.input_tokens, output=reported.output_tokens)
    bill.use(today, OPUS, cache_read=reported.cache_read_input_tokens)
    bill.charge(today, OPUS, Decimal(40_000 * 4 + 7_000 * 20) / 10**6 + Decimal("0.0018"))

    done = await reconcile(today)

    assert (reported.output_tokens, done.state) == (7_000, ReconciliationState.AGREES)
    assert await done.lines.acount() == 4


def test_each_difference_is_found_by_model_and_class_and_in_money(alice: User, bill: Bill) -> None:
    both_sides(alice, bill)
    bill.use(DAY, OPUS, output=2_000)
    bill.use(DAY, SONNET, input=30_000)
    bill.charge(DAY, OPUS, Decimal("0.04"))

    with pytest.raises(CommandError) as told:
        reconciled()

    assert told.value.returncode == 2
    assert outside() == [
        (OPUS, "cost", Decimal("0.04")),
        (OPUS, "output", Decimal(2000)),
        (SONNET, "input", Decimal(30_000)),
    ]
    assert "3 of 9 figures differ" in str(told.value)
    alert = Alert.objects.get()
    assert (alert.kind, alert.subject, alert.cleared_at) == (AlertKind.RECONCILIATION, str(DAY), None)


def test_a_row_that_the_ledger_lacks_and_one_that_the_vendor_lacks_are_both_found(alice: User, bill: Bill) -> None:
    booked(alice, attempt(TokenCounts(input=50_000)), at=BEGAN_AT)
    bill.use(DAY, SONNET, input=50_000)
    bill.charge(DAY, SONNET, Decimal("0.1"))

    with pytest.raises(CommandError):
        reconciled()

    assert [(model, measure) for model, measure, _ in outside()] == [
        (OPUS, "cost"),
        (OPUS, "input"),
        (SONNET, "cost"),
        (SONNET, "input"),
    ]


def test_what_lies_within_the_tolerance_agrees(alice: User, bill: Bill, settings: Any) -> None:
    both_sides(alice, bill)
    bill.use(DAY, OPUS, input=1_200)
    settings.RECONCILE_TOLERANCE_PERCENT = 2
    reconciled()

    settings.RECONCILE_TOLERANCE_PERCENT = 1
    with pytest.raises(CommandError):
        reconciled()
    assert outside() == [(OPUS, "input", Decimal(1200))]


def test_a_day_that_agrees_in_the_end_clears_its_alert(alice: User, bill: Bill) -> None:
    both_sides(alice, bill)
    bill.use(DAY, OPUS, output=5_000)
    with pytest.raises(CommandError):
        reconciled()

    booked(alice, attempt(TokenCounts(output=5_000)), at=BEGAN_AT)
    bill.charge(DAY, OPUS, Decimal("0.1"))
    reconciled()

    assert Reconciliation.objects.get().state == ReconciliationState.AGREES
    assert Alert.objects.get().cleared_at


def test_a_day_is_one_of_utc(alice: User, bill: Bill, settings: Any) -> None:
    settings.TIME_ZONE = "Pacific/Auckland"
    both_sides(alice, bill)
    for at in (BEGAN_AT.replace(hour=0) - timedelta(seconds=1), BEGAN_AT.replace(hour=0) + timedelta(days=1)):
        booked(alice, attempt(TOKENS), at=at)

    reconciled()

    assert Reconciliation.objects.get().state == ReconciliationState.AGREES


def test_what_is_not_billed_is_not_compared(alice: User, bill: Bill) -> None:
    booked(alice, attempt(TOKENS, billed=False), at=BEGAN_AT)

    reconciled()

    assert not ReconciliationLine.objects.exists()


def test_other_workspaces_of_the_organisation_are_left_out(alice: User, bill: Bill, settings: Any) -> None:
    settings.ANTHROPIC_WORKSPACES = ["default", "wrkspc_chat"]
    both_sides(alice, bill)
    bill.use(DAY, OPUS, workspace="wrkspc_other", input=10**6)
    bill.charge(DAY, OPUS, Decimal(4), workspace="wrkspc_other")

    reconciled()

    assert Reconciliation.objects.get().state == ReconciliationState.AGREES


def test_a_dated_name_of_a_model_is_the_same_model(alice: User, bill: Bill) -> None:
    booked(alice, attempt(TokenCounts(input=5_000), model="claude-haiku-4-5"), at=BEGAN_AT)
    bill.use(DAY, "claude-haiku-4-5-20251001", input=5_000)
    bill.charge(DAY, "claude-haiku-4-5-20251001", Decimal("0.005"))

    reconciled()

    assert Reconciliation.objects.get().state == ReconciliationState.AGREES


def test_without_a_key_it_says_which_to_set(upstream: Upstream, settings: Any) -> None:
    settings.CLAUDE_PROVIDER = "anthropic"
    with pytest.raises(CommandError, match="ANTHROPIC_ADMIN_KEY is not set") as told:
        reconciled()

    assert told.value.returncode == 1
    assert not Reconciliation.objects.exists()


def test_a_demo_has_no_bill(settings: Any, db: None) -> None:
    settings.CLAUDE_PROVIDER = "demo"

    with pytest.raises(CommandError, match="The provider is demo"):
        reconciled()


def test_a_key_that_is_refused_is_an_alert_until_one_is_accepted(bill: Bill, settings: Any) -> None:
    settings.ANTHROPIC_ADMIN_KEY = "sk-ant-not-an-admin"
    with pytest.raises(CommandError, match="does not accept ANTHROPIC_ADMIN_KEY"):
        reconciled()

    assert Reconciliation.objects.get().fault == "unauthorized"
    assert Alert.objects.standing().get().subject == "key"

    settings.ANTHROPIC_ADMIN_KEY = "sk-ant-admin-test"
    reconciled()
    assert not Alert.objects.standing().exists()


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (Reply.error(529, "overloaded_error"), "overloaded"),
        (Reply.error(500, "api_error"), "api_error"),
        (Reply.error(404, "not_found_error"), "model_not_found"),
        (Reply.page(b"<html>A proxy</html>"), "protocol"),
        (Reply.json({"data": [{"starting_at": "today"}], "has_more": False}), "protocol"),
        (Reply.json({"data": [], "has_more": True, "next_page": None}), "protocol"),
    ],
    ids=["overloaded", "fault", "no-such-api", "proxy", "other-shape", "no-next-page"],
)
def test_an_outage_changes_nothing_that_was_compared(bill: Bill, alice: User, reply: Reply, fault: str) -> None:
    both_sides(alice, bill)
    reconciled()
    bill.instead = reply

    with pytest.raises(CommandError):
        reconciled()
    with pytest.raises(CommandError):
        reconciled(DAY - timedelta(days=1))

    assert Reconciliation.objects.get(day=DAY).state == ReconciliationState.AGREES
    assert Reconciliation.objects.get(day=DAY).lines.exists()
    assert Reconciliation.objects.get(day=DAY - timedelta(days=1)).fault == fault
    assert not Alert.objects.exists()


def test_a_page_that_comes_for_ever_ends(bill: Bill) -> None:
    bill.instead = Reply.json({"data": [], "has_more": True, "next_page": "again"})

    with pytest.raises(CommandError):
        reconciled()
    assert len(bill.asked) == 2


@pytest.mark.parametrize("day", ["yesterday", "2126-01-01"])
def test_a_day_that_is_none_is_refused(bill: Bill, day: str) -> None:
    with pytest.raises(CommandError):
        reconciled(day)
    assert bill.asked == []
