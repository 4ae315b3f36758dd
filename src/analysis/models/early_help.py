"""Early help: what is spent on it, in which years' prices, and what that would have to achieve to pay for itself.

Early help is what three lines of the outturn return hold: children's centres, family support, services for the young.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.data import reads
from analysis.data.figure import ENGLAND
from analysis.data.figures import Figures
from analysis.methods import appraisal, simulation
from analysis.methods.appraisal import Normal, Prices, Spread
from analysis.methods.simulation import Middle

LINES = {
    "spend_official_sure_start": "Children's centres",
    "spend_official_family_support": "Family support",
    "spend_official_young_people": "Services for young people",
}
OTHERS = {"spend_official_safeguarding": "Safeguarding", "spend_official_looked_after": "Children in care"}
FOLD, LEAST, SHARE = 2.0, 10.0, 0.1
"""A line that changes at least twofold, by at least so many pounds a child and this share of the three lines' total,
is taken for a possible artefact of the return."""
MOST = 0.75
"""Share of such a change that other lines must make up for, if it is probably only a service on another line."""
POUNDS = 100
"""Pounds a child for which an effect is stated."""
TRIED, OPTIMISM = Spread(0.0, 3.76, 8.0), 0.4
"""Falls in care per 10,000 for `POUNDS` a child, about the published one, and the largest share that may not appear."""
WEEKS = 365 / 7
CARE, NEED = "children looked after", "children in need"
WEEKLY = {CARE: "care_week_cost", NEED: "social_work_week_cost"}
NUMBER = {CARE: "cla_number", NEED: "cin_number"}


def prices(figures: Figures, deflator: str, growth: float) -> Prices:
    """Return the price levels of a deflator, "CPIH" or "SPPI", with an assumed growth after its last year."""
    known = figures.take(f"price_index_{deflator.lower()}", areas=ENGLAND).dropna(subset=["value"])
    return Prices(dict(zip(known["ends"].astype(int), known["value"], strict=True)), growth)


def spending(figures: Figures, levels: Prices) -> pd.DataFrame:
    """Return what authorities spent on early help, a row an authority and year in which all three lines are known.

    Columns area, name, role, year (in which the financial year ends), period (2024/25), each of `LINES` and `OTHERS`
    (pounds in cash), total (of the three lines), children (0 to 17, of the very authorities whose spend is in the
    total) and real (pounds a child at the prices of the area's latest year), by area, then year.
    """
    rows, keys = figures.take(*LINES, *OTHERS), ["area", "name", "role", "ends", "period"]
    known = rows.dropna(subset=["value"])
    wide = known.pivot(index=keys, columns="indicator", values="value").reindex(columns=[*LINES, *OTHERS])
    children = known[known["indicator"].isin(LINES)].groupby(keys)["base"].agg(["min", "max"])
    wide = wide.assign(total=wide[list(LINES)].sum(axis=1, skipna=False), children=children["max"])
    # Lines of different authorities have no children in common to be divided by.
    wide = wide[wide["total"].notna() & (children["min"] == children["max"]) & (children["max"] > 0)]
    wide = wide.rename_axis(columns=None).reset_index().rename(columns={"ends": "year"}).astype({"year": int})
    own = wide.loc[wide["role"] == "area", "year"]
    factor = [levels.factor(year, int(own.max() if len(own) else levels.last)) for year in wide["year"]]
    return wide.assign(real=wide["total"] / wide["children"] * np.array(factor, float))


def steps(own: pd.DataFrame) -> pd.DataFrame:
    """Return the sudden changes of the three lines from one year to the next, those that look moved first.

    Of one authority's rows of `spending`. Columns line (its label), then and period (the two years), before, after,
    other (how much the other lines that moved the other way changed) and moved (whether they make up for `MOST` of it).
    """
    labels, found = list(LINES.values()), []
    lines = own.rename(columns=LINES)
    for (_, before), (_, after) in zip(lines.iloc[:-1].iterrows(), lines.iloc[1:].iterrows(), strict=True):
        change = after[labels].astype(float) - before[labels].astype(float)
        least = max(LEAST * after["children"], SHARE * max(before["total"], after["total"]), 1.0)
        for line in labels:
            low, high = sorted((before[line], after[line]))
            if high >= FOLD * low and abs(change[line]) >= least:
                against = (change * change[line] < 0) & (change.abs() >= SHARE * abs(change[line]))
                other = change[against].sum()
                moved = abs(other) >= MOST * abs(change[line])
                found.append((line, before["period"], after["period"], before[line], after[line], other, moved))
    columns = ["line", "then", "period", "before", "after", "other", "moved"]
    made = pd.DataFrame(found, columns=columns).astype({"moved": bool})
    made["size"] = (made["after"] - made["before"]).abs()
    made = made.sort_values(["moved", "size"], ascending=False, kind="stable", ignore_index=True)
    return made.drop(columns="size")


@dataclass(frozen=True)
class Terms:
    """What is assumed: the cost of a case-year and the effect of £100 a child, at prices of one year, and the rest.

    `effect` is fewer cases per 10,000 children; `optimism` the largest share of it that may fail to appear.
    """

    unit_cost: Spread
    effect: Spread | Normal
    optimism: float
    years: int
    lag: int
    discount: float
    confidence: float
    draws: int = 65_536
    seed: int = 2013

    @property
    def worth(self) -> float:
        """What one case's savings are worth, in years of saving."""
        return appraisal.discounted_years(self.years, self.discount, self.lag)

    @cached_property
    def points(self) -> np.ndarray:
        """The points at which the three uncertain inputs are drawn."""
        return simulation.points(3, self.draws, self.seed)

    @cached_property
    def returned(self) -> Middle:
        """Median share of the spend that comes back, and its interval, in percent: pence in the pound."""
        inputs = (self.effect, self.unit_cost, self.optimism, self.worth)
        return simulation.middle(100 * appraisal.simulated_shares(self.points, *inputs, POUNDS), self.confidence)

    @property
    def times(self) -> float:
        """How many times as much would have to come back for the spend to pay for itself; infinite if nothing does."""
        return 100 / self.returned.value if self.returned.value > 0 else math.inf

    @property
    def years_needed(self) -> float:
        """How many years each fall must last at the median of what is assumed; infinite if that never pays."""
        return appraisal.years_to_break_even(self.returned.value / 100 / self.worth, self.discount, self.lag)


def associations(figures: Figures, terms: Terms) -> dict[str, Terms]:
    """Return what is assumed under two associations, each taken for an effect, at prices of one year.

    `ours` is the primary model of the national panel, `published` what `terms` have.
    """
    found = reads.estimates(figures, "gspend_noncla_nonsg_pc").loc["care_year_effects_clustered"]
    return {"ours": replace(terms, effect=Normal(-found["value"], found["standard_error"])), "published": terms}


@dataclass(frozen=True)
class Case:
    """One spend to be paid for: pounds and children of one year.

    `price` turns a pound of the terms' price year into one of the spend's year.
    """

    spend: float
    children: float
    price: float
    terms: Terms

    @property
    def unit_cost(self) -> Spread:
        """What a case-year costs, at the prices of the spend's year."""
        return self.terms.unit_cost.times(self.price)

    @cached_property
    def needed(self) -> Middle:
        """Case-years to be averted for each year's spend: median of the simulation and its interval."""
        costs = appraisal.draw(self.terms.points[2], self.terms.unit_cost) * self.price
        return simulation.middle(self.at_cost(costs), self.terms.confidence)

    def at_cost(self, unit_cost: float | np.ndarray) -> float | np.ndarray:
        """Return the case-years to be averted if one costs so many pounds of the spend's year."""
        return appraisal.cases_to_break_even(self.spend, unit_cost, 1, self.terms.discount, self.terms.lag)

    def per_10000(self, value: float) -> float:
        """Return a number of cases per 10,000 children."""
        return value / self.children * 10_000


def yearly_cost(figures: Figures, area: str, what: str) -> float:
    """Return pounds a year of a case by the area's own return, in the latest year with a figure; NaN without."""
    known = figures.take(WEEKLY[what], areas=area)["value"].dropna()
    return float(known.iloc[-1]) * WEEKS if len(known) else math.nan


def case_of(spent: pd.Series, price: float, terms: Terms, own: float, what: str = CARE) -> Case | None:
    """Return a year's spend, a row of `spending`, as a case; None where there is no cost of what is to be prevented.

    `price` is as in `Case`, for `CARE`; for `NEED` a case costs `own` pounds a year, as uncertain as the terms' cost
    is.
    """
    if what == NEED:
        price, terms = 1.0, replace(terms, unit_cost=terms.unit_cost.times(own / terms.unit_cost.likely))
    total, children = float(spent["total"]), float(spent["children"])
    return None if math.isnan(terms.unit_cost.likely) else Case(total, children, price, terms)
