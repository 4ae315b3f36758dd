"""An authority that begins after the figures end: what is not published of it yet, and what its predecessors' were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from analysis import narrative
from analysis.figure import ENGLAND, PER_10_000, Figure
from analysis.periods import newest
from analysis.tables import Table, explained

if TYPE_CHECKING:
    from analysis.report import Report

LATE = 2
"""Years by which a series that goes on may end before the newest of all figures; one that ends earlier has ended."""


def nothing(report: Report, indicator: str, what: str = "") -> str:
    """Return that the area has no figure of an indicator, or none yet, and then what its predecessors' was.

    Args:
        report: the report.
        indicator: one without any figure for the area.
        what: what the indicator is called; "" for its title.
    """
    what = what or report.figures.indicators.at[indicator, "title"]
    ended = _ended(report, indicator)
    if ended is None:
        return f"{what}: the official releases read here have no figure for {report.name}"
    said = f"no figure for {report.name}, as these end in {ended}" if ended else f"not published yet for {report.name}"
    before = _before(report, indicator)
    named = [f"{report.figures.area_name(f.area)}, from which it was formed: {_said(f)} {f.when}" for f in before]
    return f"{what}: {'; '.join([said, *named])}"


def show(report: Report, indicators: Sequence[str]) -> list[str]:
    """Show which of some indicators are not published yet, and those of the predecessors; return the other ones.

    Args:
        report: the report.
        indicators: those without any figure for the area.
    """
    titles, states = report.figures.indicators["title"], {name: _ended(report, name) for name in indicators}
    if late := [titles[name] for name, ended in states.items() if ended == 0]:
        report.text(f"not published yet for {report.name}: {'; '.join(late)}")
    before = [f for name, ended in states.items() if ended is not None for f in _before(report, name)]
    if before:
        rows = [(f.title, f.period, report.figures.area_name(f.area), str(f)) for f in before]
        frame = pd.DataFrame(rows, columns=["Measure", "Period", "Authority", "Figure"])
        caption = f"Figures of the authorities from which {report.name} was formed, where it has none of its own yet"
        report.table(Table("predecessors", caption, frame, folded=False, right=["Figure"]))
    return [name for name, ended in states.items() if ended != 0]


def without_any(report: Report) -> list[str]:
    """Return that nothing at all is published of the area, and why; none where a figure of it is."""
    figures, every = report.figures, list(report.figures.indicators.index)
    if any(figures.place(name, report.area) >= 0 for name in every):
        return []
    figures.asked.pairs.update((name, report.area) for name in every)
    start, last = figures.areas.at[report.area, "start"], _newest(report)
    if not start or int(start) < last:
        return [f"no figure of {report.name} is published in the releases read here"]
    of = narrative.listed([figures.area_name(code) for code in predecessors(report)])
    formed = f"was formed in April {start}{f' from {of}' if of else ''}"
    return [f"no figure of {report.name} is published yet: it {formed}, and the figures read here end in {last}"]


def alone(report: Report) -> list[str]:
    """Return that the area has no statistical neighbours; none where it has."""
    said = f"the list of statistical neighbours read here has none for {report.name}, so none stand beside it"
    return [] if report.figures.neighbours_of(report.area) else [said]


def predecessors(report: Report) -> list[str]:
    """Return the codes of the authorities from which the area was formed."""
    return [code for code in report.figures.areas.at[report.area, "predecessors"].split("; ") if code]


def _ended(report: Report, indicator: str) -> int | None:
    """Return 0 where an indicator goes on and the area's first figure is yet to come, or the year in which it ended.

    None where neither is why there is no figure: the area is as old as the series, or the series ended long before.
    """
    start = report.figures.areas.at[report.area, "start"]
    if not start:
        return None
    own = _last(report, [(indicator, code) for code in (ENGLAND, *predecessors(report))])
    if not own or own > int(start):
        return None
    last = _newest(report)
    return 0 if own >= last - LATE else own if int(start) >= last else None


def _newest(report: Report) -> int:
    """Return the year in which the newest of England's figures ends."""
    return _last(report, [(name, ENGLAND) for name in report.figures.indicators.index])


def _last(report: Report, pairs: Sequence[tuple[str, str]]) -> int:
    """Return the year in which the newest figure of some indicators and areas ends; none of them counts as used."""
    report.figures.asked.pairs.update(pairs)
    found = (f for pair in pairs for f in report.figures.every(*pair) if f.status == "actual")
    return newest(f.time_period for f in found)


def _before(report: Report, indicator: str) -> list[Figure]:
    """Return each predecessor's last figure with a value; its last symbol where it has none."""
    every = [report.series(indicator, code) for code in predecessors(report)]
    return [([f for f in series if f.known] or series)[-1] for series in every if series]


def _said(figure: Figure) -> str:
    """Return a figure with its unit, or what its symbol means."""
    if not figure.known:
        return explained(figure.symbol)
    return f"{figure}{' per 10,000 children' if figure.unit == PER_10_000 else ''}"
