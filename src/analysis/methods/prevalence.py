"""How many have something where that is not counted directly: overlaps, people not known, flags and groups that grow.

How many of N children have either of two harms, or both, depends on the overlap; Fréchet's bounds (1935, Fundamenta
Mathematicae 25:379-387) hold for every overlap there could be, independence is one assumption among them. A flag is
taken as a test: of those it flags, how many come to be cases. What is out of range is a ValueError.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from analysis.methods.intervals import Interval


def at_least_one(counts: Sequence[float], total: float) -> Interval:
    """Return the fewest and the most, of `total`, that can be in at least one of the groups with these `counts`.

    From the largest group (all others within it) to their sum (none overlap), at most all.
    """
    _check_counts(counts, total)
    return Interval(max(counts), min(sum(counts), total))


def all_of(counts: Sequence[float], total: float) -> Interval:
    """Return the fewest and the most, of `total`, that can be in all of the groups.

    From what must overlap because there is no room apart, to the smallest group.
    """
    _check_counts(counts, total)
    return Interval(max(0.0, sum(counts) - (len(counts) - 1) * total), min(counts))


def all_of_ranges(ranges: Sequence[Interval], total: float) -> Interval:
    """Return what `all_of` can be where each group's size is itself only known within limits."""
    return Interval(*(all_of([r[end] for r in ranges], total)[end] for end in (0, 1)))


def independent(counts: Sequence[float], total: float) -> tuple[float, float]:
    """Return how many, of `total`, would be in at least one and in all of the groups if these were independent."""
    _check_counts(counts, total)
    if not total > 0:
        raise ValueError(f"independent: expected a total above 0; got {total}")
    shares = np.asarray(counts, float) / total
    return float(total * (1 - np.prod(1 - shares))), float(total * np.prod(shares))


def with_unknown(known: float, unknown: float, share: float) -> float:
    """Return cases if a `share`, 0 to 1, of those not known are cases too; NaN where one of the two numbers is."""
    if math.isnan(known) or math.isnan(unknown):
        return math.nan
    if not (known >= 0 and unknown >= 0 and 0 <= share <= 1):
        raise ValueError(f"with_unknown: expected 0 or more and a share of 0 to 1; got {known}, {unknown}, {share}")
    return known + share * unknown


def cases_in_group(either: Any, unknown_in_all: Any, either_elsewhere: Any = math.inf) -> Interval:
    """Return the fewest and most cases a group can hold of which only cases and not known together are given.

    At most all of those not known anywhere are in this group, and at least those that the other groups, with
    `either_elsewhere` cases or not known, cannot hold. Numbers, or one for each group; NaN where they are.
    """
    if any(np.less(numbers, 0).any() for numbers in (either, unknown_in_all, either_elsewhere)):
        raise ValueError(f"cases_in_group: expected numbers of 0 or more; got {either}, {unknown_in_all}")
    fewest = either - np.minimum(either, unknown_in_all)
    most = either - np.minimum(either, np.maximum(0.0, unknown_in_all - either_elsewhere))
    return Interval(fewest, most)


class Yield(NamedTuple):
    """What a flag yields: the share of those flagged who are cases (PPV), and the share of cases flagged; 0 to 1."""

    ppv: float
    sensitivity: float


def of_flag(flagged: float, risk_ratio: float, base_rate: float) -> Yield:
    """Return what a flag yields that marks a share of all and whose risk is `risk_ratio` times the others'.

    With the others' risk q: base_rate = flagged × ratio × q + (1 − flagged) × q; a ratio of 1 is chance. Where the
    ratio would ask for more cases among the flagged than there are flagged, all of them are cases.
    """
    if not (0 < flagged < 1 and 0 < base_rate < 1 and risk_ratio >= 0):
        raise ValueError(f"of_flag: expected shares within 0 and 1 and a ratio of 0 or more; got {risk_ratio}")
    ppv = min(1.0, risk_ratio * base_rate / (flagged * risk_ratio + 1 - flagged))
    return Yield(ppv, flagged * ppv / base_rate)


def best(flagged: float, base_rate: float) -> Yield:
    """Return what a flag could yield at best: all it can hold of one group lies in the other."""
    both = min(flagged, base_rate)
    return Yield(both / flagged, both / base_rate)


def times_chance(share_of_group: float, share_of_all: float) -> float:
    """Return how many times as common something is in a group as in all; 1 is what chance gives."""
    if not (0 <= share_of_group <= 1 and 0 < share_of_all <= 1):
        raise ValueError(f"times_chance: expected shares of 0 to 1; got {share_of_group} and {share_of_all}")
    return share_of_group / share_of_all


def cohort_before_arrivals(before: float, after: float, arrivals: float, arrivals_with: float = 0.0) -> float:
    """Return the group size n at which `arrivals` alone take a share from `before` to `after`; NaN if no size does it.

    Of the arrivals the share `arrivals_with` has the characteristic: (before × n + arrivals_with × arrivals) ÷ (n +
    arrivals) = after, solved for n.
    """
    if not (0 <= min(before, after, arrivals_with) <= max(before, after, arrivals_with) <= 1 and arrivals > 0):
        got = f"{before}, {after}, {arrivals_with}, {arrivals}"
        raise ValueError(f"cohort_before_arrivals: expected shares of 0 to 1 and arrivals above 0; got {got}")
    if before == after:
        return math.nan
    n = arrivals * (after - arrivals_with) / (before - after)
    return n if n > 0 else math.nan


def _check_counts(counts: Sequence[float], total: float) -> None:
    if not len(counts) or not all(0 <= count <= total for count in counts):
        raise ValueError(f"bounds: expected one group or more, each of 0 to {total}; got {list(counts)}")
