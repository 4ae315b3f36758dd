"""What models of the panel give that pages use without the release, for `panel_estimates.csv`.

Child poverty and children entering care, under several models; and the primary model of early-help spend and children
in care. Each is fitted anew from the release; the table says what entered and whether the fit converged.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import pandas as pd

from analysis.data.columns import columns_of
from analysis.data.tables import read_table
from analysis.methods.panel import Design, PanelFit, Term, design, differences, fixed_effects, within_between
from analysis.models.spend_panel import MIXED_PLACES, PLACES, SPEND, prepared, primary
from analysis.official import readers
from analysis.official.geography import Places
from analysis.official.releases import Release, in_order, load_releases, official_dir
from analysis.official.tables import read_as

OUTCOME, EXPOSURE, AUTHORITY, YEAR = "cla_start_rate10000", "rel_pov_rate100", "new_la_code", "time_period"
LEFT_OUT = ("E06000053", "E09000001")
"""Isles of Scilly and City of London: a handful of children, whose rates are all chance."""
FIRST, STUDY_LAST, PANEL_LAST = 2015, 2020, 2022
"""The years of the study by Bennett and others, and the last of the panel. The measure of poverty begins in 2015."""
PER_100_000 = 10
CARE, MONEY = "at_31_cla_rate10000", "gspend_noncla_nonsg_pc"
CONTROLS = ("none", "linear", "year effects")
REGIONS, CHANGES = "region by year", "changes by year"


def read_all(data: Path) -> pd.DataFrame:
    """Return every estimate in the layout of `panel_estimates.csv`; no row where the panel is not there.

    ReleaseError if the release is not in order, or lacks a column.
    """
    names = columns_of("panel_estimates", data)
    found = in_order([r for r in load_releases(data) if r.source == readers.PANEL], official_dir(data))
    if not found:
        return pd.DataFrame(columns=names)
    areas = read_table(data / "areas.csv").set_index("area")
    poverty = read_panel(found[0], official_dir(data), areas)
    spend = prepared(readers.panel(data, areas).drop_duplicates(["area", "year"]))
    about = {"outcome": CARE, "exposure": MONEY, "time_control": "year effects", "slopes": "no", "errors": "clustered"}
    rows = [_poverty(poverty, *which) for which in specifications()]
    rows += [{"estimate": "care_year_effects_clustered", **about, **_found(spend, primary(spend), Term(SPEND, (0, 1)))}]
    return pd.DataFrame(rows).assign(source=readers.PANEL, sha256=found[0].sha256)[list(names)]


def read_panel(release: Release, folder: Path, areas: pd.DataFrame) -> pd.DataFrame:
    """Return authority, its region, year, poverty in percent and children entering care per 100,000; a row once."""
    table = readers.columns(release, folder, [EXPOSURE, OUTCOME])
    table = readers.numbers(table, [YEAR, EXPOSURE, OUTCOME])
    codes = read_as(release, table, AUTHORITY, Places(areas).code)
    table["region"] = table[AUTHORITY].map(codes).map(areas["region"])
    table[OUTCOME] *= PER_100_000
    return table.drop_duplicates([AUTHORITY, YEAR])[lambda t: ~t[AUTHORITY].isin(LEFT_OUT)]


def specifications() -> list[tuple[int, str, str]]:
    """Return the models of poverty tried: last year, control for time, and which errors or slopes.

    Slopes of their own are tried for the study's years under every control, and once for all years.
    """
    every = list(itertools.product((STUDY_LAST, PANEL_LAST), CONTROLS))
    slopes = [*((STUDY_LAST, control) for control in CONTROLS), (PANEL_LAST, "year effects")]
    more = list(itertools.product((STUDY_LAST, PANEL_LAST), (REGIONS, CHANGES)))
    kinds = {"plain": every, "slopes": slopes, "clustered": [*every, *more]}
    return [(*which, kind) for kind, several in kinds.items() for which in several]


def _poverty(table: pd.DataFrame, last: int, control: str, kind: str) -> dict[str, object]:
    rows = table[table[YEAR].between(FIRST, last)].dropna(subset=[EXPOSURE, OUTCOME])
    rows = rows.sort_values([AUTHORITY, YEAR]).assign(trend=rows[YEAR] - FIRST).reset_index(drop=True)
    term, trend = Term(EXPOSURE, slope=kind == "slopes"), ["trend"] * ((control, kind) == ("linear", "clustered"))
    made = design(rows, OUTCOME, AUTHORITY, YEAR, [term], trend)
    if kind != "clustered":
        fit = within_between(made, control)
    elif control == CHANGES:
        made = differences(made)
        fit = fixed_effects(made, made.time, own=False)
    else:
        years = {"year effects": made.time, REGIONS: rows.loc[made.outcome.index, "region"] + made.time.astype(str)}
        fit = fixed_effects(made, years.get(control))
    about = {"outcome": OUTCOME, "exposure": EXPOSURE, "time_control": control}
    about |= {"slopes": "yes" if kind == "slopes" else "no", "errors": kind if kind == "clustered" else "model"}
    return {"estimate": f"entries_{last}_{control.replace(' ', '_')}_{kind}", **about, **_found(made, fit, term)}


def _found(made: Design, fit: PanelFit, term: Term) -> dict[str, object]:
    """Return what a fit found, and of what."""
    numbers = [round(number, MIXED_PLACES if fit.spread.size else PLACES) for number in fit.estimate(*term.within)]
    counts = {"observations": float(fit.observations), "authorities": float(fit.groups)}
    years = {"first": str(made.time.min()), "last": str(made.time.max())}
    said = {"converged": "no" if fit.message else "yes", "message": fit.message}
    return years | counts | dict(zip(["value", "standard_error"], numbers, strict=True)) | said
