"""Every method's forecast of plans from every past year, for any number of areas at once."""

from __future__ import annotations

import numpy as np

from analysis.methods import backtest, cohort, cohort_fit, forecast
from analysis.methods.backtest import Trial
from analysis.methods.cohort import History, Model
from analysis.methods.forecast import Path

COHORT = "cohort model"
METHODS = (COHORT, *forecast.NAIVE)
HORIZON = 5
"""The furthest year ahead that is forecast: further, there are too few past forecasts to judge by."""
DRAWS, PUBLISHED_DRAWS = 1000, 16_384
"""Simulated futures: of a forecast that is tried on the past, and of one that a page gives with its interval."""
LEVELS = {"50": 0.5, "80": 0.8, "90": 0.9, "95": 0.95, "98": 0.98, "99": 0.99, "999": 0.999}
"""End of a column's name in `plan_backtest.csv` → the share of past errors that its factors hold."""
LEAST_YEARS = 8
"""Januaries an authority needs: five to fit, and three to see how the forecasts did."""


def paths(
    history: History, england: History, horizon: int, rng: np.random.Generator, draws: int = DRAWS
) -> dict[str, Path]:
    """Return every method's forecast from the last year of a history, by method; arrays (areas, horizon)."""
    model = cohort_fit.fit(history, england)
    made = {COHORT: cohort_path(model, horizon, rng, draws)}
    past = history.total[:, -forecast.WINDOW :]
    return made | {name: method(past, horizon) for name, method in forecast.NAIVE.items()}


def cohort_path(model: Model, horizon: int, rng: np.random.Generator, draws: int = DRAWS) -> Path:
    """Return the cohort model's forecast: what is to be expected, with the spread of its simulated years."""
    simulated = cohort.simulate(model, horizon, draws, rng)
    return Path(cohort.expected(model, horizon).sum(axis=-1), np.maximum(simulated.std(axis=0), 1.0))


def trials(years: np.ndarray, history: History, england: History, seed: int, draws: int = DRAWS) -> dict[str, Trial]:
    """Return what each method would have said in each year since it had five Januaries, and what came.

    Args:
        years: of the Januaries, a column each.
        history: of the areas; one that lacks a January or its new plans in a window has no forecast from it.
        england: for the same years.
        seed: of the simulations.
        draws: simulated futures a forecast.
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
            spread[name][row, usable, :ahead] = backtest.spread(path)
    origins = years[forecast.WINDOW - 1 : -1]
    return {name: Trial(origins, expected[name], spread[name], actual) for name in METHODS}


def complete(history: History) -> np.ndarray:
    """Return which areas have all that a forecast from the last year needs."""
    window = slice(-forecast.WINDOW, None)
    plans = np.isfinite(history.total[:, window]).all(axis=1) & (history.total[:, window] > 0).all(axis=1)
    return plans & np.isfinite(history.joiners[:, window]).all(axis=1) & np.isfinite(history.children[:, -1])
