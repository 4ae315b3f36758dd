"""Money of one year in the prices of another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Prices:
    """How many pounds of a common year one pound of each year is worth.

    Args:
        worth: year → pounds of the common year that a pound of the year buys, above 0.
        growth: share a year by which prices are taken to rise after the last year known, above -1.

    Raises:
        ValueError: if no year is known, or a number is out of range.
    """

    worth: Mapping[int, float]
    growth: float = 0.0

    def __post_init__(self) -> None:
        if not self.worth or min(self.worth.values()) <= 0 or not self.growth > -1:
            raise ValueError("Prices: expected a year or more, worths above 0 and a growth above -1")

    @property
    def last(self) -> int:
        """The last year with a known price level; later ones are assumed."""
        return max(self.worth)

    def factor(self, year: int, base: int) -> float:
        """Return what a pound of `year` is in pounds of `base`.

        Raises:
            KeyError: for a year before the first one known, or one missing between.
        """
        return self._worth(year) / self._worth(base)

    def _worth(self, year: int) -> float:
        if year > self.last:
            return self.worth[self.last] / (1 + self.growth) ** (year - self.last)
        return self.worth[year]
