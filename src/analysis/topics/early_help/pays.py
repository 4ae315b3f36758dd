"""What early-help spend would have to achieve to pay for itself, with everything that is uncertain about it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from analysis import narrative as say
from analysis.figure import Figure
from analysis.figures import Figures
from analysis.formats import missing, roughly
from analysis.methods import appraisal, breakeven, simulation
from analysis.methods.appraisal import Spread
from analysis.methods.intervals import Interval
from analysis.topics.early_help.outturn import Spending

POUNDS = 100
"""Pounds a child for which an effect is stated."""
WEEKS = 365 / 7
CARE, NEED = "children looked after", "children in need"
NO_CASE = (
    "what early help would have to achieve is not worked out for {name}: its spend or the cost is not in the releases "
    "read here"
)
WEEKLY = {CARE: "care_week_cost", NEED: "social_work_week_cost"}
NUMBER = {CARE: "cla_number", NEED: "cin_number"}


@dataclass(frozen=True)
class Terms:
    """What is assumed: the cost of a case-year and the effect of £100 a child, at prices of one year, and the rest.

    `effect` is fewer cases per 10,000 children; `optimism` the largest share of it that may fail to appear.
    """

    unit_cost: Spread
    effect: Spread
    optimism: float
    years: int
    lag: int
    discount: float
    confidence: float
    draws: int
    seed: int

    @property
    def worth(self) -> float:
        """What one case's savings are worth, in years of saving."""
        return breakeven.discounted_years(self.years, self.discount, self.lag)

    @property
    def unit(self) -> float:
        """The mean cost of a case-year."""
        return self.unit_cost.mean

    @cached_property
    def points(self) -> np.ndarray:
        """The points at which the three uncertain inputs are drawn."""
        return simulation.points(3, self.draws, self.seed)

    @cached_property
    def shares(self) -> np.ndarray:
        """Simulated shares of the spend that come back: the same ones each time."""
        return appraisal.simulated_shares(self.points, self.effect, self.unit_cost, self.optimism, self.worth)

    @property
    def returned(self) -> tuple[float, Interval]:
        """Median share that comes back, and its interval, in percent: pence in the pound."""
        return simulation.middle(self.shares * 100, self.confidence)

    def share(self, effect: float, unit_cost: float, optimism: float = 0.0, **changed: float) -> float:
        """Return the share that comes back, in percent, at given values; `changed`: years, lag or discount."""
        terms = replace(self, **changed)
        return (
            100
            * breakeven.share_recovered(
                effect, 10_000, unit_cost, POUNDS * 10_000, terms.years, terms.discount, terms.lag
            )
            * (1 - optimism)
        )


@dataclass(frozen=True)
class Case:
    """One spend to be paid for: pounds, children, and how many are in care (or need) now; all of one year.

    `price` turns a pound of the terms' price year into one of the spend's year.
    """

    spend: float
    children: float
    now: float
    price: float
    terms: Terms
    what: str = CARE
    when: str = "today"

    @property
    def unit(self) -> str:
        """What is averted: "care-years" or "years of a child in need"."""
        return "care-years" if self.what == CARE else "years of a child in need"

    @cached_property
    def needed(self) -> tuple[float, Interval]:
        """Case-years to be averted for each year's spend: median of the simulation and its interval."""
        costs = appraisal.draw(self.terms.points[2], self.terms.unit_cost) * self.price
        found = breakeven.cases_to_break_even(self.spend, costs, 1, self.terms.discount, self.terms.lag)
        return simulation.middle(found, self.terms.confidence)

    def per_10000(self, value: float) -> float:
        """Return a number of cases per 10,000 children."""
        return value / self.children * 10_000

    @property
    def expected(self) -> float:
        """Fewer cases at the likely effect, if it held for every £100 of the spend: an extrapolation."""
        hundreds = self.spend / self.price / self.children / POUNDS
        return self.terms.effect.likely * hundreds * self.children / 10_000

    @property
    def scale(self) -> str:
        """What is needed beside the number there is, to follow it: ", or 47% of the number in care"; "" without one."""
        if missing(self.now) or not self.now:
            return ""
        value, limits = self.needed
        state, costs = ("care", "care") if self.what == CARE else ("need", "social work")
        if value <= self.now:
            return f", or {say.of_all(value / self.now * 100)} of the number of children in {state} {self.when}"
        sure = "it cannot pay" if limits.lower > self.now else "at most of the costs tried it cannot pay"
        return f", more than all children in {state} {self.when}: {sure} for itself through {costs} costs alone"

    @property
    def sentence(self) -> str:
        """What the spend would have to achieve, in one sentence."""
        value, limits = self.needed
        costs, one = ("care", "one child in care") if self.what == CARE else ("social work", "one child in need")
        sure = f"{say.level(self.terms.confidence)} of simulations: {say.span(limits, cases)}"
        said = (
            f"to pay for itself through {costs} costs alone, that spend would have to prevent {cases(value)} "
            f"{self.unit} every year ({one} for one year; {sure}): {say.number(self.per_10000(value))} for every "
            "10,000 children"
        )
        return f"{said}{self.scale}"


