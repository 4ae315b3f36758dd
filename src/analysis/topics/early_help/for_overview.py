"""Early help in the overview's words, from the models; the topic's notebook has its own."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from analysis import narrative as say
from analysis.figure import ENGLAND, Figure
from analysis.figures import Figures
from analysis.formats import missing
from analysis.methods.prices import Prices
from analysis.models import early_help
from analysis.models.early_help import CARE, LINES, NUMBER, Terms
from analysis.models.early_help import prices as prices
from analysis.report import Report
from analysis.tables import SYMBOL_KEY
from analysis.trends import NEIGHBOURS

NO_CASE = (
    "what early help would have to achieve is not worked out for {name}: its spend or the cost is not in the releases "
    "read here"
)


def rate(value: float) -> str:
    """Return a rate per 10,000, with a decimal only below ten."""
    return say.number(value, 1 if 0 < value < 10 else 0)


def plain(figure: Figure) -> str:
    """Return a rate with a decimal below ten only, or its symbol and what that means where it has no value."""
    return rate(figure.value) if figure.known else f"{SYMBOL_KEY[figure.symbol]} [{figure.symbol}]"


def cases(value: float) -> str:
    """Return a number of cases that is an estimate: "0.5", "25", "220"."""
    return say.number(value, 1) if value < 9.95 else say.modelled(value)


@dataclass(frozen=True)
class Spending:
    """An area's rows of `models.early_help.spending`, by year, with the price levels and the year of its prices."""

    name: str
    table: pd.DataFrame
    prices: Prices
    base: int

    @property
    def known(self) -> bool:
        """Whether there is any year."""
        return not self.table.empty

    @property
    def last(self) -> pd.Series:
        """The latest year."""
        return self.table.iloc[-1]

    @property
    def per_child(self) -> float:
        """Pounds a child in the latest year, in its own prices."""
        return float(self.last["total"] / self.last["children"])


def spending(figures: Figures, area: str, levels: Prices, base: int | None = None) -> Spending:
    """Return what an area spent, at the prices of its latest year."""
    table = early_help.spending(figures, levels, base, [area]).set_index("year")
    return Spending(
        figures.area_name(area), table, levels, base or int(table.index.max() if len(table) else levels.last)
    )


def comparators(figures: Figures, here: Spending, area: str) -> dict[str, pd.Series]:
    """Return pounds a child by year at the same prices: of the area, England, and the neighbours' median."""
    codes = [area, ENGLAND, *figures.neighbours_of(area)]
    every = early_help.spending(figures, here.prices, here.base, codes)
    real = {name: part.set_index("year")["real"] for name, part in every.groupby("name")}
    near = every[every["area"].isin(codes[2:])].groupby("year")["real"].median()
    found = {name: real[name] for name in (here.name, "England") if name in real}
    return found | ({NEIGHBOURS: near} if len(near) else {})


def spend_sentence(here: Spending, others: dict[str, pd.Series]) -> str:
    """Return what the area spent in its latest year and how that stands to others."""
    if not here.known:
        return f"the official releases read here do not have all three lines of early-help spend for {here.name}"
    year = here.table.index[-1]
    also = {"England": "in England", NEIGHBOURS: "for the median of its neighbours"}
    there = [f"{say.pounds(series[year])} {also[n]}" for n, series in others.items() if n in also and year in series]
    compared = f"; it was {say.listed(there)}" if there else ""
    return (
        f"{here.name} spent {say.pounds(here.last['total'])} on early help (children's centres, family support and "
        f"services for young people) in {here.last['period']}: {say.pounds(here.per_child)} for each child under 18"
        f"{compared}"
    )


@dataclass(frozen=True)
class Case(early_help.Case):
    """A case with how many children are in care now."""

    now: float = math.nan
    unit: str = "care-years"

    @property
    def scale(self) -> str:
        """What is needed beside the number in care, to follow it; "" without one."""
        if missing(self.now) or not self.now:
            return ""
        value, limits = self.needed
        if value <= self.now:
            return f", or {say.of_all(value / self.now * 100)} of the number of children in care today"
        sure = "it cannot pay" if limits.lower > self.now else "at most of the costs tried it cannot pay"
        return f", more than all children in care today: {sure} for itself through care costs alone"


def case_of(figures: Figures, area: str, spent: Spending, terms: Terms, price_year: int, _: str = CARE) -> Case | None:
    """Return the latest year's spend as a case of children in care; None where there is no spend."""
    if not spent.known:
        return None
    count = figures.series(NUMBER[CARE], area)
    total, children = float(spent.last["total"]), float(spent.last["children"])
    factor = spent.prices.factor(price_year, spent.base)
    return Case(total, children, factor, terms, count[-1].value if count else math.nan)


def record(report: Report, here: Spending, case: Case | None, terms: Terms) -> None:
    """Record what is spent, what it would have to achieve, and what comes back of each pound."""
    used = [f for name in (*LINES, "population_0_17") if here.known for f in report.series(name)[-1:]]
    if here.known:
        total, a_child = "Early-help spend, three lines of the return", "Early-help spend per child under 18"
        report.headline("spend_total", total, here.last["total"], unit="pounds", symbol="", of=used)
        report.headline("spend_per_child", a_child, here.per_child, unit="pounds", symbol="", of=used)
    if case:
        label = "Care-years to prevent each year to break even"
        report.headline("break_even_years", label, *case.needed, unit=case.unit, symbol="e", of=used)
    study = [report.figure(name, area=ENGLAND) for name in ("care_year_cost", "spend_cla_association")]
    report.headline(
        "returned", "Comes back of each £1 at the sizes tried", *terms.returned, unit="percent", symbol="e", of=study
    )
