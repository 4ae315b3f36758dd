"""Children recorded today: what the assessments of one year record, and how that stands to the children estimated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.figure import Figure
from analysis.methods import bounds, synthetic
from analysis.methods.intervals import Interval
from analysis.methods.simulation import Middle, middle
from analysis.report import Report
from analysis.topics.hidden_harm.definitions import Definition, Groups
from analysis.topics.hidden_harm.model import Model

HARMS = {
    "alcohol": "alcohol misuse",
    "drugs": "drug misuse",
    "domestic_abuse": "domestic abuse",
    "mental_health": "mental ill-health",
}
"""Harms that assessments record, of a parent and of another person, and how a sentence calls them."""
PARTS = 16
"""Equal parts of the range of children recorded, from each of which one is drawn for every estimate."""


@dataclass(frozen=True)
class Recorded:
    """How many assessments record one harm, of a parent and of another person; either may have no value."""

    harm: str
    parent: Figure
    other: Figure


@dataclass(frozen=True)
class Known:
    """Children that a year's assessments can stand for, and what that rests on.

    `assessments` is what records there can be, whatever their overlap; `children` is lower by the share of repeats.
    """

    assessments: Interval
    children: Interval
    total: Figure
    again: Figure | None
    parts: tuple[Recorded, ...]


def recorded(report: Report, year: int) -> dict[str, Recorded]:
    """Return what assessments of the year to March recorded, by harm; those without any figure are left out."""
    found = {}
    for harm in HARMS:
        pair = [report.figures.in_period(f"factor_{harm}_{who}", report.area, year) for who in ("parent", "other")]
        if all(pair):
            found[harm] = Recorded(harm, *pair)
    return found


def known(report: Report, groups: Groups, year: int) -> Known | None:
    """Return how many children the records of the year can stand for; None where a count needed is not published.

    A child can be in several of the counts, so only bounds are certain: from the largest count to their sum. Another
    person's count that is withheld is left out of the upper bound.
    """
    total, there = report.figures.in_period("assessments_with_factors", report.area, year), recorded(report, year)
    harms = {harm for group in groups for harm in group}
    if not (total and total.known and all(harm in there and there[harm].parent.known for harm in harms)):
        return None
    ranges = [bounds.at_least_one_of_ranges(_ranges(there, group), total.value) for group in groups]
    found = bounds.all_of_ranges(ranges, total.value)
    again = report.figures.in_period("rereferrals_rate", report.area, year)
    again = again if again and again.known else None
    once = 1 - again.value / 100 if again else 1.0
    return Known(found, Interval(found.lower * once, found.upper), total, again, tuple(there[h] for h in sorted(harms)))


def draws(model: Model, found: Known, definition: Definition) -> tuple[np.ndarray, np.ndarray]:
    """Return draws of the children recorded, equally likely anywhere in their range, and of those estimated.

    Each estimate meets children recorded from all parts of their range: a difference of the two settles only so.
    """
    everywhere = (np.arange(PARTS)[:, None] + model.points[3]) / PARTS
    return synthetic.between(*found.children, everywhere.ravel()), np.tile(model.draws(definition), PARTS)


def per_hundred(model: Model, found: Known, definition: Definition) -> Middle:
    """Return children recorded for every 100 estimated, with both uncertainties: a ratio of unlike things, no share."""
    return middle(synthetic.per_hundred(*draws(model, found, definition)), model.confidence)


def more(model: Model, found: Known, target: float) -> Middle:
    """Return how many more children a year would have to be recorded for `target` to every 100 estimated."""
    there, estimated = draws(model, found, model.lead)
    return middle(synthetic.more_needed(target, estimated, there), model.confidence)


def _ranges(there: dict[str, Recorded], group: tuple[str, ...]) -> list[Interval]:
    """Return the range of each count in a group: a parent's for certain, another person's on top of it at most."""
    figures = [figure for harm in group for figure in (there[harm].parent, there[harm].other)]
    return [Interval(figure.value, figure.value) for figure in figures if figure.known]
