"""Child poverty by measures that are never joined: what each says of an area, and beside which others it may stand."""

from __future__ import annotations

from dataclasses import dataclass

from analysis import formation, narrative
from analysis.figure import MONTHS, Figure, is_known
from analysis.position import Position, beside, chance
from analysis.report import Report
from analysis.tables import explained
from analysis.trends import (
    change_since,
    in_doubt,
    is_doubtful,
    missing_sentences,
    revised_sentences,
    since_first,
    trend_chart,
)


@dataclass(frozen=True)
class Lens:
    """One way to count children in poverty: its indicators, and how it is spoken of.

    `count` is the indicator of the number, "" where only the share is published; `whom` says who is counted, `where`
    what they are, `line` names the measure, `short` and `by` do so in passing, and `more` is to be known of a change.
    """

    rate: str
    count: str
    whom: str
    where: str
    line: str
    short: str
    by: str
    more: str = ""


LENSES = {
    "after housing costs": Lens(
        "low_income_ahc_rate_under_16",
        "low_income_ahc_under_16",
        "children under 16",
        "were in families with a low income after housing costs",
        "After housing costs",
        "after housing costs",
        "in low-income families after housing costs",
    ),
    "before housing costs": Lens(
        "low_income_bhc_rate",
        "",
        "children under 16",
        "were in families with a low income before housing costs",
        "Before housing costs",
        "before housing costs",
        "in low-income families before housing costs",
    ),
    "HMRC local measure": Lens(
        "hmrc_low_income_rate_under_16",
        "hmrc_low_income_under_16",
        "children under 16",
        "were in families on out-of-work benefits, or on tax credits with a low income (the local measure of HM "
        "Revenue and Customs)",
        "HMRC local measure",
        "by the HMRC local measure",
        "in poverty by the HMRC local measure",
    ),
    "free school meals": Lens(
        "fsm_primary_rate",
        "",
        "pupils of primary schools",
        "were eligible for free school meals",
        "Free school meals, primary",
        "by free school meals",
        "of primary pupils eligible for free school meals",
        ", and eligibility has been protected since 2018, which holds it up",
    ),
}
"""Name of the parameter → the lens: two of income, one of benefits and tax credits, one of an entitlement."""

TWOS = Lens(
    "two_year_olds_take_up",
    "",
    "eligible two-year-olds",
    "were in funded early education",
    "Two-year-olds in funded places",
    "in funded places",
    "of eligible two-year-olds in funded early education",
)
"""An entitlement of families with a low income; not one of the measures that may lead."""

AFTER, BEFORE, HMRC, MEALS = LENSES.values()
_STANDS = ("a higher share than", "a lower share than", "a share not distinguishable from")


