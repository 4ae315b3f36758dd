"""The backtest of SEND forecasts over all authorities, summed up in one small table: `data/plan_backtest.csv`.

A report on one area has no other authorities' figures; what they say about the methods stands in this table.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from analysis.data.areas import newest
from analysis.data.columns import columns_of
from analysis.data.figure import ENGLAND
from analysis.data.tables import read_table
from analysis.methods import forecast
from analysis.methods.forecast import Trial
from analysis.models.send import (
    CHOSEN,
    COHORT,
    HORIZON,
    INDICATORS,
    LEAST_YEARS,
    LEVELS,
    METHODS,
    Plans,
    plans_of,
    trials,
)
from analysis.official import cache
from analysis.official.geography import authorities

FILE, SEED = "plan_backtest.csv", 1
_NAIVE_95 = 1.959964


def content(data: Path) -> dict[str, bytes]:
    """Make the table from the full releases; return it as bytes by file name, or nothing if it has no row.

    Raises as `table`.
    """
    made = table(data)
    return {FILE: made.to_csv(index=False, lineterminator="\n", float_format="%.6g").encode()} if len(made) else {}


def table(data: Path) -> pd.DataFrame:
    """Return the summary, in the layout of `plan_backtest.csv`; no row where no authority has enough history.

    Raises:
        ReleaseError, BadTable: as `assemble.read_everything`.
    """
    plans, england = national(data)
    enough = np.isfinite(plans.history.total).sum(axis=1) >= LEAST_YEARS
    if not enough.any():
        return pd.DataFrame(columns=columns_of("plan_backtest"))
    return summary(trials(plans.years, plans.history.areas(enough), england.history, SEED))


def national(data: Path) -> tuple[Plans, Plans]:
    """Return the history of every authority of the newest January, and England's for the same years."""
    rows = pd.read_parquet(cache.ready(data) / "figures.parquet", filters=[("indicator", "in", list(INDICATORS))])
    areas = read_table(data / "areas.csv")
    today = authorities(areas, newest(rows["time_period"]))
    country = plans_of(rows[rows["area"] == ENGLAND], [ENGLAND])
    return plans_of(rows[rows["area"].isin(today["area"])], list(today["area"]), country.years), country


def summary(tried: dict[str, Trial]) -> pd.DataFrame:
    """Return a row a method and horizon, and those of the rule that takes the best so far.

    All rows of a horizon are over the same forecasts, those that the rule could make too, so that they compare.
    """
    compared = forecast.shared(tried | {CHOSEN: _rule(tried)})
    inside = {name: forecast.held(trial, 0.95) for name, trial in tried.items()} | {CHOSEN: _rule_held(tried)}
    checked = np.isfinite([*inside.values(), *(trial.relative for trial in compared.values())]).all(axis=0)
    errors = {name: forecast.accuracy(compared[name]) for name in METHODS}
    known = int(max(trial.origins.max() for trial in tried.values())) + 1
    rows = []
    for name in METHODS:
        widths = [forecast.factors(tried[name], known, level) for level in LEVELS.values()]
        for h in range(HORIZON):
            wins = int((forecast.best(errors, h + 1) == name).sum())
            about = _about(compared[name], inside[name], checked, h)
            rows.append((name, h + 1, *about, wins, *(width[h] for width in widths)))
    rule = (compared[CHOSEN], inside[CHOSEN], checked)
    rows += [(CHOSEN, h + 1, *_about(*rule, h), *[np.nan] * (1 + len(LEVELS))) for h in range(HORIZON)]
    return pd.DataFrame(rows, columns=columns_of("plan_backtest"))


def _about(trial: Trial, inside: np.ndarray, checked: np.ndarray, h: int) -> tuple:
    """Return counts and errors at a horizon; how often intervals held is over those checked, given or claimed."""
    relative = trial.relative[:, :, h]
    known = np.isfinite(relative)
    own = np.abs(trial.actual - trial.expected)[:, :, h] <= _NAIVE_95 * _claimed(trial)[:, :, h]
    inside, checked = inside[:, :, h], checked[:, :, h]
    origins = trial.origins[known.any(axis=1)]
    return (
        int(known.sum()), int(known.any(axis=0).sum()), int(origins.min()), int(origins.max()),
        100 * np.abs(relative[known]).mean(), 100 * relative[known].mean(), 100 * own[checked].mean(),
        int(checked.sum()), 100 * inside[checked].mean(),
    )  # fmt: skip


def _claimed(trial: Trial) -> np.ndarray:
    """Return the standard error a method itself claims: its spread without what was added to it."""
    ahead = np.arange(1, trial.expected.shape[2] + 1)
    return np.sqrt(np.maximum(trial.spread**2 - (forecast.SHARED**2 * ahead) * trial.expected**2, 0.0))


def _rule(tried: dict[str, Trial]) -> Trial:
    """Return the forecasts of the rule: in each year and area those of the method that had done best by then."""
    chosen, first = forecast.best_so_far(tried, HORIZON), tried[COHORT]
    picked = [np.full(first.expected.shape, np.nan) for _ in range(2)]
    for row, names in enumerate(chosen):
        for name, trial in tried.items():
            for part, source in zip(picked, (trial.expected, trial.spread), strict=True):
                part[row, names == name] = source[row, names == name]
    return Trial(first.origins, *picked, first.actual)


def _rule_held(tried: dict[str, Trial]) -> np.ndarray:
    """Return whether the rule's intervals held: those of the method it took."""
    inside = {name: forecast.held(trial, 0.95) for name, trial in tried.items()}
    found = np.full(tried[COHORT].expected.shape, np.nan)
    for row, names in enumerate(forecast.best_so_far(tried, HORIZON)):
        for name in tried:
            found[row, names == name] = inside[name][row, names == name]
    return found
