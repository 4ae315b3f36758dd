"""What draws of a result say, and what each input does to it alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from analysis.methods.intervals import Interval


class Middle(NamedTuple):
    """A median with the interval around it, in the unit of what was drawn."""

    value: float
    interval: Interval


def middle(draws: np.ndarray, confidence: float = 0.95) -> Middle:
    """Return the median of draws and the interval that holds the middle `confidence` of them.

    Raises:
        ValueError: if there are no draws, one is not a number, or confidence is not between 0 and 1.
    """
    if not (len(draws) and not np.isnan(draws).any() and 0 < confidence < 1):
        raise ValueError(f"middle: expected draws that are numbers and a confidence in (0, 1); got {confidence}")
    low, median, high = np.quantile(draws, [0.5 - confidence / 2, 0.5, 0.5 + confidence / 2])
    return Middle(float(median), Interval(float(low), float(high)))


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
