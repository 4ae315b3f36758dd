"""A stock-flow model of plans by age band: who joins, who moves up a band, who leaves.

Plans in a January are those of the one before, with the new ones, less those that ended: joiners are published, leavers
are what is left over (net of families who move). Movement between bands is not published; children are taken to be
spread evenly over the ages of a band. As an area's own last years are short and noisy, growth in joining and leaving
take half their value from England's. A simulated year draws joiners from a beta-binomial among children without a plan,
and shares them and moves each band's plans by Dirichlet-multinomials (Minka 2000, Estimating a Dirichlet distribution).
Nothing is used that came after the history given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

BANDS = ("under 5", "5 to 10", "11 to 15", "16 to 19", "20 to 25")
"""The age bands, youngest first."""
FADE_YEARS = 50
"""Years ahead for which the growth of joining is worked out."""
UP = np.array([0.8, 1 / 6, 1 / 5, 1 / 4, 0.0])
"""Share of a band's plans whose child moves up within a year; that of the youngest is worked out, this is its start."""
OWN = 0.5
"""Weight of an area's own history against England's, for growth in joining and for leaving."""
WINDOW, LEVEL, SPLIT = 5, 2, 3
"""Years of history for the growth and spread of joining; for its level; for how joiners are shared among the bands."""
FADE = 0.8
"""Share of the growth in joining that is left a year later."""
_GROWTH = (-0.1, 0.2)
_LEAST, _MOST = 10.0, 1e6
"""Limits of a precision: below, a draw could be anything; above, it is chance alone."""


class History(NamedTuple):
    """What is published of some areas, a year a column; the last year is the one forecasts start from.

    `total` (areas, years) plans in January; `bands` (areas, years, 5), missing where no ages are published; `joiners`
    (areas, years) new plans of the calendar year before each January; `joiner_bands` likewise by band; `children`
    (areas, years) aged 0 to 17 in the middle of that year.
    """

    total: np.ndarray
    bands: np.ndarray
    joiners: np.ndarray
    joiner_bands: np.ndarray
    children: np.ndarray

    def until(self, year: int) -> History:
        """Return the history up to a column."""
        return History(*(part[:, : year + 1] for part in self))

    def areas(self, chosen: np.ndarray | slice) -> History:
        """Return the history of some of the areas."""
        return History(*(part[chosen] for part in self))

    @property
    def leavers(self) -> np.ndarray:
        """Net leavers between one January and the next, shape (areas, years − 1)."""
        return self.total[:, :-1] + self.joiners[:, 1:] - self.total[:, 1:]


@dataclass(frozen=True)
class Model:
    """What a forecast starts from, an area a row: stock and shares by band, yearly rates, and how sure they are."""

    stock: np.ndarray
    children: np.ndarray
    joining: np.ndarray
    growth: np.ndarray
    split: np.ndarray
    up: np.ndarray
    leave: np.ndarray
    joining_precision: np.ndarray
    split_precision: np.ndarray
    flow_precision: np.ndarray

    def scenario(self, joiners: float = 1.0, growth: float = 0.0, leaving: float = 1.0) -> Model:
        """Return the model with other assumptions.

        `joiners` and `leaving` are factors on the rates, 0 or more; `growth` is added to the yearly growth of joining,
        without fading: 0.01 is one percent a year. Else it is a ValueError.
        """
        if min(joiners, leaving) < 0 or growth <= -1:
            raise ValueError(f"scenario: expected factors of 0 or more; got {joiners}, {growth}, {leaving}")
        return replace(
            self,
            joining=self.joining * joiners,
            growth=(1 + self.growth) * (1 + growth) - 1,
            leave=np.minimum(self.leave * leaving, 1.0),
        )


def expected(model: Model, horizon: int) -> np.ndarray:
    """Return the plans to be expected by band, shape (areas, horizon, 5)."""
    stock, rate, ahead = model.stock, model.joining, []
    up = np.minimum(model.up, 1 - model.leave)
    for year in range(horizon):
        rate = np.minimum(rate * (1 + model.growth[:, year]), 1.0)
        without = np.maximum(model.children - stock.sum(axis=1), 0.0)
        stock = moved(stock, stock * up, stock * model.leave) + (without * rate)[:, None] * model.split
        ahead.append(stock)
    return np.stack(ahead, axis=1)


