"""Titles of the charts: what is drawn, in ten words or so."""

from __future__ import annotations

from analysis.formats import tenths
from analysis.methods.intervals import Interval
from analysis.topics.spend_outcomes.phrases import span_of
from analysis.topics.spend_outcomes.study import Found, Study

CONTROLS = "Three ways of dealing with time, and two kinds of errors"
CURVE = "Every model tried, from most fewer children to most more"
OUTCOMES = "Three outcomes by what is taken out for time"
BETWEEN = "The same spend compared between places and within a place"


def national_title(study: Study) -> str:
    """Return what the chart of the country has."""
    return f"Spend and {study.about.words}, the mean of all authorities"


def area_title(study: Study) -> str:
    """Return what the chart of the area has."""
    return f"{study.report.name}'s rate beside the model's"


def influence_title(study: Study) -> str:
    """Return between what the estimate lies without any one authority."""
    found = Found(0.0, Interval(study.without["value"].min(), study.without["value"].max()))
    way = "" if found.limits.lower < 0 < found.limits.upper else " fewer" if found.limits.upper < 0 else " more"
    return f"From {span_of(found, tenths)}{way}, whoever is left out"
