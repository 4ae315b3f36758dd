"""Break-even: what a service would have to avert to pay for itself."""

from __future__ import annotations

import numpy as np


def discounted_years(years: int, discount_rate: float) -> float:
    """Return what a year's saving repeated for `years` years is worth today, in years of saving.

    The first year is not discounted (HM Treasury Green Book: year 0 at face value).

    Args:
        years: number of years, 1 or more.
        discount_rate: share a year, 0 or more, such as 0.035.

    Raises:
        ValueError: if either is out of range.
    """
    if not (years >= 1 and discount_rate >= 0):
        raise ValueError(f"discounted_years: expected years >= 1 and a rate >= 0; got {years} and {discount_rate}")
    return float(np.sum((1.0 + discount_rate) ** -np.arange(years)))


def cases_to_break_even(cost: float, unit_saving: float, years: int = 1, discount_rate: float = 0.0) -> float:
    """Return how many cases must be averted, each for `years` years, to save `cost`.

    Args:
        cost: spend to be recovered, in pounds, 0 or more.
        unit_saving: saving per case and year, in pounds, above 0.
        years: how long each averted case would have lasted.
        discount_rate: share a year.

    Raises:
        ValueError: if cost or unit_saving is out of range, or as `discounted_years`.
    """
    if not (cost >= 0 and unit_saving > 0):
        raise ValueError(f"cases_to_break_even: expected cost >= 0 and unit saving > 0; got {cost} and {unit_saving}")
    return cost / (unit_saving * discounted_years(years, discount_rate))


def share_recovered(
    effect_per_10000: float | np.ndarray,
    children: float,
    unit_saving: float,
    cost: float,
    years: int = 1,
    discount_rate: float = 0.0,
) -> float | np.ndarray:
    """Return the share of `cost` that would be recovered if the rate fell by `effect_per_10000`.

    Args:
        effect_per_10000: fewer cases per 10,000 children; a number or an array.
        children: children in the area.
        unit_saving: saving per case and year, in pounds.
        cost: spend, in pounds, above 0.
        years: how long each averted case would have lasted.
        discount_rate: share a year.

    Raises:
        ValueError: if cost is not above 0, or as `discounted_years`.
    """
    if not cost > 0:
        raise ValueError(f"share_recovered: expected a cost above 0; got {cost}")
    return effect_per_10000 * children / 10_000 * unit_saving * discounted_years(years, discount_rate) / cost
