"""Draws of inputs, what those of a result say, and what each input does to it alone.

Inputs are drawn from points that fill the unit cube evenly (a scrambled Sobol sequence), so that the median and the
limits of a smooth result settle within a few parts in ten thousand. Pages show what is simulated to two significant
figures (`words.modelled`), files hold the number: no digit on a page is chance's.

Source: Owen (1998), Scrambling Sobol' and Niederreiter-Xing points, Journal of Complexity 14:466-489.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import scipy

from analysis.methods.intervals import Interval

_HALF_STEP = 2.0**-31
"""Half the distance between two values of a coordinate: with it none is 0 or 1, which a quantile cannot take."""


class Middle(NamedTuple):
    """A median with the interval around it, in the unit of what was drawn."""

    value: float
    interval: Interval


def points(inputs: int, draws: int, seed: int) -> np.ndarray:
    """Return evenly spread points, each coordinate above 0 and below 1, to draw independent inputs by their quantiles.

    Args:
        inputs: number of inputs, 1 or more.
        draws: the least number of points; it is rounded up to a power of two, as only then they are even.
        seed: of the scrambling, 0 or more.

    Returns:
        Shape (inputs, points): a row an input.

    Raises:
        ValueError: if there is no input, no draw, or the seed is negative.
    """
    if not (inputs >= 1 and draws >= 1 and seed >= 0):
        raise ValueError(
            f"points: expected an input and a draw or more and a seed of 0 or more; got {inputs}, {draws} and {seed}"
        )
    made = scipy.stats.qmc.Sobol(inputs, rng=seed).random_base2(math.ceil(math.log2(draws)))
    return made.T + _HALF_STEP


def middle(draws: np.ndarray, confidence: float) -> Middle:
    """Return the median of draws and the interval that holds the middle `confidence` of them.

    Raises:
        ValueError: if there are no draws, one is not a number, or confidence is not between 0 and 1.
    """
    if not (len(draws) and not np.isnan(draws).any() and 0 < confidence < 1):
        raise ValueError(f"middle: expected draws that are numbers and a confidence in (0, 1); got {confidence}")
    low, median, high = np.quantile(draws, [0.5 - confidence / 2, 0.5, 0.5 + confidence / 2])
    return Middle(float(median), Interval(float(low), float(high), confidence))


def one_at_a_time(
    result: Callable[..., float], likely: Mapping[str, float], ranges: Mapping[str, tuple[float, float]]
) -> dict[str, tuple[float, float]]:
    """Return the result at both ends of each input's range, all others as they are likely.

    Args:
        result: takes the inputs by name.
        likely: each input's likely value.
        ranges: name → its low and high value; names of `likely`.

    Returns:
        name → result at the low value, result at the high value.

    Raises:
        ValueError: for a range of an input that has no likely value.
    """
    strange = set(ranges) - set(likely)
    if strange:
        raise ValueError(f"one_at_a_time: no likely value for {', '.join(sorted(strange))}")
    return {
        name: (result(**{**likely, name: low}), result(**{**likely, name: high}))
        for name, (low, high) in ranges.items()
    }
