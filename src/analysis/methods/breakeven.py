"""Break-even: what a service would have to avert to pay for itself."""

from __future__ import annotations

import math

import numpy as np

NEGLIGIBLE = 1e-9
"""A discount rate below this is none: over any number of years it makes no difference that can be told."""


def discounted_years(years: int, discount_rate: float, lag: int = 0) -> float:
    """Return what a year's saving repeated for `years` years is worth today, in years of saving.

    Year 0, the year of the spend, is not discounted (HM Treasury Green Book: year 0 at face value).

    Args:
        years: number of years, 1 or more.
        discount_rate: share a year, 0 or more, such as 0.035.
        lag: years from the spend to the first saving, 0 or more.

    Raises:
        ValueError: if one is out of range.
    """
    if not (years >= 1 and discount_rate >= 0):
        raise ValueError(f"discounted_years: expected years >= 1 and a rate >= 0; got {years} and {discount_rate}")
    if not lag >= 0:
        raise ValueError(f"discounted_years: expected a lag of 0 or more; got {lag}")
    return float(np.sum((1.0 + discount_rate) ** -(lag + np.arange(years))))


def cases_to_break_even(
    cost: float, unit_saving: float | np.ndarray, years: int = 1, discount_rate: float = 0.0, lag: int = 0
) -> float | np.ndarray:
    """Return how many cases must be averted, each for `years` years, to save `cost`.

    Args:
        cost: spend to be recovered, in pounds, 0 or more.
        unit_saving: saving per case and year, in pounds, above 0; a number or an array.
        years: how long each averted case would have lasted.
        discount_rate: share a year.
        lag: years from the spend to the first saving.

    Raises:
        ValueError: if cost or unit_saving is out of range, or as `discounted_years`.
    """
    if not (cost >= 0 and np.all(np.asarray(unit_saving) > 0)):
        raise ValueError(f"cases_to_break_even: expected cost >= 0 and unit saving > 0; got {cost} and {unit_saving}")
    return cost / (unit_saving * discounted_years(years, discount_rate, lag))


def share_recovered(
    effect_per_10000: float | np.ndarray,
    children: float,
    unit_saving: float,
    cost: float,
    years: int = 1,
    discount_rate: float = 0.0,
    lag: int = 0,
) -> float | np.ndarray:
    """Return the share of `cost` that would be recovered if the rate fell by `effect_per_10000`.

    Args:
        effect_per_10000: fewer cases per 10,000 children; a number or an array.
        children: children in the area.
        unit_saving: saving per case and year, in pounds.
        cost: spend, in pounds, above 0.
        years: how long each averted case would have lasted.
        discount_rate: share a year.
        lag: years from the spend to the first saving.

    Raises:
        ValueError: if cost is not above 0, or as `discounted_years`.
    """
    if not cost > 0:
        raise ValueError(f"share_recovered: expected a cost above 0; got {cost}")
    return effect_per_10000 * children / 10_000 * unit_saving * discounted_years(years, discount_rate, lag) / cost


def years_to_break_even(yearly_share: float, discount_rate: float = 0.0, lag: int = 0) -> float:
    """Return how many years a saving must last to pay for the spend; infinite where it never does.

    The smallest number of years, not rounded up, in which savings of `yearly_share` of the spend a year add up to
    the spend: a fraction of the last year counts as that fraction of its saving.

    Args:
        yearly_share: share of the spend that one year's saving is, before discounting, 0 or more.
        discount_rate: share a year.
        lag: years from the spend to the first saving.

    Raises:
        ValueError: if one is below 0.
    """
    if not (yearly_share >= 0 and discount_rate >= 0 and lag >= 0):
        raise ValueError("years_to_break_even: expected a share, a rate and a lag of 0 or more")
    if yearly_share == 0:
        return math.inf
    needed = 1 / yearly_share * (1 + discount_rate) ** lag  # discounted years, counted from the first saving
    lost = discount_rate / (1 + discount_rate)  # share by which each year's saving is below the year's before
    if lost < NEGLIGIBLE:
        return needed
    if needed * lost >= 1:
        return math.inf
    whole = math.floor(-math.log1p(-needed * lost) / math.log1p(discount_rate) + 1e-9)
    saved = -math.expm1(-whole * math.log1p(discount_rate)) / lost
    return whole + (needed - saved) * (1 + discount_rate) ** whole
