"""Counting over sorted times, in one sweep: what overlaps, and how deep a token bucket is drawn."""

from collections.abc import Iterable, Sequence

SECOND_MS = 1000


def most_at_once(begins: Sequence[int], ends: Sequence[int], lasting: int = 0) -> int:
    """Return the largest number of stretches of time that overlap.

    Both sequences are sorted, each by itself; `lasting` is added to each end. A stretch does not contain
    its end.
    """
    most = ended = 0
    for begun, begin in enumerate(begins, start=1):
        while ended < begun and ends[ended] + lasting <= begin:
            ended += 1
        if begun - ended > most:  # `max` would take half of the time  # noqa: PLR1730
            most = begun - ended
    return most


def deepest_draw(moments_ms: Iterable[int], refill_per_second: float) -> float:
    """Return how many tokens a bucket must hold so that each of these moments, in order, finds one.

    Source of the scheme: "Step Functions service quotas", throttled by a token bucket.
    """
    refill_per_ms = refill_per_second / SECOND_MS
    drawn = deepest = 0.0
    last = 0
    for moment in moments_ms:
        drawn -= (moment - last) * refill_per_ms
        drawn = drawn + 1 if drawn > 0 else 1
        if drawn > deepest:  # noqa: PLR1730 - as above
            deepest = drawn
        last = moment
    return deepest
