"""Where the area stands on the five topics: one comparable measure or two of each, beside the chosen comparator."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from analysis import charts, formation
from analysis import narrative as say
from analysis.charts import About
from analysis.figure import PER_10_000, Figure
from analysis.links import address
from analysis.methods.intervals import Interval
from analysis.position import beside, chance
from analysis.tables import Table
from analysis.topics.early_help import outturn
from analysis.topics.overview.five import Five
from analysis.topics.scorecard_for_overview import ENGLAND, NEIGHBOURS, REGION, comparator
from analysis.trends import NEIGHBOURS as MEDIAN
from analysis.trends import OF_MODEL

MEASURES = {
    "factor_alcohol_parent_share": ("Parents' alcohol misuse recorded", "hidden_harm", "What social workers record"),
    "low_income_ahc_rate_under_16": (
        "Low income after housing costs",
        "child_poverty",
        "After housing costs, beside similar authorities",
    ),
    "neet_16_17_or_not_known_rate": ("NEET or not known", "neet", "NEET or not known"),
    "pupils_with_plan_rate": ("Pupils with a plan", "send", "Pupils with a plan"),
    "ehc_plans_20_weeks_rate": ("Plans issued within 20 weeks", "send", "Plans on time"),
    "cla_rate": ("Children in care", "early_help_spend", "Children in care"),
}
"""Indicator → what it is called here, its page, and the section of that page which shows it."""
SPEND = ("Early-help spend a child", "early_help_spend", "What is spent")
WORDS = {NEIGHBOURS: "the median of its statistical neighbours", ENGLAND: "England", REGION: "its region"}
NEAR = WORDS | {NEIGHBOURS: "the neighbours"}
"""The same in a title."""


@dataclass(frozen=True)
class Row:
    """One measure: the area's value and the comparator's as written, and the first in percent of the second.

    `percent` and `interval` are NaN where there is nothing to compare with; `symbol` says why there is no value. The
    error of a `modelled` one is not published, so that no direction can be told.
    """

    label: str
    page: str
    section: str
    here: str
    other: str
    when: str
    percent: float
    interval: Interval
    symbol: str = ""
    modelled: bool = False

    @property
    def side(self) -> str:
        """Return "above" or "below" where the interval leaves the comparator out; "" where not, or nothing tells."""
        return "" if self.modelled else say.compared(self.interval, 100.0, "above", "below", "")


_NONE = Interval(math.nan, math.nan)


def rows(five: Five, compared_with: str) -> list[Row]:
    """Return every measure that the area has a figure of, with a value or a symbol, in the order of the topics."""
    latest = {name: series[-1] for name in MEASURES if (series := five.report.series(name))}
    made = [_row(five, figure, compared_with) for figure in latest.values()]
    spend = _spend(five, compared_with)
    return [*made, spend] if spend else made


def _row(five: Five, here: Figure, compared_with: str) -> Row:
    """Return a measure beside its comparator."""
    other, interval = comparator(beside(five.figures, here), compared_with), chance(here)
    there = here.text(other) if other == other else "[x]"
    words = (*MEASURES[here.indicator], str(here), there, here.period)
    if not (here.known and other > 0):
        return Row(*words, math.nan, _NONE, "" if here.known else here.symbol)
    share = 100 / other
    return Row(*words, here.value * share, interval.times(share) if interval else _NONE, modelled=here.modelled)


def _spend(five: Five, compared_with: str) -> Row | None:
    """Return early-help spend a child beside the comparator's; None where it is not known. Money has no interval."""
    here = five.spent
    if not here.known:
        return None
    year, other = here.table.index[-1], math.nan
    if compared_with == REGION:
        table = five.spending(five.figures.areas.at[five.report.area, "region"]).table
        other = float(table.at[year, "total"] / table.at[year, "children"]) if year in table.index else math.nan
    else:
        found = outturn.comparators(five.figures, here, five.report.area)
        series = found.get("England" if compared_with == ENGLAND else MEDIAN, pd.Series(dtype=float))
        other = float(series.get(year, math.nan))
    there = say.pounds(other) if other > 0 else "[x]"
    percent = 100 * here.per_child / other if other > 0 else math.nan
    return Row(*SPEND, say.pounds(here.per_child), there, here.last["period"], percent, _NONE)


def stands(five: Five, compared_with: str) -> None:
    """Show where the area stands on the measures of the five topics."""
    found, other, report = rows(five, compared_with), WORDS[compared_with], five.report
    able = [row for row in found if row.percent == row.percent]
    if not able:
        report.finding(f"no measure of {report.name} can be compared with {other}")
    else:
        report.finding(_finding(able, report.name, other))
        far = max([row for row in able if not row.modelled] or able, key=lambda row: abs(row.percent - 100))
        about = About(
            "stands",
            f"{far.label}: {say.whole(far.percent)}, furthest from {NEAR[compared_with]}",
            f"Latest figures of {report.name} in percent of {other}",
            f"Whiskers are {five.report.level} intervals by chance alone; a model's own error is not in them. Money "
            "has none. Above or below is neither good nor bad in itself: a low rate can mean little need, or need that "
            "is not met.",
        )
        frame = pd.DataFrame(
            [(row.label, row.percent, *row.interval) for row in able], columns=["label", "value", "lower", "upper"]
        )
        report.chart(charts.ladder(frame, about, say.whole, f"Percent of {other}", (100.0, "the same")))
    if found:
        report.table(_table(found, report.name, compared_with))
    formation.show(report, [name for name in MEASURES if not report.series(name)])


def _finding(able: list[Row], name: str, other: str) -> str:
    """Return on how many measures the area lies above and below the comparator beyond chance."""
    parts = [(sum(row.side == side for row in able), side) for side in ("below", "above")]
    told = [f"{side} {other} on {say.word(n)}" for n, side in parts if n]
    measures = say.count(sum(not row.modelled for row in able), "measure", fmt=say.word)
    more = sum(row.modelled for row in able)
    tail = f"; of {say.word(more)} more, {'a model' if more == 1 else 'models'}'s, that cannot be told" * (more > 0)
    if not told:
        return f"on none of {measures} does {name} differ from {other} by more than chance{tail}"
    if len(told) == 2:
        told[1] = told[1].replace(f" {other}", "")
    return f"of {measures}, {name} lies {say.listed(told)} by more than chance{tail}"


def _table(found: list[Row], name: str, compared_with: str) -> Table:
    """Return the figures behind the chart."""
    heads = ["Measure", "Period", name, say.capital(WORDS[compared_with]), "Differs beyond chance"]
    frame = pd.DataFrame(
        [(row.label, row.when, row.here, row.other, row.side or _unclear(row)) for row in found], columns=heads
    )
    links = {row.label: address(row.page, row.section) for row in found}
    note = f"{PER_10_000.capitalize()}: children in care. Percent: the other rates. " * bool(found)
    return Table("stands-figures", f"The figures behind it, {name}", frame, note=note.strip(), right=heads[2:4],
                 links=links)  # fmt: skip


def _unclear(row: Row) -> str:
    if row.modelled:
        return OF_MODEL
    return "[x]" if math.isnan(row.interval.lower) else "no"
