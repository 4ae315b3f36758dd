"""A stock-flow model of plans by age band: who joins, who moves up a band, who leaves.

Plans in force in a January are those of the January before, with the new ones of the year between, less those that
ended. Joiners are published; leavers follow as what is left over (net: a family that moves away counts as one, a
family that moves in as one less). Movement between bands is not published at all: children are taken to be spread
evenly over the ages of a band, so that a sixth of those aged 5 to 10 turn 11 in a year.

A simulated year draws joiners from a beta-binomial among the children without a plan, shares them among the bands by
a Dirichlet-multinomial, and lets each band's plans stay, move up or end by another.

Source: the cohort form follows published SEND forecasting practice; the distributions are those of Minka (2000),
Estimating a Dirichlet distribution.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

BANDS = ("under 5", "5 to 10", "11 to 15", "16 to 19", "20 to 25")
"""The age bands, youngest first."""
FADE_YEARS = 50
"""Years ahead for which the growth of joining is worked out."""


@dataclass(frozen=True)
class History:
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
        return History(*(part[:, : year + 1] for part in self._parts()))

    def areas(self, chosen: np.ndarray | slice) -> History:
        """Return the history of some of the areas."""
        return History(*(part[chosen] for part in self._parts()))

    def _parts(self) -> tuple[np.ndarray, ...]:
        return self.total, self.bands, self.joiners, self.joiner_bands, self.children

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

        Args:
            joiners: factor on the joining rate, 0 or more.
            growth: added to the yearly growth of joining, and not fading; 0.01 is one percent a year.
            leaving: factor on the leaving rates, 0 or more.
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

    Each draw takes one level of joining and of leaving for all the years ahead, as what is not known about them does
    not even out from year to year; on top of it comes the chance of each year.
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
        joined = _multinomial(rng, rng.binomial(without, level), split)
        moving = rng.binomial(stock, flows[..., 0])
        leaving = rng.binomial(stock - moving, _ratio(flows[..., 1], 1 - flows[..., 0]))
        stock = moved(stock, moving, leaving) + joined
        ahead.append(stock.sum(axis=-1))
    return np.stack(ahead, axis=-1)


def moved(stock: np.ndarray, up: np.ndarray, leaving: np.ndarray) -> np.ndarray:
    """Return the stock after movement: those who move up arrive in the next band; from the last nobody does."""
    arrived = np.zeros_like(up)
    arrived[..., 1:] = up[..., :-1]
    gone = up.copy()
    gone[..., -1] = 0
    return stock + arrived - gone - leaving


def _dirichlet(rng: np.random.Generator, shares: np.ndarray, precision: np.ndarray, draws: int) -> np.ndarray:
    """Return Dirichlet draws, shape (draws, *shares.shape)."""
    made = rng.standard_gamma(np.maximum(shares, 1e-9) * precision[..., None], (draws, *shares.shape))
    return made / np.maximum(made.sum(axis=-1, keepdims=True), 1e-300)


def _multinomial(rng: np.random.Generator, count: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return counts shared out at random, by one binomial after another."""
    parts, left, rest = [], count, np.ones(count.shape)
    for band in range(shares.shape[-1] - 1):
        taken = rng.binomial(left, _ratio(shares[..., band], rest))
        parts.append(taken)
        left, rest = left - taken, rest - shares[..., band]
    return np.stack([*parts, left], axis=-1)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.clip(part / np.maximum(whole, 1e-12), 0.0, 1.0)
