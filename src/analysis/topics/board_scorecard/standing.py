"""Where an area stands on each measure: its comparator, its rating by the chosen rule, and which way it moved."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from analysis.figure import Figure, chance
from analysis.figures import Figures
from analysis.methods import intervals, rating
from analysis.methods.intervals import Interval
from analysis.methods.rounding import carried, nearest
from analysis.report import Report
from analysis.standing import RATES
from analysis.topics.board_scorecard.position import Position, position
from analysis.topics.board_scorecard.rows import GOOD, MEASURES, ROWS

CHANCE, TOLERANCE = "beyond chance", "tolerance"
NEIGHBOURS, ENGLAND, REGION, TARGET = "neighbours", "England", "region", "target"
BOARD, DEPARTMENT, CLOSE = "the board's reading", "the department's dictionary", "close to the comparator"
SWINGS, ALONE = "usual swings", "chance alone"


@dataclass(frozen=True)
class Rule:
    """The rule of the colours and of the arrows, as the page's parameters have it."""

    compared_with: str
    test: str
    tolerance: float
    good_direction: str
    years: int
    noise: str


@dataclass(frozen=True)
class Change:
    """How a measure moved: from which figure, the ratio of later to earlier, its interval, and by chance alone."""

    before: Figure
    ratio: float
    interval: Interval
    alone: Interval

    @property
    def way(self) -> str:
        """Return "rose", "fell", or "" where the change is not beyond noise."""
        return _way(self.interval)

    @property
    def way_alone(self) -> str:
        """Return the same by chance alone."""
        return _way(self.alone)


@dataclass(frozen=True)
class Standing:
    """An area on one measure; `colour` is blank where the rule gives none, `other` NaN where there is no comparator.

    `held` is the value the figure is held against: `other`, or of a target the nearest that rounds to the one printed.
    """

    measure: str
    where: Position | None
    good: str
    rated: Figure | None
    other: float
    interval: Interval | None
    colour: str
    change: Change | None
    swing: float
    held: float = math.nan

    @property
    def here(self) -> Figure | None:
        """The latest figure; None where the area has none in any period."""
        return self.where.here if self.where else None

    @property
    def known(self) -> bool:
        """Whether the latest figure has a value."""
        return bool(self.where and self.where.known)


@dataclass(frozen=True)
class Card:
    """The scorecard of an area: the rule and a standing a measure; `others` are the board's that are not rated."""

    report: Report
    rule: Rule
    standings: tuple[Standing, ...]
    others: tuple[Standing, ...] = ()

    def __getitem__(self, measure: str) -> Standing:
        """Return the standing on a measure."""
        return next(s for s in (*self.standings, *self.others) if s.measure == measure)

    @property
    def rated(self) -> list[Standing]:
        """The standings that have a colour."""
        return [s for s in self.standings if s.colour]

    @property
    def region(self) -> str:
        """The name of the area's region."""
        return self.report.figures.area_name(self.report.figures.areas.at[self.report.area, "region"])


def card(report: Report, rule: Rule) -> Card:
    """Return the scorecard of a report's area by a rule."""
    others = dict.fromkeys(row.measure for row in ROWS if row.measure and row.measure not in MEASURES)
    return Card(report, rule, *(tuple(standing(report, name, rule) for name in names) for names in (MEASURES, others)))


def standing(report: Report, measure: str, rule: Rule) -> Standing:
    """Return where a report's area stands on one measure."""
    where, good = position(report.figures, measure, report.area), good_way(report.figures, measure, rule)
    swing = usual_swing(report.figures, report.area, measure, rule.years)
    found = Standing(measure, where, good, None, math.nan, None, "", None, swing)
    if where is None or not where.known:
        return found
    rated, other, held = _against(report, where, rule)
    interval = limits(rated)
    return replace(
        found,
        rated=rated,
        other=other,
        held=held,
        interval=interval,
        colour=colour(rated, held, interval, good, rule),
        change=moved(report, where.here, rule, swing),
    )


def good_way(figures: Figures, measure: str, rule: Rule) -> str:
    """Return which way is good: `low`, `high`, `near`, or "" where nobody names one, or the measure is not rated."""
    if measure not in GOOD:
        return ""
    if rule.good_direction == CLOSE:
        return rating.NEAR
    if rule.good_direction == DEPARTMENT:
        named = str(figures.indicators.at[measure, "polarity"])
        return named if named in rating.GOOD else ""
    return GOOD[measure]


