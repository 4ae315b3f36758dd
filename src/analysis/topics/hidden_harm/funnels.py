"""Every authority's share of assessments that record a harm of a parent, with the limits of a funnel."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from analysis import narrative as say
from analysis.charts import About, Chart
from analysis.charts import funnel as draw
from analysis.figure import ENGLAND, Figure
from analysis.figures import Figures
from analysis.methods import funnel
from analysis.report import Report
from analysis.topics.hidden_harm import known as knowing


def factor_funnel(report: Report, harm: str, overdispersed: bool) -> Chart | None:
    """Draw every authority's share of assessments that record a harm of a parent; None where too few have a figure."""
    indicator = f"factor_{harm}_parent_share"
    shown = funnel_areas(report.figures, indicator)
    if len(shown) < 2 or not any(f.known for f in shown.values()):
        return None
    england, rows = funnel_reference(report, shown), funnel_rows(report.figures, shown)
    limits = funnel.in_percent(_limits(rows, england.value / 100, overdispersed))
    kind = "allow for the differences there are between authorities" if overdispersed else "are those of chance alone"
    return draw(
        pd.DataFrame(rows, columns=["label", "value", "size", "symbol"]),
        About(
            "factor-funnel",
            funnel_title(report, shown, limits),
            f"Share of assessments that record {knowing.HARMS[harm]} of a parent, every authority with a figure, "
            f"{england.period}",
            f"The limits {kind}. Recording practice differs between authorities.",
        ),
        say.percent,
        "Percent of assessments",
        "Assessments with a factor recorded",
        (england.value, f"England {england}"),
        limits,
        report.name if report.name in {row[0] for row in rows} else None,
    )


def _limits(rows: list[tuple[str, float, float, str]], target: float, overdispersed: bool) -> funnel.Limits:
    """Return the limits about a target: of chance alone, or with the usual spread between authorities."""
    shares, sizes = np.array([row[1:3] for row in rows], dtype=float).T
    known = np.isfinite(shares) & np.isfinite(sizes)
    if not overdispersed or known.sum() < 2 or not 0 < target < 1:
        return funnel.about(target)
    return funnel.about(target, funnel.spread(shares[known] / 100, sizes[known], target).between)


def funnel_areas(figures: Figures, indicator: str) -> dict[str, Figure]:
    """Return every authority's latest figure of an indicator."""
    return figures.everywhere(indicator)


def funnel_reference(report: Report, shown: dict[str, Figure]) -> Figure:
    """Return England's figure of the same period."""
    one = next(iter(shown.values()))
    return report.figure(one.indicator, area=ENGLAND, period=one.time_period)


def funnel_rows(figures: Figures, shown: dict[str, Figure]) -> list[tuple[str, float, float, str]]:
    """Return name, share, assessments and symbol of each authority."""
    return [(figures.area_name(area), f.value, f.base, f.symbol) for area, f in shown.items()]


def funnel_title(report: Report, shown: dict[str, Figure], limits: funnel.Limits) -> str:
    """Return where the area lies among the limits, as a sentence."""
    own = shown.get(report.area)
    if own is None or not own.known or math.isnan(own.base):
        return f"{report.name} has no figure to be compared"
    for confidence in (0.998, 0.95):
        (place,) = funnel.places([own.value], *limits(np.array([own.base]), confidence))
        if place != "within":
            return f"{report.name}, with {own}, lies {place} the {say.level(confidence)} control limits"
    return f"{report.name}, with {own}, lies within the limits"


def beside_all(report: Report, harm: str) -> str:
    """Return how far authorities lie apart in recording a harm of a parent, and where most of them lie."""
    shown = funnel_areas(report.figures, f"factor_{harm}_parent_share")
    values = sorted(f.value for f in shown.values() if f.known)
    one = next(f for f in shown.values() if f.known)
    low, high = values[len(values) // 10], values[-1 - len(values) // 10]
    return (
        f"eight in ten authorities record {knowing.HARMS[harm]} of a parent in {one.text(low)} to {one.text(high)} of "
        "assessments"
    )