def simulate(model: Model, horizon: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return simulated plans of all ages, shape (draws, areas, horizon).

    Each draw takes one level of joining and of leaving for all years ahead, as what is not known about them does not
    even out from year to year; on top of it comes the chance of each year.
    """
    shape = (draws, len(model.stock))
    centre = np.clip(model.joining, 1e-6, 1 - 1e-6)
    level = rng.beta(centre * model.joining_precision, (1 - centre) * model.joining_precision, shape)
    split = _dirichlet(rng, model.split, model.split_precision, draws)
    up = np.minimum(model.up, 1 - model.leave)
    flows = np.stack([up, model.leave, np.maximum(1 - up - model.leave, 0.0)], axis=-1)
    flows = _dirichlet(rng, flows, model.flow_precision[:, None], draws)
    stock = np.broadcast_to(np.rint(model.stock).astype(np.int64), (*shape, len(BANDS)))
    ahead = []
    for year in range(horizon):
        level = np.minimum(level * (1 + model.growth[:, year]), 1.0)
        without = np.maximum(np.rint(model.children).astype(np.int64) - stock.sum(axis=-1), 0)
        moving, leaving, _ = np.moveaxis(rng.multinomial(stock, flows), -1, 0)
        stock = moved(stock, moving, leaving) + rng.multinomial(rng.binomial(without, level), split)
        ahead.append(stock.sum(axis=-1))
    return np.stack(ahead, axis=-1)


def moved(stock: np.ndarray, up: np.ndarray, leaving: np.ndarray) -> np.ndarray:
    """Return the stock after movement: those who move up arrive in the next band; from the last nobody does."""
    moving = up * (np.arange(up.shape[-1]) < up.shape[-1] - 1)
    return stock + np.roll(moving, 1, axis=-1) - moving - leaving


def _dirichlet(rng: np.random.Generator, shares: np.ndarray, precision: np.ndarray, draws: int) -> np.ndarray:
    """Return Dirichlet draws, shape (draws, *shares.shape)."""
    made = rng.standard_gamma(np.maximum(shares, 1e-9) * precision[..., None], (draws, *shares.shape))
    return made / np.maximum(made.sum(axis=-1, keepdims=True), 1e-300)


def fit(history: History, england: History) -> Model:
    """Return the model that areas' histories give, up to their last year; `england` is the country's, the same years.

    ValueError if a total or a joiner of the last `WINDOW` years is missing.
    """
    recent = np.concatenate([history.total[:, -WINDOW:], history.joiners[:, -WINDOW:]], axis=1)
    if history.total.shape[1] < WINDOW or not np.isfinite(recent).all():
        raise ValueError(f"cohort: expected plans and new plans in each of the last {WINDOW} years")
    up, pattern = _national_flows(england)
    split = _split(history)
    stock = _stock(history, up, pattern, split)
    share = stock / np.maximum(stock.sum(axis=1, keepdims=True), 1.0)
    rates, own = _joining(history), _relative_leaving(history, share, pattern)
    country = _relative_leaving(england, _shares(england), pattern)
    leave = np.clip((OWN * own + (1 - OWN) * country)[:, None] * pattern, 0.0, 1.0)
    growth = OWN * _growth(rates) + (1 - OWN) * _growth(_joining(england))
    return Model(
        stock=stock,
        children=np.maximum(history.children[:, -1], stock.sum(axis=1) + 1),
        joining=rates[:, -LEVEL:].mean(axis=1),
        growth=np.clip(growth, *_GROWTH)[:, None] * FADE ** np.arange(FADE_YEARS)[None, :],
        split=split,
        up=np.broadcast_to(up, stock.shape),
        leave=leave,
        joining_precision=_joining_precision(rates, history),
        split_precision=np.full(len(stock), 200.0),
        flow_precision=_flow_precision(history),
    )


def _national_flows(england: History) -> tuple[np.ndarray, np.ndarray]:
    """Return the yearly shares that move up and that leave, by band, from England's last years with ages.

    Nobody leaves the youngest band but by growing older, so its movement is what its stock and joiners leave over; each
    other band's leavers are what its own stock, joiners and movement leave over.
    """
    bands, joined = np.nan_to_num(england.bands[0]), np.nan_to_num(england.joiner_bands[0])
    known = ~np.isnan(england.bands[0]).all(axis=-1) & ~np.isnan(england.joiner_bands[0]).all(axis=-1)
    years = [year for year in range(1, len(bands)) if known[year] and bands[year - 1].sum() > 0][-(WINDOW - 1) :]
    moves, leaves = [], []
    for year in years:
        before, after, new = bands[year - 1], bands[year], joined[year]
        up = UP * before
        up[0] = np.clip(before[0] + new[0] - after[0], 0.0, before[0])
        left = before + new + np.append(0.0, up[:-1]) - up - after
        moves.append(up / np.maximum(before, 1.0))
        leaves.append(left / np.maximum(before, 1.0))
    return np.mean(moves, axis=0), np.clip(np.mean(leaves, axis=0), 0.002, 0.9)


def _split(history: History) -> np.ndarray:
    """Return how joiners are shared among the bands: as in the last years that are published by age."""
    known = np.isfinite(history.joiner_bands).any(axis=(0, 2))
    total = np.nansum(history.joiner_bands[:, known][:, -SPLIT:], axis=1)
    every = total.sum(axis=1, keepdims=True)
    return np.where(every > 0, total / np.maximum(every, 1.0), 1 / len(BANDS))


def _shares(history: History) -> np.ndarray:
    """Return each band's share of the plans in the last year with ages."""
    last = np.array([pd.DataFrame(area).dropna(how="all").tail(1).sum() for area in history.bands])
    return last / np.maximum(last.sum(axis=1, keepdims=True), 1.0)


def _stock(history: History, up: np.ndarray, pattern: np.ndarray, split: np.ndarray) -> np.ndarray:
    """Return the stock by band, scaled to the last year's total; without ages, those of the year before moved on."""
    now, total = history.bands[:, -1], history.total[:, -1:]
    before = _shares(history) * history.total[:, -2:-1]
    on = moved(before, before * up, before * np.minimum(pattern, 1 - up)) + history.joiners[:, -1:] * split
    stock = np.where(np.isnan(now).all(axis=-1, keepdims=True), on, np.nan_to_num(now))
    empty = stock.sum(axis=1, keepdims=True) <= 0
    return np.where(empty, 1 / len(BANDS), stock / np.where(empty, 1.0, stock.sum(axis=1, keepdims=True))) * total


def _joining(history: History) -> np.ndarray:
    """Return new plans per child without one, over the window, shape (areas, WINDOW)."""
    without = np.maximum(history.children - history.total, 1.0)[:, -WINDOW:]
    return np.clip(history.joiners[:, -WINDOW:] / without, 1e-6, 1.0)


def _growth(rates: np.ndarray) -> np.ndarray:
    """Return the mean yearly growth of joining over the last years but one of the window, limited."""
    return np.clip((rates[:, -1] / rates[:, 1]) ** (1 / (WINDOW - 2)) - 1, *_GROWTH)


def _relative_leaving(history: History, share: np.ndarray, pattern: np.ndarray) -> np.ndarray:
    """Return leaving in the last year relative to what England's pattern by age makes of the area's ages."""
    rate = history.leavers[:, -1] / np.maximum(history.total[:, -2], 1.0)
    return np.clip(rate / np.maximum((share * pattern).sum(axis=1), 1e-9), 0.0, 5.0)


def _joining_precision(rates: np.ndarray, history: History) -> np.ndarray:
    """Return the beta's precision: that under which joining varies as it did about its own trend."""
    at = np.arange(WINDOW) - (WINDOW - 1) / 2
    logs = np.log(rates)
    fitted = logs.mean(axis=1, keepdims=True) + (logs * at).sum(axis=1, keepdims=True) / (at**2).sum() * at
    spread = ((np.exp(logs - fitted) - 1) ** 2).sum(axis=1) / (WINDOW - 2)
    chance = 1 / np.maximum(history.joiners[:, -WINDOW:].mean(axis=1), 1.0)
    level = rates[:, -LEVEL:].mean(axis=1)
    excess = np.maximum(spread - chance, 1e-4)
    return np.clip((1 - level) / (level * excess) - 1, _LEAST, _MOST)


def _flow_precision(history: History) -> np.ndarray:
    """Return the Dirichlet's precision: that under which yearly leaving varies as it did."""
    rates = history.leavers[:, -(WINDOW - 1) :] / np.maximum(history.total[:, -WINDOW:-1], 1.0)
    level = np.clip(rates.mean(axis=1), 0.005, 0.5)
    spread = rates.var(axis=1, ddof=1) - level * (1 - level) / np.maximum(history.total[:, -1], 1.0)
    return np.clip(level * (1 - level) / np.maximum(spread, 1e-6) - 1, _LEAST, _MOST)
