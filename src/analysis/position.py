"""Where an area stands: its latest figure beside England, its region and its statistical neighbours, and its trend.

All figures of a position are of one indicator and one period. An interval here says how far a figure could
differ by chance alone had the area's underlying rate stayed as it is: the counts behind it are complete.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, replace

import pandas as pd

from analysis import narrative
from analysis.charts import lines
from analysis.drawing import About, Chart
from analysis.figure import MONTHS, Figure
from analysis.figures import ENGLAND, Figures
from analysis.methods import intervals
from analysis.methods.intervals import Interval
from analysis.tables import SYMBOL_KEY, Table

PER_10_000 = "per 10,000 children under 18"
RATES = ("percent", PER_10_000, "pounds per child")
"""Units in which areas of different size can be compared; for others only the area itself is shown."""
FEW = 20
"""Below this number of cases a share is shown with them, and not compared."""
_NOTE = (
    "Interval: how far the figure could differ by chance alone, at 95%; [x] where the releases read here give no "
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
        return not math.isnan(self.here.value)

    @property
    def interval(self) -> Interval | None:
        """The area's 95% interval; None where the number of cases is not known."""
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
        """Return how the area's value stands to another's: "lower than", "not distinguishable from", "above".

        "higher" and "lower" are said only where the interval leaves the other value out; without an interval it is
        "above", "below" or "the same as", which says nothing about chance.
        """
        if self.interval:
            return narrative.compared(self.interval, other.value)
        if str(self.here) == str(other):
            return "the same as"
        return "above" if self.here.value > other.value else "below"


def position(figures: Figures, indicator: str, area: str) -> Position | None:
    """Return where an area stands on an indicator; None if there is no figure for it in any period.

    The period is the latest, whether it has a value or a symbol: of a small area those years are shown that had few
    enough or no cases, so the last value shown is not how it stands.
    """
    series = figures.series(indicator, area)
    if not series:
        return None
    known = [f for f in series if not math.isnan(f.value)]
    where = _beside(figures, series[-1])
    return where if where.known or not known else replace(where, before=known[-1])


def _beside(figures: Figures, here: Figure) -> Position:
    if here.unit not in RATES:
        return Position(here, None, None, ())
    own = figures.neighbours[figures.neighbours["area"] == here.area]
    near = [_same_period(figures, here, code) for code in own["neighbour"]]
    return Position(
        here,
        _same_period(figures, here, ENGLAND),
        _same_period(figures, here, figures.areas.at[here.area, "region"]),
        tuple(f for f in near if f and not math.isnan(f.value)),
    )


def _same_period(figures: Figures, here: Figure, area: str) -> Figure | None:
    same = (here.time_period, here.time_identifier)
    found = [f for f in figures.series(here.indicator, area) if (f.time_period, f.time_identifier) == same]
    return found[0] if found else None


def chance(figure: Figure, confidence: float = 0.95) -> Interval | None:
    """Return a share's Wilson interval or a rate's interval (Byar, exact below 10 cases) from its number of cases.

    None for other units, and where the number of cases (`base`) is not known.
    """
    if math.isnan(figure.value) or math.isnan(figure.base):
        return None
    if figure.unit == "percent" and 0 <= figure.value <= 100:
        return intervals.wilson(figure.value / 100 * figure.base, figure.base, confidence).times(100)
    if figure.unit == PER_10_000:
        return intervals.rate(figure.value / 10_000 * figure.base, figure.base, 10_000, confidence)
    return None


def clear_change(before: Figure, after: Figure) -> bool | None:
    """Return whether a change is more than chance alone would make at 95%; None where the cases are not known.

    Shares by the interval of their difference, rates and counts by that of their ratio. Money has no such interval.
    """
    if after.unit.startswith("pounds") or math.isnan(before.value) or math.isnan(after.value):
        return None
    if after.unit == "percent":
        if not (before.base > 0 and after.base > 0):
            return None
        ends = [part for f in (after, before) for part in (f.value / 100 * f.base, f.base)]
        return not intervals.difference(*ends).contains(0)
    if not before.value * after.value > 0:
        return None
    if after.unit not in RATES:
        return not intervals.ratio_of_counts(after.value, before.value).contains(1)
    if math.isnan(before.base) or math.isnan(after.base):
        return None
    counts = [figure.value / 10_000 * figure.base for figure in (after, before)]
    return not intervals.ratio_of_counts(*counts).times(before.base / after.base).contains(1)


