"""An area's share NEET or not known among those of every authority: limits of chance, and of the usual spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import narrative as say
from analysis.charts import About, Chart
from analysis.charts import funnel as draw
from analysis.figure import Figure
from analysis.figures import Figures
from analysis.methods import funnel
from analysis.methods.funnel import Limits, Spread
from analysis.topics.neet.facts import EITHER, Comparator

CHANCE, SPREAD = "chance alone", "chance and usual spread"
"""What the limits of a funnel allow for; a parameter of the notebook."""


@dataclass(frozen=True)
class Funnel:
    """An area among all authorities that have a rate and a number of cases in one period.

    `target` is a share; `place` is "above", "below" or "within" the 95% limits in use, `chance_place` those of chance.
    """

    here: Figure
    all: Sequence[Figure]
    names: Sequence[str]
    other: Comparator
    allows: str
    spread: Spread

    @property
    def target(self) -> float:
        """The comparator's rate as a share."""
        return self.other.value / 100

    @property
    def limits(self) -> Limits:
        """The limits in use, as shares."""
        return funnel.about(self.target, None if self.allows == CHANCE else self.spread.between)

    @property
    def place(self) -> str:
        """Where the area lies to the 95% limits in use."""
        return _places([self.here], self.limits)[0]

    @property
    def outside_chance(self) -> int:
        """How many authorities chance alone would not leave where they are, at 95%."""
        return sum(place != "within" for place in _places(self.all, funnel.about(self.target)))

    @property
    def standing(self) -> str:
        """Where the area stands among all authorities, as the end of a sentence."""
        lower, upper = (float(end[0]) * 100 for end in self.limits(np.array([self.here.base]), 0.95))
        ends = f"{self.here.text(lower)} to {self.here.text(upper)}"
        what = "range that chance alone allows" if self.allows == CHANCE else "usual range of"
        at_an_end = str(self.here) in ends.split(" to ") and self.place != "within"
        return f"{'just ' if at_an_end else ''}{self.place} the {what} authorities of its size, {ends}"

    def finding(self, name: str) -> str:
        """Return whether the area is unusual, as a section's finding."""
        number = say.number(len(self.all))
        if self.allows == CHANCE:
            outside = f"{say.number(self.outside_chance)} of {number} authorities lie outside them"
            return f"{name} lies {self.place} the limits of chance; {outside}"
        lies = "is not unusual" if self.place == "within" else "is unusual"
        why = "" if self.place == "within" else f": its share lies {self.place} the usual range"
        return f"{name} {lies} among {number} authorities{why}"

    @property
    def remark(self) -> str:
        """How far chance explains the differences between authorities."""
        return (
            f"{say.number(self.outside_chance)} of {say.number(len(self.all))} authorities lie outside the 95% control "
            f"limits of chance about {self.other.whose} {self.here.text(self.other.value)}: they differ for lasting "
            "reasons, in their young people, their services and how well they keep track, so limits of chance alone "
            "tell little, and limits that allow for the usual spread tell who is unusual"
        )


def among_all(figures: Figures, here: Figure | None, other: Comparator, allows: str) -> Funnel | None:
    """Return an area among all authorities; None where it has no number of cases, or there is nothing to compare.

    Args:
        figures: the tables.
        here: the area's rate.
        other: whose rate the limits surround.
        allows: `CHANCE` or `SPREAD`.

    Raises:
        ValueError: for other limits.
    """
    if allows not in (CHANCE, SPREAD):
        raise ValueError(f"expected limits of {CHANCE!r} or {SPREAD!r}; got {allows!r}")
    if here is None or not here.known or not here.base > 0 or not 0 < (other.value or 0) < 100:
        return None
    every = figures.everywhere(EITHER, here.time_period).values()
    all_ = [figure for figure in every if figure.known and figure.base > 0]
    if len(all_) < 2:
        return None
    shares, sizes = (np.array(part) for part in zip(*((f.value / 100, f.base) for f in all_), strict=True))
    names = [figures.area_name(f.area) for f in all_]
    return Funnel(here, all_, names, other, allows, funnel.spread(shares, sizes, other.value / 100))


def chart(made: Funnel, name: str) -> Chart:
    """Return the funnel: every authority by its number of young people, the area named."""
    rows = [(label, f.value, f.base) for label, f in zip(made.names, made.all, strict=True)]
    frame = pd.DataFrame(rows, columns=["label", "value", "size"])
    between = made.here.text(made.spread.between * 100).rstrip("%")
    allowed = {
        CHANCE: "Limits: what chance alone allows (exact binomial).",
        SPREAD: f"Limits allow for chance and for a usual spread between authorities of {between} points "
        "(standard deviation, about two thirds of authorities lie within one).",
    }[made.allows]
    return draw(
        frame,
        About(
            "neet-funnel",
            f"{name} lies {made.place} the limits for authorities of its size",
            f"Young people aged 16 and 17 NEET or not known, percent, every authority, {made.here.period}",
            allowed,
        ),
        made.here.text,
        "Percent NEET or not known",
        "Young people aged 16 and 17",
        (made.other.value, f"{made.other.name} {made.here.text(made.other.value)}"),
        funnel.in_percent(made.limits),
        focus=name,
        group="Authority",
    )


def _places(figures: Sequence[Figure], limits: Limits) -> list[str]:
    """Return where each lies to its 95% limits."""
    sizes, shares = (np.array(part) for part in zip(*((f.base, f.value / 100) for f in figures), strict=True))
    return funnel.places(shares, *limits(sizes, 0.95))
