"""Red, amber and green by a stated rule, and whether a figure moved by more than noise.

A rating says how a figure stands to another one, a target or a comparator. Which way is good is an argument, as few
counts of children's services have a good direction of their own. What is out of range is a ValueError.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from analysis.methods.intervals import Interval, difference, ratio_of_counts

GREEN, AMBER, RED = "green", "amber", "red"
COLOURS = (GREEN, AMBER, RED)
LOW, HIGH, NEAR = "low", "high", "near"
"""What is good: a figure below the other, above it, or close to it."""
GOOD = (LOW, HIGH, NEAR)
_MAD = float(special.ndtri(0.75))
"""The median distance from the middle of a normal distribution, in standard deviations (0.6745)."""


def by_tolerance(value: float, other: float, good: str, tolerance: float, near: float = 0.0) -> str:
    """Return a rating by how many percent of the other, above 0, a figure is worse.

    Green to `near` percent, amber to the tolerance, `near` or more, red beyond.
    """
    if not (good in GOOD and math.isfinite(value) and other > 0 and tolerance >= near):
        got = f"{value}, {other}, {good!r} and {tolerance}"
        raise ValueError(f"by_tolerance: expected numbers, a direction and a tolerance above near; got {got}")
    gap = 100 * (value / other - 1)
    # Rounding keeps 110 against 100 within 10% in floating point.
    worse = round({LOW: gap, HIGH: -gap, NEAR: abs(gap)}[good], 9)
    return GREEN if worse <= near else AMBER if worse <= tolerance else RED


def by_chance(interval: Interval, other: float, good: str) -> str:
    """Return a rating by whether a figure's interval leaves the other out.

    Green where it is better beyond chance, red where it is worse, amber where the two cannot be told apart. For `NEAR`
    green where they cannot be told apart, red where they can.
    """
    if good not in GOOD:
        raise ValueError(f"by_chance: expected one of {', '.join(GOOD)}; got {good!r}")
    if interval.contains(other):
        return GREEN if good == NEAR else AMBER
    if good == NEAR:
        return RED
    return GREEN if (interval.upper < other) == (good == LOW) else RED


def colours(figures: pd.DataFrame, others: pd.Series, good: pd.Series, tolerance: float | None = None) -> pd.Series:
    """Return a rating a row, blank without a value, another above 0, a good direction or the interval it needs.

    `figures` has columns value, lower and upper, `good` is "" where no direction is known. By `tolerance` percent, half
    of which counts as close for `NEAR`; by chance if that is None.
    """
    made = []
    for value, lower, upper, other, way in zip(
        figures["value"], figures["lower"], figures["upper"], others, good, strict=True
    ):
        if not (way and other > 0 and math.isfinite(value)):
            made.append("")
        elif tolerance is not None:
            made.append(by_tolerance(value, other, way, tolerance, tolerance / 2 if way == NEAR else 0.0))
        else:
            made.append(by_chance(Interval(lower, upper), other, way) if math.isfinite(lower) else "")
    return pd.Series(made, figures.index, dtype=object)


class Fit(NamedTuple):
    """The rule that gives most of a set of ratings: `near` and `tolerance` as `by_tolerance`, `good` one a row.

    `given` says whether the rule gives each rating.
    """

    near: float
    tolerance: float
    good: dict[str, str]
    given: np.ndarray


def best_rule(
    rows: Sequence[str], gaps: Sequence[float], published: Sequence[str], good: dict[str, Sequence[str]]
) -> Fit:
    """Return the two tolerances, and for each row the direction taken as good, that give most published ratings.

    Every pair of tolerances that can make a difference is tried; of equal ones the smallest win. `rows` has the row of
    the table that each rating is of, `gaps` the percent by which the figure lies above what it is compared with, `good`
    the directions that may be good, by row.
    """
    if not (len(rows) == len(gaps) == len(published) > 0):
        raise ValueError(f"best_rule: expected as many rows as gaps and ratings; got {len(rows)}, {len(gaps)}")
    own = np.array(rows)
    gap, wanted = np.round(np.array(gaps, float), 9), np.array([COLOURS.index(colour) for colour in published])
    worse = {LOW: gap, HIGH: -gap, NEAR: np.abs(gap)}
    ends = np.unique(np.concatenate([[0.0], *(values[values > 0] for values in worse.values())]))
    found: list[tuple[int, Fit]] = []
    for near, tolerance in product(ends, ends):
        if tolerance < near:
            continue
        given, chosen = np.zeros(len(gap), bool), {}
        for row in dict.fromkeys(rows):
            of = own == row
            hits = {g: np.digitize(worse[g][of], [near, tolerance], right=True) == wanted[of] for g in good[row]}
            chosen[row] = max(hits, key=lambda g: hits[g].sum())
            given[of] = hits[chosen[row]]
        found.append((int(given.sum()), Fit(float(near), float(tolerance), chosen, given)))
    return max(found, key=lambda pair: pair[0])[1]


def change_of_shares(
    later: float, earlier: float, later_base: float, earlier_base: float, *, confidence: float
) -> Interval:
    """Return the interval for the ratio of two shares by chance alone, from that of their difference; see `change`."""
    if not earlier > 0:
        raise ValueError(f"change_of_shares: expected an earlier number above 0; got {earlier}")
    apart = difference(later, later_base, earlier, earlier_base, confidence).times(earlier_base / earlier)
    return Interval(max(0.0, 1 + apart.lower), 1 + apart.upper, confidence)


def usual_swing(ratios: Sequence[float], variances: Sequence[float]) -> float:
    """Return how far comparable areas usually move beyond chance: a standard deviation of the log of a ratio.

    From ratios above 0 of later ÷ earlier and the variances of their logs by chance alone (1 ÷ later cases + 1 ÷
    earlier cases): the middle distance of the changes from their median, made a standard deviation as for a normal
    distribution, less what chance would give. A few areas that moved far do not count for more. NaN for fewer than
    five.
    """
    change, chance = np.asarray(ratios, float), np.asarray(variances, float)
    if len(change) != len(chance) or not np.all(change > 0):
        raise ValueError("usual_swing: expected ratios above 0, each with its variance")
    if len(change) < 5:
        return math.nan
    logs = np.log(change)
    scale = float(np.median(np.abs(logs - np.median(logs)))) / _MAD
    return math.sqrt(max(0.0, scale**2 - float(np.median(chance))))


def change(
    later: float, earlier: float, later_base: float, earlier_base: float, *, confidence: float, swing: float = 0.0
) -> Interval:
    """Return the interval for the ratio of two rates of one area, by chance and by how far such rates usually swing.

    Cases and what they are out of (people, or months of counting) are above 0; without `swing`, which is as in
    `usual_swing`, it is the score interval of two Poisson counts.
    """
    if not (later_base > 0 and earlier_base > 0 and swing >= 0):
        raise ValueError(f"change: expected bases above 0 and a swing of 0 or more; got {swing}")
    chance = ratio_of_counts(later, earlier, confidence).times(earlier_base / later_base)
    if swing == 0:
        return chance
    middle = math.log(later / earlier * earlier_base / later_base)
    far = special.ndtri(0.5 + confidence / 2) * math.sqrt(1 / later + 1 / earlier + swing**2)
    return Interval(math.exp(middle - far), math.exp(middle + far), confidence)
