"""The page's headline values."""

from __future__ import annotations

import numpy as np

from analysis.methods.intervals import Interval
from analysis.official import spend_panel
from analysis.topics.spend_outcomes.phrases import TAKEN_OUT
from analysis.topics.spend_outcomes.specifications import YEARS
from analysis.topics.spend_outcomes.study import Found, Study, few


def record(study: Study) -> None:
    """Record the association, how many models agree, and what it is in the area.

    The one with each year taken out stands first, as the index shows the first: the other cannot be told from what all
    authorities shared.
    """
    unit, lead = "per 10,000 children", study.leading.control
    what = f"Change in {study.about.words}, with £{study.pounds:,.0f} more early-help spend a child"
    if lead != YEARS:
        _record(study, "association_year_effects", f"{what}, {TAKEN_OUT[YEARS]}", study.by_control[YEARS], unit)
    _record(study, "association", f"{what}, {TAKEN_OUT[lead]}", study.by_control[lead], unit)
    _counts(study)
    if study.here:
        here = f"{what}, in the area"
        if lead != YEARS and YEARS in study.in_children:
            timed = study.in_children[YEARS]
            _record(study, "area_year_effects", f"{here}, {TAKEN_OUT[YEARS]}", timed, "children")
        _record(study, "area", f"{here}, {TAKEN_OUT[lead]}", study.in_children[lead], "children")


def _counts(study: Study) -> None:
    """Record how many models point to fewer, and how many are beyond chance."""
    rows = study.every.dropna(subset="value")
    fewer, sure = rows["value"] < 0, rows["clear"]
    of = f"models ({int((sure & fewer).sum())} fewer, {int((sure & ~fewer).sum())} more)"
    for key, label, part, unit in (
        ("models_fewer", "Models in which more spend goes with fewer children", fewer, "models"),
        ("models_clear", "Models whose interval leaves zero out, with clustered errors too", sure, of),
    ):
        _record(study, key, label, Found(float(part.sum()), Interval(np.nan, np.nan)), unit, "")


def _record(study: Study, key: str, label: str, found: Found, unit: str, symbol: str = "e") -> None:
    tenth = unit.startswith("per") or (unit == "children" and few(found))
    study.report.headline(
        key,
        label,
        found.value,
        None if found.failed or np.isnan(found.limits.lower) else found.limits,
        unit=unit,
        period=study.years(study.leading),
        symbol="x" if found.failed else symbol,
        source=spend_panel.SOURCE,
        decimals=int(tenth),
    )
