"""How events are spread over units of different size, the highest rate first: children in poverty over wards.

A share held by "the worst tenth" is flattered by chance, as the units that chance made high are among them;
`underlying` takes that out. `events` and `population` have a value a unit, 0 <= events <= population and population of
1 or more, with an event at least: else it is a ValueError.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from analysis.methods.simulation import Middle, middle

DRAWS, LEAST, TENTH = 10_000, 4, 0.1
"""Draws; the fewest units of which it is said how concentrated events are among them; the part that is the worst."""


class Worst(NamedTuple):
    """The units with the highest rates: how many, and their shares (0 to 1) of all events and of the population."""

    units: int
    events: float
    population: float


def worst(events: np.ndarray, population: np.ndarray) -> Worst:
    """Return what the tenth of the units with the highest rates holds: to the nearest whole unit, at least one."""
    events, population, units = _checked(events, population)
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
    """Return what the tenth of the units with the highest rates holds; NaN throughout for fewer than `LEAST` units."""
    if len(events) < LEAST:
        return Held(*[math.nan] * len(Held._fields))
    rng, first = np.random.default_rng(seed), worst(events, population)
    share, limits = underlying(events, population, rng, confidence)
    return Held(*first, share, *limits, if_alike(events, population, rng), fewest(events))


def fewest(events: np.ndarray) -> int:
    """Return how many units, those with the most events first, hold at least half of all events."""
    held = np.cumsum(np.sort(np.asarray(events, float))[::-1]) / np.sum(events)
    return int(np.argmax(held >= 0.5 - 1e-12)) + 1


def underlying(
    events: np.ndarray, population: np.ndarray, rng: np.random.Generator, confidence: float, draws: int = DRAWS
) -> Middle:
    """Return the share held by the units whose underlying rates are highest, ordered anew in each draw.

    Rates are drawn from their beta distributions given the events, with a common beta prior fitted by moments (Kleinman
    1973, J. Am. Stat. Assoc. 68:46-54): a small unit is drawn towards the mean.
    """
    events, population, units = _checked(events, population)
    mean, strength = _prior(events, population)
    rates = rng.beta(events + mean * strength, population - events + (1 - mean) * strength, (draws, len(events)))
    expected = rates * population
    first = np.argpartition(-rates, units - 1, axis=1)[:, :units]
    held = np.take_along_axis(expected, first, axis=1).sum(axis=1) / expected.sum(axis=1)
    return middle(held, confidence)


def if_alike(events: np.ndarray, population: np.ndarray, rng: np.random.Generator, draws: int = DRAWS) -> float:
    """Return the share the worst units would seem to hold if all had one rate: the median over binomial draws."""
    events, population, units = _checked(events, population)
    sizes = np.round(population).astype(int)
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


def _checked(events: np.ndarray, population: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Return both as arrays of numbers, and how many units are a tenth of them."""
    events, population = np.asarray(events, float), np.asarray(population, float)
    if events.shape != population.shape or events.ndim != 1 or not len(events):
        raise ValueError("concentration: expected events and population of one length, a value a unit")
    if not ((events >= 0).all() and (events <= population).all() and (population >= 1).all()):
        raise ValueError("concentration: expected 0 <= events <= population and population of 1 or more, none missing")
    if events.sum() == 0:
        raise ValueError("concentration: expected at least one event")
    return events, population, max(1, math.floor(len(events) * TENTH + 0.5))
