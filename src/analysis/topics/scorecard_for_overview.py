"""What the overview still takes of the scorecard by calling it, not from what it published: gone when it does not."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from analysis import narrative as say
from analysis.figure import Figure
from analysis.methods import rating
from analysis.methods.intervals import Interval
from analysis.models.movement import ratio, usual_swing, way
from analysis.position import Position, chance, position
from analysis.report import Report

CHANCE, TOLERANCE = "beyond chance", "tolerance"
NEIGHBOURS, ENGLAND, REGION = "neighbours", "England", "region"
DEPARTMENT, CLOSE = "the department's dictionary", "close to the comparator"
SWINGS = "usual swings"


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
    """How a measure moved: from which figure, the ratio of later to earlier, and its interval."""

    before: Figure
    ratio: float
    interval: Interval

    @property
    def way(self) -> str:
        """Return "rose", "fell", or "" where the change is not beyond noise."""
        return way(self.interval)


@dataclass(frozen=True)
class Standing:
    """An area on one measure; `colour` is blank where the rule gives none, `other` NaN where there is no comparator."""

    measure: str
    where: Position | None
    good: str
    rated: Figure | None = None
    other: float = math.nan
    interval: Interval | None = None
    colour: str = ""
    change: Change | None = None
    swing: float = math.nan

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
    """The scorecard of an area: the rule and a standing a measure."""

    report: Report
    rule: Rule
    standings: tuple[Standing, ...]

    def __getitem__(self, measure: str) -> Standing:
        """Return the standing on a measure."""
        return next(s for s in self.standings if s.measure == measure)


NAMES = {
    "referrals_rate": "referrals",
    "referrals_no_action_rate": "referrals closed without action",
    "cin_rate": "children in need",
    "cpp_starts_rate": "child protection plans started",
    "cla_rate": "children in care",
    "cla_starts_rate": "children who came into care",
    "cla_ceased_per_100": "children who left care",
}
"""What the measures are called in a sentence, as in `scorecard.csv`."""


def card(report: Report, rule: Rule) -> Card:
    """Return the scorecard of a report's area by a rule."""
    rows = report.figures.read("scorecard.csv")
    good = rows[rows["rated"] == "yes"].drop_duplicates("measure").set_index("measure")["good"]
    return Card(report, rule, tuple(_standing(report, name, way, rule) for name, way in good.items()))


def _standing(report: Report, measure: str, good: str, rule: Rule) -> Standing:
    where = position(report.figures, measure, report.area)
    named = str(report.figures.indicators.at[measure, "polarity"])
    good = {CLOSE: rating.NEAR, DEPARTMENT: named if named in rating.GOOD else ""}.get(rule.good_direction, good)
    swing = usual_swing(report.figures, report.area, measure, rule.years)
    found = Standing(measure, where, good, swing=swing)
    if where is None or not where.known:
        return found
    other, interval = comparator(where, rule.compared_with), chance(where.here)
    change = _moved(report, where.here, rule, swing)
    colour = rating.by_chance(interval, other, good) if interval and good and other > 0 else ""
    return replace(found, rated=where.here, other=other, interval=interval, colour=colour, change=change)


def comparator(where: Position, compared_with: str) -> float:
    """Return the value of England, the region or the neighbours' median; NaN without one."""
    if compared_with == NEIGHBOURS:
        return where.median
    found = where.england if compared_with == ENGLAND else where.region
    return found.value if found and found.known else math.nan


def _moved(report: Report, here: Figure, rule: Rule, swing: float) -> Change | None:
    start = str(int(here.time_period) - rule.years)
    earlier = [f for f in report.series(here.indicator) if f.known and start <= f.time_period < here.time_period]
    if not earlier or not (here.cases_range.lower > 0 and earlier[0].cases_range.lower > 0):
        return None
    wide = swing if rule.noise == SWINGS and swing > 0 else 0.0
    return Change(earlier[0], here.value / earlier[0].value, ratio(here, earlier[0], wide))


def swung(_: Card, s: Standing) -> bool:
    """Whether a measure moved by more than chance and the neighbours' usual swings together."""
    return not ratio(s.here, s.change.before, s.swing).contains(1)


def other_words(rule: Rule) -> str:
    """Return what figures are compared with, in words."""
    names = {NEIGHBOURS: "the median of its statistical neighbours", REGION: "its region"}
    return names.get(rule.compared_with, ENGLAND)


def rate(s: Standing, value: float) -> str:
    """Return a value of a standing's figure; a rate of 100 or more without decimals."""
    return (s.rated or s.here).short(value)


def moved_by(s: Standing) -> str:
    """Return how far a measure moved: "by 20%", or from where to where if it doubled or halved."""
    if 0.5 < s.change.ratio < 2:
        return f"by {say.whole(100 * abs(s.change.ratio - 1))}"
    return f"from {s.change.before} to {s.here}"


def years_of(years: int) -> str:
    """Return a number of years in words: "a year", "three years"."""
    return "a year" if years == 1 else f"{say.word(years)} years"
