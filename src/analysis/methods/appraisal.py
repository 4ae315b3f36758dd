"""Whether a spend pays for itself: break-even, the share that comes back if inputs are uncertain, and prices of years.

Savings are discounted as the Green Book of HM Treasury has it: year 0, the year of the spend, is at face value. Money
is in pounds, rates are shares a year; what is out of range is a ValueError.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy

_NEGLIGIBLE = 1e-9
"""A discount rate below this is none: over any number of years it makes no difference that can be told."""


def discounted_years(years: int, discount_rate: float, lag: int = 0) -> float:
    """Return what a year's saving repeated for `years` years is worth today, in years of saving.

    `discount_rate` is a share a year, such as 0.035; the first saving comes `lag` years after the spend.
    """
    if not (years >= 1 and discount_rate >= 0 and lag >= 0):
        got = f"{years}, {discount_rate} and {lag}"
        raise ValueError(f"discounted_years: expected years >= 1, a rate >= 0 and a lag >= 0; got {got}")
    return float(np.sum((1.0 + discount_rate) ** -(lag + np.arange(years))))


def cases_to_break_even(
    cost: float, unit_saving: float | np.ndarray, years: int = 1, discount_rate: float = 0.0, lag: int = 0
) -> float | np.ndarray:
    """Return how many cases must be averted, each for `years` years, to save `cost` pounds.

    `unit_saving`, pounds a case and year, is a number or an array; the rest is as in `discounted_years`.
    """
    if not (cost >= 0 and np.all(np.asarray(unit_saving) > 0)):
        raise ValueError(f"cases_to_break_even: expected cost >= 0 and unit saving > 0; got {cost} and {unit_saving}")
    return cost / (unit_saving * discounted_years(years, discount_rate, lag))


def years_to_break_even(yearly_share: float, discount_rate: float = 0.0, lag: int = 0) -> float:
    """Return how many years a saving of `yearly_share` of the spend must last to pay for it; infinite if it never does.

    Not rounded up: a fraction of the last year counts as that fraction of its saving. The share is before discounting;
    the rest is as in `discounted_years`.
    """
    if not (yearly_share >= 0 and discount_rate >= 0 and lag >= 0):
        raise ValueError("years_to_break_even: expected a share, a rate and a lag of 0 or more")
    if yearly_share == 0:
        return math.inf
    needed = 1 / yearly_share * (1 + discount_rate) ** lag  # discounted years, counted from the first saving
    lost = discount_rate / (1 + discount_rate)  # share by which each year's saving is below the year's before
    if lost < _NEGLIGIBLE:
        return needed
    if needed * lost >= 1:
        return math.inf
    whole = math.floor(-math.log1p(-needed * lost) / math.log1p(discount_rate) + 1e-9)
    saved = -math.expm1(-whole * math.log1p(discount_rate)) / lost
    return whole + (needed - saved) * (1 + discount_rate) ** whole


class Spread(NamedTuple):
    """The lowest, likeliest and highest value of an input; equal ones make it narrower, three equal ones certain."""

    low: float
    likely: float
    high: float

    @classmethod
    def of(cls, *values: float) -> Spread:
        """Return a spread of three values in whatever order they come."""
        return cls(*sorted(values))

    @property
    def mean(self) -> float:
        """The mean of the triangular distribution."""
        return sum(self) / 3

    def times(self, factor: float) -> Spread:
        """Return all three multiplied by a factor of zero or more."""
        return Spread(*(value * factor for value in self))


class Normal(NamedTuple):
    """An estimated input: its value and standard error."""

    value: float
    standard_error: float


def draw(points: np.ndarray, spread: Spread | Normal) -> np.ndarray:
    """Return draws of a triangular or normal distribution at points between 0 and 1; of a certain input its value."""
    if isinstance(spread, Normal):
        return spread.value + spread.standard_error * scipy.special.ndtri(points)
    if not spread.low <= spread.likely <= spread.high:
        raise ValueError(f"draw: expected low <= likely <= high; got {tuple(spread)}")
    wide = spread.high - spread.low
    if not wide:
        return np.full(len(points), spread.low, dtype=float)
    return scipy.stats.triang.ppf(points, (spread.likely - spread.low) / wide, spread.low, wide)


def simulated_shares(
    points: np.ndarray,
    effect: Spread | Normal,
    unit_saving: Spread,
    optimism: float,
    worth: float,
    per_child: float = 100.0,
) -> np.ndarray:
    """Return simulated shares of a spend that come back: 0.27 is 27p in the pound.

    At `points` between 0 and 1, shape (3, draws), three inputs are drawn apart from each other: the `effect`, fewer
    cases per 10,000 children for each `per_child` pounds a child; what of it fails to appear, evenly from 0 to the
    share `optimism` (a rise appears whole); and `unit_saving`, pounds a case and year. `worth` is that of a case's
    saving, as `discounted_years`.
    """
    if not (0 <= optimism <= 1 and per_child > 0):
        raise ValueError(f"simulated_shares: expected optimism 0 to 1 and pounds above 0; got {optimism}, {per_child}")
    effects = draw(points[0], effect)
    effects = effects * np.where(effects > 0, 1 - optimism * points[1], 1)
    return effects / 10_000 * draw(points[2], unit_saving) * worth / per_child


@dataclass(frozen=True)
class Prices:
    """Price levels: year → pounds of a common year that one pound of the year is worth, above 0.

    After the last year known, prices are taken to rise by `growth`, a share a year above -1.
    """

    worth: Mapping[int, float]
    growth: float = 0.0

    def __post_init__(self) -> None:
        if not self.worth or min(self.worth.values()) <= 0 or not self.growth > -1:
            raise ValueError("Prices: expected a year or more, worths above 0 and a growth above -1")

    @property
    def last(self) -> int:
        """The last year with a known price level; later ones are assumed."""
        return max(self.worth)

    def factor(self, year: int, base: int) -> float:
        """Return what a pound of `year` is in pounds of `base`; KeyError for an early year that is not known."""
        return self._worth(year) / self._worth(base)

    def _worth(self, year: int) -> float:
        if year > self.last:
            return self.worth[self.last] / (1 + self.growth) ** (year - self.last)
        return self.worth[year]
