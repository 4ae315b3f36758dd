"""Plans, new plans and children by area and year, as the stock-flow model wants them, from rows of figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.methods.cohort import History

BANDS = ("under_5", "5_to_10", "11_to_15", "16_to_19", "20_to_25")
TOTAL, NEW, ISSUED, CHILDREN = "ehc_plans", "ehc_plans_new", "ehc_plans_issued", "population_0_17"
INDICATORS = (TOTAL, NEW, ISSUED, CHILDREN, *(f"{kind}_{band}" for kind in (TOTAL, NEW) for band in BANDS))
FIRST_OLDER = 2015
"""The first January with plans for young people of 20 to 25; before it their number is zero, not unknown."""


class Mended(NamedTuple):
    """A yearly number of new plans that could not be used: which, what the release has, and what stands for it."""

    area: str
    year: int
    stated: float
    used: float
    by: str


class Plans(NamedTuple):
    """A history with what its rows and columns are; `mended` says where its new plans are not those of the release."""

    areas: list[str]
    years: np.ndarray
    history: History
    mended: list[Mended]

    def of(self, area: str) -> History:
        """Return the history of one area."""
        return self.history.areas(np.array([self.areas.index(area)]))


def plans_of(rows: pd.DataFrame, areas: Sequence[str], years: np.ndarray | None = None) -> Plans:
    """Return the history of some areas.

    Args:
        rows: columns indicator, area, time_period and value (NaN for a symbol) of the `INDICATORS`.
        areas: their codes; an area without a figure has missing values throughout.
        years: the Januaries wanted, one after the other; those of the rows if None.
    """
    areas = list(areas)
    rows = rows.assign(year=rows["time_period"].astype(int))
    if years is None:
        totals = rows.loc[rows["indicator"] == TOTAL, "year"]
        years = np.arange(totals.min(), totals.max() + 1) if len(totals) else np.arange(0)
    every = _tables(rows, areas, np.union1d(years - 1, years))
    this, before = ({name: table[:, part] for name, table in every.items()} for part in (slice(1, None), slice(-1)))
    joiners, mended = _mend(areas, years, this[TOTAL], before[NEW], before[ISSUED])
    children = pd.DataFrame(before[CHILDREN]).ffill(axis=1).bfill(axis=1).to_numpy()
    history = History(this[TOTAL], _by_band(this, TOTAL, years), joiners, _by_band(before, NEW, years - 1), children)
    return Plans(areas, years, history, mended)


def _tables(rows: pd.DataFrame, areas: list[str], years: np.ndarray) -> dict[str, np.ndarray]:
    """Return each indicator by area and year; NaN where there is no value."""
    wanted = pd.MultiIndex.from_product([INDICATORS, areas])
    values = rows.groupby(["indicator", "area", "year"])["value"].mean().unstack("year")
    found = values.reindex(index=wanted, columns=years).to_numpy(float)
    return dict(zip(INDICATORS, found.reshape(len(INDICATORS), len(areas), len(years)), strict=True))


def _by_band(tables: dict[str, np.ndarray], kind: str, years: np.ndarray) -> np.ndarray:
    """Return a count by area, year and band; all bands of a year are missing where one of them is."""
    parts = np.stack([tables[f"{kind}_{band}"] for band in BANDS], axis=-1)
    before = np.isfinite(parts[..., 0]) & np.isnan(parts[..., -1]) & (years < FIRST_OLDER)[None, :]
    parts[..., -1] = np.where(before, 0.0, parts[..., -1])
    return np.where(np.isnan(parts).any(axis=-1, keepdims=True), np.nan, parts)


def _mend(
    areas: list[str], years: np.ndarray, total: np.ndarray, new: np.ndarray, issued: np.ndarray
) -> tuple[np.ndarray, list[Mended]]:
    """Return new plans without those that cannot be true, or are missing between years that have them.

    More new plans in a year than plans in force at its end cannot be. In their place stands the number of plans issued
    that the release on timeliness counts; where it has none either, the mean of the years beside it.
    """
    used, mended = new.copy(), []
    for row, column in np.argwhere(np.isfinite(total) & ~(new <= total)):
        stated, instead, by = new[row, column], issued[row, column], "the plans issued"
        if not np.isfinite(instead) or instead > total[row, column]:
            instead, by = _beside(new[row], total[row], column), "the mean of the years beside it"
        used[row, column] = instead
        if np.isfinite(instead):
            mended.append(Mended(areas[row], int(years[column]) - 1, float(stated), float(instead), by))
    return used, mended


def _beside(new: np.ndarray, total: np.ndarray, column: int) -> float:
    """Return the mean of the years before and after; NaN unless both can be used."""
    if not 0 < column < len(new) - 1:
        return float("nan")
    near = [new[at] for at in (column - 1, column + 1) if new[at] <= total[at]]
    return float(np.mean(near)) if len(near) == 2 else float("nan")
