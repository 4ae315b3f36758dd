"""A flag as a test: of those it flags, how many come to be cases, and how many of the cases it finds.

Cases are, for instance, young people who become NEET; the base rate is their share of all. All shares are 0 to 1.
"""

from __future__ import annotations

from typing import NamedTuple

from analysis.methods.intervals import Interval


class Yield(NamedTuple):
    """What a flag yields: the share of those flagged who are cases (PPV), and the share of cases flagged."""

    ppv: float
    sensitivity: float


def of_flag(flagged: float, risk_ratio: float, base_rate: float) -> Yield:
    """Return what a flag yields that marks a share of all and whose risk is a multiple of the others'.

    With the others' risk q: base_rate = flagged × ratio × q + (1 − flagged) × q. A ratio of 1 is chance. Where the
    ratio would ask for more cases among the flagged than there are flagged, all of them are cases.

    Args:
        flagged: share flagged, above 0 and below 1.
        risk_ratio: risk of those flagged ÷ risk of the others, 0 or more.
        base_rate: share who are cases, above 0 and below 1.

    Raises:
        ValueError: if an argument is out of range.
    """
    _check(flagged=flagged, base_rate=base_rate)
    if not (0 < flagged < 1 and 0 < base_rate < 1 and risk_ratio >= 0):
        raise ValueError(f"of_flag: expected shares within 0 and 1 and a ratio of 0 or more; got {risk_ratio}")
    ppv = min(1.0, risk_ratio * base_rate / (flagged * risk_ratio + 1 - flagged))
    return Yield(ppv, flagged * ppv / base_rate)


def best(flagged: float, base_rate: float) -> Yield:
    """Return what a flag could yield at best: all it can hold of one group lies in the other."""
    _check(flagged=flagged, base_rate=base_rate)
    both = joint(flagged, base_rate).upper
    return Yield(both / flagged, both / base_rate)


def joint(one: float, other: float) -> Interval:
    """Return the least and most that two groups of a population can share, as a share of all (Fréchet's bounds)."""
    _check(one=one, other=other)
    return Interval(max(0.0, one + other - 1), min(one, other))


def times_chance(share_of_group: float, share_of_all: float) -> float:
    """Return how many times as common something is in a group as in all; 1 is what chance gives.

    Raises:
        ValueError: if a share is out of range, or nobody of all has it.
    """
    _check(share_of_group=share_of_group, share_of_all=share_of_all)
    if not share_of_all > 0:
        raise ValueError("times_chance: expected a share of all above 0; got 0")
    return share_of_group / share_of_all


def _check(**shares: float) -> None:
    for name, share in shares.items():
        if not 0 <= share <= 1:
            raise ValueError(f"expected {name} from 0 to 1; got {share}")
