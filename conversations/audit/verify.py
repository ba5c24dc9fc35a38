"""Whether the audit log is as it was written: each row against its seal, and against the row before."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from conversations.models import AuditEntry

ROWS_AT_ONCE = 500


@dataclass(slots=True)
class Verdict:
    """`end` is the newest row as `number:seal`: kept elsewhere, it proves later that nothing was cut off or redone."""

    count: int = 0
    end: str = ""
    faults: list[str] = field(default_factory=list)


def verify(anchor: str = "") -> Verdict:
    """`anchor` is an `end` of earlier."""
    verdict, number, seal, seen = Verdict(), 0, "", ""
    for entry in AuditEntry.objects.order_by("number").iterator(chunk_size=ROWS_AT_ONCE):
        verdict.faults += _faults(entry, number, seal)
        verdict.count += 1
        number, seal = entry.number, entry.seal
        verdict.end = f"{number}:{seal}"
        seen = verdict.end if verdict.end == anchor else seen
    if anchor and not seen:
        verdict.faults.append(f"There is no row {anchor} any more: the log was cut off or written anew.")
    return verdict


def _faults(entry: AuditEntry, number: int, seal: str) -> Iterator[str]:
    if entry.number != number + 1:
        gone = f"{number + 1}" if entry.number == number + 2 else f"{number + 1} to {entry.number - 1}"
        yield f"Missing before row {entry.number}: {gone}."
    elif entry.before != seal:
        yield f"Row {entry.number} does not follow row {number}: one of them was replaced."
    if entry.seal != entry.seal_of_content():
        yield f"Row {entry.number} was changed."
