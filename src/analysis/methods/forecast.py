"""Naive forecasts of a yearly count, and a rolling-origin backtest: what a method would have said, and how far out.

A naive method takes histories (..., years) without gaps and gives `horizon` years ahead, with the standard error that
textbooks give (Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 2021, chapters 5 and 7). Arrays of a
trial are (origins, areas, horizons): row o, column h is the forecast made in year `origins[o]` for h + 1 years later.
Limits of intervals are taken from past errors (Vovk, Gammerman and Shafer 2005, split conformal prediction, with signed
scores relative to the forecast's spread). Nothing after its origin is known to a forecast, nor to the factor that
widens it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special

WINDOW = 5
"""Years that every naive method is fitted to: enough for a slope, few enough that an old regime is left behind."""
SHARED = 0.05
"""Spread a year, as a share of the forecast, added to what a method claims: a short history does not show all."""
RECENT = 3
"""Years of past errors from which intervals take their width: those of longer ago were of another regime."""


class Path(NamedTuple):
    """Expected values and their standard errors, both of shape (..., horizon), in the unit of the series."""

    expected: np.ndarray
    error: np.ndarray


def same_as_last(history: np.ndarray, horizon: int) -> Path:
    """Return the last value for every year ahead, with the error of a random walk without drift.

    ValueError for fewer than two years (three for the other methods), a missing value, or a horizon below 1.
    """
    past = _checked(history, horizon, 2)
    steps = np.sqrt(np.mean(np.diff(past) ** 2, axis=-1))
    ahead = np.arange(1, horizon + 1)
    return _path(np.repeat(past[..., -1:], horizon, axis=-1), steps[..., None] * np.sqrt(ahead))


def drift(history: np.ndarray, horizon: int) -> Path:
    """Return the last value moved on by the mean yearly change."""
    past = _checked(history, horizon, 3)
    steps = np.diff(past)
    ahead = np.arange(1, horizon + 1)
    spread = np.std(steps, axis=-1, ddof=1)[..., None] * np.sqrt(ahead * (1 + ahead / steps.shape[-1]))
    return _path(past[..., -1:] + steps.mean(axis=-1)[..., None] * ahead, spread)


def linear(history: np.ndarray, horizon: int) -> Path:
    """Return the straight line of least squares through the history."""
    return _path(*_line(_checked(history, horizon, 3), horizon))


def exponential(history: np.ndarray, horizon: int) -> Path:
    """Return steady growth: the line of least squares through the logarithms, a count of zero taken as a half."""
    past = _checked(history, horizon, 3)
    logs, error = _line(np.log(np.maximum(past, 0.5)), horizon)
    expected = np.exp(np.minimum(logs, np.log(100 * np.maximum(past.max(axis=-1), 1.0))[..., None]))
    return _path(expected, expected * error)


NAIVE = {"drift": drift, "linear": linear, "exponential": exponential, "same as last year": same_as_last}
"""The naive methods by name."""


def _line(past: np.ndarray, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a least-squares line ahead of the history, and the standard error of a new value about it."""
    years = past.shape[-1]
    at = np.arange(years) - (years - 1) / 2
    across = (at**2).sum()
    middle, slope = past.mean(axis=-1)[..., None], ((past * at).sum(axis=-1) / across)[..., None]
    residuals = past - middle - slope * at
    sigma = np.sqrt((residuals**2).sum(axis=-1) / (years - 2))[..., None]
    ahead = at[-1] + np.arange(1, horizon + 1)
    return middle + slope * ahead, sigma * np.sqrt(1 + 1 / years + ahead**2 / across)


def _path(expected: np.ndarray, error: np.ndarray) -> Path:
    """Keep counts from falling below zero, and errors from falling below chance: a count varies by its square root."""
    least = np.maximum(expected, 0.0)
    return Path(least, np.hypot(error, np.sqrt(np.maximum(least, 1.0))))


def _checked(history: np.ndarray, horizon: int, least: int) -> np.ndarray:
    past = np.asarray(history, float)
    if horizon < 1 or past.shape[-1] < least or not np.isfinite(past).all():
        got = f"shape {past.shape} and horizon {horizon}"
        raise ValueError(f"forecast: expected {least} years without gaps and a horizon of 1 or more; got {got}")
    return past


