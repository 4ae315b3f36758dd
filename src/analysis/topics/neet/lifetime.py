"""What young people NEET cost over their lifetimes, by one study's averages and its range."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.figure import ENGLAND
from analysis.figures import Figures
from analysis.methods.intervals import Interval
from analysis.topics.neet.facts import Winter


@dataclass(frozen=True)
class Cost:
    """A lifetime cost in pounds: of those known to be NEET at the study's average, and the highest it could be."""

    kind: str
    value: float
    highest: float

    @property
    def interval(self) -> Interval:
        """From the study's average for those known to the highest estimate for those not known as well."""
        return Interval(self.value, self.highest)


def costs(figures: Figures, units: dict[str, float], here: Winter, index: float) -> list[Cost]:
    """Return the lifetime costs of an area's young people NEET, by kind; none where their number is not known.

    The study's average a person goes with the lowest of its estimates of the total, so for the highest the average is
    scaled by the ratio of the two totals, and those not known count as well.

    Args:
        figures: the tables, for the study's range.
        units: pounds a person for "public finance" and "resource".
        here: the young people.
        index: prices relative to the study's year.
    """
    if not (here.known and here.count(here.limits.upper) > 0):
        return []
    known, most = (here.count(limit) for limit in here.limits)
    made = []
    for kind, unit in units.items():
        total = figures.get(f"lifetime_cost_{kind.split()[0]}_total", ENGLAND)
        made.append(Cost(kind, known * unit * index, most * unit * index * total.upper / total.lower))
    return made
