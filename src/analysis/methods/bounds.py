"""What is certain about overlapping groups whose overlap is not known: Fréchet's bounds.

Of N children some have harm A and some harm B. How many have either, or both, depends on the overlap; the bounds
hold for every overlap there could be, while independence is one assumption among them.

Source: Fréchet (1935), Fundamenta Mathematicae 25:379-387.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.methods.intervals import Interval


def at_least_one(counts: Sequence[float], total: float) -> Interval:
    """Return the fewest and the most that can be in at least one of the groups.

    Args:
        counts: size of each group, 0 to `total`; at least one.
        total: number of all there are.

    Returns:
        From the largest group (all others within it) to their sum (none overlap), at most all.

    Raises:
        ValueError: if there is no group, or one is outside 0 to `total`.
    """
    _check(counts, total)
    return Interval(max(counts), min(sum(counts), total))


def all_of(counts: Sequence[float], total: float) -> Interval:
    """Return the fewest and the most that can be in all of the groups; arguments as `at_least_one`.

    Returns:
        From what must overlap because there is no room apart, to the smallest group.

    Raises:
        ValueError: as `at_least_one`.
    """
    _check(counts, total)
    return Interval(max(0.0, sum(counts) - (len(counts) - 1) * total), min(counts))


def at_least_one_of_ranges(ranges: Sequence[Interval], total: float) -> Interval:
    """Return what `at_least_one` can be where each group's size is itself only known within limits."""
    return Interval(*(at_least_one([r[end] for r in ranges], total)[end] for end in (0, 1)))


def all_of_ranges(ranges: Sequence[Interval], total: float) -> Interval:
    """Return what `all_of` can be where each group's size is itself only known within limits."""
    return Interval(*(all_of([r[end] for r in ranges], total)[end] for end in (0, 1)))


def independent(counts: Sequence[float], total: float) -> tuple[float, float]:
    """Return how many would be in at least one and in all of the groups if these were independent.

    Args:
        counts, total: as `at_least_one`, with `total` above 0.

    Raises:
        ValueError: as `at_least_one`.
    """
    _check(counts, total)
    if not total > 0:
        raise ValueError(f"independent: expected a total above 0; got {total}")
    shares = np.asarray(counts, float) / total
    return float(total * (1 - np.prod(1 - shares))), float(total * np.prod(shares))


def _check(counts: Sequence[float], total: float) -> None:
    if not len(counts) or not all(0 <= count <= total for count in counts):
        raise ValueError(f"bounds: expected one group or more, each of 0 to {total}; got {list(counts)}")