class Poverty:
    """Child poverty of a report's area, as known at the end of a year.

    Args:
        report: the report.
        measure: name of the lens that leads; a key of `LENSES`.
        year: the last year whose figures are used in the answer; a period counts by the year in which it ends.
    """

    def __init__(self, report: Report, measure: str, year: int) -> None:
        self.report, self.year = report, year
        self.lead = LENSES[measure]

    def until(self, indicator: str) -> list[Figure]:
        """Return an indicator's figures up to the year, in order of period."""
        return [f for f in self.report.series(indicator) if year_of(f) <= self.year]

    def latest(self, indicator: str) -> Figure | None:
        """Return the last figure with a value up to the year; None without one."""
        known = [f for f in self.until(indicator) if f.known]
        return known[-1] if known else None

    def sentences(self) -> list[str]:
        """Return the answer by the measure that leads and the next two."""
        others = [lens for lens in (AFTER, BEFORE, MEALS, HMRC) if lens is not self.lead]
        others.sort(key=lambda lens: not self._has(lens))  # those without a figure last, else as they stand
        return _doubted_once([self.leading(), *(self.also(lens) for lens in others[:2])])

    def _has(self, lens: Lens) -> bool:
        series = self.until(lens.rate)
        return bool(series) and series[-1].known

    def leading(self) -> str:
        """Return what the leading measure says: number, share, interval, comparators and the first figure."""
        series = self.until(self.lead.rate)
        if not series or not series[-1].known:
            return self._nothing(self.lead, series)
        where = beside(self.report.figures, series[-1])
        said = f"{self._number(where.here)} {self.lead.where} {where.here.when}{self._beside(where)}"
        return said + _before(series, self.lead)

    def also(self, lens: Lens) -> str:
        """Return what a further measure says, shorter: its share, England's, and the first of its series."""
        series = self.until(lens.rate)
        if not series or not series[-1].known:
            return self._nothing(lens, series)
        where = beside(self.report.figures, series[-1])
        said = f"{where.here} of {lens.whom} {lens.where} {where.here.when}"
        return said + (f" (England {where.england})" if is_known(where.england) else "") + _before(series, lens)

    def _nothing(self, lens: Lens, series: list[Figure]) -> str:
        """Return that a measure has no latest figure, and what there is."""
        name = self.report.name
        if series:
            gone, last = series[-1], self.latest(lens.rate)
            said = f"{lens.line}: no figure for {name} {gone.when}, {explained(gone.symbol)}"
            return said + (f"; the last one is {last} {last.when}" if last else "")
        later = [f for f in self.report.series(lens.rate) if f.known]
        if later:
            return f"{lens.line}: no figure for {name} up to {self.year}; the first one is {later[0]} {later[0].when}"
        return formation.nothing(self.report, lens.rate, lens.line)

    def _number(self, rate: Figure) -> str:
        """Return the number with its share and interval: "17,409 children under 16 in Wiltshire, 19.0% (…),"."""
        limits = chance(rate)
        around = f" ({narrative.around(limits, rate.text)})" if limits else ""
        number = self._count(rate)
        if number is None:
            return f"{rate}{around} of {self.lead.whom} in {self.report.name}"
        people = "child under 16" if number.value == 1 else self.lead.whom
        return f"{number} {people} in {self.report.name}, {rate}{around},"

    def _count(self, rate: Figure) -> Figure | None:
        """Return the number that goes with a share of the leading measure; None where there is none."""
        if not self.lead.count:
            return None
        same = [f for f in self.until(self.lead.count) if f.time_period == rate.time_period and f.known]
        return same[0] if same else None

    def _beside(self, where: Position) -> str:
        """Return how the share stands to England's and the neighbours'."""
        limits, said = chance(where.here), ""
        if is_known(where.england):
            told = limits and not where.here.modelled  # chance says nothing of a model's own error
            stands = narrative.compared(limits, where.england.value, *_STANDS) if told else "beside"
            said = f", {stands} England's {where.england}"
        if len(where.neighbours) > 1:
            count = narrative.word(len(where.neighbours))
            said += f" (the median of its {count} statistical neighbours is {where.text(where.median)})"
        return said

    def differ(self) -> str:
        """Return what difference housing costs make, for a heading."""
        after, before = self.latest(AFTER.rate), self.latest(BEFORE.rate)
        if not after or not before:
            return "the measures count different children, and must not be joined in one line"
        if after.time_period == before.time_period:
            return f"{before} before housing costs and {after} after them {after.when} are two measures, not a change"
        return f"{before} before housing costs {before.when} and {after} after them {after.when} are two measures"

    def trend(self, lens: Lens) -> None:
        """Show a measure over time: what became of it, its chart, periods without a figure, and what was revised."""
        self._over_time(lens)
        if revised := revised_sentences(self.report.figures, self.report.area, lens.rate):
            self.report.text(*revised)

    def _over_time(self, lens: Lens) -> None:
        series = self.report.series(lens.rate)
        change = change_since(series, "")
        if not change:
            self.report.trend(lens.rate, f"the share {lens.by}")
            return
        last = [f for f in series if f.known][-1]
        england = beside(self.report.figures, last).england
        moved = f"was {change} and {last}" if change[0].isdigit() else f"{change} to {last}"
        moved = moved.replace("no clear change,", "shows no clear change,")
        other = f"; England's was {england}" if is_known(england) else ""
        self.report.finding(f"the share {lens.by} {moved} {last.when}{other}")
        self.report.chart(trend_chart(self.report.figures, lens.rate, self.report.area))
        doubt = [in_doubt("the first and the last year differ")] * is_doubtful(series)
        if said := [*doubt, *missing_sentences(series)]:
            self.report.text(*said)

    def beside_others(self) -> str:
        """Return how the share after housing costs stands to the neighbours' median and to England, for a heading."""
        here = self.latest(AFTER.rate)
        where = beside(self.report.figures, here) if here else None
        if not where or not where.neighbours:
            return f"no neighbour of {self.report.name} has a share after housing costs to stand beside"
        england = f", and England {where.england}" if is_known(where.england) else ""
        median = where.text(where.median)
        return f"{self.report.name} has {here} after housing costs, the median neighbour {median}{england}"


def year_of(figure: Figure) -> int:
    """Return the year in which a figure's period ends: 2025 for 2024/25."""
    first = int(figure.time_period[:4])
    return first + (len(figure.time_period) == 6 and figure.time_identifier not in MONTHS)


def _before(series: list[Figure], lens: Lens) -> str:
    """Return how the latest compares with the first: "; it was 8.0% in 2016", "; it rose from 18.6% in 2023/24"."""
    said = since_first(series)
    return f"; {said}{lens.more}" if said else ""


def _doubted_once(sentences: list[str]) -> list[str]:
    """Return sentences with the doubt of modelled measures in full where it comes first, and in short after that."""
    first = next((n for n, said in enumerate(sentences) if in_doubt() in said), len(sentences))
    later = [said.replace(in_doubt(), "the same doubt holds") for said in sentences[first + 1 :]]
    return sentences[: first + 1] + later
