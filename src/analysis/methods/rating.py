"""Red, amber and green by a stated rule, and whether a figure moved by more than noise.

A rating says how a figure stands to another one: a target, or a comparator. Which way is good is an argument, as few
counts of children's services have a good direction of their own.
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


def worse_by(value: float, other: float, good: str) -> float:
    """Return by how many percent of the other a figure is worse; below 0 where it is better, never for `NEAR`.

    Args:
        value: finite.
        other: the target or comparator, above 0, in the same unit.
        good: `LOW`, `HIGH` or `NEAR`.

    Raises:
        ValueError: if an argument is outside its range.
    """
    if good not in GOOD:
        raise ValueError(f"worse_by: expected one of {', '.join(GOOD)}; got {good!r}")
    if not (math.isfinite(value) and other > 0):
        raise ValueError(f"worse_by: expected a number, and another above 0; got {value} and {other}")
    gap = 100 * (value / other - 1)
    return {LOW: gap, HIGH: 0.0 - gap, NEAR: abs(gap)}[good]


def by_tolerance(value: float, other: float, good: str, tolerance: float, near: float = 0.0) -> str:
    """Return a rating by how much worse a figure is: green to `near` percent, amber to the tolerance, red beyond.

    Args:
        value, other, good: as `worse_by`.
        tolerance: percent, `near` or more.
        near: percent; 0 makes a figure green that is at the other or better.

    Raises:
        ValueError: as `worse_by`, or if the tolerance is below `near`.
    """
    if not tolerance >= near:
        raise ValueError(f"by_tolerance: expected a tolerance of {near} or more; got {tolerance}")
    # A share of the figures' own size keeps 110 against 100 within 10% in floating point.
    worse = round(worse_by(value, other, good), 9)
    return GREEN if worse <= near else AMBER if worse <= tolerance else RED


def by_chance(interval: Interval, other: float, good: str) -> str:
    """Return a rating by whether a figure's interval leaves the other out.

    Green where it is better beyond chance, red where it is worse, amber where the two cannot be told apart. For
    `NEAR` green where they cannot be told apart, red where they can.

    Raises:
        ValueError: for another `good`.
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

    Args:
        figures: columns value, lower and upper.
        others: what each is held against.
        good: `LOW`, `HIGH`, `NEAR`, or "" where none is known.
        tolerance: percent, as `by_tolerance`, half of which counts as close for `NEAR`; None for `by_chance`.
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
    """The rule that gives most of a set of ratings.

    `near` and `tolerance` as `by_tolerance`; `good` one a row of the table; `given` whether the rule gives each rating.
    """

    near: float
    tolerance: float
    good: dict[str, str]
    given: np.ndarray


def best_rule(
    rows: Sequence[str], gaps: Sequence[float], published: Sequence[str], good: dict[str, Sequence[str]]
) -> Fit:
    """Return the two tolerances, and for each row the direction taken as good, that give most published ratings.

    Every pair of tolerances that can make a difference is tried. Of equal ones the smallest tolerances win.

    Args:
        rows: the row of the table that each rating is of.
        gaps: percent by which each figure lies above what it is compared with.
        published: each rating, one of `COLOURS`.
        good: row → the directions that may be taken as good.

    Raises:
        ValueError: if there is no rating, or the lengths differ.
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
            hits = {g: _colours(worse[g][of], near, tolerance) == wanted[of] for g in good[row]}
            chosen[row] = max(hits, key=lambda g: hits[g].sum())
            given[of] = hits[chosen[row]]
        found.append((int(given.sum()), Fit(float(near), float(tolerance), chosen, given)))
    return max(found, key=lambda pair: pair[0])[1]


def change_of_shares(
    later: float, earlier: float, later_base: float, earlier_base: float, *, confidence: float
) -> Interval:
    """Return the interval for the ratio of two shares by chance alone, from the interval of their difference.

    Arguments and errors are as those of `change`; no cases are above their base, and the later may be 0.
    """
    if not earlier > 0:
        raise ValueError(f"change_of_shares: expected an earlier number above 0; got {earlier}")
    apart = difference(later, later_base, earlier, earlier_base, confidence).times(earlier_base / earlier)
    return Interval(max(0.0, 1 + apart.lower), 1 + apart.upper, confidence)


def _colours(worse: np.ndarray, near: float, tolerance: float) -> np.ndarray:
    return np.where(worse <= near, 0, np.where(worse <= tolerance, 1, 2))


def usual_swing(ratios: Sequence[float], variances: Sequence[float]) -> float:
    """Return how far comparable areas usually move beyond chance: a standard deviation of the log of a ratio.

    The middle distance of the areas' changes from their median, made a standard deviation as for a normal
    distribution, less what chance alone would give. Robust: a few areas that moved far do not count for more.

    Args:
        ratios: later ÷ earlier of each comparable area, above 0.
        variances: of the log of each ratio by chance alone: 1 ÷ later cases + 1 ÷ earlier cases.

    Returns:
        0 or more; NaN for fewer than five changes.

    Raises:
        ValueError: if a ratio is not above 0, or the lengths differ.
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

    Args:
        later, earlier: cases, above 0.
        later_base, earlier_base: what the rates are out of, above 0 (people, or months of counting).
        swing: as `usual_swing`; 0 for chance alone, which is the score interval of two Poisson counts.
        confidence: nominal coverage.

    Raises:
        ValueError: if a number is outside its range.
    """
    if not (later_base > 0 and earlier_base > 0 and swing >= 0):
        raise ValueError(f"change: expected bases above 0 and a swing of 0 or more; got {swing}")
    chance = ratio_of_counts(later, earlier, confidence).times(earlier_base / later_base)
    if swing == 0:
        return chance
    middle = math.log(later / earlier * earlier_base / later_base)
    far = special.ndtri(0.5 + confidence / 2) * math.sqrt(1 / later + 1 / earlier + swing**2)
    return Interval(math.exp(middle - far), math.exp(middle + far), confidence)
