"""The figures of a claim: those its entry names, and what official figures show beside it.

The second is worked out from every release read, and never typed: an entry names measures, no year and no number. So
neither a figure that a release has can be overlooked, nor one be said to be missing that is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from analysis import narrative
from analysis.expressions import BadExpression
from analysis.figure import Figure
from analysis.figures import WILTSHIRE, Figures
from analysis.files import did_you_mean
from analysis.periods import last_year
from analysis.schemas import choices

PANEL = {
    "cla_number": "panel_cla_number",
    "cla_starts_number": "panel_cla_starts",
    "cla_ceased_number": "panel_cla_ceased",
    "cpp_number": "panel_cpp_number",
    "cpp_starts_number": "panel_cpp_starts",
    "cin_number": "panel_cin_number",
    "referrals_number": "panel_referrals",
}
"""Counts that the panel of authorities took from the department's: it has years that the other releases lack."""
NEIGHBOURS = "neighbours"
"""In the place of an area: its statistical neighbours, from the lowest to the highest."""


def parts_of(reference: str, figures: Figures) -> tuple[str, dict[str, str]]:
    """Return the indicator that a reference names, and its area, period, identifier and status as far as named.

    Raises:
        BadExpression: if a part of the reference is none of these.
    """
    indicator, *parts = [part.strip() for part in str(reference).split("|")]
    which: dict[str, str] = {}
    identifiers, statuses = _kinds(figures.folder)
    for part in parts:
        if part in figures.areas.index or part == NEIGHBOURS:
            which["area"] = part
        elif re.fullmatch(r"\d{4}(\d{2})?", part):
            which["period"] = part
        elif part in identifiers:
            which["identifier"] = part
        elif part in statuses:
            which["status"] = part
        else:
            raise BadExpression(f"{reference!r}: {part!r} is no area, period, time identifier or status")
    return indicator, which


@cache  # asked for each part of thousands of references
def _kinds(folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the time identifiers and the statuses that a figure may have."""
    return choices("figures", "time_identifier", folder), choices("figures", "status", folder)


def find(reference: str, figures: Figures) -> Figure:
    """Return the figure that a reference names: an indicator, then area, period, identifier, status in any order.

    Raises:
        BadExpression: if a part of the reference is none of these.
        NoSuchFigure: if there is no such figure, or several.
    """
    indicator, which = parts_of(reference, figures)
    return figures.get(indicator, **which)


def published(indicator: str, area: str, figures: Figures) -> list[Figure]:
    """Return every official figure of a measure that has a value, in order: the panel's where no other release has one.

    None of them is counted as used.

    Raises:
        BadExpression: if there is no such indicator.
    """
    if indicator not in figures.indicators.index:
        raise BadExpression(f"unknown indicator {indicator!r}{did_you_mean(indicator, figures.indicators.index)}")
    found: dict[int, Figure] = {}
    for name in filter(None, (indicator, PANEL.get(indicator))):
        for figure in figures.every(name, area):
            if figure.known and figures.sources.at[figure.source, "kind"] == "official":
                found.setdefault(last_year(figure.time_period), figure)
    return [found[year] for year in sorted(found)]


def settling(reference: str, figures: Figures) -> Figure | None:
    """Return the official figure of the measure, area and year that a reference names, if a release has it.

    Raises:
        BadExpression: if the reference names no indicator, or no period.
    """
    indicator, which = parts_of(reference, figures)
    if "period" not in which:
        raise BadExpression(f"{reference!r} names no period")
    there = published(indicator, which.get("area", WILTSHIRE), figures)
    return next((f for f in there if last_year(f.time_period) == last_year(which["period"])), None)


def beside(measures: Iterable[str], years: set[int], figures: Figures) -> list[str]:
    """Return what official figures show of measures: in the years of a claim, in the next, and at last.

    Args:
        measures: references to an indicator, with an area or `neighbours` where it is not Wiltshire.
        years: those of the claim.
        figures: all figures.

    Raises:
        BadExpression: if a reference is none.
    """
    places: dict[str, list[str]] = {}
    for reference in measures:
        indicator, which = parts_of(reference, figures)
        places.setdefault(indicator, []).append(which.get("area", WILTSHIRE))
    return [_measure(indicator, areas, years, figures) for indicator, areas in places.items()]


def _measure(indicator: str, areas: list[str], years: set[int], figures: Figures) -> str:
    """Return what the releases have of one measure: "Children looked after (…): 416 on 31 March 2012, 446 in 2013"."""
    said, origin = [], ""
    for area in areas:
        if area == NEIGHBOURS:
            said.append(_near(indicator, max(years), figures))
            continue
        name = "" if area == WILTSHIRE else f"{figures.area_name(area)} "
        known = published(indicator, area, figures)
        if not known:
            said.append(f"{name}none in the releases read here")
            continue
        shown = [figures.get(f.indicator, area, f.time_period, f.time_identifier) for f in _chosen(known, years)]
        origin = origin or _origin(indicator, shown, figures)
        values = [f"{figure} {figure.when if n == 0 else _again(figure)}" for n, figure in enumerate(shown)]
        if last_year(known[0].time_period) > min(years) and not said:
            values[0] += " (the first in the releases read here)"
        said.append(name + narrative.listed(values))
    title = figures.indicators.at[indicator, "title"]
    about = f"{title[:-1]}; {origin})" if title.endswith(")") else f"{title} ({origin})" if origin else title
    return f"{about}: {'; '.join(said)}"


def _again(figure: Figure) -> str:
    """Return when a figure is of, beside an earlier one: the day or month they share is not said again."""
    return f"in {figure.year}" if figure.dated in ("on 31 March", "year to March") else figure.when


def _chosen(known: list[Figure], years: set[int]) -> list[Figure]:
    """Return the figures of the claim's years and the next, else the earliest; and the latest of all."""
    own = [f for f in known if min(years) <= last_year(f.time_period) <= max(years) + 1] or known[:1]
    return own if own[-1] is known[-1] else [*own, known[-1]]


def _origin(indicator: str, shown: list[Figure], figures: Figures) -> str:
    """Return whose figures they are, and which of them are the panel's."""
    panel = [f.year for f in shown if f.indicator != indicator]
    publishers = [figures.sources.at[f.source, "publisher"] for f in shown if f.indicator == indicator]
    named = list(dict.fromkeys(name.partition(",")[0] for name in publishers))
    return "; ".join(named + ([f"{narrative.listed(panel)} from the panel of authorities"] if panel else []))


def _near(indicator: str, year: int, figures: Figures) -> str:
    """Return the lowest and the highest of the statistical neighbours in a year."""
    near = [f for code in figures.neighbours_of(WILTSHIRE) for f in published(indicator, code, figures)]
    of_year = [figures.get(f.indicator, f.area, f.time_period) for f in near if last_year(f.time_period) == year]
    if not of_year:
        return "of its statistical neighbours none in the releases read here"
    low, high = (pick(of_year, key=lambda f: f.value) for pick in (min, max))
    return f"{narrative.word(len(of_year))} statistical neighbours of today {low} to {high} {low.when}"
