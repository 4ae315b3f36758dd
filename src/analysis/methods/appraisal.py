"""Shares of a spend that come back, from inputs that are uncertain, drawn many times over."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy


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


def draw(points: np.ndarray, spread: Spread) -> np.ndarray:
    """Return draws of a triangular distribution; of a certain input its value, repeated.

    Args:
        points: between 0 and 1, a draw each, as `simulation.points` gives them.
        spread: lowest, likeliest and highest value, in this order.

    Raises:
        ValueError: if the values are not in order, or there is no point.
    """
    if not (spread.low <= spread.likely <= spread.high and len(points)):
        raise ValueError(
            f"draw: expected low <= likely <= high and a point or more; got {tuple(spread)} and {len(points)} points"
        )
    wide = spread.high - spread.low
    if not wide:
        return np.full(len(points), spread.low, dtype=float)
    return scipy.stats.triang.ppf(points, (spread.likely - spread.low) / wide, spread.low, wide)


def simulated_shares(
    points: np.ndarray,
    effect: Spread,
    unit_saving: Spread,
    optimism: float,
    worth: float,
    per_child: float = 100.0,
) -> np.ndarray:
    """Return simulated shares of a spend that come back.

    Effect, saving and the share of the effect that fails to appear are drawn apart from each other.

    Args:
        points: between 0 and 1, shape (3, draws): for the effect, its optimism and the saving.
        effect: fewer cases per 10,000 children for each `per_child` pounds a child.
        unit_saving: pounds per case and year.
        optimism: the largest share of the effect that may fail to appear, 0 to 1; drawn evenly from 0 up to it.
        worth: what one case's saving is worth in years, as `breakeven.discounted_years` gives it.
        per_child: pounds a child that the effect is for, above 0.

    Returns:
        An array of shares, one a draw: 0.27 is 27p in the pound.

    Raises:
        ValueError: as `draw`; or if optimism or per_child is out of range.
    """
    if not (0 <= optimism <= 1 and per_child > 0):
        raise ValueError(f"simulated_shares: expected optimism 0 to 1 and pounds above 0; got {optimism}, {per_child}")
    effects = draw(points[0], effect) * (1 - optimism * points[1])
    return effects / 10_000 * draw(points[2], unit_saving) * worth / per_child
