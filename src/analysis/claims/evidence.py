"""The figures of a claim: those its entry names, and what official figures show beside it.

The second is worked out from every release read, and never typed: an entry names measures, no year and no number. So
neither a figure that a release has can be overlooked, nor one be said to be missing that is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from analysis import words as say
from analysis.claims.expressions import BadExpression
from analysis.data.areas import last_year
from analysis.data.columns import choices
from analysis.data.figure import Figure
from analysis.data.figures import WILTSHIRE, Figures
from analysis.files import did_you_mean

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
_NONE = "none in the releases read here"


def parts_of(reference: str, figures: Figures) -> tuple[str, dict[str, str]]:
    """Return the indicator that a reference names, and its area, period, identifier and status as far as named."""
    indicator, *parts = [part.strip() for part in reference.split("|")]
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
        BadExpression, NoSuchFigure: if a part of the reference is none of these; if there is no figure, or several.
    """
    indicator, which = parts_of(reference, figures)
    return figures.get(indicator, **which)


def published(indicator: str, area: str, figures: Figures) -> dict[int, Figure]:
    """Return a measure's official figures with a value by year, in order: the panel's where no other release has one.

    None of them is counted as used.
    """
    if indicator not in figures.indicators.index:
        raise BadExpression(f"unknown indicator {indicator!r}{did_you_mean(indicator, figures.indicators.index)}")
    official = figures.sources.index[figures.sources["kind"] == "official"]
    every = [f for name in (indicator, PANEL.get(indicator)) if name for f in figures.every(name, area)]
    first = {last_year(f.time_period): f for f in reversed(every) if f.known and f.source in official}
    return dict(sorted(first.items()))


def settling(reference: str, figures: Figures) -> Figure | None:
    """Return the official figure of the measure, area and year that a reference names, if a release has it."""
    indicator, which = parts_of(reference, figures)
    if "period" not in which:
        raise BadExpression(f"{reference!r} names no period")
    return published(indicator, which.get("area", WILTSHIRE), figures).get(last_year(which["period"]))


def beside(measures: Iterable[str], years: set[int], figures: Figures) -> list[str]:
    """Return what official figures show of measures: in the years of a claim, in the next, and at last.

    Args:
        measures: references to an indicator, with an area or `neighbours` where it is not Wiltshire.
        years: those of the claim.
        figures: all figures.
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
            said.append(name + _NONE)
            continue
        # Those of the claim's years and the next, else the earliest; and the latest of all.
        own = [year for year in known if min(years) <= year <= max(years) + 1] or [min(known)]
        chosen = [known[year] for year in sorted({*own, max(known)})]
        shown = [figures.get(f.indicator, area, f.time_period, f.time_identifier) for f in chosen]
        origin = origin or _origin(indicator, shown, figures)
        again = ["", *("in " + f.year if f.dated in ("on 31 March", "year to March") else "" for f in shown[1:])]
        values = [f"{figure} {short or figure.when}" for figure, short in zip(shown, again, strict=True)]
        if min(known) > min(years) and not said:
            values[0] += " (the first in the releases read here)"
        said.append(name + say.listed(values))
    title = figures.indicators.at[indicator, "title"]
    about = f"{title[:-1]}; {origin})" if title.endswith(")") else f"{title} ({origin})" if origin else title
    return f"{about}: {'; '.join(said)}"


def _origin(indicator: str, shown: list[Figure], figures: Figures) -> str:
    """Return whose figures they are, and which of them are the panel's."""
    panel = [f.year for f in shown if f.indicator != indicator]
    publishers = [figures.sources.at[f.source, "publisher"] for f in shown if f.indicator == indicator]
    named = list(dict.fromkeys(name.partition(",")[0] for name in publishers))
    return "; ".join(named + ([f"{say.listed(panel)} from the panel of authorities"] if panel else []))


def _near(indicator: str, year: int, figures: Figures) -> str:
    """Return the lowest and the highest of the statistical neighbours in a year."""
    near = [published(indicator, code, figures).get(year) for code in figures.neighbours_of(WILTSHIRE)]
    near = [figures.get(f.indicator, f.area, f.time_period) for f in near if f]
    if not near:
        return f"of its statistical neighbours {_NONE}"
    low, high = (pick(near, key=lambda f: f.value) for pick in (min, max))
    return f"{say.word(len(near))} neighbours of today: {low} to {high} {low.when}"
