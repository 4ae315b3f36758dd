"""How common a harm is in an area relative to England: as a reader gives it, or by the Commissioner's own estimates.

The Children's Commissioner's model gives each authority's share of children from its make-up; divided by England's
share it is the area's ratio. No survey has tested it in any area, so that an area is taken to lie as far from its own
ratio as authorities lie from each other: the logarithm of the ratio is normal about that of its own, with the standard
deviation that the ratios of all authorities have.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special

from analysis.figure import ENGLAND, Figure
from analysis.methods import synthetic
from analysis.methods.intervals import Interval
from analysis.report import Report


@dataclass(frozen=True)
class Given:
    """A range within which a reader takes every ratio to be equally likely."""

    range: Interval

    @property
    def middle(self) -> float:
        """The middle of the range."""
        return sum(self.range) / 2

    def interval(self, _confidence: float) -> Interval:
        """Return the whole range."""
        return self.range

    def draws(self, points: np.ndarray) -> np.ndarray:
        """Return draws of the ratio at points between 0 and 1."""
        return synthetic.between(*self.range, points)


@dataclass(frozen=True)
class Ratios:
    """One of the Commissioner's local measures: England's figure, every authority's, and an area's own ones.

    `own` are the area's figure, or those of the authorities it was formed from; none where there is no estimate. A
    figure's base is the children of whom it is the published percentage.
    """

    england: Figure
    every: tuple[Figure, ...]
    own: tuple[Figure, ...]

    def of(self, *figures: Figure) -> float:
        """Return the share that figures give together, relative to England's."""
        share = sum(f.value for f in figures) / sum(f.base for f in figures)
        return share / (self.england.value / self.england.base)

    @cached_property
    def all(self) -> np.ndarray:
        """Every authority's ratio."""
        return np.array([self.of(figure) for figure in self.every])

    @property
    def middle(self) -> float:
        """The area's own ratio; England's, 1, where there is no estimate."""
        return self.of(*self.own) if self.own else 1.0

    @property
    def spread(self) -> float:
        """The standard deviation of the logarithm of the ratio over all authorities."""
        return float(np.log(self.all).std(ddof=1))

    def interval(self, confidence: float) -> Interval:
        """Return the middle of the ratios that are thought possible, with the coverage asked for."""
        far = math.exp(self.spread * float(special.ndtri(0.5 + confidence / 2)))
        return Interval(self.middle / far, self.middle * far, confidence)

    def draws(self, points: np.ndarray) -> np.ndarray:
        """Return draws of the ratio at points between 0 and 1."""
        return synthetic.ratios(self.middle, self.spread, points)


def given(low: float, high: float) -> Given:
    """Return a range that a reader gives.

    Raises:
        ValueError: if its ends are not in order.
    """
    if not 0 < low <= high:
        raise ValueError(
            f"multiplier_low and multiplier_high: expected the first to be at most the second; got {low:.3g} and "
            f"{high:.3g}, where an end that is 0 is that of the area's own ratio: give both"
        )
    return Given(Interval(low, high))


def ratios(report: Report, measure: str) -> Ratios:
    """Return a local measure of the Commissioner, and what the report's area has of it."""
    figures, indicator = report.figures, f"local_{measure}"
    england = report.figure(indicator, area=ENGLAND)
    areas = figures.areas.index[figures.areas["level"] == "Local authority"]
    every = [figure for code in areas for figure in figures.every(indicator, code)]
    before = figures.areas.at[report.area, "predecessors"].split("; ")
    own = report.series(indicator) or [figure for code in before for figure in report.series(indicator, code)]
    figures.asked.pairs.update((indicator, figure.area) for figure in every)
    # The page's sources name all of them in one row, not one by one.
    column = england.locator.removeprefix("Sum of the ").partition(" over ")[0]
    row = {"source": england.source, "figure": england.title, "area": f"{len(every)} authorities",
           "stated": f"{len(every)} figures", "place": f"All rows, {column}", "note": ""}  # fmt: skip
    figures.asked.rows += [row] * (row not in figures.asked.rows)
    return Ratios(england, tuple(every), tuple(own))
