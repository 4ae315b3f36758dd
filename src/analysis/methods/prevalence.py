"""Synthetic estimates: a published prevalence applied to a local population."""

from __future__ import annotations

import math
from typing import NamedTuple

from analysis.methods import intervals, rounding
from analysis.methods.intervals import Interval


class Estimate(NamedTuple):
    """A number of children with its interval, and what the interval is: "sampling", "rounding" or "published range"."""

    value: float
    interval: Interval
    kind: str


def synthetic(
    percent: float,
    population: float,
    unit: float,
    n: float = math.nan,
    multiplier: float = 1.0,
    confidence: float = math.nan,
    design_effect: float = 1.0,
) -> Estimate:
    """Return a national prevalence applied to a local population.

    Args:
        percent: published prevalence, 0 to 100.
        population: local children of the ages the prevalence is for.
        unit: rounding of the published prevalence, in percentage points.
        n: children in the survey; NaN where it is not known, and then only rounding is carried.
        multiplier: local prevalence relative to the national one (1 = the same).
        confidence: of the sampling interval; needed where n is given.
        design_effect: of the survey, 1 or more.

    Returns:
        children, their interval, and "sampling" (Wilson) or "rounding".

    Raises:
        ValueError: if percent, population or multiplier is outside its range.
    """
    if not (0 <= percent <= 100 and population >= 0 and multiplier >= 0):
        raise ValueError(
            "synthetic: expected 0-100%, population and multiplier of 0 or more; "
            f"got {percent}, {population}, {multiplier}"
        )
    children = population * multiplier
    if math.isnan(n):
        shares = rounding.around(percent, unit).times(1 / 100)
        return Estimate(
            percent / 100 * children,
            Interval(max(0.0, shares.lower), min(1.0, shares.upper)).times(children),
            "rounding",
        )
    shares = intervals.wilson(percent / 100 * n, n, confidence, design_effect)
    return Estimate(percent / 100 * children, shares.times(children), "sampling")


def from_range(lower: float, upper: float, population: float, multiplier: float = 1.0) -> Estimate:
    """Return a prevalence published as a range of percentages, applied to a local population; the value is the middle.

    Raises:
        ValueError: if not 0 <= lower <= upper <= 100, or population or multiplier is below 0.
    """
    if not (0 <= lower <= upper <= 100 and population >= 0 and multiplier >= 0):
        raise ValueError(
            "from_range: expected 0 <= lower <= upper <= 100, population and multiplier of 0 or more; "
            f"got {lower}, {upper}, {population}, {multiplier}"
        )
    limits = Interval(lower, upper).times(population * multiplier / 100)
    return Estimate((limits.lower + limits.upper) / 2, limits, "published range")


def percent_needed(target: float, population: float) -> float:
    """Return the prevalence, in percent, that gives `target` in `population` (above 0)."""
    if not population > 0:
        raise ValueError(f"percent_needed: expected a population above 0; got {population}")
    return target / population * 100


def cohort_before_arrivals(before: float, after: float, arrivals: float, arrivals_with: float = 0.0) -> float:
    """Return the group size at which arrivals alone take a share from `before` to `after`.

    With n in the group, `before` of them with the characteristic, and `arrivals` joining of whom the share
    `arrivals_with` has it: (before × n + arrivals_with × arrivals) ÷ (n + arrivals) = after, solved for n.

    Args:
        before, after, arrivals_with: shares, 0 to 1.
        arrivals: number that join, above 0.

    Returns:
        n, above 0; NaN if no group size does it (the arrivals would move the share the other way, or not at all).

    Raises:
        ValueError: if a share or the number of arrivals is out of range.
    """
    if not (0 <= min(before, after, arrivals_with) <= max(before, after, arrivals_with) <= 1 and arrivals > 0):
        raise ValueError(
            "cohort_before_arrivals: expected shares of 0 to 1 and arrivals above 0; "
            f"got {before}, {after}, {arrivals_with}, {arrivals}"
        )
    if before == after:
        return math.nan
    n = arrivals * (after - arrivals_with) / (before - after)
    return n if n > 0 else math.nan
