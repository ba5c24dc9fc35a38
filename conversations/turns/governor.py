"""The governor keeps the site within the API's limits: a turn whose model has no room stays in the line.

What the API told last is a row for each model. What was claimed since is counted from the turns themselves, so that a
claim writes nothing more, and an answer writes only when a limit is near or nothing was written for a while.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic

from conversations.claude.access import access_print
from conversations.claude.allowance import Bucket
from conversations.claude.events import AllowanceTold, AttemptEnded
from conversations.models import Allowance, Turn, UsageEntry
from conversations.models.turns import Waiting

WRITE_EVERY_S = 30.0  # while no limit is near
REST_S = 2.0  # of a model that was asked too much and does not say when to come back
TYPICAL = {"requests": 1.0, "input-tokens": 2000.0, "output-tokens": 500.0}  # of a request, while nothing is known
NEWEST = 200  # ledger rows that tell what is typical


class News:
    """Which of what the API tells this process is worth writing down."""

    def __init__(self) -> None:
        self._written_at: dict[str, float] = {}

    def is_worth(self, told: AllowanceTold) -> bool:
        is_old = monotonic() - self._written_at.get(told.model, -WRITE_EVERY_S) >= WRITE_EVERY_S
        if not is_old and not any(bucket.is_near for bucket in told.buckets.values()):
            return False
        self._written_at[told.model] = monotonic()
        return True


def note(told: AllowanceTold) -> None:
    buckets = {name: [bucket.limit, bucket.left, bucket.full_in_s] for name, bucket in told.buckets.items()}
    asked_s_ago = (datetime.now(UTC) - told.asked_at).total_seconds()
    Allowance.objects.tell(access_print(), told.model, buckets, asked_s_ago=max(0.0, asked_s_ago))


def learn(attempts: Sequence[AttemptEnded]) -> None:
    """A model that was asked too much rests, for everybody. Call it in the transaction that books the attempts."""
    for attempt in attempts:
        if attempt.reason == "rate_limited":
            rest_s = attempt.facts.get("retry_after_s", REST_S)
            Allowance.objects.rest(access_print(), attempt.asked_model, seconds=rest_s)


@dataclass(frozen=True, slots=True)
class Room:
    """What may be asked of a model now. `taken` and `typical` are in the units of the buckets, by their names."""

    rest_s: float
    age_s: float  # of what the buckets say
    buckets: Mapping[str, Bucket]
    taken: Mapping[str, float]
    typical: Mapping[str, float]  # what one request takes

    def wait_s(self, ahead: int) -> float:
        """Seconds until the model may be asked, once `ahead` others have asked it."""
        waits = [
            bucket.wait_s(self.typical[name], taken=self.taken[name] + ahead * self.typical[name], age_s=self.age_s)
            for name, bucket in self.buckets.items()
        ]
        return max(self.rest_s, *waits, 0.0)


def rooms() -> dict[str, Room]:
    """By model, for those whose limits are known. Any other may be asked at once."""
    known = list(Allowance.objects.of(access_print()))
    if not known:
        return {}
    running = list(Turn.objects.running().values_list("model", "started_at"))
    return {allowance.model: _room(allowance, running) for allowance in known}


def _room(allowance: Allowance, running: Sequence[tuple[str, datetime | None]]) -> Room:
    now: datetime = allowance.now  # type: ignore[attr-defined]  # annotated by `of`
    buckets = {name: Bucket(*facts) for name, facts in allowance.buckets.items()}
    started = [at for model, at in running if model == allowance.model and at]
    # Who was claimed after the newest request went out may not be counted yet in what the API said of it.
    uncounted = sum(allowance.asked_at is None or at > allowance.asked_at for at in started)
    typical = _typical(allowance.model) if any(bucket.is_near for bucket in buckets.values()) else TYPICAL
    taken = {name: uncounted * typical[name] for name in buckets}
    # Of what the others write, half is still to come.
    taken["output-tokens"] = (uncounted + len(started)) * typical["output-tokens"] / 2
    return Room(
        rest_s=(allowance.rests_until - now).total_seconds() if allowance.rests_until else 0.0,
        age_s=(now - allowance.told_at).total_seconds() if allowance.told_at else 0.0,
        buckets=buckets,
        taken=taken,
        typical=typical,
    )


def _typical(model: str) -> dict[str, float]:
    """What its newest requests used on average. What was read from the cache does not count."""
    columns = (
        "asked_model",
        "billed",
        "input_tokens",
        "cache_write_5m_tokens",
        "cache_write_1h_tokens",
        "output_tokens",
    )
    newest = UsageEntry.objects.order_by("-pk").values_list(*columns)[:NEWEST]
    used = [(sum(read), written) for asked, billed, *read, written in newest if billed and asked == model]
    if not used:
        return TYPICAL
    read, written = (sum(column) / len(used) for column in zip(*used, strict=True))
    return {"requests": 1.0, "input-tokens": read, "output-tokens": written}


def admitted(at_most: int) -> list[Waiting]:
    """The first of the line whose models have room."""
    line = Turn.objects.line(at_most)
    known = rooms() if line else {}
    if not known:
        return line
    if shut := [model for model, room in known.items() if room.wait_s(0) > 0]:
        line = Turn.objects.line(at_most, besides=shut)
    ahead: Counter[str] = Counter()
    fit: list[Waiting] = []
    for waiting in line:
        room = known.get(waiting.model)
        if room is None or room.wait_s(ahead[waiting.model]) <= 0:
            fit.append(waiting)
            ahead[waiting.model] += 1
    return fit
