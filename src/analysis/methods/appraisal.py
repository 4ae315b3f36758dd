"""Shares of a spend that come back, from inputs that are uncertain, drawn many times over."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


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


def draw(rng: np.random.Generator, spread: Spread, draws: int) -> np.ndarray:
    """Return draws of a triangular distribution; of a certain input its value, repeated.

    Args:
        rng: seeded generator.
        spread: lowest, likeliest and highest value, in this order.
        draws: how many, 1 or more.

    Raises:
        ValueError: if the values are not in order, or there is no draw.
    """
    if not (spread.low <= spread.likely <= spread.high and draws >= 1):
        raise ValueError(f"draw: expected low <= likely <= high and a draw or more; got {tuple(spread)} and {draws}")
    if spread.low == spread.high:
        return np.full(draws, spread.low, dtype=float)
    return rng.triangular(*spread, size=draws)


def simulated_shares(
    rng: np.random.Generator,
    effect: Spread,
    unit_saving: Spread,
    optimism: float,
    worth: float,
    draws: int,
    per_child: float = 100.0,
) -> np.ndarray:
    """Return simulated shares of a spend that come back.

    Effect, saving and the share of the effect that fails to appear are drawn apart from each other.

    Args:
        rng: seeded generator.
        effect: fewer cases per 10,000 children for each `per_child` pounds a child.
        unit_saving: pounds per case and year.
        optimism: the largest share of the effect that may fail to appear, 0 to 1; drawn evenly from 0 up to it.
        worth: what one case's saving is worth in years, as `breakeven.discounted_years` gives it.
        draws: how many.
        per_child: pounds a child that the effect is for, above 0.

    Returns:
        An array of `draws` shares: 0.27 is 27p in the pound.

    Raises:
        ValueError: as `draw`; or if optimism or per_child is out of range.
    """
    if not (0 <= optimism <= 1 and per_child > 0):
        raise ValueError(f"simulated_shares: expected optimism 0 to 1 and pounds above 0; got {optimism}, {per_child}")
    effects = draw(rng, effect, draws) * (1 - rng.uniform(0, optimism, draws))
    return effects / 10_000 * draw(rng, unit_saving, draws) * worth / per_child
