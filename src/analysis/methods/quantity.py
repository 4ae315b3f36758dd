"""Numbers that carry what their rounding allows, and comparisons that can be certain, possible or impossible."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from analysis.methods.intervals import Interval

SAME = 1e-9
"""Relative difference below which two numbers are the same: the arithmetic's own error, not a tolerance."""


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
    def interval(self) -> Interval:
        """Both limits."""
        return Interval(self.lower, self.upper)

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
