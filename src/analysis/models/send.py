"""Plans for special educational needs: their history, the cohort model's forecast, and how each method did in the past.

What is published becomes a `History` (`plans_of`); every method's forecast from every earlier January is tried on what
came (`trials`); an area's `Outlook` puts both together with the limits that all authorities' past forecasts give. The
cohort model is published everywhere: the method that had done best in each area is further out (`plan_backtest.csv`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.data.figure import ENGLAND
from analysis.methods import cohort, forecast
from analysis.methods.cohort import BANDS, History
from analysis.methods.forecast import Path, Trial
from analysis.methods.intervals import Interval

_BANDS = ("under_5", "5_to_10", "11_to_15", "16_to_19", "20_to_25")
"""Ends of the indicators' names, in the order of `BANDS`."""
TOTAL, NEW, ISSUED, CHILDREN = "ehc_plans", "ehc_plans_new", "ehc_plans_issued", "population_0_17"
INDICATORS = (TOTAL, NEW, ISSUED, CHILDREN, *(f"{kind}_{band}" for kind in (TOTAL, NEW) for band in _BANDS))
FIRST_OLDER = 2015
"""The first January with plans for young people of 20 to 25; before it their number is zero, not unknown."""
COHORT = "cohort model"
METHODS = (COHORT, *forecast.NAIVE)
HORIZON = 5
"""The furthest year ahead that is forecast: further, there are too few past forecasts to judge by."""
DRAWS, PUBLISHED_DRAWS = 1000, 16_384
"""Simulated futures: of a forecast that is tried on the past, and of one that a page gives with its interval."""
LEVELS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999)
"""Shares of past errors whose limits `plan_limits.csv` has."""
LEAST_YEARS = 8
"""Januaries an authority needs: five to fit, and three to see how the forecasts did."""
CHOSEN = "best so far"
"""The rule of taking in each area the method that had done best by then, as `plan_backtest.csv` names it."""
STEP = 0.4
"""Share by which plans moved in one year in hardly any authority since the reform."""


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


def plans_of(rows: pd.DataFrame, areas: Sequence[str], years: np.ndarray | None = None) -> Plans:
    """Return the history of some areas, missing throughout for one without a figure.

    `rows` have columns indicator, area, time_period and value (NaN for a symbol) of the `INDICATORS`; `years` are the
    Januaries wanted, one after the other, those of the rows if None.
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
    parts = np.stack([tables[f"{kind}_{band}"] for band in _BANDS], axis=-1)
    before = np.isfinite(parts[..., 0]) & np.isnan(parts[..., -1]) & (years < FIRST_OLDER)[None, :]
    parts[..., -1] = np.where(before, 0.0, parts[..., -1])
    return np.where(np.isnan(parts).any(axis=-1, keepdims=True), np.nan, parts)


def _mend(
    areas: list[str], years: np.ndarray, total: np.ndarray, new: np.ndarray, issued: np.ndarray
) -> tuple[np.ndarray, list[Mended]]:
    """Return new plans without those that cannot be true, or are missing between years that have them.

    More new plans in a year than plans in force at its end cannot be. In their place stand the plans issued that the
    release on timeliness counts; where it has none either, the mean of the years beside it.
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


def paths(
    history: History, england: History, horizon: int, rng: np.random.Generator, draws: int = DRAWS
) -> dict[str, Path]:
    """Return every method's forecast from the last year of a history, by method; arrays (areas, horizon).

    The cohort model's is what is to be expected, with the spread of its simulated years.
    """
    model = cohort.fit(history, england)
    error = cohort.simulate(model, horizon, draws, rng).std(axis=0)
    made = {COHORT: Path(cohort.expected(model, horizon).sum(axis=-1), np.maximum(error, 1.0))}
    past = history.total[:, -forecast.WINDOW :]
    return made | {name: method(past, horizon) for name, method in forecast.NAIVE.items()}