def sentence(where: Position, name: str) -> str:
    """Return a position in one sentence: the value, how it stands to England, and the neighbours."""
    here = where.here
    if not where.known:
        said = f"{here.title}: no figure for {name} in {here.period}, {SYMBOL_KEY[here.symbol]} [{here.symbol}]"
        return said + (f"; the last one is {where.before} in {where.before.period}" if where.before else "")
    said = f"{here.title}: {here} in {here.period}{_aside(where)}"
    if len(where.neighbours) == 1:
        said += f"; the one statistical neighbour with a figure has {where.neighbours[0]}"
    elif where.neighbours:
        count = narrative.count(len(where.neighbours), "statistical neighbour", fmt=narrative.word)
        spread = narrative.span(where.range, where.text)
        said += f"; the median of {count} is {where.text(where.median)}"
        said += f" (they range from {spread})" if " to " in spread else ""
    return said


def _aside(where: Position) -> str:
    """Return what stands beside the area's value: ", lower than England's 5.6%", or " (1 of 1; England 5.6%)".

    In brackets, without comparison, where chance is not known or the cases are few; nothing without a value.
    """
    here, england = where.here, where.england
    compared = england is not None and not math.isnan(england.value)
    few = here.unit == "percent" and here.base < FEW
    if not where.known or not (compared or few):
        return ""
    if compared and where.interval and not few:
        return f", {where.beside(england)} England's {england}"
    cases = f"{narrative.number(here.value / 100 * here.base)} of {narrative.number(here.base)}" if few else ""
    return f" ({'; '.join(filter(None, [cases, f'England {england}' if compared else '']))})"


def trend_sentence(series: list[Figure]) -> str:
    """Return a series in one sentence: "rose from 40 in 2016 to 46 in 2025", or that no change is clear.

    Where the number of cases is not known the two ends are given without a direction.
    """
    known = [f for f in series if not math.isnan(f.value)]
    if not known:
        return f"{series[0].label}: no figure is published ({SYMBOL_KEY[series[-1].symbol]} [{series[-1].symbol}])"
    first, last = known[0], known[-1]
    if len(known) == 1:
        return f"{last.label}: {_said(last)} in {last.period}, the only figure"
    between = _extremes(known)
    clear = clear_change(first, last)
    if clear is None or str(first) == str(last):
        return f"{last.label}: {first} in {first.period}, {_said(last)} in {last.period}{between}"
    ends = f"from {first} in {first.period} to {_said(last)} in {last.period}{between}"
    if not clear:
        return f"{last.label}: no clear change, {ends}"
    return f"{last.label}: {'rose' if last.value > first.value else 'fell'} {ends}"


def _extremes(known: list[Figure]) -> str:
    """Return the highest and lowest figure between the ends where they lie further out than the ends are apart."""
    low, high = sorted((known[0].value, known[-1].value))
    most, least = (pick(known, key=lambda f: f.value) for pick in (max, min))
    said = [f"{most} in {most.period}"] * (most.value - high > high - low)
    said += [f"{least} in {least.period}"] * (low - least.value > high - low)
    return f" (in between {narrative.listed(said)})" if said else ""


def _said(figure: Figure) -> str:
    """Return a figure with its unit where the number alone does not say it."""
    unit = {PER_10_000: " per 10,000 children", "pounds per child": " a child"}.get(figure.unit, "")
    return f"{figure}{unit}"


