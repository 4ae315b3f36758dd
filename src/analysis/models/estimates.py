"""Child poverty and children entering care: the within-between models of the panel, for `panel_estimates.csv`.

Each is fitted anew from the release; the table carries what entered and whether the fit converged.
"""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import pandas as pd

from analysis.data.columns import columns_of
from analysis.methods.panel import TIME_CONTROLS, Design, PanelFit, Term, design, fixed_effects, within_between
from analysis.official import readers
from analysis.official.releases import Release, in_order, load_releases, official_dir

SOURCE = "webb_panel_2022"
OUTCOME, EXPOSURE, AUTHORITY, YEAR = "cla_start_rate10000", "rel_pov_rate100", "new_la_code", "time_period"
LEFT_OUT = ("E06000053", "E09000001")
"""Isles of Scilly and City of London: a handful of children, whose rates are all chance."""
FIRST, STUDY_LAST, PANEL_LAST = 2015, 2020, 2022
"""The years of the study by Bennett and others, and the last of the panel. The measure of poverty begins in 2015."""
PER_100_000 = 10
PLACES = 3


def read_all(data: Path) -> pd.DataFrame:
    """Return every estimate in the layout of `panel_estimates.csv`; no row where the panel is not there.

    Raises:
        ReleaseError: if the release is not in order, or lacks a column.
    """
    found = in_order([r for r in load_releases(data) if r.source == SOURCE], official_dir(data))
    if not found:
        return pd.DataFrame(columns=columns_of("panel_estimates", data))
    panel = read_panel(found[0], official_dir(data))
    rows = [_row(panel, found[0], *which) for which in specifications()]
    return pd.DataFrame(rows, columns=columns_of("panel_estimates", data))


def read_panel(release: Release, folder: Path) -> pd.DataFrame:
    """Return authority, year, poverty in percent and children entering care per 100,000; a repeated row once."""
    table = readers.columns(release, folder, [EXPOSURE, OUTCOME])
    table = readers.numbers(release, table, [YEAR, EXPOSURE, OUTCOME])
    table[OUTCOME] *= PER_100_000
    return table.drop_duplicates([AUTHORITY, YEAR])[lambda t: ~t[AUTHORITY].isin(LEFT_OUT)]


def specifications() -> list[tuple[int, str, bool, bool]]:
    """Return the models tried: last year, control for time, slopes of their own, errors clustered by authority.

    Slopes are tried for the study's years under every control, and once for all years.
    """
    every = list(itertools.product((STUDY_LAST, PANEL_LAST), TIME_CONTROLS))
    slopes = [(STUDY_LAST, c, True, False) for c in TIME_CONTROLS] + [(PANEL_LAST, "year effects", True, False)]
    return [*((*which, False, False) for which in every), *slopes, *((*which, False, True) for which in every)]


def prepared(panel: pd.DataFrame, last: int, control: str, slopes: bool) -> Design:
    """Return a panel made ready for one model: poverty within and between, and the control for time."""
    years = panel[panel[YEAR].between(FIRST, last)].dropna(subset=[EXPOSURE, OUTCOME])
    return design(years, OUTCOME, AUTHORITY, YEAR, [Term(EXPOSURE, slope=slopes)], time_control=control)


def _row(panel: pd.DataFrame, release: Release, last: int, control: str, slopes: bool, clustered: bool) -> tuple:
    made = prepared(panel, last, control, slopes)
    fit: PanelFit = fixed_effects(made) if clustered else within_between(made)
    value, error = fit.estimate(f"{EXPOSURE} within") if fit.converged else (math.nan, math.nan)
    kind = "clustered" if clustered else "slopes" if slopes else "plain"
    return (
        f"entries_{last}_{control.replace(' ', '_')}_{kind}", OUTCOME, EXPOSURE, str(FIRST), str(last), control,
        "yes" if slopes else "no", "clustered" if clustered else "model", float(fit.observations), float(fit.groups),
        round(value, PLACES), round(error, PLACES), "yes" if fit.converged else "no",
        "" if fit.converged else "the fit did not converge", release.source, release.sha256,
    )  # fmt: skip
