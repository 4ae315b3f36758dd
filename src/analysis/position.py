"""Where an area stands: its latest figure beside England, its region and its statistical neighbours.

All figures of a position are of one indicator and one period. An interval here says how far a figure could
differ by chance alone had the area's underlying rate stayed as it is: the counts behind it are complete.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, replace

import pandas as pd

from analysis import narrative
from analysis.figure import ENGLAND, PER_10_000, PER_100_IN_CARE, Figure, chance
from analysis.figures import Figures
from analysis.methods import intervals
from analysis.methods.intervals import Interval
from analysis.methods.rounding import carried
from analysis.tables import Table, explained

RATES = ("percent", PER_10_000, PER_100_IN_CARE, "pounds per child")
"""Units in which areas of different size can be compared; for others only the area itself is shown."""
FEW = 20
"""Below this number of cases a share is shown with them, and not compared."""
_NOTE = (
    "Interval: how far the figure could differ by chance alone, at {level}; [x] where the releases read here give no "
    "number of cases. "
    "Neighbours: the median of the statistical neighbours that have a figure, and the lowest and highest of them."
)


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

    def beside(self, other: Figure) -> str:
        """Return how the area's value stands to another's: "lower than", "higher than", "not distinguishable from".

        "beside" for a modelled value, whose own error comes on top of chance.

        Raises:
            ValueError: if chance is not known, as nothing can be said then.
        """
        if not self.interval:
            raise ValueError(f"{self.here.indicator}: expected a number of cases to compare by; it has none")
        return "beside" if self.here.modelled else narrative.compared(self.interval, other.value)


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


def apart(after: Figure, before: Figure) -> Interval:
    """Return the interval for the difference of two shares with a known base, by chance and their rounding."""
    return carried(
        lambda a, b: intervals.difference(a, after.base, b, before.base, after.confidence),
        after.cases_range,
        before.cases_range,
    )


def clear_change(before: Figure, after: Figure) -> bool | None:
    """Return whether a change is more than chance alone would make at the report's coverage; None if unknown.

    Shares by the interval of their difference, rates and counts by that of their ratio, each with what its rounding
    allows. Money has no such interval, nor has a figure whose cases are not known or that a model gave, as its own
    error comes on top of chance.
    """
    if after.modelled or after.unit.startswith("pounds") or not before.known or not after.known:
        return None
    if after.unit == "percent":
        if not (before.base > 0 and after.base > 0):
            return None
        return not apart(after, before).contains(0)
    ranges = after.cases_range, before.cases_range
    if not all(cases.lower > 0 for cases in ranges):
        return None
    ratio = carried(lambda later, earlier: intervals.ratio_of_counts(later, earlier, after.confidence), *ranges)
    return not ratio.times(before.base / after.base if after.unit in RATES else 1.0).contains(1)


def sentence(where: Position, name: str) -> str:
    """Return a position in one sentence: the value, how it stands to England, and the neighbours."""
    here = where.here
    if not where.known:
        said = f"{here.title}: no figure for {name} {here.when}, {explained(here.symbol)}"
        return said + (f"; the last one is {where.before} {where.before.when}" if where.before else "")
    said = f"{here.title}: {here} {here.when}{aside(where)}"
    if len(where.neighbours) == 1:
        said += f"; the one statistical neighbour with a figure has {where.neighbours[0]}"
    elif where.neighbours:
        count = narrative.count(len(where.neighbours), "statistical neighbour", fmt=narrative.word)
        spread = narrative.span(where.range, where.text)
        said += f"; the median of {count} is {where.text(where.median)}"
        said += f" (they range from {spread})" if " to " in spread else ""
    return said


def aside(where: Position) -> str:
    """Return what stands beside the area's value: ", lower than England's 5.6%", or " (1 of 1; England 5.6%)".

    In brackets, without comparison, where chance is not known or the cases are few; nothing without a value.
    """
    here, england = where.here, where.england
    compared = england is not None and england.known
    few = here.unit == "percent" and here.base < FEW
    if not where.known or not (compared or few):
        return ""
    if compared and where.interval and not few:
        return f", {where.beside(england)} England's {england}"
    cases = f"{narrative.number(here.cases)} of {narrative.number(here.base)}" if few else ""
    return f" ({'; '.join(filter(None, [cases, f'England {england}' if compared else '']))})"


def tables(positions: list[Position], name: str, region: str) -> list[Table]:
    """Return positions as tables, a row an indicator: one of the rates, with comparators, and one of the numbers.

    Args:
        positions: at least one.
        name, region: the area's name, and its region's.
    """
    rates = [where for where in positions if where.here.unit in RATES]
    numbers = [where for where in positions if where.here.unit not in RATES]
    made = []
    if rates:
        frame = pd.DataFrame([_rate_row(where, name, region) for where in rates])
        caption = f"Latest published rates, {name}"
        note = _NOTE.format(level=narrative.level(rates[0].here.confidence))
        made.append(Table("rates", caption, frame, note=note, folded=False, right=list(frame.columns[2:])))
    if numbers:
        rows = [(w.here.title, w.here.period, _cell(w.here)) for w in numbers]
        frame = pd.DataFrame(rows, columns=["Number", "Period", name])
        made.append(Table("numbers", f"Latest published numbers, {name}", frame, folded=False, right=[name]))
    return made


def _rate_row(where: Position, name: str, region: str) -> dict[str, str]:
    short = where.here.short
    return {
        "Measure": where.here.title,
        "Period": where.here.period,
        name: _cell(where.here),
        "Interval": narrative.span(where.interval, short) if where.interval else "[x]",
        "England": _cell(where.england),
        region: _cell(where.region),
        "Neighbours": short(where.median) if where.neighbours else "[x]",
        "Their range": narrative.span(where.range, short) if where.neighbours else "[x]",
    }


def _cell(figure: Figure | None) -> str:
    """Return a figure as a table shows it: with [r] or [p] after a value, as its symbol without one."""
    if figure is None:
        return "[x]"
    if not figure.known:
        return str(figure)
    return figure.short(figure.value) + (f" [{figure.symbol}]" if figure.symbol else "")