def trials(years: np.ndarray, history: History, england: History, seed: int, draws: int = DRAWS) -> dict[str, Trial]:
    """Return what each method would have said in each year since it had five Januaries, and what came.

    `years` are of the Januaries, `england` is for the same. An area that lacks a January or its new plans in a window
    has no forecast from it. `draws` are the simulated futures a forecast.
    """
    rng = np.random.default_rng(seed)
    starts = range(forecast.WINDOW - 1, len(years) - 1)
    shape = (len(starts), len(history.total), HORIZON)
    expected = {name: np.full(shape, np.nan) for name in METHODS}
    spread = {name: np.full(shape, np.nan) for name in METHODS}
    actual = np.full(shape, np.nan)
    for row, start in enumerate(starts):
        ahead = min(HORIZON, len(years) - 1 - start)
        usable = complete(history.until(start))
        actual[row, :, :ahead] = history.total[:, start + 1 : start + 1 + ahead]
        if not usable.any():
            continue
        made = paths(history.until(start).areas(usable), england.until(start), ahead, rng, draws)
        for name, path in made.items():
            expected[name][row, usable, :ahead] = path.expected
            spread[name][row, usable, :ahead] = forecast.spread(path)
    origins = years[forecast.WINDOW - 1 : -1]
    return {name: Trial(origins, expected[name], spread[name], actual) for name in METHODS}


def complete(history: History) -> np.ndarray:
    """Return which areas have all that a forecast from the last year needs."""
    window = slice(-forecast.WINDOW, None)
    plans = np.isfinite(history.total[:, window]).all(axis=1) & (history.total[:, window] > 0).all(axis=1)
    return plans & np.isfinite(history.joiners[:, window]).all(axis=1) & np.isfinite(history.children[:, -1])


