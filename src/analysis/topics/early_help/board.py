"""The improvement board's counts: projections held against what came, and the steps from contact to care."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from analysis import narrative as say
from analysis.charts import About, Chart, ladder, lines
from analysis.figure import Figure
from analysis.methods import part_year
from analysis.methods.intervals import Interval
from analysis.report import Report
from analysis.tables import Table
from analysis.topics.early_help.need import rate

TWO_MONTHS = 1 / 6
BACKTESTED = {
    "board_referrals": "referrals_number",
    "board_cpp_starts": "cpp_starts_number",
    "board_cla_starts": "panel_cla_starts",
    "board_cla_ceased": "panel_cla_ceased",
}
"""The board's counts of a year, and the final official figure of each; contacts have none."""


@dataclass(frozen=True)
class Projected:
    """A count of the board: two months, its projection, the year before, the range by chance and the final figure."""

    months: Figure
    projection: Figure
    before: Figure
    final: Figure
    range: Interval

    @property
    def miss(self) -> float:
        """How far the projection was from the final figure, in percent."""
        return part_year.miss(self.projection.value, self.final.value)

    @property
    def naive_miss(self) -> float:
        """How far the year before was from it, in percent."""
        return part_year.miss(self.before.value, self.final.value)

    @property
    def nearer(self) -> bool:
        """Whether the projection was nearer than the year before."""
        return abs(self.miss) < abs(self.naive_miss)


def backtest(report: Report) -> list[Projected]:
    """Return the board's projections of 2013/14 beside what official figures show for that year."""
    made = []
    for board, final in BACKTESTED.items():
        months = report.figure(board, period=201314, identifier="Year to date May")
        made.append(
            Projected(
                months,
                report.figure(board, period=201314, status="projection"),
                report.figure(board, period=201213, identifier="Financial year"),
                report.figure(final, period=2014),
                part_year.year_from_part(round(months.value), TWO_MONTHS, report.confidence),
            )
        )
    return made


def backtest_finding(made: list[Projected]) -> str:
    """Return how far the projections were out, and how often the year before would have been nearer."""
    misses = [abs(one.miss) for one in made]
    side = (
        "too low" if all(one.miss < 0 for one in made) else "too high" if all(one.miss > 0 for one in made) else "out"
    )
    worse = sum(not one.nearer for one in made)
    return (
        f"two months times six was {say.whole(min(misses))} to {say.whole(max(misses))} {side}; the year before would "
        f"have been nearer for {say.word(worse)} of {say.word(len(made))} counts"
    )


def backtest_table(made: list[Projected], name: str, level: str) -> Table:
    """Return each projection, its range, what came, and the naive forecast."""
    signed = lambda v: f"{'+' if v > 0 else ''}{say.whole(v)}"  # noqa: E731
    rows = [
        (
            one.months.label, one.months.value, one.projection.value, say.span(one.range), one.final.value,
            signed(one.miss), one.before.value, signed(one.naive_miss),
        )
        for one in made
    ]  # fmt: skip
    heads = ["Count", "April and May", "Times six", f"{level} range", "Final", "Out by", "2012/13", "2012/13 out by"]
    formats = dict.fromkeys(["April and May", "Times six", "Final", "2012/13"], say.number)
    note = (
        "Range: where the year should lie by chance alone if April and May were typical. Final: official figures of "
        "2013/14; the board's counts may be defined otherwise. Contacts have no official figure."
    )
    caption = f"The board's projections of 2013/14 and what came, {name}"
    return Table(
        "backtest", caption, pd.DataFrame(rows, columns=heads), formats, note=note, right=heads[3:4] + heads[5:6]
    )


def backtest_chart(made: list[Projected], name: str, level: str) -> Chart:
    """Return each projection with its range, in percent of what came."""
    out = [one for one in made if not one.range.contains(one.final.value)]
    held = say.word(len(out)) if out else "none"
    about = About(
        "backtest-chart",
        f"For {held} of {say.word(len(made))} counts what came lies outside the range",
        f"Board's projection of 2013/14 in percent of the final figure, {name}",
        f"Bars: {level} range from two months' count. Outside it, chance alone does not explain the miss.",
    )
    rows = [
        (one.months.label, one.projection.value / one.final.value * 100, one.range.times(100 / one.final.value))
        for one in made
    ]
    return ladder(rows, about, say.whole, "Percent of the final figure", reference=(100, "what came"))


