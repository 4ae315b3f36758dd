"""How events are spread over units of different size: children in poverty over wards.

Units are ordered by their rate, the highest first. A share held by "the worst tenth" is flattered by chance, as the
units that chance made high are among them; `underlying` takes that out.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from analysis.methods.simulation import Middle, middle

DRAWS, LEAST = 10_000, 4
"""Draws, and the fewest units of which it is said how concentrated events are among them."""


class Worst(NamedTuple):
    """The units with the highest rates: how many, and their shares (0 to 1) of all events and of the population."""

    units: int
    events: float
    population: float


def worst(events: np.ndarray, population: np.ndarray, fraction: float = 0.1) -> Worst:
    """Return what the units with the highest rates hold: a fraction of the units, to the nearest whole one, at least 1.

    Raises:
        ValueError: if the two are not of one length with 0 <= events <= population and population of 1 or more, there
            is no event at all, or the fraction is not above 0 and at most 1.
    """
    events, population = _checked(events, population)
    units = _units(len(events), fraction)
    # From the highest rate down; equal rates by size, then as they stand.
    first = np.lexsort((np.arange(len(events)), -population, -events / population))[:units]
    return Worst(units, float(events[first].sum() / events.sum()), float(population[first].sum() / population.sum()))


class Held(NamedTuple):
    """What the units with the highest rates hold of all events, as shares (0 to 1); NaN where there are too few units.

    `events` and `population` are as counted, `underlying` is the share with chance taken out, `lower` and `upper` its
    limits; `alike` is what they would seem to hold if all had one rate, and `half` how many units have half of all.
    """

    units: float
    events: float
    population: float
    underlying: float
    lower: float
    upper: float
    alike: float
    half: float


def held(events: np.ndarray, population: np.ndarray, seed: int, confidence: float) -> Held:
    """Return what the tenth of the units with the highest rates holds; a value a unit, errors as `worst`."""
    if len(events) < LEAST:
        return Held(*[math.nan] * len(Held._fields))
    rng, first = np.random.default_rng(seed), worst(events, population)
    share, limits = underlying(events, population, rng, confidence)
    return Held(*first, share, *limits, if_alike(events, population, rng), fewest(events))


def fewest(events: np.ndarray, share: float = 0.5) -> int:
    """Return how many units, those with the most events first, hold at least a share (0 to 1) of all events.

    Raises:
        ValueError: if there is no event, or the share is not between 0 and 1.
    """
    events = np.asarray(events, float)
    if not (events.size and (events >= 0).all() and events.sum() > 0 and 0 < share <= 1):
        raise ValueError("fewest: expected events of 0 or more, not all 0, and a share above 0 and up to 1")
    held = np.cumsum(np.sort(events)[::-1]) / events.sum()
    return int(np.argmax(held >= share - 1e-12)) + 1


def underlying(
    events: np.ndarray,
    population: np.ndarray,
    rng: np.random.Generator,
    confidence: float,
    fraction: float = 0.1,
    draws: int = DRAWS,
) -> Middle:
    """Return the share held by the units whose underlying rates are highest.

    Rates are drawn from their beta distributions given the events, with a common beta prior fitted by moments: a small
    unit is drawn towards the mean. In each draw the units are ordered anew.

    Raises:
        ValueError: as `worst`.

    Source: Kleinman (1973), J. Am. Stat. Assoc. 68:46-54, for the moments.
    """
    events, population = _checked(events, population)
    units = _units(len(events), fraction)
    mean, strength = _prior(events, population)
    rates = rng.beta(events + mean * strength, population - events + (1 - mean) * strength, (draws, len(events)))
    expected = rates * population
    first = np.argpartition(-rates, units - 1, axis=1)[:, :units]
    held = np.take_along_axis(expected, first, axis=1).sum(axis=1) / expected.sum(axis=1)
    return middle(held, confidence)


def if_alike(
    events: np.ndarray, population: np.ndarray, rng: np.random.Generator, fraction: float = 0.1, draws: int = DRAWS
) -> float:
    """Return the share that the worst units would seem to hold if all had one rate and only chance set them apart.

    The median over draws of binomial counts. Raises as `worst`.
    """
    events, population = _checked(events, population)
    units, sizes = _units(len(events), fraction), np.round(population).astype(int)
    counts = rng.binomial(sizes, events.sum() / population.sum(), (draws, len(events)))
    first = np.argpartition(-counts / sizes, units - 1, axis=1)[:, :units]
    total = counts.sum(axis=1)
    held = np.take_along_axis(counts, first, axis=1).sum(axis=1)
    return float(np.median(held[total > 0] / total[total > 0])) if (total > 0).any() else math.nan


def _prior(events: np.ndarray, population: np.ndarray) -> tuple[float, float]:
    """Return the mean of the units' rates and the strength of the beta prior (its two parameters' sum)."""
    mean = float(events.sum() / population.sum())
    mean = min(max(mean, 1e-6), 1 - 1e-6)
    weight = population / population.sum()
    spread = float((weight * (events / population - mean) ** 2).sum())
    by_chance = float((weight * mean * (1 - mean) * (1 - weight) / population).sum())
    share = float((weight * (1 - weight) * (1 - 1 / population)).sum())
    between = (spread - by_chance) / share if share > 0 else 0.0
    between = min(max(between, mean * (1 - mean) * 1e-7), mean * (1 - mean) * 0.999)
    return mean, mean * (1 - mean) / between - 1


def _checked(events: np.ndarray, population: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    events, population = np.asarray(events, float), np.asarray(population, float)
    if events.shape != population.shape or events.ndim != 1 or not len(events):
        raise ValueError("concentration: expected events and population of one length, a value a unit")
    if not ((events >= 0).all() and (events <= population).all() and (population >= 1).all()):
        raise ValueError("concentration: expected 0 <= events <= population and population of 1 or more, none missing")
    if events.sum() == 0:
        raise ValueError("concentration: expected at least one event")
    return events, population


def _units(count: int, fraction: float) -> int:
    if not 0 < fraction <= 1:
        raise ValueError(f"worst: expected a fraction above 0 and up to 1; got {fraction}")
    return min(count, max(1, math.floor(count * fraction + 0.5)))