@dataclass(frozen=True)
class Outlook:
    """An area's history and forecasts. Arrays and frames of the area alone; `england` for the same years.

    `past` holds each method's forecasts from earlier years; it is empty, and so is all that is ahead, where the history
    is too short or lacks a count (`possible`). `limits` is `plan_limits.csv`, `confidence` the coverage of intervals.
    `horizon`, `joiner_growth` (percent a year), `cease_rate` (1 is as often as in recent years) and `seed` are assumed.
    """

    years: np.ndarray
    history: History
    england: History
    mended: list[Mended]
    past: dict[str, Trial]
    limits: pd.DataFrame
    confidence: float
    horizon: int = 4
    joiner_growth: float = 0.0
    cease_rate: float = 1.0
    seed: int = 1

    @property
    def possible(self) -> bool:
        """Whether there is enough history to forecast and to see how forecasts did."""
        return bool(self.past)

    @property
    def last(self) -> int:
        """The year of the last January."""
        return int(self.years[-1])

    @property
    def until(self) -> int:
        """The last year forecast."""
        return self.last + self.horizon

    @property
    def plans(self) -> float:
        """Plans in the last January."""
        return float(self.history.total[0, -1])

    @property
    def ahead(self) -> pd.Index:
        """The Januaries forecast, none where nothing is."""
        return pd.Index([str(self.last + n + 1) for n in range(self.horizon * self.possible)], name="January")

    @cached_property
    def so_far(self) -> pd.DataFrame:
        """What is published of the area, a row a January: plans, each age band, new and left in the year before.

        Those who left are net of families who moved; NaN where nothing is published.
        """
        history = self.history
        columns = {"plans": history.total[0]} | dict(zip(BANDS, history.bands[0].T, strict=True))
        columns |= {"new": history.joiners[0], "left": np.append(np.nan, history.leavers[0])}
        return pd.DataFrame(columns, index=pd.Index([str(int(year)) for year in self.years], name="January"))

    @cached_property
    def compared(self) -> dict[str, Trial]:
        """The past forecasts that every method made: the same ones of each."""
        return forecast.shared(self.past) if self.possible else {}

    @cached_property
    def errors(self) -> pd.DataFrame:
        """Mean absolute error in percent, a row a method, a column a year ahead, 1 to `HORIZON`."""
        found = {name: 100 * forecast.accuracy(trial)[0] for name, trial in self.compared.items()}
        return pd.DataFrame.from_dict(found, "index", columns=range(1, HORIZON + 1))

    def lead(self, method: str) -> tuple[float, float]:
        """Return by how many points the cohort model's past forecasts came closer than a method's, and its error."""
        mean, error = forecast.lead(self.compared[COHORT], self.compared[method], self.horizon)
        return 100 * mean, 100 * error

    @cached_property
    def paths(self) -> dict[str, Path]:
        """Every method's forecast, shape (1, horizon)."""
        rng = np.random.default_rng(self.seed)
        return paths(self.history, self.england, self.horizon, rng, PUBLISHED_DRAWS)

    def interval(self, ahead: int, level: float | None = None) -> Interval:
        """Return the interval of the forecast 1 or more years ahead: as far either way as past errors ask.

        Its coverage is `confidence`, or `level`; no limit is below zero. Between the levels of the table, limits are
        taken on the scale of normal quantiles, where those of normal errors lie on a straight line.
        """
        level, path = level or self.confidence, self.paths[COHORT]
        at, wide = path.expected[0, ahead - 1], forecast.spread(path)[0, ahead - 1]
        known = self.limits[self.limits["horizon"] == ahead].sort_values("level")
        low, high = (forecast.between(level, known["level"].to_numpy() / 100, known[end]) for end in ("low", "high"))
        return Interval(max(0.0, float(at + low * wide)), float(at + high * wide), level)

    def forecast(self, *levels: float) -> pd.DataFrame:
        """Return the forecast, a row a January ahead; no row where none is made.

        Columns value, lower and upper (at `confidence`), and for each of `levels` lower_50, upper_50 and so on.
        """
        columns = ["value", "lower", "upper"]
        columns += [f"{end}_{100 * level:.6g}" for level in levels for end in ("lower", "upper")]
        rows = []
        for n in range(len(self.ahead)):
            limits = [end for level in (None, *levels) for end in self.interval(n + 1, level)]
            rows.append([self.paths[COHORT].expected[0, n], *limits])
        return pd.DataFrame(rows, index=self.ahead, columns=columns, dtype=float)

    @cached_property
    def others(self) -> pd.DataFrame:
        """Every method's forecast, a column each, a row a January ahead; none where none is made.

        A column "your assumptions" has the cohort model's with what is assumed, where that differs from recent years.
        """
        made = {name: self.paths[name].expected[0] if self.possible else [] for name in METHODS}
        if self.possible and (self.joiner_growth or self.cease_rate != 1):
            made["your assumptions"] = self.scenario()
        return pd.DataFrame(made, index=self.ahead, dtype=float)

    def scenario(self, joiners: float = 1.0, growth: float = 0.0, leaving: float = 1.0) -> np.ndarray:
        """Return the cohort model's plans of all ages for each year ahead, with changes on top of what is assumed."""
        assumed = (1 + self.joiner_growth / 100) * (1 + growth) - 1
        model = cohort.fit(self.history, self.england).scenario(joiners, assumed, self.cease_rate * leaving)
        return cohort.expected(model, self.horizon)[0].sum(axis=-1)

    def extra(self) -> np.ndarray:
        """Return how many more plans there would be in each year ahead if one percent more children joined."""
        return self.scenario(joiners=1.01) - self.scenario() if self.possible else np.zeros(0)

    def tried(self, origin: int) -> pd.DataFrame:
        """Return what each method said in an earlier January and what came, a row a January from four before it.

        Columns came and a method each, whose forecasts begin with the count of their own January; no row without a
        forecast.
        """
        trial = self.past.get(COHORT)
        row = np.flatnonzero(trial.origins == origin) if trial else []
        if not len(row) or np.isnan(trial.expected[row[0], 0, 0]):
            return pd.DataFrame(columns=["came", *METHODS], dtype=float)
        came = int(np.isfinite(trial.actual[row[0], 0]).sum())
        made = self.so_far[["plans"]].loc[str(origin - 4) : str(origin + came)].set_axis(["came"], axis=1)
        for name, tried in self.past.items():
            made[name] = [*[np.nan] * 4, made.at[str(origin), "came"], *tried.expected[row[0], 0, :came]]
        return made


def outlook(rows: pd.DataFrame, area: str, limits: pd.DataFrame, confidence: float, **assumed: float) -> Outlook:
    """Return an area's history with every forecast that can be made.

    `rows` are as in `plans_of`, of the area and of England; `limits` is `plan_limits.csv`; `assumed` are horizon,
    joiner_growth, cease_rate and seed, where they differ from the defaults of `Outlook`.
    """
    rows = rows[rows["time_period"] != ""]  # a row that says that there is no figure has no period
    country = plans_of(rows[rows["area"] == ENGLAND], [ENGLAND])
    own = plans_of(rows[rows["area"] == area], [area], country.years)
    enough = np.isfinite(own.history.total).sum() >= LEAST_YEARS and complete(own.history)[0]
    seed = int(assumed.get("seed", Outlook.seed))
    past = trials(own.years, own.history, country.history, seed) if enough and len(limits) else {}
    return Outlook(own.years, own.history, country.history, own.mended, past, limits, confidence, **assumed)


def doubtful(before: float, after: float) -> bool:
    """Whether a count moved so far in one year that a fault in it is likelier than a change of need."""
    return before >= 200 and abs(after / before - 1) > STEP
