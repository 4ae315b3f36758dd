"""Where an area stands: its latest figure beside England, its region and its statistical neighbours.

All figures of a position are of one indicator and one period. An interval here says how far a figure could
differ by chance alone had the area's underlying rate stayed as it is: the counts behind it are complete.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, replace

from analysis.figure import ENGLAND, Figure, chance
from analysis.figures import Figures
from analysis.methods.intervals import Interval
from analysis.standing import RATES


@dataclass(frozen=True)
class Position:
    """An area's latest figure and its comparators of the same period; those without a figure are None or left out."""

    here: Figure
    england: Figure | None
    region: Figure | None
    neighbours: tuple[Figure, ...]
    before: Figure | None = None
    """The area's last figure with a value, where the latest has none."""

    @property
    def known(self) -> bool:
        """Whether the area has a value, not only a symbol."""
        return self.here.known

    @property
    def interval(self) -> Interval | None:
        """The area's interval by chance; None where the number of cases is not known."""
        return chance(self.here)

    @property
    def median(self) -> float:
        """The neighbours' median; NaN without any."""
        return statistics.median(f.value for f in self.neighbours) if self.neighbours else math.nan

    @property
    def range(self) -> Interval:
        """The lowest and highest of the neighbours; NaN without any."""
        values = [f.value for f in self.neighbours] or [math.nan]
        return Interval(min(values), max(values))

    def text(self, value: float) -> str:
        """Return a value as the area's figure is written."""
        return self.here.text(value)


def position(figures: Figures, indicator: str, area: str) -> Position | None:
    """Return where an area stands on an indicator; None if there is no figure for it in any period.

    The period is the latest, whether it has a value or a symbol: of a small area those years are shown that had few
    enough or no cases, so the last value shown is not how it stands.
    """
    series = figures.series(indicator, area)
    if not series:
        return None
    known = [f for f in series if f.known]
    where = beside(figures, series[-1])
    return where if where.known or not known else replace(where, before=known[-1])


def beside(figures: Figures, here: Figure) -> Position:
    """Return a figure of an area with its comparators of the same period."""
    if here.unit not in RATES:
        return Position(here, None, None, ())
    near = [_same_period(figures, here, code) for code in figures.neighbours_of(here.area)]
    return Position(
        here,
        _same_period(figures, here, ENGLAND),
        _same_period(figures, here, figures.areas.at[here.area, "region"]),
        tuple(f for f in near if f and f.known),
    )


def _same_period(figures: Figures, here: Figure, area: str) -> Figure | None:
    same = (here.time_period, here.time_identifier)
    found = [f for f in figures.series(here.indicator, area) if (f.time_period, f.time_identifier) == same]
    return found[0] if found else None
