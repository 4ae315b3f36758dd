"""The estimates of one report: its population, and each definition's children with what is not known about them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from analysis.figure import Figure
from analysis.methods import prevalence, synthetic
from analysis.methods.intervals import Interval
from analysis.methods.prevalence import Estimate
from analysis.methods.simulation import Middle, middle, one_at_a_time, points
from analysis.report import Report
from analysis.topics.hidden_harm.definitions import NEAREST, Definition, definitions
from analysis.topics.hidden_harm.local import Given, Ratios, given, ratios

CHILDREN = "population_0_17"
AGES = {"0 to 15": 16 / 18, "0 to 17": 1.0}
"""Ages of children → their part of those aged 0 to 17, taking each year of age to have as many children."""


class Swing(NamedTuple):
    """What one driver alone does to the estimate: the results at its low and its high setting, and these settings."""

    driver: str
    low: float
    high: float
    low_setting: float
    high_setting: float


@dataclass(frozen=True)
class Model:
    """What one report assumes, and the estimates that follow.

    Args:
        report: the report on the area.
        definition: name of the leading definition.
        ages: a key of `AGES`.
        year: the assessments are of the year to March of this year, the children of the middle of the year before.
        design_effect: of the surveys.
        survey_size: children taken to be in a survey whose size is not published.
        multiplier: range of the area's prevalence relative to the nation's; an end that is 0 is that of the area's own
            ratio, and with both 0 the ratio is drawn about its middle.
        population_error: percent by which the population may be off.
        size: number of draws.
        seed: of the draws.
    """

    report: Report
    definition: str
    ages: str
    year: int
    design_effect: float
    survey_size: float
    multiplier: Interval
    population_error: float
    size: int
    seed: int

    @property
    def confidence(self) -> float:
        """The coverage of all intervals: the report's."""
        return self.report.confidence

    @cached_property
    def definitions(self) -> dict[str, Definition]:
        """Every definition, by name."""
        return definitions(self.report)

    @cached_property
    def lead(self) -> Definition:
        """The leading definition."""
        return self.definitions[self.definition]

    @cached_property
    def children(self) -> Figure | None:
        """The children aged 0 to 17 in the middle of the year before, or the nearest published; None without any."""
        series = [f for f in self.report.figures.every(CHILDREN, self.report.area) if f.known]
        if not series:
            self.report.series(CHILDREN)  # the page is made anew when there is one
            return None
        nearest = min(series, key=lambda f: (abs(int(f.time_period) - self.year + 1), f.time_period))
        return self.report.figure(CHILDREN, period=nearest.time_period)

    @property
    def population(self) -> float:
        """The children of the ages chosen."""
        return self.children.value * AGES[self.ages]

    @cached_property
    def points(self) -> np.ndarray:
        """The points at which share, population, multiplier and children recorded are drawn, a row each."""
        return points(4, self.size, self.seed)

    @cached_property
    def _ratios(self) -> dict[str, Ratios]:
        return {}

    def local(self, definition: Definition) -> Given | Ratios:
        """Return how common a definition's harm is in the area relative to the nation.

        Raises:
            ValueError: if the range given is not in order.
        """
        low, high = self.multiplier
        if low and high:
            return given(low, high)
        measure = NEAREST[definition.name]
        if measure not in self._ratios:
            self._ratios[measure] = ratios(self.report, measure)
        own = self._ratios[measure]
        ends = own.interval(self.confidence)
        return given(low or ends.lower, high or ends.upper) if low or high else own

    @cached_property
    def ordered(self) -> list[Definition]:
        """The definitions, the widest first."""
        return sorted(self.definitions.values(), key=lambda d: (-d.percent, d.name))

    def estimate(self, definition: Definition, population: float | None = None) -> Estimate:
        """Return the children if the area is like the nation, with the survey's interval or the range published."""
        children = self.population if population is None else population
        if definition.ranged:
            return prevalence.from_range(*definition.limits, children)
        about = {"n": self.size_of(definition), "confidence": self.confidence, "design_effect": self.design_effect}
        return prevalence.synthetic(definition.percent, children, 1.0, **about)

    def size_of(self, definition: Definition) -> float:
        """Return the children in a definition's survey, as published or as taken."""
        return definition.n if definition.surveyed else float(self.survey_size)

    def shares(self, definition: Definition) -> np.ndarray:
        """Return draws of a definition's national share, 0 to 1; the same for every report with the seed."""
        if definition.ranged:
            return synthetic.between(*definition.limits.times(1 / 100), self.points[0])
        about = (definition.percent, self.size_of(definition), self.points[0], self.design_effect)
        return synthetic.survey_shares(*about)

    def draws(self, definition: Definition) -> np.ndarray:
        """Return draws of the number of children: share × population × local multiplier."""
        people = synthetic.populations(self.population, self.population_error, self.points[1])
        return self.shares(definition) * people * self.local(definition).draws(self.points[2])

    def spread(self, definition: Definition) -> Middle:
        """Return the median of the draws and their interval."""
        return middle(self.draws(definition), self.confidence)

    def survey_range(self, definition: Definition) -> Interval:
        """Return the range of a definition's national share in percent: the survey's interval, or the one published."""
        return self.estimate(definition, 100.0).interval

    def swings(self) -> list[Swing]:
        """Return what each driver alone does to the leading estimate, shares and population in their own units."""
        local = self.local(self.lead)
        base = {"definition": self.lead.percent / 100, "multiplier": local.middle, "population": self.population}
        off = self.population_error / 100
        widest, narrowest = self.ordered[0].percent / 100, self.ordered[-1].percent / 100
        people = Interval(self.population * (1 - off), self.population * (1 + off))
        possible = local.interval(self.confidence)
        ranges = {"definition": Interval(narrowest, widest), "multiplier": possible, "population": people}
        survey = self.survey_range(self.lead).times(1 / 100)
        made = one_at_a_time(_product, base, ranges)
        (alone,) = one_at_a_time(_product, base, {"definition": survey}).values()
        swings = [Swing(driver, *results, *ranges[driver]) for driver, results in made.items()]
        return [*swings, Swing("prevalence", *alone, *survey)]


def _product(**inputs: float) -> float:
    return math.prod(inputs.values())
