"""A rolling-origin backtest: what a method would have said in each past year, and how far out it was.

Arrays are of shape (origins, areas, horizons): row o, column h is the forecast made in year `origins[o]` for h + 1
years later. Nothing after its origin is known to a forecast, nor to the factor that widens its interval.

Sources: Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd edition (2021), section 5.10, for the
rolling origin; Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World (2005), for intervals whose width
is taken from past errors (split conformal prediction, with scores relative to the forecast's own spread).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import special

from analysis.methods.forecast import Path
from analysis.methods.intervals import Interval

SHARED = 0.05
"""Spread a year, as a share of the forecast, added to what a method claims: a short history does not show all."""
RECENT = 3
"""Years of past errors from which intervals take their width: those of longer ago were of another regime."""


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
    def scores(self) -> np.ndarray:
        """Absolute errors relative to the forecast's spread."""
        return np.abs(self.actual - self.expected) / self.spread

    @property
    def targets(self) -> np.ndarray:
        """The year each forecast is for, shape (origins, horizons)."""
        return self.origins[:, None] + np.arange(1, self.expected.shape[2] + 1)


def spread(path: Path) -> np.ndarray:
    """Return what an interval's width is measured in: the method's standard error, widened by `SHARED`."""
    ahead = np.arange(1, path.expected.shape[-1] + 1)
    return np.hypot(path.error, SHARED * np.sqrt(ahead) * path.expected)


def factors(trial: Trial, known: int, level: float, recent: int = RECENT) -> np.ndarray:
    """Return by horizon how many spreads held a share of the errors known in a year.

    Args:
        trial: one method's forecasts.
        known: the last year whose outcome is known.
        level: the share, between 0 and 1.
        recent: years up to `known` whose outcomes count.

    Returns:
        Shape (horizons,); NaN where no outcome is known.
    """
    usable = ((trial.targets <= known) & (trial.targets > known - recent))[:, None, :]
    scores = np.where(usable, trial.scores, np.nan)
    found = np.full(scores.shape[2], np.nan)
    for horizon in range(scores.shape[2]):
        past = scores[:, :, horizon]
        past = past[np.isfinite(past)]
        if past.size:
            found[horizon] = np.quantile(past, level)
    return found


def held(trial: Trial, level: float) -> np.ndarray:
    """Return whether each outcome lay in the interval that could be given at the time: 1, 0 or NaN.

    The width is that of `factors` in the forecast's own year, so that no outcome helps to set the interval it is held
    against.
    """
    widths = np.stack([factors(trial, int(year), level) for year in trial.origins])[:, None, :]
    scores = trial.scores
    return np.where(np.isfinite(scores) & np.isfinite(widths), (scores <= widths).astype(float), np.nan)


def shared(trials: dict[str, Trial]) -> dict[str, Trial]:
    """Return trials of the same origins and areas, cut to the forecasts with an error in all: only these compare."""
    made = np.logical_and.reduce([np.isfinite(trial.relative) for trial in trials.values()])
    return {name: trial._replace(expected=np.where(made, trial.expected, np.nan)) for name, trial in trials.items()}


def accuracy(trial: Trial) -> np.ndarray:
    """Return the mean absolute error by area and horizon, as a share of what came; shape (areas, horizons)."""
    return _mean(np.abs(trial.relative), 0)


def best(errors: dict[str, np.ndarray], horizon: int) -> np.ndarray:
    """Return the name of the method with the least error for each area, "" for one without any.

    Args:
        errors: by method, as `accuracy` gives them.
        horizon: the horizons up to this one count, each as much as any other.
    """
    names = np.array(list(errors))
    mean = np.stack([_mean(error[:, :horizon], 1) for error in errors.values()])
    known = np.isfinite(mean).all(axis=0)
    return np.where(known, names[np.argmin(np.where(np.isfinite(mean), mean, np.inf), axis=0)], "")


def best_so_far(trials: dict[str, Trial], horizon: int) -> list[np.ndarray]:
    """Return for each origin the method that had done best by then, for each area; "" where no outcome was known."""
    found = []
    for year in next(iter(trials.values())).origins:
        errors = {}
        for name, trial in trials.items():
            past = np.where((trial.targets <= year)[:, None, :], trial.relative, np.nan)
            errors[name] = _mean(np.abs(past), 0)
        found.append(best(errors, horizon))
    return found


def interval(expected: float, spread_: float, factor: float, level: float) -> Interval:
    """Return an interval around a forecast of a count; it does not go below zero. `level` is its coverage."""
    return Interval(max(0.0, expected - factor * spread_), expected + factor * spread_, level)


def between(level: float, levels: Sequence[float], known: Sequence[float]) -> float:
    """Return the factor for a level from those of some levels, on straight lines over normal quantiles.

    Args:
        level: from the lowest to the highest of `levels`.
        levels: in rising order, between 0 and 1.
        known: the factor of each.

    Raises:
        ValueError: if the level lies outside of them.
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
