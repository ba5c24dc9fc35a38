"""A month of a small company in a site's database; prints a session of its owner as JSON. Always the same month."""

import json
import os
import random
from datetime import datetime, timedelta
from uuid import uuid4

import django

NAMES = ("maren", "jonas", "aisha", "tomas", "keiko", "elif", "david", "nuria")
TITLES = (
    *("Minutes of the Monday meeting", "A formula for late invoices", "Why the import stops at row 4,096"),
    *("Release notes in plain words", "Two offers compared", "Questions for the interview", "A kinder refusal"),
    *("Regular expression for order numbers", "Travel rules, summed up", "Names for the new meeting room"),
)
PASSWORD = "correct horse battery staple"
DAYS = 40


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "chatsite.settings"
    django.setup()
    from django.core.management import call_command
    from django.test import Client

    from conversations.models import User

    call_command("migrate", verbosity=0)
    people = [User.objects.create_user(name, f"{name}@example.com", PASSWORD) for name in NAMES]
    User.objects.make_owner_if_first(people[0])
    User.objects.filter(pk=people[0].pk).update(is_owner=True, is_staff=True, is_superuser=True)
    use(people, random.Random(7))
    stands()
    client = Client()
    client.force_login(User.objects.get(pk=people[0].pk))
    print(json.dumps({"maren": client.cookies["sessionid"].value}))  # noqa: T201


def use(people: list, chance: random.Random) -> None:  # type: ignore[type-arg]
    """Requests by day, fewer at weekends; some declined, some failed."""
    from django.db import transaction
    from django.utils import timezone

    now = timezone.now()
    with transaction.atomic():
        for ago in range(DAYS, -1, -1):
            day = now - timedelta(days=ago)
            for _ in range(chance.randint(2, 5) if day.weekday() >= 5 else chance.randint(9, 22)):
                at = min(now, day.replace(hour=chance.randint(7, 18), minute=chance.randint(0, 59)))
                one(chance.choice(people), at, chance)


def one(person, at: datetime, chance: random.Random) -> None:  # type: ignore[no-untyped-def]
    from conversations.claude.events import Refused, TokenCounts
    from conversations.models import Conversation, Feedback, Message, Role, Turn, TurnStatus
    from tests.usage.attempts import HAIKU, OPUS, SONNET, attempt, booked

    model = chance.choices((OPUS, SONNET, HAIKU), (5, 3, 2))[0]
    tokens = TokenCounts(chance.randint(300, 9000), chance.randint(0, 4000), 0, chance.randint(0, 60_000))
    tokens = TokenCounts(tokens.input, tokens.cache_write_5m, 0, tokens.cache_read, chance.randint(200, 3000))
    ends = chance.random()
    status, reason, refused = TurnStatus.COMPLETE, "", None
    if ends < 0.03:
        status, reason = TurnStatus.FAILED, chance.choice(("overloaded", "connection", "stalled", "rate_limited"))
    elif ends < 0.06:
        status, refused = TurnStatus.REFUSED, Refused(chance.choice(("cyber", "bio")), None, after_text=False)
    title = chance.choice(TITLES)
    Conversation.objects.filter(owner=person, title=title).update(archived_at=at)  # the list has each name once
    chat = Conversation.objects.create(owner=person, title=title, model=model)
    Conversation.objects.filter(pk=chat.pk).update(active_at=at)
    said = [{"type": "text", "text": "Words."}]
    question = Message.objects.create(conversation=chat, position=0, role=Role.USER, content=said)
    answer = Message.objects.create(
        conversation=chat, position=1, role=Role.ASSISTANT, parent=question, content=said, model=model, reason=reason
    )
    facts = {"client_id": uuid4(), "model": model, "status": status, "asked_by": person}
    turn = Turn.objects.create(conversation=chat, question=question, answer=answer, **facts)
    Turn.objects.filter(pk=turn.pk).update(created_at=at, ended_at=at + timedelta(seconds=chance.randint(3, 40)))
    stop_reason = "refusal" if refused else "" if reason else "end_turn"
    request_id = f"req_{chance.randrange(16**12):012x}"
    ended = attempt(
        tokens, model=model, stop_reason=stop_reason, reason=reason, request_id=request_id, began_at=at,
        billed=not (refused or reason),
    )  # fmt: skip
    booked(person, ended, at=at, conversation=chat, turn=turn, refused=refused)
    if status == TurnStatus.COMPLETE and chance.random() < 0.15:
        verdict = chance.choices(("good", "bad"), (4, 1))[0]
        reason = "It missed the second half of the question." if verdict == "bad" else ""
        feedback = Feedback.objects.create(answer=answer, person=person, model=model, verdict=verdict, reason=reason)
        Feedback.objects.filter(pk=feedback.pk).update(at=at)


def stands() -> None:
    """What an admin finds: an alert that stands, one that is over, and a week beside the bill."""
    from datetime import UTC
    from decimal import Decimal

    from conversations.alerts.standing import clear_alert, raise_alert
    from conversations.models import AlertKind, Reconciliation, ReconciliationLine, ReconciliationState

    raise_alert(AlertKind.ERRORS, says="6 of 19 requests of the last 15 minutes failed (32 %).")
    clear_alert(AlertKind.ERRORS)
    today = datetime.now(UTC).date()
    for ago in range(7, 0, -1):
        differs = ago == 4
        state = ReconciliationState.DIFFERS if differs else ReconciliationState.AGREES
        if differs:
            says = "the ledger says $1.32, the vendor $1.59. 1 of 5 figures differ by more than 1 %."
            raise_alert(
                AlertKind.RECONCILIATION, subject=str(today - timedelta(4)), says=f"{today - timedelta(4)}: {says}"
            )
        done = Reconciliation.objects.create(day=today - timedelta(days=ago), state=state, tolerance_percent=1)
        figures = [("claude-opus-5-5", "input", 81_200 + ago), ("claude-opus-5-5", "output", 40_031 - ago)]
        figures += [("claude-sonnet-5-5", "output", 18_440), ("claude-haiku-5-5", "input", 22_918)]
        for model, measure, ours in figures:
            line = {"model": model, "measure": measure, "ours": Decimal(ours), "theirs": Decimal(ours)}
            ReconciliationLine.objects.create(reconciliation=done, is_outside=False, **line)
        ReconciliationLine.objects.create(
            reconciliation=done, model="claude-opus-5-5", measure="cost", is_outside=differs,
            ours=Decimal("1.3152"), theirs=Decimal("1.5871" if differs else "1.3152"),
        )  # fmt: skip


if __name__ == "__main__":
    main()
