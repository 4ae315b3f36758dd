"""Draws of inputs, and what those of a result say.

Inputs are drawn by their quantiles at points between 0 and 1 that fill the unit cube evenly (a scrambled Sobol
sequence; Owen 1998, J. of Complexity 14:466-489), so that the median and the limits of a smooth result settle within a
few parts in ten thousand. Pages show what is simulated to two significant figures: no digit on a page is chance's. What
is out of range is a ValueError.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import scipy
from scipy import special

from analysis.methods.intervals import Interval

Z95 = float(special.ndtri(0.975))
_SCORES = np.linspace(-7, 7, 1025)
"""Standard normal scores at which a beta's quantiles are worked out: between two of them they are all but straight."""
_HALF_STEP = 2.0**-31
"""Half the distance between two values of a coordinate: with it none is 0 or 1, which a quantile cannot take."""


class Middle(NamedTuple):
    """A median with the interval around it, in the unit of what was drawn."""

    value: float
    interval: Interval


def points(inputs: int, draws: int, seed: int) -> np.ndarray:
    """Return evenly spread points above 0 and below 1, a row an input, to draw independent inputs by their quantiles.

    There are at least `draws`: a power of two, as only then they are even.
    """
    if not (inputs >= 1 and draws >= 1 and seed >= 0):
        raise ValueError(f"points: expected an input, a draw and a seed of 0 or more; got {inputs}, {draws} and {seed}")
    made = scipy.stats.qmc.Sobol(inputs, rng=seed).random_base2(math.ceil(math.log2(draws)))
    return made.T + _HALF_STEP


def middle(draws: np.ndarray, confidence: float) -> Middle:
    """Return the median of draws and the interval that holds the middle `confidence` of them."""
    if not (len(draws) and not np.isnan(draws).any() and 0 < confidence < 1):
        raise ValueError(f"middle: expected draws that are numbers and a confidence in (0, 1); got {confidence}")
    low, median, high = np.quantile(draws, [0.5 - confidence / 2, 0.5, 0.5 + confidence / 2])
    return Middle(float(median), Interval(float(low), float(high), confidence))


def survey_shares(percent: float, n: float, points: np.ndarray, design_effect: float = 1.0) -> np.ndarray:
    """Return draws of a share (0 to 1) that a survey found in `percent` of n people, by Jeffreys' posterior.

    Beta(x + ½, n − x + ½) on the effective size n ÷ `design_effect`, 1 or more; its middle 95% covers like Wilson's
    interval (Brown, Cai and DasGupta 2001, Statistical Science 16:101-133).
    """
    if not (0 <= percent <= 100 and n > 0 and design_effect >= 1 and len(points)):
        got = f"{percent}, {n}, {design_effect} and {len(points)} points"
        raise ValueError(f"survey_shares: expected 0-100%, n above 0 and a design effect of 1 or more; got {got}")
    effective = n / design_effect
    found = percent / 100 * effective
    quantiles = scipy.stats.beta.ppf(special.ndtr(_SCORES), found + 0.5, effective - found + 0.5)
    return np.interp(special.ndtri(points), _SCORES, quantiles)


def between(low: float, high: float, points: np.ndarray) -> np.ndarray:
    """Return draws that are equally likely anywhere from low to high."""
    if not (np.isfinite(low) and np.isfinite(high) and low <= high):
        raise ValueError(f"between: expected low to be at most high; got {low} and {high}")
    return low + (high - low) * points


def populations(population: float, percent_off: float, points: np.ndarray) -> np.ndarray:
    """Return draws of a population that is off by at most `percent_off` in 95 of 100 cases, either way (normal)."""
    if not (population >= 0 and percent_off >= 0):
        raise ValueError(f"populations: expected values of 0 or more; got {population} and {percent_off}")
    return np.maximum(0.0, population * (1 + percent_off / 100 / Z95 * special.ndtri(points)))


def ratios(middle: float, spread: float, points: np.ndarray) -> np.ndarray:
    """Return draws of a ratio with a median above 0 whose logarithm is normal with a standard deviation `spread`."""
    if not (middle > 0 and spread >= 0):
        raise ValueError(f"ratios: expected a middle above 0 and a spread of 0 or more; got {middle} and {spread}")
    return middle * np.exp(spread * special.ndtri(points))


def more_needed(target_percent: float, estimated: np.ndarray, recorded: np.ndarray) -> np.ndarray:
    """Return how many more would have to be recorded for `target_percent` of those estimated; never below 0."""
    if not 0 <= target_percent <= 100:
        raise ValueError(f"more_needed: expected a target of 0 to 100%; got {target_percent}")
    return np.maximum(0.0, estimated * target_percent / 100 - recorded)


def per_hundred(recorded: np.ndarray, estimated: np.ndarray) -> np.ndarray:
    """Return recorded ÷ estimated × 100, draw by draw: a ratio, above 100 where more are recorded than estimated.

    A draw in which nobody is estimated says nothing and is left out; ValueError if that is every draw.
    """
    there = estimated > 0
    if not there.any():
        raise ValueError("per_hundred: expected an estimate above 0; every draw is 0")
    return 100 * recorded[there] / estimated[there]
