"""What later official figures made of the board's figures of 2013, and consultation question 3 by the same year."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

import pandas as pd

from analysis import charts
from analysis import narrative as say
from analysis.charts import About
from analysis.claims.evidence import PANEL
from analysis.figure import Figure
from analysis.figures import NEIGHBOURS
from analysis.methods import intervals
from analysis.methods.intervals import Interval
from analysis.methods.rounding import carried
from analysis.report import Report
from analysis.tables import Table
from analysis.topics.board_scorecard.rows import REPLACED, ROWS

NONE = "[x]"
PARTS = {
    "panel_cin_rate": ("board_cin_rate", "board_cin", "children in need"),
    "panel_cpp_starts_rate": ("board_cpp_start_rate", "board_cpp_starts", "plans started"),
    "panel_cla_rate": ("board_cla_rate", "board_cla", "children in care"),
}
"""The measures that question 3 names: ours for the same year, the board's rate and its number, and its words."""


@dataclass(frozen=True)
class Side:
    """An area's rate beside its neighbours' figure: whose, of which years, and the interval by chance alone."""

    words: str
    basis: str
    here: Figure
    other: float
    interval: Interval
    count: int

    @property
    def verdict(self) -> str:
        """Return "below", "above" or "level with", the last where chance alone could make the difference."""
        return say.compared(self.interval, self.other, "above", "below", "level with")


def sides(report: Report) -> list[Side]:
    """Return what the question compares, and the same measures with both sides of one year."""
    found = [_printed(report, words, rate, number) for rate, number, words in PARTS.values()]
    for year in ("2012", "2013"):
        found += [_same_year(report, measure, words, year) for measure, (_, _, words) in PARTS.items()]
    return found


def _printed(report: Report, words: str, rate: str, number: str) -> Side:
    """Return the board's rate of 2012/13 beside the neighbours' of 2011/12, as the table invites to read them."""
    here = report.figure(rate, period="201213", identifier="Financial year")
    cases = report.figure(number, period="201213", identifier="Financial year").value
    other = report.figure(rate, area=NEIGHBOURS)
    spread = intervals.count(cases, report.confidence).times(here.value / cases)
    return Side(words, f"{here.period} beside neighbours of {other.period}", here, other.value, spread, 0)


def _same_year(report: Report, measure: str, words: str, year: str) -> Side:
    here = report.figure(measure, period=year)
    codes = report.figures.neighbours_of(report.area)
    near = [f.value for code in codes for f in report.series(measure, code) if f.time_period == year and f.known]
    cases = here.rounding_interval.times(here.base / 10_000)
    spread = carried(lambda n: intervals.rate(n, here.base, 10_000, report.confidence), cases)
    basis = f"{int(year) - 1}/{int(year) % 100:02d}"
    return Side(words, basis, here, statistics.median(near), spread, len(near))


def question(report: Report) -> None:
    """Answer why children in need lie below the neighbours while plans and care lie above."""
    found = sides(report)
    printed, same = found[:3], found[3:]
    above = [s for s in same if s.verdict == "above"]
    if above:
        said = f"in the same year {say.listed([f'{s.words} ({s.basis})' for s in above])} did lie above the neighbours"
    else:
        said = (
            "the question sets two years side by side: in the same year neither plans nor care lie above the neighbours"
        )
    report.finding(said)
    report.text(*(_sentence(p, [s for s in same if s.words == p.words]) for p in printed))
    report.text(_below(same))
    _chart(report, found)


def _sentence(printed: Side, same: list[Side]) -> str:
    """Return one measure's figures: as printed, and in each same year."""
    parts = [
        f"{s.here} against {say.number(s.other, s.here.places)} in {s.basis}, {s.verdict} the neighbours" for s in same
    ]
    head = f"{printed.words}: the table sets {printed.here} beside {say.number(printed.other)} ({printed.basis})"
    return f"{head}; per 10,000 children aged 0 to 16 it is {'; '.join(parts)}"


