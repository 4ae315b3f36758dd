"""The backtest of SEND forecasts over all authorities, summed up in three small tables of `data/`.

A report on one area has no other authorities' figures; what they say of the methods stands in these tables.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.data.areas import newest
from analysis.data.columns import columns_of
from analysis.data.figure import ENGLAND
from analysis.data.tables import read_table
from analysis.methods import forecast
from analysis.methods.forecast import Trial
from analysis.models.send import CHOSEN, COHORT, HORIZON, INDICATORS, LEAST_YEARS, LEVELS, Plans, plans_of, trials
from analysis.official import cache
from analysis.official.geography import authorities

SEED = 1


def content(data: Path) -> dict[str, bytes]:
    """Make the tables from the full releases; return those that have a row as bytes by file name."""
    made = {f"{name}.csv": table for name, table in tables(data).items() if len(table)}
    return {file: t.to_csv(index=False, lineterminator="\n", float_format="%.6g").encode() for file, t in made.items()}


def tables(data: Path) -> dict[str, pd.DataFrame]:
    """Return the tables by name, in the layout of `columns.csv`; none where no authority has enough history.

    ReleaseError and BadTable as `assemble.read_everything`.
    """
    plans, england = national(data)
    enough = np.isfinite(plans.history.total).sum(axis=1) >= LEAST_YEARS
    if not enough.any():
        return {}
    tried = trials(plans.years, plans.history.areas(enough), england.history, SEED)
    made = {"plan_backtest": methods(tried), "plan_limits": limits(tried[COHORT]), "plan_coverage": held(tried[COHORT])}
    return {name: pd.DataFrame(rows, columns=columns_of(name)) for name, rows in made.items()}


def national(data: Path) -> tuple[Plans, Plans]:
    """Return the history of every authority of the newest January, and England's for the same years."""
    rows = pd.read_parquet(cache.ready(data) / "figures.parquet", filters=[("indicator", "in", list(INDICATORS))])
    areas = read_table(data / "areas.csv")
    today = authorities(areas, newest(rows["time_period"]))
    country = plans_of(rows[rows["area"] == ENGLAND], [ENGLAND])
    return plans_of(rows[rows["area"].isin(today["area"])], list(today["area"]), country.years), country


def methods(tried: dict[str, Trial]) -> list[tuple]:
    """Return a row a method and horizon, and those of the rule that takes the best so far.

    All rows of a horizon are over the same forecasts, those that the rule could make too, so that they compare.
    """
    compared = forecast.shared(tried | {CHOSEN: forecast.best_so_far(tried, HORIZON)})
    rows = []
    for (name, trial), h in product(compared.items(), range(HORIZON)):
        relative = 100 * trial.relative[:, :, h]
        known = np.isfinite(relative)
        first, *_, last = trial.origins[known.any(axis=1)]
        of, off = (known.sum(), known.any(axis=0).sum(), first, last), relative[known]
        lead = [np.nan if name == COHORT else 100 * part for part in forecast.lead(compared[COHORT], trial, h + 1)]
        rows.append((name, h + 1, *of, np.abs(off).mean(), off.mean(), *lead))
    return rows


def limits(trial: Trial) -> list[tuple]:
    """Return a row a horizon and level: how many spreads below and above a forecast held the errors known today."""
    known = int(trial.origins.max()) + 1
    found = {level: forecast.factors(trial, known, level) for level in LEVELS}
    return [(h + 1, 100 * level, *found[level][:, h]) for h, level in product(range(HORIZON), LEVELS)]


def held(trial: Trial) -> list[tuple]:
    """Return a row a January and horizon: in what percent of authorities its count lay below, in and above the 95%."""
    sides = forecast.sides(trial, 0.95)
    rows = []
    for row, h in product(range(len(trial.origins)), range(HORIZON)):
        side = sides[row, :, h][np.isfinite(sides[row, :, h])]
        if len(side):
            shares = [100 * (side == where).mean() for where in (-1, 0, 1)]
            rows.append((trial.targets[row, h], h + 1, len(side), *shares))
    return sorted(rows)
