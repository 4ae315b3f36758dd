"""Charts of child poverty: every measure a line of its own, the area among its neighbours, and what was counted."""

from __future__ import annotations

import math

from analysis import charts, narrative
from analysis.charts import About, Chart
from analysis.figure import Figure, is_known
from analysis.formats import Format, percent
from analysis.methods import rounding
from analysis.methods.intervals import Interval
from analysis.position import beside, chance
from analysis.topics.child_poverty.facts import AFTER, LENSES, Poverty, year_of


def breaks(poverty: Poverty) -> Chart | None:
    """Return every measure over the years, each a line of its own; None where no measure has a figure."""
    found = {lens: {year_of(f): f for f in poverty.report.series(lens.rate) if f.known} for lens in LENSES.values()}
    found = {lens: by_year for lens, by_year in found.items() if by_year}
    if not found:
        return None
    years = [year for by_year in found.values() for year in by_year]
    rows = [
        (str(year), lens.line, by_year[year].value if year in by_year else math.nan)
        for year in range(min(years), max(years) + 1)
        for lens, by_year in found.items()
    ]
    said = [f"{by_year[max(by_year)]} {lens.short}" for lens, by_year in found.items()]
    about = About(
        "measures",
        f"The latest of each: {narrative.listed(said)}",
        f"Children in low-income families, and pupils eligible for free school meals, percent, {poverty.report.name}",
        "A line ends where its measure ends or begins: a step from one line to another is a change of definition, "
        "not of poverty. Years are those in which a period ends.",
    )
    return charts.lines(rows, about, percent, "Percent", x_axis="Year")


def neighbours(poverty: Poverty) -> Chart | None:
    """Return the shares after housing costs of the area and its neighbours with intervals; None without any."""
    here = poverty.latest(AFTER.rate)
    where = beside(poverty.report.figures, here) if here else None
    if not where or not where.neighbours:
        return None
    named = [(poverty.report.figures.area_name(f.area), f) for f in (here, *where.neighbours)]
    limits = [chance(f) or Interval(math.nan, math.nan) for _, f in named]
    rows = [(label, f.value, *ends) for (label, f), ends in zip(named, limits, strict=True)]
    about = About(
        "neighbours",
        f"{here}; the neighbours' shares run from {narrative.span(where.range, where.text)}",
        f"{here.title}, {here.period}",
        f"Whiskers are {poverty.report.level} intervals by chance alone: the model's own error is not published, so "
        "that no share is said to be higher. England, and every county, is the sum of its districts, worked out here.",
    )
    england = (where.england.value, f"England {where.england}") if is_known(where.england) else None
    return charts.ranked(rows, about, percent, "Percent of children under 16", poverty.report.name, england)


def counted(poverty: Poverty) -> str:
    """Return the numbers of children behind the official figures, for a heading."""
    said = [f"{narrative.about(value)} ({label.partition(':')[0]})" for label, value, _ in bases(poverty)]
    if not said:
        return f"the releases read here have no base of these measures for {poverty.report.name}"
    return f"official figures of {poverty.report.name} count {narrative.listed(said)} children"


def bases(poverty: Poverty) -> list[tuple[str, float, Interval]]:
    """Return how many children official figures were counted among: label, number and its range."""
    rows, rate = [], poverty.latest(AFTER.rate)
    if rate and rate.base > 0:
        rows.append((f"after housing costs, under 16, {rate.period}: implied", rate.base, _implied(poverty, rate)))
    others = (("hmrc_children_under_16", "Child Benefit, under 16"), ("population_0_17", "all aged 0 to 17"))
    for indicator, label in others:
        known = [f for f in poverty.report.series(indicator) if f.known]
        if known:
            rows.append((f"{label}, {known[-1].year}: published", known[-1].value, known[-1].rounding_interval))
    return rows


def _implied(poverty: Poverty, rate: Figure) -> Interval:
    """Return the children that number and share imply; one value where the share was worked out from them."""
    counts = [f for f in poverty.report.series(AFTER.count) if f.time_period == rate.time_period and f.known]
    if rate.symbol == "e" or not counts or not rate.rounding_interval.lower > 0:
        return Interval(rate.base, rate.base)
    return rounding.implied_denominator(counts[0].rounding_interval, rate.rounding_interval)


def bases_chart(rows: list[tuple[str, float, Interval]], name: str, key: str, title: str) -> Chart:
    """Return the numbers of children that figures were counted among, with the range that rounding allows."""
    note = "A number and a share imply how many children they are of; the range comes from the rounding of both."
    shown = [(narrative.capital(label), value, limits) for label, value, limits in rows]
    return charts.ladder(shown, About(key, title, f"Children counted, {name}", note), narrative.about, "Children")


def as_printed(figures: list[Figure]) -> Format:
    """Return a format that writes each of some figures as its source prints it (12%), other values to one decimal."""
    printed = {figure.value: str(figure) for figure in figures}
    return lambda value: printed.get(value, percent(value))
