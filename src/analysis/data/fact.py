"""One number that can say itself in a sentence: what templates are filled with (see `words.fill`)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from analysis import words as say
from analysis.data.figure import PER_10_000, SAID
from analysis.methods.intervals import Interval
from analysis.words import NOT_AVAILABLE, Missing, amount, explained, missing, modelled, number

FEW = 20
"""A share of fewer people than this is not compared: one of them moves it by five points or more."""


@dataclass(frozen=True)
class Fact:
    """One number with what can be said of it.

    `value`, `lower` and `upper` are in `unit`, NaN where there is none, with the reason in `symbol`; `coverage` is NaN
    for bounds. `period` names the time in a table, `when` in a sentence. `beside` has values to compare with, by name.
    `rank` is out of `among`, in an `order`. `change` is that from the first of its series, in words. `base` is how many
    people a share is of. `compared`: whether chance may decide on "higher" and "lower", not for what a model gave.
    `rough`: written to two significant figures, as what is simulated is.
    """

    value: float
    unit: str = ""
    decimals: int | None = None
    lower: float = math.nan
    upper: float = math.nan
    coverage: float = math.nan
    symbol: str = ""
    title: str = ""
    area: str = ""
    period: str = ""
    when: str = ""
    source: str = ""
    base: float = math.nan
    beside: Mapping[str, float] = field(default_factory=dict)
    rank: float = math.nan
    among: float = math.nan
    order: str = "lowest first"
    change: str = ""
    compared: bool = True
    rough: bool = False

    SAYS: ClassVar[dict[str, str]] = {
        "": "the number with its unit: 3.1%",
        "ci": "3.1% (95% interval 2.7% to 3.5%)",
        "range": "the interval alone: 2.7% to 3.5%",
        "between": "in a sentence: between 2.7% and 3.5%",
        "when": "in winter 2024/25",
        "period": "winter 2024/25",
        "cases": "people the share stands for: 370",
        "base": "people the share is of: 11,900",
        "vs NAME": "lower than England's 5.6%, beyond chance",
        "rank": "12th of 151, lowest first",
        "change": "rose from 2.9% in 2016",
        "one|many": "a number with its noun: 12 children",
    }

    @property
    def known(self) -> bool:
        """Whether there is a number."""
        return not missing(self.value)

    @property
    def interval(self) -> Interval:
        """The interval; NaN at both ends without one."""
        return Interval(self.lower, self.upper, self.coverage)

    def text(self, value: float) -> str:
        """Return another number of the same kind, with its unit as a sentence has it."""
        plain = missing(value) or self.rough or self.unit.startswith("pounds")
        return self.short(value) + ("" if plain else SAID.get(self.unit, ""))

    def short(self, value: float) -> str:
        """Return another number of the same kind for a table's cell, or where its unit was said: a rate without it."""
        if missing(value):
            return NOT_AVAILABLE
        if self.rough:
            return modelled(value)
        decimals = self.decimals or 0 if self.unit in SAID else self.decimals
        decimals = 0 if self.unit == PER_10_000 and value >= 100 else decimals
        return amount(value, self.unit if self.unit.startswith(("percent", "pounds")) else "", decimals)

    def __str__(self) -> str:
        return format(self, "")

    def __format__(self, spec: str) -> str:
        """Return what a template asks for (see `SAYS`); Missing if it is not there, ValueError for anything else."""
        word, _, rest = spec.partition(" ")
        if spec in ("when", "period"):
            return getattr(self, spec)
        if not self.known:
            raise Missing(f"no figure: {self._named()}, {explained(self.symbol or 'x')}")
        if "|" in spec:
            return say.count(self.value, *spec.split("|"), fmt=modelled if self.rough else number)
        if word == "vs":
            return self._beside(rest)
        said = {
            "": lambda: self.text(self.value),
            "ci": lambda: self.text(self.value) + (self._limits() if self._bounded else ""),
            "range": lambda: self._span(" to "),
            "between": lambda: self._span(" and ", "between "),
            "cases": lambda: say.about(self._given(self.base * self.value / 100, "number of people")),
            "base": lambda: number(self._given(self.base, "number of people")),
            "rank": lambda: f"{_ordinal(self._given(self.rank, 'rank'))} of {number(self.among)}, {self.order}",
            "change": lambda: (
                self.change.replace("no clear change,", "showed no clear change") or self._lacks("earlier figure")
            ),
        }
        if spec not in said:
            raise ValueError(f"a fact cannot say {spec!r}; it can say: {'; '.join(self.SAYS)}")
        return said[spec]()

    @property
    def _bounded(self) -> bool:
        return not (missing(self.lower) or missing(self.upper))

    def _limits(self) -> str:
        return f" ({(say.span if math.isnan(self.coverage) else say.around)(self.interval, self.short)})"

    def _span(self, between: str, before: str = "") -> str:
        if not self._bounded:
            self._lacks("interval")
        ends = self.short(self.lower), self.text(self.upper)
        return ends[1] if self.text(self.lower) == ends[1] else before + between.join(ends)

    def _beside(self, name: str) -> str:
        """Return how the number stands to another area's: by its interval, without judgement where it has none."""
        other = self._given(self.beside.get(name, math.nan), f"figure of {name}")
        whose = f"{name}'{'' if name.endswith('s') else 's'} {self.short(other)}"
        whose = whose if not name.endswith("median") else f"{name} of {self.short(other)}"
        if not (self.compared and self._bounded) or self.base < FEW:
            return f"beside {whose}"
        return f"{say.compared(self.interval, other)} {whose}"

    def _given(self, value: float, what: str) -> float:
        return self._lacks(what) if missing(value) else value

    def _lacks(self, what: str) -> Any:
        raise Missing(f"{self._named()}: no {what} is given")

    def _named(self) -> str:
        return " ".join(filter(None, [self.title or "a figure", f"for {self.area}" if self.area else "", self.when]))


def fact(row: pd.Series | Mapping[str, Any], **more: Any) -> Fact:
    """Return a row of `Figures.take` or `standing.standing` as a fact; `more` is what is to be said otherwise."""
    cells = {**dict(row), **more}
    if "compared_with" in cells:
        cells["beside"] = {name: cells[name] for name in cells["compared_with"]}
    cells["area"] = more.get("area", cells.get("name", ""))
    plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in cells.items()}
    if "decimals" in plain:
        plain["decimals"] = None if missing(plain["decimals"]) else int(plain["decimals"])
    return Fact(**{name: plain[name] for name in Fact.__dataclass_fields__ if name in plain})


def worked_out(value: float, of: Fact, **about: Any) -> Fact:
    """Return a number worked out from a fact: of its area, time and source, otherwise with nothing of it."""
    kept = {name: getattr(of, name) for name in ("area", "period", "when", "source")}
    symbol = {"symbol": of.symbol or "z"} if missing(value) else {}
    return replace(Fact(float(value), **kept), **{**about, **symbol})


def _ordinal(value: float) -> str:
    whole = int(value)
    end = "th" if whole % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(whole % 10, "th")
    return f"{number(whole)}{end}"
