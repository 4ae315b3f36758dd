"""The published definitions of hidden harm, each with its share of children and what is known about that share."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from analysis.figure import ENGLAND, UNITED_KINGDOM, Figure
from analysis.figures import ENGLAND_AND_WALES
from analysis.methods import rounding
from analysis.methods.intervals import Interval
from analysis.report import Report

Groups = tuple[tuple[str, ...], ...]
"""Harms that social workers record: all of the groups, any of the harms in each."""

ALCOHOL, DRUGS, EITHER = ("alcohol",), ("drugs",), ("alcohol", "drugs")
ABUSE, MENTAL = ("domestic_abuse",), ("mental_health",)

SURVEYS: dict[str, Groups] = {
    "binge_drinker": (ALCOHOL,),
    "hazardous_drinker": (ALCOHOL,),
    "harmful_drinker": (ALCOHOL,),
    "dependent_drinker": (ALCOHOL,),
    "illicit_drug_user": (DRUGS,),
    "class_a_user": (DRUGS,),
    "drug_dependent": (DRUGS,),
    "drug_treatment": (DRUGS,),
    "drinker_and_drugs": (ALCOHOL, DRUGS),
    "drinking_and_mental_health": (ALCOHOL, MENTAL),
    "problem_drugs_parent": (DRUGS,),
}
"""Shares published before the strategy of 2013, of children under 16."""
TRIO: dict[str, Groups] = dict.fromkeys(("trio_moderate", "trio_severe"), (ABUSE, EITHER, MENTAL))
"""Shares of children under 18 in England with all three harms (Adult Psychiatric Morbidity Survey 2014)."""
LOCAL: dict[str, Groups] = {
    "dependency": (EITHER,),
    "any_substance_misuse": (EITHER,),
    "domestic_abuse": (ABUSE,),
    "severe_mental_health": (MENTAL,),
    "any_of_three": ((*EITHER, *ABUSE, *MENTAL),),
}
"""Children's Commissioner's local estimates; the share is their sum over England's authorities."""
USE = ("binge_drinker", "hazardous_drinker", "illicit_drug_user", "class_a_user")
NEAREST = (
    {name: name for name in LOCAL}
    | dict.fromkeys(SURVEYS, "dependency")
    | dict.fromkeys(USE, "any_substance_misuse")
    | dict.fromkeys(TRIO, "all_of_three")
    | {"drinking_and_mental_health": "two_of_three"}
)
"""Definition → the Commissioner's local measure that is nearest to it: how an area compares with England is taken
from that."""


@dataclass(frozen=True)
class Definition:
    """One published definition.

    `percent` is the national share of children, `limits` the range that its rounding or its source allows, `n` the
    children in the survey (NaN where not known), `phrase` what the children do ("living with …").
    """

    name: str
    label: str
    phrase: str
    percent: float
    limits: Interval
    n: float
    groups: Groups
    figures: tuple[Figure, ...]

    @property
    def ranged(self) -> bool:
        """Whether its source gives a range and no share."""
        return not any(figure.known for figure in self.figures)

    @property
    def surveyed(self) -> bool:
        """Whether the survey's size is published."""
        return not math.isnan(self.n)


def definitions(report: Report) -> dict[str, Definition]:
    """Return every definition, by name."""
    areas = {"problem_drugs_parent": ENGLAND_AND_WALES} | dict.fromkeys(TRIO, ENGLAND)
    found = {}
    for name, groups in (SURVEYS | TRIO).items():
        figure = report.figure(f"prevalence_{name}", area=areas.get(name, UNITED_KINGDOM))
        found[name] = _published(name, figure, groups)
    return found | {name: _summed(report, name, groups) for name, groups in LOCAL.items()}


def england_share(report: Report, name: str) -> tuple[float, Interval, tuple[Figure, Figure]]:
    """Return England's share of one of the Commissioner's local measures, in percent, its rounding, and its figures."""
    count = report.figure(f"local_{name}", area=ENGLAND)
    children = report.figure("population_0_17", area=ENGLAND, period=count.time_period)
    whole = children.rounding_interval
    share = count.value / children.value * 100
    return share, rounding.implied_percent(count.rounding_interval, whole), (count, children)


def _published(name: str, figure: Figure, groups: Groups) -> Definition:
    limits = Interval(figure.lower, figure.upper) if not figure.known else figure.rounding_interval
    middle = figure.value if figure.known else (figure.lower + figure.upper) / 2
    phrase = re.sub(r"^Children (under \d+ )?", "", figure.title)
    limits = Interval(max(0.0, limits.lower), min(100.0, limits.upper))
    return Definition(name, figure.label, phrase, middle, limits, figure.base, groups, (figure,))


def _summed(report: Report, name: str, groups: Groups) -> Definition:
    share, limits, figures = england_share(report, name)
    phrase = figures[0].title.removeprefix("Children ")
    return Definition(name, figures[0].label, phrase, share, limits, math.nan, groups, figures)
