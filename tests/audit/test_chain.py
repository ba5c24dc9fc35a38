"""The chain of the audit log: whoever changes, removes, inserts or cuts a row is told of, by its number."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction

from conversations.audit.verify import verify
from conversations.models import AuditEntry
from conversations.models.append_only import Unchangeable
from conversations.models.audit import Deed

TABLE = "conversations_auditentry"
WRITERS, ROWS_EACH = 8, 15


@pytest.fixture
def five(db: None) -> list[AuditEntry]:
    return [_append(number) for number in range(5)]


def _append(number: int) -> AuditEntry:
    facts = {"fields": {"is_on": ["False", "True"], "à": [], "number": [str(number)]}, "b": "x", "a": "y"}
    return AuditEntry.objects.append(
        Deed.CHANGED, person_id=number, object_type="conversations.price", object_id="7", facts=facts
    )


def by_hand(sql: str, *values: Any) -> None:
    """As somebody does who has the database and no scruples."""
    with connection.cursor() as cursor:
        cursor.execute(sql.format(table=TABLE), values)


def test_a_log_that_nobody_touched_is_whole(five: list[AuditEntry]) -> None:
    verdict = verify()

    assert (verdict.count, verdict.faults) == (5, [])
    assert verdict.end == f"5:{five[-1].seal}"


@pytest.mark.parametrize(
    ("column", "value"),
    [("deed", "read"), ("person_id", 99), ("object_id", "8"), ("facts", '{"a": "z"}'), ("at", "2020-01-01 00:00:00")],
)
def test_a_changed_row_is_named(five: list[AuditEntry], column: str, value: Any) -> None:
    by_hand(f"UPDATE {{table}} SET {column} = %s WHERE number = 3", value)  # noqa: S608

    assert verify().faults == ["Row 3 was changed."]


def test_a_row_that_is_gone_is_named(five: list[AuditEntry]) -> None:
    by_hand("DELETE FROM {table} WHERE number = 2")
    assert verify().faults == ["Missing before row 3: 2."]

    by_hand("DELETE FROM {table} WHERE number = 3")
    assert verify().faults == ["Missing before row 4: 2 to 3."]


def test_a_row_with_a_fitting_seal_of_its_own_does_not_fit_the_chain(five: list[AuditEntry]) -> None:
    forged = AuditEntry.objects.get(number=3)
    forged.person_id = 99
    by_hand("UPDATE {table} SET person_id = 99, seal = %s WHERE number = 3", forged.seal_of_content())

    assert verify().faults == ["Row 4 does not follow row 3: one of them was replaced."]


def test_a_log_that_was_cut_or_written_anew_is_told_by_an_end_of_earlier(five: list[AuditEntry]) -> None:
    end = verify().end
    _append(6)
    assert verify(end).faults == []

    by_hand("DELETE FROM {table} WHERE number > 4")

    assert verify().faults == []
    assert verify(end).faults == [f"There is no row {end} any more: the log was cut off or written anew."]


def test_the_command_says_which_row_and_fails(five: list[AuditEntry], capsys: pytest.CaptureFixture[str]) -> None:
    call_command("verify_audit")
    assert f"The end is 5:{five[-1].seal}" in capsys.readouterr().out

    by_hand("UPDATE {table} SET person_id = 99 WHERE number = 4")

    with pytest.raises(CommandError):
        call_command("verify_audit")
    assert "Row 4 was changed." in capsys.readouterr().out


def test_nothing_that_was_written_is_changed_or_deleted_through_the_models(five: list[AuditEntry]) -> None:
    row, rows = five[0], AuditEntry.objects.filter(number=1)
    row.deed = Deed.READ
    attempts = (
        row.save,
        row.delete,
        rows.delete,
        lambda: rows.update(deed=Deed.READ),
        lambda: AuditEntry.objects.bulk_update([row], ["deed"]),
        lambda: AuditEntry.objects.bulk_create([AuditEntry(number=6)]),
        lambda: AuditEntry.objects.update_or_create(number=1, defaults={"deed": Deed.READ}),
    )
    for attempt in attempts:
        with pytest.raises(Unchangeable):
            attempt()

    assert (verify().count, verify().faults) == (5, [])


@pytest.mark.django_db(transaction=True)
def test_many_writers_at_once_make_one_chain() -> None:
    """Some of them take their row back, with what it told of."""

    def write(writer: int) -> None:
        try:
            for number in range(ROWS_EACH):
                with transaction.atomic():
                    _append(number)
                    if (writer + number) % 5 == 0:
                        transaction.set_rollback(True)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))

    verdict = verify()
    assert verdict.faults == []
    assert verdict.count == WRITERS * ROWS_EACH * 4 // 5