def cases(value: float) -> str:
    """Return a number of cases that is an estimate: "0.5", "25", "220"."""
    return say.number(value, 1) if value < 9.95 else say.modelled(value)


def own_cost(figures: Figures, area: str, what: str) -> Figure | None:
    """Return what a week of a case costs by the area's own return, in the latest year with a figure; None without."""
    known = [f for f in figures.series(WEEKLY[what], area) if f.known]
    return known[-1] if known else None


def case_of(figures: Figures, area: str, spent: Spending, terms: Terms, price_year: int, what: str) -> Case | None:
    """Return the latest year's spend as a case; None where there is no spend, or no cost of what is to be prevented.

    Children in need cost what the area's own return gives a week, with the terms' relative uncertainty.
    """
    if not spent.known:
        return None
    count = figures.series(NUMBER[what], area)
    now = count[-1].value if count else math.nan
    total, children = float(spent.last["total"]), float(spent.last["children"])
    if what == CARE:
        return Case(total, children, now, spent.prices.factor(price_year, spent.base), terms)
    own = own_cost(figures, area, what)
    if own is None:
        return None
    scaled = replace(terms, unit_cost=terms.unit_cost.times(own.value * WEEKS / terms.unit_cost.likely))
    return Case(total, children, now, 1.0, scaled, what)


def pays_sentence(terms: Terms, published: float) -> str:
    """Return what comes back at the published association, with its interval, and that it is no finding here."""
    value, limits = terms.returned
    low, high = (say.number(end) for end in limits)
    sure = f"{low}p" if low == high else f"{low}p to {high}p"
    return (
        f"a national study (Webb, 2024) found {say.number(abs(published), 2)} {'fewer' if published < 0 else 'more'} "
        f"children in care per 10,000 where £{POUNDS} more a child was spent, an association and not an effect; were "
        f"it one, each £1 would bring back about {say.number(value)}p in care costs "
        f"({say.level(terms.confidence)} of simulations: {sure})"
    )


def full_effect(terms: Terms) -> float:
    """Return the fall per 10,000 that each £100 a child must bring to pay for itself, at the mean cost."""
    one = terms.share(1.0, terms.unit)
    return 100 / one


def years_needed(terms: Terms) -> float:
    """Return how many years each fall must last at the likely effect and mean cost; infinite if never."""
    yearly = terms.share(terms.effect.likely, terms.unit, years=1, lag=0) / 100
    return breakeven.years_to_break_even(yearly, terms.discount, terms.lag)


def conditions(terms: Terms) -> list[str]:
    """Return what would have to be true for early help to pay for itself through this saving alone, one or another."""
    need, have, years = full_effect(terms), terms.effect.likely, years_needed(terms)
    said = [
        f"each £{POUNDS} a child brings {say.number(need, 1)} fewer children in care per 10,000 ({have:g} is assumed)"
    ]
    if math.isfinite(years):
        said.append(f"or each fall lasts at least {say.number(years, 1)} years ({terms.years} is assumed)")
    if have:
        dear, mean = (say.pounds(roughly(cost)) for cost in (terms.unit * need / have, terms.unit))
        said.append(f"or a care-year costs {dear} ({mean} is assumed)")
    gap = 100 - terms.share(terms.effect.mean, terms.unit, terms.optimism / 2)
    if gap > 0:
        said.append(
            f"or benefits outside care (schooling, health, crime) are worth {say.number(gap)}p for each £1 spent"
        )
    return said


def conditions_finding(terms: Terms) -> str:
    """Return whether early help pays for itself at the mean of what is assumed, and how much is missing."""
    mean = terms.share(terms.effect.mean, terms.unit, terms.optimism / 2)
    if mean >= 100:
        return f"on what is assumed here, each £1 would bring back £{say.number(mean / 100, 2)} in care costs"
    return f"on what is assumed here, {say.number(100 - mean)}p of each £1 does not come back through care costs"


def needed_finding(case: Case) -> str:
    """Return how many case-years must be prevented, for a heading."""
    value, _ = case.needed
    said = f"about {cases(value)} {case.unit} would have to be prevented each year"
    if missing(case.now) or not case.now:
        return said
    return f"{said}, against {say.number(case.now)} {case.what} now"


def yearly(week: Figure | None) -> float:
    """Return a weekly cost for a year; NaN where there is none."""
    return week.value * WEEKS if week else math.nan
