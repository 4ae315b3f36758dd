"""Naive forecasts of a yearly count: what any model of more parts has to beat.

Each takes the last years of one or many series and gives the expected values ahead, with the standard error that
textbooks give for it. The error is what the method itself claims; how far it is to be believed a backtest shows.

Source: Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd edition (2021), chapters 5 and 7.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

WINDOW = 5
"""Years that every naive method is fitted to: enough for a slope, few enough that an old regime is left behind."""


class Path(NamedTuple):
    """Expected values and their standard errors, both of shape (..., horizon), in the unit of the series."""

    expected: np.ndarray
    error: np.ndarray


def same_as_last(history: np.ndarray, horizon: int) -> Path:
    """Return the last value for every year ahead; its error grows as that of a random walk without drift.

    Args:
        history: yearly values, shape (..., years), two or more years, without gaps.
        horizon: years ahead, 1 or more.

    Raises:
        ValueError: for fewer than two years, a missing value, or a horizon below 1.
    """
    past = _checked(history, horizon, 2)
    steps = np.sqrt(np.mean(np.diff(past) ** 2, axis=-1))
    ahead = np.arange(1, horizon + 1)
    return _path(np.repeat(past[..., -1:], horizon, axis=-1), steps[..., None] * np.sqrt(ahead))


def drift(history: np.ndarray, horizon: int) -> Path:
    """Return the last value moved on by the mean yearly change; see `same_as_last` for arguments and errors.

    At least three years are needed, as one change has no spread.
    """
    past = _checked(history, horizon, 3)
    steps = np.diff(past)
    ahead = np.arange(1, horizon + 1)
    spread = np.std(steps, axis=-1, ddof=1)[..., None] * np.sqrt(ahead * (1 + ahead / steps.shape[-1]))
    return _path(past[..., -1:] + steps.mean(axis=-1)[..., None] * ahead, spread)


def linear(history: np.ndarray, horizon: int) -> Path:
    """Return the straight line of least squares through the history; see `drift`."""
    return _path(*_line(_checked(history, horizon, 3), horizon))


def exponential(history: np.ndarray, horizon: int) -> Path:
    """Return steady growth: the straight line of least squares through the logarithms; see `drift`.

    A count of zero is taken as a half, as zero has no logarithm.
    """
    past = _checked(history, horizon, 3)
    logs, error = _line(np.log(np.maximum(past, 0.5)), horizon)
    expected = np.exp(np.minimum(logs, np.log(100 * np.maximum(past.max(axis=-1), 1.0))[..., None]))
    return _path(expected, expected * error)


NAIVE: dict[str, Callable[[np.ndarray, int], Path]] = {
    "drift": drift,
    "linear": linear,
    "exponential": exponential,
    "same as last year": same_as_last,
}
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
        raise ValueError(
            f"forecast: expected {least} years or more without gaps and a horizon of 1 or more; "
            f"got shape {past.shape} and horizon {horizon}"
        )
    return past
