"""The break-even as a table for a meeting, and as charts."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from analysis import narrative as say
from analysis.charts import About, Chart, contour, lines, tornado
from analysis.figure import ENGLAND
from analysis.formats import missing, roughly
from analysis.methods import breakeven, simulation
from analysis.report import Report
from analysis.tables import Table
from analysis.topics.early_help.pays import CARE, POUNDS, Case, Terms, cases, full_effect, years_needed

YEARS = range(1, 11)
Row = tuple[str, str, str, str]


def finance_table(case: Case, year: str, price_year: int, own: float) -> Table:
    """Return the break-even as a table to take into a meeting, a line a step.

    Args:
        case: the spend and its terms.
        year: the spend's year in words.
        price_year: the year of the terms' prices.
        own: the authority's own cost of a case-year in the spend's year; NaN if none is published.
    """
    rows = _cost_rows(case, year, price_year, own) + _needed_rows(case, own)
    rows += _return_rows(case.terms) if case.what == CARE else []
    numbered = [(f"{n}. {label}", *others) for n, (label, *others) in enumerate(rows, 1)]
    frame = pd.DataFrame(numbered, columns=["Line", "Value", "Range", "How"])
    sure = say.level(case.terms.confidence)
    note = f"Range: lowest and highest tried in line 4, {sure} of simulations below it."
    caption = f"Break-even of early help, {year}"
    return Table("break-even-table", caption, frame, note=note, folded=False, right=["Value", "Range"])


def _cost_rows(case: Case, year: str, price_year: int, own: float) -> list[Row]:
    """Return the lines on the spend and on what a case-year costs."""
    one = "a care-year" if case.what == CARE else "a year of a child in need"
    costs = case.terms.unit_cost.times(case.price)
    tried = f"{_about_pounds(costs.low)} to {_about_pounds(costs.high)}"
    moved = f"Parameters, {price_year} prices, moved to {year}" if case.what == CARE else "Line 5, as uncertain as care"
    return [
        (f"Spend in {year}", say.pounds(case.spend), "", "Outturn return"),
        ("Children under 18", say.number(case.children), "", "Mid-year estimate"),
        ("Spend a child", say.pounds(case.spend / case.children), "", "1 ÷ 2"),
        (f"Cost of {one}, mean", _about_pounds(costs.mean), tried, moved),
        ("The same by the area's own return", _or_x(own, say.pounds), "", "Cost a week × 365 ÷ 7"),
    ]


def _needed_rows(case: Case, own: float) -> list[Row]:
    """Return the lines on what must be prevented each year."""
    value, limits = case.needed
    later = f"1 ÷ 4, {say.count(case.terms.lag, 'year')} later, {say.percent(case.terms.discount * 100)} a year"
    per = case.per_10000(1.0)
    share = 100 / case.now if case.now and not missing(case.now) else math.nan
    worth = breakeven.discounted_years(1, case.terms.discount, case.terms.lag)
    tenths = "[x]" if missing(share) else say.span(limits.times(share), say.of_all)
    return [
        (f"{say.capital(case.unit)} to prevent each year", cases(value), say.span(limits, cases), later),
        ("The same per 10,000 children", cases(value * per), say.span(limits.times(per), cases), "6 ÷ 2"),
        ("The same at the area's own cost", _or_x(case.spend / own / worth, cases), "", "1 ÷ 5, as in line 6"),
        (f"The same as a share of {case.what}", _or_x(value * share, say.of_all), tenths, "6 ÷ number on 31 March"),
    ]


def _return_rows(terms: Terms) -> list[Row]:
    """Return the lines on what comes back, which need an effect and so stand for care alone."""
    value, limits = terms.returned
    years = years_needed(terms)
    lasting = say.number(years, 1) if math.isfinite(years) else "never"
    bring = f"Fall in care per 10,000 that £{POUNDS} a child must bring"
    return [
        ("Comes back of each £1", _pence(value), say.span(limits, _pence), "Fall × cost × years, less optimism"),
        (bring, _tenth(full_effect(terms)), "", "At the mean cost"),
        (
            "Years each fall must last instead",
            lasting,
            "",
            f"At {terms.effect.likely:g} per £{POUNDS} a child, no bias",
        ),
    ]


def _about_pounds(value: float) -> str:
    return say.pounds(roughly(value))


def _tenth(value: float) -> str:
    return say.number(value, 1)


def _pence(value: float) -> str:
    return f"{say.number(value)}p"


def _or_x(value: float, fmt: object) -> str:
    return "[x]" if missing(value) else fmt(value)


def contour_chart(terms: Terms) -> Chart:
    """Return pence in the pound over effect and cost, the likely place marked, before optimism bias."""
    effects = np.linspace(0, max(8.0, terms.effect.high), 17)
    low, high = terms.unit_cost.low, terms.unit_cost.high
    costs = np.linspace(low, high if high > low else low * 1.1, 13)
    grid = pd.DataFrame([[terms.share(e, c) for e in effects] for c in costs], index=costs, columns=effects)
    lasting = say.count(terms.years, "year", fmt=say.word)
    most = grid.to_numpy().max()
    likely = terms.unit_cost.likely
    place = (terms.effect.likely, likely, f"{say.number(terms.share(terms.effect.likely, likely))}p")
    about = About(
        "break-even",
        f"With falls that last {lasting}, at most {say.number(most)}p of each £1 comes back",
        f"Pence returned in each £1, by fall in care per 10,000 for £{POUNDS} a child and cost of a care-year",
        "The dot: the likely fall and cost. Before optimism bias.",
    )
    scales = (
        (f"Fewer in care per 10,000 for £{POUNDS} a child", lambda v: f"{v:g}"),
        ("Pounds a care-year", say.pounds),
    )
    return contour(grid, about, _pence, "Pence in the pound", scales, (100.0, "100p"), place)


def years_chart(terms: Terms) -> Chart:
    """Return simulated pence in the pound by how many years each fall lasts, with their interval."""
    rows = []
    for years in YEARS:
        worth = breakeven.discounted_years(years, terms.discount, terms.lag)
        value, limits = simulation.middle(terms.shares * 100 * worth / terms.worth, terms.confidence)
        rows.append((float(years), "Returned", value, limits))
    first = next((int(x) for x, _, value, _ in rows if value >= 100), None)
    said = f"Half of the simulations pay for themselves from {first} years" if first else ""
    about = About(
        "years-it-lasts",
        said or f"Half of the simulations have not paid for themselves after {YEARS[-1]} years",
        "Pence returned in each £1 by how many years each fall in care lasts, simulated",
        f"The line is the median, the band {say.level(terms.confidence)} of {say.number(terms.draws)} simulations.",
    )
    return lines(
        rows, about, _pence, "Pence in each £1", "Years that each fall lasts",
        lambda v: f"{v:g}", marks=[(100.0, "pays for itself")],
    )  # fmt: skip


def tornado_chart(terms: Terms) -> Chart:
    """Return how far each input alone moves the pence in the pound."""
    likely = {"effect": terms.effect.likely, "unit_cost": terms.unit_cost.likely, "optimism": terms.optimism / 2}
    likely |= {"years": terms.years, "lag": terms.lag, "discount": terms.discount}
    ranges = {
        "effect": (terms.effect.low, terms.effect.high, "Fall per 10,000", lambda v: f"{v:g}"),
        "unit_cost": (terms.unit_cost.low, terms.unit_cost.high, "Cost of a care-year", say.pounds),
        "optimism": (0.0, terms.optimism, "Optimism bias", lambda v: say.whole(v * 100)),
        "years": (1, max(5, terms.years), "Years each fall lasts", say.number),
        "lag": (0, max(5, terms.lag), "Years until it shows", say.number),
        "discount": (0.0, max(0.07, terms.discount), "Discount rate", lambda v: say.percent(v * 100)),
    }
    found = simulation.one_at_a_time(terms.share, likely, {name: about[:2] for name, about in ranges.items()})
    rows = [(label, *found[name], fmt(low), fmt(high)) for name, (low, high, label, fmt) in ranges.items()]
    widest = max(rows, key=lambda row: abs(row[2] - row[1]))[0]
    base = terms.share(**likely)
    about = About(
        "what-moves-it",
        f"{widest} moves the result most",
        "Pence returned in each £1, each input alone at its low and high setting",
    )
    return tornado(rows, about, _pence, "Pence in each £1", (base, f"{say.number(base)}p as assumed"))


def studies_table(report: Report) -> Table:
    """Return what published studies found, each with its kind."""
    care = report.figure("spend_cla_association", area=ENGLAND)
    early, late = (report.figure("spend_cin_association", area=ENGLAND, period=year) for year in (2012, 2019))
    sure, nil = (
        report.figure("sure_start_return", area=ENGLAND),
        report.figure("sure_start_no_effect_areas", area=ENGLAND),
    )
    without, within = (report.figure(f"troubled_families_cla_{end}", area=ENGLAND) for end in ("without", "with"))
    sources = report.figures.sources
    fewer = f"{care.text(abs(care.value))} {'fewer' if care.value < 0 else 'more'}"
    rows = [
        (care, f"{fewer} children in care per 10,000 with £{POUNDS} more a child over two years", "Association"),
        (
            early,
            f"1% more spend, children in need the next year {early}% "
            f"({say.around(early.printed_interval, early.text)}) in {early.period}, {late}% in {late.period}",
            "Association",
        ),
        (sure, f"£{sure} of benefits in the long run for each £1 on Sure Start, mostly later earnings", "Comparison"),
        (nil, f"No effect of Sure Start on admissions to hospital in the richest {nil} of areas", "Comparison"),
        (
            within,
            f"{within} of children looked after on the Troubled Families Programme, {without} without",
            "Comparison",
        ),
    ]
    told = [(sources.at[f.source, "title"].split(":")[0], f.year, what, kind) for f, what, kind in rows]
    dated = [
        (f"{who} ({sources.at[f.source, 'date'][:4]})", what, kind)
        for (f, *_), (who, _, what, kind) in zip(rows, told, strict=True)
    ]
    frame = pd.DataFrame(dated, columns=["Study", "What it found", "Kind"])
    note = (
        "Association: moves together, and nothing said of cause. Comparison: with and without a programme, not by lot."
    )
    return Table("studies", "What published studies found", frame, note=note, folded=False)


def studies_finding(report: Report) -> str:
    """Return the range of what the studies of Sure Start found, for a heading."""
    sure, nil = (report.figure(name, area=ENGLAND) for name in ("sure_start_return", "sure_start_no_effect_areas"))
    return f"studies of Sure Start found from nothing, in the richest {nil} of areas, to £{sure} back for each £1"