def demand_table(report: Report) -> Table:
    """Return the steps from contact to care in 2012/13 as numbers and rates, with the share of the step before."""
    board = {"period": 201213, "identifier": "Financial year"}
    contacts, referred = report.figure("board_contacts", **board), report.figure("board_referrals", **board)
    children = report.figure("population_0_17", period=2012)
    steps = [("Contacts and referrals", contacts.value + referred.value, "Board")]
    official = ("referrals_number", "initial_assessments_number", "s47_number", "icpc_number", "cpp_starts_number")
    steps += [(f.label, f.value, "Census") for f in (report.figure(name, period=2013) for name in official)]
    starts = report.figure("board_cla_starts", **board)
    steps.append((starts.label, starts.value, "Board"))
    before = [math.nan, *(value for _, value, _ in steps[:-1])]
    rows = [
        (label, value, value / children.value * 10_000, "[z]" if math.isnan(b) else say.whole(value / b * 100), source)
        for (label, value, source), b in zip(steps, before, strict=True)
    ]
    heads = ["Step", "Number", "Per 10,000 children", "Of the step before", "Source"]
    formats = {"Number": say.number, "Per 10,000 children": rate}
    note = (
        "A contact is a call, form or message, not a child; one child can have many, so its rate is no share of "
        "children. Counts of one year, not children followed. The board's referrals are more than the census has."
    )
    return Table(
        "demand", f"From contact to care, 2012/13, {report.name}", pd.DataFrame(rows, columns=heads), formats,
        note=note, folded=False, right=["Of the step before"],
    )  # fmt: skip


def conversion(report: Report) -> tuple[str, Chart, list[str]]:
    """Return what became of contacts from schools: a finding, a chart of shares, and sentences."""
    became = {
        "Referral": report.series("school_contacts_referral_share"),
        "Support assessment": report.series("school_contacts_support_share"),
        "Early support assessment": report.series("school_contacts_esa_share"),
    }
    contacts, said = report.series("school_contacts"), report.figure("school_contacts_conversion_range")
    led = [sum(f.value for f in year) for year in zip(*became.values(), strict=True)]
    first, last = (c.value * share / 100 for c, share in ((contacts[0], led[0]), (contacts[-1], led[-1])))
    finding = (
        f"contacts from schools {say.changed(contacts[0].value, contacts[-1].value)} between {contacts[0].period} and "
        f"{contacts[-1].period}; those that led to a referral or an assessment {say.changed(first, last, say.about)}"
    )
    about = About(
        "conversion",
        f"A referral or assessment followed {say.whole(min(led))} to {say.whole(max(led))} of contacts",
        f"Share of contacts from schools by what became of them, {report.name}",
        "Bands show rounding to the nearest percent. Whether years are school or financial years is not stated.",
    )
    rows = [(f.period, name, f.value, f.rounding_interval) for name, series in became.items() for f in series]
    chart = lines(rows, about, say.whole, "Percent of contacts")
    moved = say.listed([f"{n.lower()}s {say.changed(s[0].value, s[-1].value, say.whole)}" for n, s in became.items()])
    return finding, chart, [
        f"of contacts, {moved}",
        f"the update gives the total as {say.span(said.rounding_interval, say.whole)}; its own table gives "
        f"{say.whole(min(led))} to {say.whole(max(led))}, each a sum of three rounded shares, so that either can be "
        "out by a point or more",
    ]  # fmt: skip


def demand_finding(report: Report) -> str:
    """Return how many contacts went no further, and how many children came into care for each hundred referrals."""
    board = {"period": 201213, "identifier": "Financial year"}
    contacts, referred = report.figure("board_contacts", **board), report.figure("board_referrals", **board)
    starts = report.figure("board_cla_starts", **board)
    share = contacts.value / (contacts.value + referred.value) * 100
    return (
        f"{say.whole(share)} of contacts and referrals in {contacts.period} were contacts that became no referral; "
        f"{starts} children came into care"
    )


def stocks_sentence(report: Report) -> str:
    """Return how the board's estimates of children in need and in care at the year's end came out."""
    parts = []
    for board, final, what in (("board_cin", "cin_number", "in need"), ("board_cla", "panel_cla_number", "in care")):
        guess = report.figure(board, period=201314, status="projection")
        came = report.figure(final, period=2014)
        parts.append(f"{guess} children {what} where the final count was {came}")
    return f"for the end of the year the board took the number of May as it was: {say.listed(parts)}"
