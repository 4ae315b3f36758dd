"""What a rounded number allows: a published figure is an interval (6.3% is 6.25% to 6.35%).

A derived figure carries those intervals through. Two published figures agree when their intervals meet; a comparison of
such `Quantity`s is certain, possible or impossible.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import product

from analysis.methods.intervals import Interval

SAME = 1e-9
"""Relative difference below which two numbers are the same: the arithmetic's own error, not a tolerance."""


def around(value: float, unit: float) -> Interval:
    """Return the values that round to `value` when rounded to the nearest `unit` (unit above 0)."""
    if not unit > 0:
        raise ValueError(f"around: expected a rounding unit above 0; got {unit}")
    return Interval(value - unit / 2, value + unit / 2)


def quotient(top: Interval, bottom: Interval) -> Interval:
    """Return the range of top ÷ bottom over both intervals; ValueError unless these lie above 0."""
    if not (top.lower >= 0 and bottom.lower > 0):
        raise ValueError(f"quotient: expected intervals above 0; got {tuple(top)} and {tuple(bottom)}")
    return Interval(top.lower / bottom.upper, top.upper / bottom.lower)


def implied_denominator(numerator: Interval, percent: Interval) -> Interval:
    """Return the population that a published count and a published percentage (6.25 to 6.35) imply."""
    return quotient(numerator, percent.times(1 / 100))


def implied_percent(numerator: Interval, denominator: Interval) -> Interval:
    """Return the percentage that a published count and its published base imply."""
    return quotient(numerator, denominator).times(100)


def carried(interval: Callable[..., Interval], *ranges: Interval) -> Interval:
    """Return the smallest interval that holds those of every combination of the ends of rounded numbers."""
    return widest(*(interval(*ends) for ends in product(*map(dict.fromkeys, ranges))))


def widest(*ranges: Interval) -> Interval:
    """Return the smallest interval that holds all the given ones, with the coverage of one that gives a limit of it."""
    low, high = min(r.lower for r in ranges), max(r.upper for r in ranges)
    known = [r.coverage for r in ranges if r.coverage > 0 and (r.lower == low or r.upper == high)]
    return Interval(low, high, known[0] if known else math.nan)


def to_unit(value: float, unit: float) -> float:
    """Return a value rounded to the nearest `unit` (0.1, 1, 5), halves away from zero and free of binary tails."""
    if not unit > 0:
        raise ValueError(f"to_unit: expected a rounding unit above 0; got {unit}")
    exact, step = Decimal(repr(value)), Decimal(repr(unit))
    return float((exact / step).to_integral_value(ROUND_HALF_UP) * step)


@dataclass(frozen=True)
class Quantity:
    """A number with the smallest and the largest value it can be; `value` is NaN where only bounds are known."""

    value: float
    lower: float
    upper: float

    @classmethod
    def exact(cls, value: float) -> Quantity:
        """Return a number that is known exactly."""
        return cls(value, value, value)

    @property
    def is_exact(self) -> bool:
        """Whether only one value is possible."""
        return self.lower == self.upper

    def __add__(self, other: Quantity) -> Quantity:
        return Quantity(self.value + other.value, self.lower + other.lower, self.upper + other.upper)

    def __neg__(self) -> Quantity:
        return Quantity(-self.value, -self.upper, -self.lower)

    def __sub__(self, other: Quantity) -> Quantity:
        return self + -other

    def __mul__(self, other: Quantity) -> Quantity:
        return _corners(lambda a, b: a * b, self, other)

    def __truediv__(self, other: Quantity) -> Quantity:
        if other.lower <= 0 <= other.upper:
            raise ZeroDivisionError("division by a number that may be 0")
        return _corners(lambda a, b: a / b, self, other)


def _corners(operation: Callable[[float, float], float], a: Quantity, b: Quantity) -> Quantity:
    """Apply an operation that is monotonic in each number: its extremes are at the corners."""
    ends = [operation(x, y) for x in (a.lower, a.upper) for y in (b.lower, b.upper)]
    ends = [0.0 if math.isnan(end) else end for end in ends]  # 0 × infinity, from an open bound: nothing of nothing
    return Quantity(operation(a.value, b.value), min(ends), max(ends))


def greater(a: Quantity, b: Quantity) -> bool | None:
    """Return whether a > b: True for certain, False if impossible, None if the rounding leaves it open."""
    return True if a.lower > b.upper else False if a.upper <= b.lower else None


def at_least(a: Quantity, b: Quantity) -> bool | None:
    """Return whether a >= b, as `greater`."""
    return True if a.lower >= b.upper else False if a.upper < b.lower else None


def equal(a: Quantity, b: Quantity) -> bool | None:
    """Return whether a = b: True where both are exact and the same, False where they cannot be, else None."""
    if a.is_exact and b.is_exact:
        return same(a.lower, b.lower)  # a value known by its bounds alone has no `value`
    slack = SAME * max(abs(end) for end in (a.lower, a.upper, b.lower, b.upper, 0.0) if math.isfinite(end))
    return None if a.lower - slack <= b.upper and b.lower - slack <= a.upper else False


def same(a: float, b: float) -> bool:
    """Return whether two numbers are the same but for the arithmetic's own error."""
    return math.isclose(a, b, rel_tol=SAME, abs_tol=1e-12)


def all_of(answers: list[bool | None]) -> bool | None:
    """Return True if all are certain, False if one is impossible, else None."""
    return False if False in answers else None if None in answers else True