def missing_sentences(series: list[Figure]) -> list[str]:
    """Return a sentence for the periods without a value, one a symbol: "No figure for 2020 and 2021: …"."""
    said = []
    for symbol in dict.fromkeys(f.symbol for f in series if math.isnan(f.value)):
        periods = [f.period for f in series if math.isnan(f.value) and f.symbol == symbol]
        said.append(f"no figure for {narrative.listed(periods)}: {SYMBOL_KEY[symbol]} [{symbol}]")
    return said


def trend_chart(figures: Figures, indicator: str, area: str) -> Chart:
    """Return an indicator over time for an area, England and the neighbours' median, for the periods the area has.

    The ribbon is the area's interval; a period without a value carries its symbol.
    """
    series = figures.series(indicator, area)
    name, last = figures.area_name(area), series[-1]
    rows, symbols = [], []
    for here in series:
        if rows and _gap(rows[-1][0], _year(here)):  # years that no release has leave a break in the line
            rows += [
                (str(y), name, math.nan, math.nan, math.nan) for y in range(int(rows[-1][0]) + 1, int(_year(here)))
            ]
        if math.isnan(here.value):
            symbols.append((_year(here), f"[{here.symbol}]"))
        where = _beside(figures, here)
        limits = where.interval or Interval(math.nan, math.nan)
        rows.append((_year(here), name, here.value, *limits))
        if where.england:
            rows.append((_year(here), "England", where.england.value, math.nan, math.nan))
        if where.neighbours:
            rows.append((_year(here), "Neighbours' median", where.median, math.nan, math.nan))
    where = position(figures, indicator, area)
    title = f"{last.label}: {_said(where.here)} in {where.here.period}"
    if not where.known:
        title = f"{last.label}: no figure for {where.here.period} {where.here}"
        title += f", {_said(where.before)} in {where.before.period}" if where.before else ""
    title += _aside(where)
    drawn = {row[1] for row in rows}
    others = ["England"] * ("England" in drawn)
    others += [f"the median of {name}'s statistical neighbours"] * ("Neighbours' median" in drawn)
    compared = narrative.listed([name, *others])
    band = f"the band is {name}'s 95% interval by chance alone" if any(chance(f) for f in series) else ""
    unit = {"percent": "Percent", "pounds": "Pounds", "pounds per child": "Pounds per child"}
    return lines(
        pd.DataFrame(rows, columns=["x", "series", "value", "lower", "upper"]),
        About(
            indicator.replace("_", "-"),
            title,
            f"{last.title}, {compared}",
            " ".join(narrative.sentence(said) for said in (band, figures.indicators.at[indicator, "caution"]) if said),
        ),
        last.text,
        unit.get(last.unit, narrative.capital(last.unit)),
        symbols=symbols,
    )


def _gap(before: str, after: str) -> bool:
    return len(before) == len(after) == 4 and int(after) > int(before) + 1


def _year(figure: Figure) -> str:
    """Return a figure's period for an axis: the year alone where the month is the same in every year."""
    return figure.time_period if figure.time_identifier in MONTHS else figure.period


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
        made.append(Table("rates", caption, frame, note=_NOTE, folded=False, right=list(frame.columns[2:])))
    if numbers:
        rows = [(w.here.title, w.here.period, _cell(w.here)) for w in numbers]
        frame = pd.DataFrame(rows, columns=["Number", "Period", name])
        made.append(Table("numbers", f"Latest published numbers, {name}", frame, folded=False, right=[name]))
    return made


def _rate_row(where: Position, name: str, region: str) -> dict[str, str]:
    return {
        "Measure": where.here.title,
        "Period": where.here.period,
        name: _cell(where.here),
        "Interval": narrative.span(where.interval, where.text) if where.interval else "[x]",
        "England": _cell(where.england),
        region: _cell(where.region),
        "Neighbours": where.text(where.median) if where.neighbours else "[x]",
        "Their range": narrative.span(where.range, where.text) if where.neighbours else "[x]",
    }


def _cell(figure: Figure | None) -> str:
    """Return a figure as a table shows it: with [r] or [p] after a value, as its symbol without one."""
    if figure is None:
        return "[x]"
    return f"{figure} [{figure.symbol}]" if figure.symbol and not math.isnan(figure.value) else str(figure)
