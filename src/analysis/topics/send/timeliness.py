"""Whether plans are issued in time: the area's own years on a control chart, and the area among its neighbours."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from analysis import charts
from analysis import narrative as say
from analysis.charts import About
from analysis.figure import ENGLAND
from analysis.methods import funnel, intervals
from analysis.methods.funnel import Spread
from analysis.report import Report
from analysis.topics.send.amounts import out_of

FIRST = 2015
"""The first whole year of plans: one issued in 2014, the year they began, had hardly time to be late."""
FEW = 20
"""Years with fewer plans than this say too little to be drawn."""
CONFIDENCE = 0.998
"""Of the outer control limits: a convention of such charts, whatever the coverage of the report's intervals."""
_AVERAGE = "Its own average"
SINCE = 2023
"""The first year that was collected child by child."""


class Year(NamedTuple):
    """Plans without a lawful exception issued in a year, and how many of them within 20 weeks."""

    year: int
    issued: float
    on_time: float

    @property
    def share(self) -> float:
        """Percent issued within 20 weeks."""
        return 100 * self.on_time / self.issued


def years_of(report: Report, area: str | None = None) -> list[Year]:
    """Return an area's years with a count of plans and of those on time, at least `FEW` plans each."""
    issued, on_time = (
        {f.time_period: f.value for f in report.series(name, area)}
        for name in ("ehc_plans_without_exception", "ehc_plans_on_time")
    )
    both = [Year(int(y), issued[y], on_time.get(y, math.nan)) for y in issued]
    both = [year for year in both if year.year >= FIRST]
    return [year for year in both if year.issued >= FEW and 0 <= year.on_time <= year.issued]


def control(report: Report) -> None:
    """Show the area's share on time year by year, with the limits of chance about its own average."""
    own = years_of(report)
    if len(own) < 3:
        _too_few(report, own)
        return
    sizes = np.array([year.issued for year in own])
    centre = funnel.pooled(np.array([year.on_time for year in own]), sizes)
    lower, upper = (100 * end for end in funnel.exact(sizes, centre, CONFIDENCE))
    outside = [y for y, low, high in zip(own, lower, upper, strict=True) if not low <= y.share <= high]
    report.finding(_finding(own, outside, centre, report.confidence))
    about = About(
        "on-time",
        f"{say.capital(_years_outside(outside, own))} outside the limits of chance",
        f"New plans issued within 20 weeks, lawful exceptions left out, percent, {report.name}",
        f"The band shows where {say.level(CONFIDENCE)} of years would lie about the area's average if only chance "
        "moved "
        "them; it is narrower in years with more plans. From 2023 plans are counted child by child.",
    )
    new = [(str(SINCE), "counted anew")] if own[0].year < SINCE <= own[-1].year else []
    roles = {report.name: "area", "England": "england", _AVERAGE: "region"}
    rows = _rows(report, own, 100 * centre, lower, upper)
    report.chart(charts.lines(rows, about, say.percent, "Percent", roles=roles, breaks=new))
    report.text(_last_step(own, report.confidence))


def _too_few(report: Report, own: list[Year]) -> None:
    """Say why there is no chart of time: no year with enough plans, or too few such years for an average of its own."""
    if own:
        years = say.count(len(own), "year", fmt=say.word)
        share = f"{say.percent(own[-1].share)} of plans were on time in {own[-1].year}"
        report.finding(f"{share}; {years} {'is' if len(own) == 1 else 'are'} too few to tell a trend from chance")
    else:
        report.finding(f"too few plans are issued in {report.name} to judge their time from year to year")
    report.text(f"years with fewer than {FEW} plans without a lawful exception are left out, as chance rules them")


def _rows(report: Report, own: list[Year], centre: float, lower: np.ndarray, upper: np.ndarray) -> list[tuple]:
    """Return the chart's rows: year, line, value and limits; a year that the area has not is empty."""
    none = math.nan
    country = {year.year: year.share for year in years_of(report, ENGLAND)}
    there = {y.year: (y.share, *ends) for y, *ends in zip(own, lower, upper, strict=True)}
    rows = []
    for year in range(own[0].year, own[-1].year + 1):
        share, low, high = there.get(year, (none, none, none))
        rows.append((str(year), report.name, share, none, none))
        rows.append((str(year), _AVERAGE, centre if year in there else none, low, high))
        rows.append((str(year), "England", country.get(year, none) if year in there else none, none, none))
    return rows


