"""Synthetic estimates by simulation: what is not known about each input, carried to the number of children.

estimate = prevalence × population × local multiplier, each drawn many times; the median and the middle 95% of the
products are reported. Drawing from distributions is a statement of what is not known, not a measurement of it. Each
input is drawn by its quantiles at points between 0 and 1, as `simulation.points` gives them.
"""

from __future__ import annotations

import numpy as np
import scipy
from scipy import special

Z95 = float(special.ndtri(0.975))
_SCORES = np.linspace(-7, 7, 1025)
"""Standard normal scores at which a beta's quantiles are worked out: between two of them they are all but straight."""


def survey_shares(percent: float, n: float, points: np.ndarray, design_effect: float = 1.0) -> np.ndarray:
    """Return draws of a share (0 to 1) that a survey found in `percent` of n people.

    The draws are Jeffreys' posterior, Beta(x + ½, n − x + ½), on the sample's effective size n ÷ design effect; its
    middle 95% covers like Wilson's interval (Brown, Cai and DasGupta 2001, Statistical Science 16:101-133).

    Args:
        percent: found, 0 to 100.
        n: people observed, above 0.
        points: between 0 and 1, a draw each.
        design_effect: variance relative to a simple random sample, 1 or more.

    Raises:
        ValueError: if an argument is outside its range.
    """
    if not (0 <= percent <= 100 and n > 0 and design_effect >= 1 and len(points)):
        raise ValueError(
            "survey_shares: expected 0-100%, n above 0, a design effect of 1 or more and a point or more; "
            f"got {percent}, {n}, {design_effect} and {len(points)} points"
        )
    effective = n / design_effect
    found = percent / 100 * effective
    quantiles = scipy.stats.beta.ppf(special.ndtr(_SCORES), found + 0.5, effective - found + 0.5)
    return np.interp(special.ndtri(points), _SCORES, quantiles)


def between(low: float, high: float, points: np.ndarray) -> np.ndarray:
    """Return draws that are equally likely anywhere from low to high.

    Raises:
        ValueError: if low is above high, or either is not finite.
    """
    if not (np.isfinite(low) and np.isfinite(high) and low <= high):
        raise ValueError(f"between: expected low to be at most high; got {low} and {high}")
    return low + (high - low) * points


def populations(population: float, percent_off: float, points: np.ndarray) -> np.ndarray:
    """Return draws of a population that is off by at most `percent_off` in 95 of 100 cases, either way (normal).

    Raises:
        ValueError: if the population or `percent_off` is below 0.
    """
    if not (population >= 0 and percent_off >= 0):
        raise ValueError(f"populations: expected values of 0 or more; got {population} and {percent_off}")
    return np.maximum(0.0, population * (1 + percent_off / 100 / Z95 * special.ndtri(points)))


def ratios(middle: float, spread: float, points: np.ndarray) -> np.ndarray:
    """Return draws of a ratio whose logarithm is normal.

    Args:
        middle: its median, above 0.
        spread: the standard deviation of its logarithm, 0 or more.
        points: between 0 and 1, a draw each.

    Raises:
        ValueError: if an argument is outside its range.
    """
    if not (middle > 0 and spread >= 0):
        raise ValueError(f"ratios: expected a middle above 0 and a spread of 0 or more; got {middle} and {spread}")
    return middle * np.exp(spread * special.ndtri(points))


def more_needed(target_percent: float, estimated: np.ndarray, recorded: np.ndarray) -> np.ndarray:
    """Return how many more would have to be recorded for `target_percent` of those estimated; never below 0.

    Args:
        target_percent: 0 to 100.
        estimated, recorded: draws of equal length.

    Raises:
        ValueError: if the target is not 0 to 100.
    """
    if not 0 <= target_percent <= 100:
        raise ValueError(f"more_needed: expected a target of 0 to 100%; got {target_percent}")
    return np.maximum(0.0, estimated * target_percent / 100 - recorded)


def per_hundred(recorded: np.ndarray, estimated: np.ndarray) -> np.ndarray:
    """Return recorded ÷ estimated × 100, draw by draw: a ratio, above 100 where more are recorded than estimated.

    A draw in which nobody is estimated says nothing and is left out.

    Raises:
        ValueError: if nobody is estimated in any draw.
    """
    there = estimated > 0
    if not there.any():
        raise ValueError("per_hundred: expected an estimate above 0; every draw is 0")
    return 100 * recorded[there] / estimated[there]
