"""What a rounded number allows: a published figure is an interval (6.3% is 6.25% to 6.35%).

A derived figure carries those intervals through. Two published figures agree when their
intervals meet.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from itertools import product

from analysis.methods.intervals import Interval


def around(value: float, unit: float) -> Interval:
    """Return the values that round to `value` when rounded to the nearest `unit` (unit above 0)."""
    if not unit > 0:
        raise ValueError(f"around: expected a rounding unit above 0; got {unit}")
    return Interval(value - unit / 2, value + unit / 2)


def nearest(value: float, allowed: Interval) -> float:
    """Return the value in an interval that is nearest to another: the other itself where it lies within."""
    return min(max(value, allowed.lower), allowed.upper)


def quotient(top: Interval, bottom: Interval) -> Interval:
    """Return the range of top ÷ bottom over both intervals.

    Raises:
        ValueError: if either interval goes below 0, or the bottom one reaches 0.
    """
    if not (top.lower >= 0 and bottom.lower > 0):
        raise ValueError(f"quotient: expected intervals above 0; got {tuple(top)} and {tuple(bottom)}")
    return Interval(top.lower / bottom.upper, top.upper / bottom.lower)


def implied_denominator(numerator: Interval, percent: Interval) -> Interval:
    """Return the population that a published count and a published percentage imply.

    Args:
        numerator: the count's rounding interval.
        percent: the percentage's rounding interval, in percent (6.25 to 6.35), above 0.

    Raises:
        ValueError: as `quotient`.
    """
    return quotient(numerator, percent.times(1 / 100))


def implied_percent(numerator: Interval, denominator: Interval) -> Interval:
    """Return the percentage that a published count and its published base imply."""
    return quotient(numerator, denominator).times(100)


def percent_change(later: Interval, earlier: Interval) -> Interval:
    """Return the range of the change from earlier to later, in percent of earlier."""
    ratio = quotient(later, earlier)
    return Interval((ratio.lower - 1) * 100, (ratio.upper - 1) * 100)


def carried(interval: Callable[..., Interval], *ranges: Interval) -> Interval:
    """Return the smallest interval that holds those of every combination of the ends of rounded numbers."""
    return widest(*(interval(*ends) for ends in product(*map(dict.fromkeys, ranges))))


def widest(*ranges: Interval) -> Interval:
    """Return the smallest interval that holds all the given ones.

    It has the coverage of the one that gives a limit of it: a range that is the wider on both sides has none.
    """
    low, high = min(r.lower for r in ranges), max(r.upper for r in ranges)
    known = [r.coverage for r in ranges if r.coverage > 0 and (r.lower == low or r.upper == high)]
    return Interval(low, high, known[0] if known else math.nan)


def to_unit(value: float, unit: float) -> float:
    """Return a value rounded to the nearest `unit` (0.1, 1, 5): halves away from zero, as statistics are published.

    Free of binary tails: 260.60000000000002 → 260.6.
    """
    if not unit > 0:
        raise ValueError(f"to_unit: expected a rounding unit above 0; got {unit}")
    exact, step = Decimal(repr(value)), Decimal(repr(unit))
    return float((exact / step).to_integral_value(ROUND_HALF_UP) * step)