def _years_outside(outside: list[Year], own: list[Year]) -> str:
    """Return "nine of ten years lie", "no year lies"."""
    if not outside:
        return "no year lies"
    return f"{out_of(len(outside), len(own))} years {'lies' if len(outside) == 1 else 'lie'}"


def _finding(own: list[Year], outside: list[Year], centre: float, sure: float) -> str:
    """Return what the control chart says in a sentence: a fall or rise from its first year to its last, or neither."""
    first, last = own[0], own[-1]
    if not outside:
        return f"from {first.year} to {last.year} the share on time moved by no more than chance explains"
    apart = intervals.difference(last.on_time, last.issued, first.on_time, first.issued, sure)
    shares = f"{say.percent(first.share)} in {first.year} to {say.percent(last.share)} in {last.year}"
    if not apart.contains(0):
        way = "rose" if last.share > first.share else "fell"
        return f"the share on time {way} from {shares}, more than chance explains"
    lie = f"{_years_outside(outside, own)} further from the average of {say.percent(100 * centre)} than chance explains"
    return f"from {shares} is no clear change in the share on time, but {lie}"


def _last_step(own: list[Year], sure: float) -> str:
    """Return how the last year stands to the one before."""
    before, last = own[-2:]
    apart = intervals.difference(last.on_time, last.issued, before.on_time, before.issued, sure)
    moved = say.changed(before.share, last.share, say.percent)
    chance = "which chance alone could explain" if apart.contains(0) else "more than chance explains"
    return f"between {before.year} and {last.year} the share {moved}, {chance}"


def among_neighbours(report: Report) -> None:
    """Show the area among its statistical neighbours in its latest year, about England's share."""
    codes = [report.area, *report.figures.neighbours_of(report.area)]
    own = years_of(report)
    if not own:
        report.text(f"without {FEW} plans in a year {report.name} has no place among its neighbours here")
        return
    year = own[-1].year
    found = {code: y for code in codes for y in years_of(report, code) if y.year == year}
    england = next((y for y in years_of(report, ENGLAND) if y.year == year), None)
    if england is None or not 0 < england.share < 100 or len(found) < 3:
        report.text(f"too few of its neighbours have a count for {year} to set {report.name} among them")
        return
    _draw_funnel(report, found, england)


def _draw_funnel(report: Report, found: dict[str, Year], england: Year) -> None:
    """Draw the funnel with the limits of chance alone, and say what the spread between authorities makes of them."""
    events, sizes = (np.array([getattr(y, part) for y in found.values()]) for part in ("on_time", "issued"))
    centre, own = england.share / 100, found[report.area]
    places = funnel.places(events / sizes, *funnel.exact(sizes, centre, CONFIDENCE))
    outside = sum(place != "within" for place in places)
    verb = "lies" if outside == 1 else "lie"
    report.finding(
        f"{out_of(outside, len(found))} authorities {verb} outside the limits of chance about England's "
        f"{say.percent(england.share)}"
    )
    about = About(
        "funnel",
        f"{report.name} issued {say.percent(own.share)} on time, England {say.percent(england.share)}",
        f"New plans issued within 20 weeks, {report.name} and its statistical neighbours, {own.year}",
        "Control limits at 95% and 99.8%: within them a share could differ from England's by chance alone.",
    )
    rows = [(report.figures.area_name(code), y.share, y.issued) for code, y in found.items()]
    line, limits = (england.share, f"England {say.percent(england.share)}"), funnel.in_percent(funnel.about(centre))
    size = "New plans without a lawful exception"
    report.chart(charts.funnel(rows, about, say.whole, "Percent", size, line, limits, focus=report.name))
    report.text(*_spread(report.name, own, centre, funnel.spread(events / sizes, sizes, centre)))


def _spread(name: str, own: Year, centre: float, found: Spread) -> list[str]:
    """Return how much more these authorities differ than by chance, and whether the area stands out even so."""
    if found.by_chance > 0.05 or not found.between:
        return ["these authorities differ no more than chance alone could make them"]
    usual = funnel.about(centre, found.between)
    (place,) = funnel.places([own.share / 100], *usual(np.array([own.issued]), CONFIDENCE))
    even = f"{name} does not stand out" if place == "within" else f"{name} still stands out"
    times = say.number(math.sqrt(found.dispersion), 0 if found.dispersion > 9 else 1).removesuffix(".0")
    return [
        f"these authorities lie {times} times as far from England as chance would leave them, so chance is not what "
        "tells "
        f"them apart; where such a spread is taken as usual, {even}"
    ]