class Trial(NamedTuple):
    """Forecasts of one method with what came of them; missing where there was none, or nothing to compare with."""

    origins: np.ndarray
    expected: np.ndarray
    spread: np.ndarray
    actual: np.ndarray

    @property
    def relative(self) -> np.ndarray:
        """Errors as a share of what came; above zero where the forecast was too high."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.actual > 0, (self.expected - self.actual) / self.actual, np.nan)

    @property
    def targets(self) -> np.ndarray:
        """The year each forecast is for, shape (origins, horizons)."""
        return self.origins[:, None] + np.arange(1, self.expected.shape[2] + 1)

    @property
    def scores(self) -> np.ndarray:
        """How many spreads what came lies above the forecast."""
        return (self.actual - self.expected) / self.spread


def spread(path: Path) -> np.ndarray:
    """Return what an interval's width is measured in: the method's standard error, widened by `SHARED`."""
    ahead = np.arange(1, path.expected.shape[-1] + 1)
    return np.hypot(path.error, SHARED * np.sqrt(ahead) * path.expected)


def factors(trial: Trial, known: int, level: float) -> np.ndarray:
    """Return how many spreads below and above a forecast held a share of the errors known in a year, (2, horizons).

    Each side has its own, from errors with their sign, of outcomes of the `RECENT` years up to `known`: of forecasts
    that were all too low the lower limit is near. No side is nearer than for a shorter horizon, and the forecast lies
    within; NaN where no outcome is known.
    """
    usable = ((trial.targets <= known) & (trial.targets > known - RECENT))[:, None, :]
    scores = pd.DataFrame(np.where(usable, trial.scores, np.nan).reshape(-1, trial.scores.shape[2]))
    low, high = scores.quantile([0.5 - level / 2, 0.5 + level / 2]).to_numpy()
    return np.stack([np.minimum.accumulate(np.minimum(low, 0)), np.maximum.accumulate(np.maximum(high, 0))])


def sides(trial: Trial, level: float) -> np.ndarray:
    """Return where each outcome lay to the interval that could be given at the time: −1 below, 0 in it, 1 above.

    The limits are those of `factors` in the forecast's own year, so no outcome helps to set the interval it is held
    against; NaN where there is no outcome or no limit.
    """
    low, high = np.stack([factors(trial, int(year), level) for year in trial.origins], axis=1)[:, :, None, :]
    scores = trial.scores
    side = (scores > high).astype(float) - (scores < low)
    return np.where(np.isfinite(scores + low + high), side, np.nan)


def shared(trials: dict[str, Trial]) -> dict[str, Trial]:
    """Return trials of the same origins and areas, cut to the forecasts with an error in all: only these compare."""
    made = np.logical_and.reduce([np.isfinite(trial.relative) for trial in trials.values()])
    return {name: trial._replace(expected=np.where(made, trial.expected, np.nan)) for name, trial in trials.items()}


def accuracy(trial: Trial) -> np.ndarray:
    """Return the mean absolute error by area and horizon, as a share of what came; shape (areas, horizons)."""
    return _mean(np.abs(trial.relative), 0)


def lead(one: Trial, other: Trial, horizon: int) -> tuple[float, float]:
    """Return by how much one method's error is below another's, a share of what came, and the standard error of that.

    The unit is the origin, as errors of one year's forecasts go together; NaN with fewer than two origins.
    """
    gap = (np.abs(other.relative) - np.abs(one.relative))[:, :, :horizon]
    by_origin = pd.Series(_mean(gap.reshape(len(gap), -1), 1)).dropna()
    return float(by_origin.mean()), float(by_origin.sem())


def best_so_far(trials: dict[str, Trial], horizon: int) -> Trial:
    """Return the forecasts of a rule: in each year and area those of the method that had done best by then.

    Each horizon up to `horizon` counts as much as any other; NaN where no outcome was known.
    """
    every, first = list(trials.values()), next(iter(trials.values()))
    chosen = []
    for year in first.origins:
        errors = [_mean(np.where((t.targets <= year)[:, None, :], np.abs(t.relative), np.nan), 0) for t in every]
        mean = np.stack([_mean(error[:, :horizon], 1) for error in errors])
        known = np.isfinite(mean).all(axis=0)
        chosen.append(np.where(known, np.argmin(np.where(known, mean, 0.0), axis=0), -1))
    took = [np.array(chosen)[:, :, None] == number for number in range(len(every))]
    picked = (np.select(took, [getattr(t, part) for t in every], np.nan) for part in ("expected", "spread"))
    return Trial(first.origins, *picked, first.actual)


def between(level: float, levels: Sequence[float], known: Sequence[float]) -> float:
    """Return the factor for a level from those `known` of some rising levels, straight over normal quantiles.

    ValueError if the level lies outside of them.
    """
    if not levels[0] <= level <= levels[-1]:
        raise ValueError(f"between: expected a level from {levels[0]} to {levels[-1]}; got {level}")
    at, *places = special.ndtri(0.5 + np.array([level, *levels]) / 2)
    return float(np.interp(at, places, known))


def _mean(values: np.ndarray, axis: int) -> np.ndarray:
    """Return the mean of what is known along an axis; NaN where nothing is."""
    known = np.isfinite(values)
    count = known.sum(axis=axis)
    return np.where(count > 0, np.where(known, values, 0.0).sum(axis=axis) / np.maximum(count, 1), np.nan)