def colour(here: Figure, other: float, interval: Interval | None, good: str, rule: Rule) -> str:
    """Return the rating of a figure; blank without a comparator above 0, a good direction or the interval it needs."""
    if not (good and here.known and other > 0):
        return ""
    if rule.test == TOLERANCE:
        # Close is only ever green or red, unless half of what is tolerated counts as close.
        near = rule.tolerance / 2 if good == rating.NEAR else 0.0
        return rating.by_tolerance(here.value, other, good, rule.tolerance, near)
    return rating.by_chance(interval, other, good) if interval else ""


def limits(figure: Figure) -> Interval | None:
    """Return a figure's interval by chance alone: of a rate from its cases, of a number from itself."""
    if not figure.known or figure.unit in RATES:
        return chance(figure)
    return carried(lambda n: intervals.count(n, figure.confidence), figure.cases_range)


def comparator(where: Position, compared_with: str) -> float:
    """Return the value of England, the region or the neighbours' median; NaN without one."""
    if compared_with == NEIGHBOURS:
        return where.median
    found = where.england if compared_with == ENGLAND else where.region
    return found.value if found and found.known else math.nan


def target_of(report: Report, board: str) -> Figure | None:
    """Return the board's target for 2013/14; None for an area without one."""
    found = report.series(board, status="target")
    return found[-1] if found else None


def _against(report: Report, where: Position, rule: Rule) -> tuple[Figure, float, float]:
    """Return the figure that is rated, what with, and the value it is held against.

    A number is rated where only that has a target. A target is rounded: 36 is anything from 35.5 to 36.5.
    """
    if rule.compared_with != TARGET:
        other = comparator(where, rule.compared_with)
        return where.here, other, other
    for row in reversed([row for row in ROWS if row.measure == where.here.indicator]):
        aim = target_of(report, row.board)
        shown = [f for f in report.series(row.shown) if f.time_period == where.here.time_period and f.known]
        if aim and shown:
            return shown[0], aim.value, nearest(shown[0].value, aim.rounding_interval)
    return where.here, math.nan, math.nan


def moved(report: Report, here: Figure, rule: Rule, swing: float) -> Change | None:
    """Return how a measure changed since so many years before, or since its first figure where that is later.

    None where there is no earlier figure, or the cases are not known or none.
    """
    start = str(int(here.time_period) - rule.years)
    earlier = [f for f in report.series(here.indicator) if f.known and start <= f.time_period < here.time_period]
    if not earlier or not (here.cases_range.lower > 0 and earlier[0].cases_range.lower > 0):
        return None
    before = earlier[0]
    alone = _ratio(here, before, 0.0)
    wide = swing if rule.noise == SWINGS and swing > 0 else 0.0
    interval = _ratio(here, before, wide) if wide else alone
    return Change(before, here.value / before.value, interval, alone)


def _ratio(here: Figure, before: Figure, swing: float) -> Interval:
    """Return the interval for the ratio of two figures by chance, their rounding and a swing."""
    shares = not swing and here.unit == "percent" and here.value <= 100

    def ratio(later: float, earlier: float) -> Interval:
        if shares:
            return rating.change_of_shares(later, earlier, here.base, before.base, confidence=here.confidence)
        return rating.change(later, earlier, here.base, before.base, swing=swing, confidence=here.confidence)

    return carried(ratio, here.cases_range, before.cases_range)


def swung(card: Card, s: Standing) -> bool:
    """Whether a measure moved by more than chance and the neighbours' usual swings together."""
    return not _ratio(s.here, s.change.before, s.swing).contains(1)


def usual_swing(figures: Figures, area: str, measure: str, years: int) -> float:
    """Return how far the neighbours' rates swing beyond chance over so many years; NaN where too few are known."""
    near = figures.neighbours_of(area)
    pairs = [pair for code in near for pair in _pairs(figures.series(measure, code), years)]
    ratios = [after.value / before.value for before, after in pairs]
    return rating.usual_swing(ratios, [_variance(after) + _variance(before) for before, after in pairs])


def _variance(figure: Figure) -> float:
    """Return the variance of the log of a figure by chance alone: of a share binomial, of a rate Poisson."""
    return 1 / figure.cases - (1 / figure.base if figure.unit == "percent" and figure.value <= 100 else 0.0)


def _pairs(series: list[Figure], years: int) -> list[tuple[Figure, Figure]]:
    """Return the figures so many years apart that have cases."""
    cased = {int(f.time_period): f for f in series if f.known and f.cases > 0}
    return [(cased[year - years], cased[year]) for year in sorted(cased) if year - years in cased]


def _way(interval: Interval) -> str:
    return "" if interval.contains(1) else "rose" if interval.lower > 1 else "fell"