def _below(same: list[Side]) -> str:
    below = [f"{s.words} in {s.basis}" for s in same if s.verdict == "below"]
    left = f"what does lie below by more than chance: {say.listed(below)}" if below else "nothing lies below either"
    return (
        f"{left}; why a rate is low, such as thresholds, need or recording, is nothing that these counts can show, so "
        "that this part of the question stays open"
    )


def _chart(report: Report, found: list[Side]) -> None:
    rows = [
        (f"{say.capital(s.words)}, {s.basis}", 100 * s.here.value / s.other, *s.interval.times(100 / s.other))
        for s in found
    ]
    count = next(s.count for s in found if s.count)
    about = About(
        "question-three",
        f"{say.capital(found[1].words)}: {say.whole(rows[1][1])} of the neighbours' as printed, "
        f"{say.whole(rows[4][1])} in the same year",
        f"Rates of {report.name} in percent of its neighbours'",
        "As printed: per 10,000 under 18, neighbours the board did not name. Same year: per 10,000 aged 0 to 16, the "
        f"median of the {say.word(count)} authorities that are its neighbours today. Whiskers: "
        f"{report.level} by chance alone.",
    )
    frame = pd.DataFrame(rows, columns=["label", "value", "lower", "upper"])
    report.chart(charts.ladder(frame, about, say.whole, "Percent of neighbours", (100.0, "the same")))


def forward(report: Report) -> None:
    """Show the board's provisional figures, estimates and targets beside the official ones, and the latest."""
    rows, low, told = [], [], []
    for row in ROWS:
        names = filter(None, (PANEL.get(row.shown), row.shown))  # the department's takes the place of the panel's
        series = {f.time_period: f for name in names for f in report.series(name) if f.known}
        if not series:
            continue
        stated = [_stated(report, row.board, *which) for which in (("201213", "actual"), ("201314", "projection"))]
        aim = report.series(row.board, status="target")
        if stated[1] and "2014" in series:
            told.append(row)
            low += [row] * (stated[1].value < series["2014"].value)
        last = list(series.values())[-1]
        cells = [stated[0], series.get("2013"), stated[1], series.get("2014"), aim[0] if aim else None, last]
        title = f"{row.number}. {report.figures.indicators.at[row.board, 'title']}"
        rows.append((title, *(str(f) if f else NONE for f in cells)))
    report.finding(_short(low, told))
    latest = max(f.time_period for row in ROWS if row.shown for f in report.series(row.shown))
    columns = [
        "Indicator",
        "2012/13 provisional",
        "2012/13 official",
        "2013/14 estimate",
        "2013/14 official",
        "Target 2013/14",
        f"Latest, {latest}",
    ]
    frame = pd.DataFrame(rows, columns=columns)
    note = (
        "Official: year to March, or on 31 March; from the panel of authorities where no other release has one. "
        "[x] where none has."
    )
    report.table(
        Table(
            "forward", "The board's figures and what became of them", frame, note=note, folded=False, right=columns[1:]
        )
    )
    report.text(*_assessments(report))


def _stated(report: Report, board: str, period: str, status: str) -> Figure | None:
    found = [f for f in report.series(board, status=status) if f.time_period == period]
    found = [f for f in found if f.time_identifier == "Financial year"]
    return found[0] if found else None


def _short(low: list, told: list) -> str:
    """Return how many of the board's estimates the year's official figures exceeded."""
    if not told:
        return "no official figure of 2013/14 is there to hold the board's estimates against"
    some = (
        f"all {say.word(len(told))}" if len(low) == len(told) else f"{say.word(len(low))} of the {say.word(len(told))}"
    )
    return f"{some} estimates of the board for 2013/14 that can be checked fell short of the year's official figure"


def _assessments(report: Report) -> list[str]:
    """Return what became of the row on initial assessments, whose measure ended."""
    final = report.series("referrals_initial_assessment_rate")
    stated = _stated(report, REPLACED, "201213", "actual")
    if not final or stated is None or math.isnan(final[0].value):
        return []
    return [
        f"initial assessments were {final[0]} of referrals {final[0].when} by the official count, {stated} by the "
        "board's provisional one; the assessment has since been replaced by another, so that its series has ended; the "
        "share of referrals closed without action is another measure"
    ]
