"""What was seen, into figures. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from tests.bench.answers import DELTA_LENGTH, MARK, marks, missing_words, words_of_markdown
from tests.bench.passes import Pass, Seen


@dataclass(frozen=True, slots=True)
class Figures:
    """One pass, or the medians of several. Times in ms; CPU in ms per 1,000 deltas, which is µs per delta."""

    cpu: float
    latency: tuple[float, float, float]  # p50, p95, p99: from upstream's write to the frame
    first: tuple[float, float, float]  # the same of the first delta
    ask: tuple[float, float, float]  # from asking to upstream's first delta
    bytes_per_byte: float  # sent to the browser for each byte of the answer
    failed: int  # questions not taken or not answered
    lost: int  # answers of which any text was missing in the store or in the window


def figures(one: Pass) -> Figures:
    seen = one.seen
    arrivals = [(person, *arrival) for person in seen for arrival in _arrivals(person)]
    deltas = sum(-(-person.question.length // DELTA_LENGTH) for person in seen)
    sent_bytes = sum(len(frame) for person in seen for _, frame in person.frames)
    return Figures(
        cpu=one.cpu_s * 1e6 / deltas,
        latency=_percentiles(late_ms for _, _, late_ms in arrivals),
        first=_percentiles(late_ms for _, delta, late_ms in arrivals if delta == 0),
        ask=_percentiles((person.sent_at[0] - person.asked_at) * 1000 for person in seen if person.sent_at),
        bytes_per_byte=sent_bytes / sum(len(person.question.answer.encode()) for person in seen),
        failed=sum(not person.accepted for person in seen),
        lost=sum(_is_short(person) for person in seen),
    )


@dataclass(frozen=True, slots=True)
class Plateau:
    """What was seen of the deltas that were sent while all answers were on their way. Times in ms."""

    latency: tuple[float, float, float]
    first: tuple[float, float, float]  # of all answers
    failed: int
    lost: int
    late_ms: float  # p95 of our own lateness: of reading frames, or of the upstream's deltas


def plateau(one: Pass) -> Plateau:
    begun = [person.sent_at[0] if person.sent_at else float("inf") for person in one.seen]
    ended = [person.sent_at[-1] if person.sent_at else float("-inf") for person in one.seen]
    arrivals = [(person, *arrival) for person in one.seen for arrival in _arrivals(person)]
    steady = (late for person, delta, late in arrivals if max(begun) <= person.sent_at[delta] <= min(ended))
    return Plateau(
        latency=_percentiles(steady),
        first=_percentiles(late for _, delta, late in arrivals if delta == 0),
        failed=sum(not person.accepted for person in one.seen),
        lost=sum(_is_short(person) for person in one.seen),
        late_ms=max(_percentiles(late_s)[1] for late_s in (one.late_s, _upstream_late_s(one.seen))) * 1000,
    )


def medians(passes: list[Figures]) -> Figures:
    """Field by field; of failures and losses the worst."""

    def middle(name: str) -> tuple[float, float, float]:
        low, mid, high = (median(values) for values in zip(*(getattr(one, name) for one in passes), strict=True))
        return low, mid, high

    return Figures(
        cpu=median(one.cpu for one in passes),
        latency=middle("latency"),
        first=middle("first"),
        ask=middle("ask"),
        bytes_per_byte=median(one.bytes_per_byte for one in passes),
        failed=max(one.failed for one in passes),
        lost=max(one.lost for one in passes),
    )


def _arrivals(person: Seen) -> list[tuple[int, float]]:
    """(number of the delta, ms from upstream's write to the first frame that holds it) for every marked delta."""
    first_seen: dict[str, float] = {}
    for at, frame in person.frames:
        for mark in MARK.findall(frame.decode()):
            first_seen.setdefault(mark, at)
    known = marks(person.question.answer).items() if person.sent_at else ()
    return [
        (delta, (first_seen[mark] - person.sent_at[delta]) * 1000)
        for mark, delta in known
        if mark in first_seen and delta < len(person.sent_at)
    ]


def _upstream_late_s(seen: Iterable[Seen]) -> list[float]:
    """How long after its time each delta was sent."""
    return [
        sent_at - person.sent_at[0] - number / person.question.per_second
        for person in seen
        for number, sent_at in enumerate(person.sent_at)
    ]


def _is_short(person: Seen) -> bool:
    answer = person.question.answer
    return person.stored_text != answer or missing_words(words_of_markdown(answer), person.shown_words) > 0


def _percentiles(values: Iterable[float]) -> tuple[float, float, float]:
    """p50, p95, p99; infinite when nothing arrived at all."""
    ranked = sorted(values) or [float("inf")]
    p50, p95, p99 = (ranked[min(len(ranked) - 1, len(ranked) * share // 100)] for share in (50, 95, 99))
    return p50, p95, p99
