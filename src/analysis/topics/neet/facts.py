"""Young people NEET or not known: an area's winter, its groups, and whom it is compared with."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

from analysis import narrative as say
from analysis.figure import ENGLAND, Figure, is_known
from analysis.figures import Figures
from analysis.methods import not_known
from analysis.methods.intervals import Interval
from analysis.position import apart, beside, chance

EITHER, NEET, UNKNOWN = "neet_16_17_or_not_known_rate", "neet_16_17_rate", "neet_16_17_not_known_rate"
COHORT = "neet_16_17_cohort"
GROUPS = {
    "sen_none": "Without special needs",
    "sen_support": "On special needs support",
    "sen_plan": "With a plan",
    "vulnerable": "In vulnerable groups",
}
"""Groups of the release. The first three are parts of a whole; those in vulnerable groups are in one of them too."""
_PARTS = tuple(GROUPS)[:3]


@dataclass(frozen=True)
class Winter:
    """The young people aged 16 and 17 of an area in one winter: rates in percent, None where there is no figure."""

    name: str
    either: Figure | None
    neet: Figure | None
    unknown: Figure | None
    cohort: Figure | None

    @property
    def known(self) -> bool:
        """Whether both the share NEET and the share NEET or not known are given."""
        return is_known(self.either) and is_known(self.neet)

    @property
    def bounded(self) -> bool:
        """Whether what the share NEET can be is known: from both shares, or from those not known."""
        return is_known(self.neet) and (is_known(self.either) or is_known(self.unknown))

    @property
    def people(self) -> float:
        """Young people known to the authority; NaN where the release gives no number."""
        return self.cohort.value if self.cohort is not None and self.cohort.known else math.nan

    @property
    def limits(self) -> Interval:
        """The share NEET if none of those not known are, and if all are, in percent."""
        most = self.either.value if is_known(self.either) else self.neet.value + self.unknown.value
        return Interval(self.neet.value, max(self.neet.value, most))

    def rate(self, share: float) -> float:
        """Return the share NEET, in percent, if this share of those not known are (0 to 1)."""
        return not_known.with_unknown(self.limits.lower, self.limits.upper - self.limits.lower, share)

    @property
    def usual_share(self) -> float:
        """The share NEET of those whose activity is known, 0 to 1."""
        return self.neet.value / (100 - (self.limits.upper - self.limits.lower))

    def count(self, percent: float) -> float:
        """Return a share of the young people as a number; NaN where their number is not known."""
        return percent / 100 * self.people


def winter(figures: Figures, area: str, period: str | int) -> Winter:
    """Return an area's young people aged 16 and 17 in the winter that ends in a year."""
    four = (figures.in_period(indicator, area, period) for indicator in (EITHER, NEET, UNKNOWN, COHORT))
    return Winter(figures.area_name(area), *four)


@dataclass(frozen=True)
class Comparator:
    """Whom an area is compared with: `whose` stands before a figure ("England's"); value NaN where there is none.

    `areas` are the codes of England, the region or the neighbours.
    """

    name: str
    whose: str
    value: float
    areas: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return not math.isnan(self.value)


def comparator(figures: Figures, area: str, kind: str, indicator: str, period: str | int) -> Comparator:
    """Return the comparator of a kind for an indicator and period.

    Args:
        figures: the tables.
        area: the area that is compared.
        kind: "England", "region" or "neighbours" (their median).
        indicator: id of a rate.
        period: time_period.

    Raises:
        ValueError: for another kind.
    """
    here = figures.in_period(indicator, area, period)
    if kind == "neighbours":
        near = beside(figures, here).neighbours if here else ()
        value = statistics.median(f.value for f in near) if near else math.nan
        return Comparator("Neighbours' median", "its neighbours' median of", value, tuple(f.area for f in near))
    if kind not in ("England", "region"):
        raise ValueError(f"expected England, region or neighbours to compare with; got {kind!r}")
    code = ENGLAND if kind == "England" else figures.areas.at[area, "region"]
    there = figures.in_period(indicator, code, period) if code else None
    name = placed(figures.area_name(code)) if code else "its region"
    return Comparator(
        say.capital(name),
        f"{name}'" if name.endswith("s") else f"{name}'s",
        there.value if there else math.nan,
        (code,) if code else (),
    )


def beside_it(figures: Figures, other: Comparator, period: str | int) -> tuple[list[Winter], float]:
    """Return England and the region if that is the comparator, and the comparator's share NEET of those known.

    That share, 0 to 1, is the median of several areas', and England's where the comparator has no figure.
    """
    england = winter(figures, ENGLAND, period)
    others = [w for w in (winter(figures, code, period) for code in other.areas) if w.known]
    shown = [england] + (others if len(other.areas) == 1 and other.areas != (ENGLAND,) else [])
    return shown, statistics.median([w.usual_share for w in others] or [england.usual_share])


def placed(name: str) -> str:
    """Return a region's name as it stands in a sentence: "the South West", "London"."""
    return f"the {name}" if name.split()[0] in ("North", "South", "East", "West") else name


@dataclass(frozen=True)
class Group:
    """A group of the young people: its share NEET or not known, and what its share NEET can be (in percent).

    `people`, `interval` and `limits` are NaN or None where the release withholds what they rest on.
    """

    key: str
    label: str
    rate: Figure
    limits: Interval | None

    @property
    def people(self) -> float:
        """How many young people it has."""
        return self.rate.base

    @property
    def interval(self) -> Interval | None:
        """The interval of its share by chance, in percent, as every table has it."""
        return chance(self.rate)

    @property
    def either(self) -> float:
        """How many are NEET or not known."""
        return self.rate.value / 100 * self.people

    def differs(self, other: Group) -> bool:
        """Say whether its share differs from another group's beyond chance; False where a number is withheld."""
        if not (self.interval and other.interval):
            return False
        return not apart(self.rate, other.rate).contains(0)


def groups(figures: Figures, area: str, period: str | int) -> list[Group]:
    """Return the groups that a release has for an area and year; a withheld one keeps its symbol."""
    here = winter(figures, area, period)
    rates = {key: figures.in_period(f"neet_or_not_known_{key}_rate", area, period) for key in GROUPS}
    sizes = {key: rate.base for key, rate in rates.items() if rate}
    unknown = here.count(here.unknown.value) if here.unknown else math.nan
    made = []
    for key, people in sizes.items():
        rate, others = rates[key], [part for part in _PARTS if part != key]
        elsewhere = sum(rates[part].value / 100 * sizes[part] if part in sizes else math.nan for part in others)
        limits = None
        if people > 0 and rate.known:
            either = rate.value / 100 * people
            unbound = key not in _PARTS or math.isnan(elsewhere)
            if not math.isnan(unknown):
                held = not_known.cases_in_group(either, unknown, math.inf if unbound else elsewhere)
                limits = held.times(100 / people)
        made.append(Group(key, GROUPS[key], rate, limits))
    return made


def comparator_of(figures: Figures, here: Figure | None, kind: str) -> Comparator:
    """Return the comparator of a figure, of the same indicator and period; one without a value where there is none."""
    if here is None:
        return Comparator("", "", math.nan)
    return comparator(figures, here.area, kind, here.indicator, here.time_period)
