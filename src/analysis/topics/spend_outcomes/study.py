"""What the models of the panel say, as a report asks for it: by how many pounds, at which confidence, where."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.figure import ENGLAND
from analysis.methods import panel_groups
from analysis.methods.intervals import Interval
from analysis.methods.panel import Estimate
from analysis.methods.panel_groups import GroupFit
from analysis.report import Report
from analysis.topics.spend_outcomes.models import Models, at_the_edge
from analysis.topics.spend_outcomes.specifications import (
    CARE,
    CONTROLS,
    EVERY_ROW,
    HUNDRED,
    Specification,
    rows_of,
    tried,
)


@dataclass(frozen=True)
class Found:
    """An estimate for the pounds asked for, with its interval; NaN where the model failed."""

    value: float
    limits: Interval

    @property
    def failed(self) -> bool:
        """Whether the model failed."""
        return bool(np.isnan(self.value))

    @property
    def clear(self) -> bool:
        """Whether the interval leaves zero out."""
        return not self.failed and not self.limits.contains(0)

    def times(self, factor: float) -> Found:
        """Return it in another unit."""
        return Found(self.value * factor, self.limits.times(factor))


class Study:
    """The panel's answer to a report's question.

    Args:
        report: the report.
        leading: the specification that leads the page.
        pounds: pounds a child more that the sentences speak of.

    Raises:
        ReleaseError: if the panel is not there or not in order.
    """

    def __init__(self, report: Report, leading: Specification, pounds: float) -> None:
        self.report, self.leading, self.pounds = report, leading, pounds
        self.confidence = report.confidence
        self.models = Models(report.figures)
        self.about = leading.about
        self.published = report.figure("spend_cla_association", area=ENGLAND)

    def found(self, spec: Specification) -> Found:
        """Return what goes with the pounds asked for in a specification, per 10,000 children."""
        return self._found(self.models.estimate(spec))

    def clustered(self, spec: Specification) -> Found:
        """Return the same with years of one authority allowed to hang together: see `Models.clustered`."""
        return self._found(self.models.clustered(spec))

    def sure(self, spec: Specification) -> bool:
        """Say whether an estimate is beyond chance: by its own interval and by clustered errors, on the same side."""
        return _both(self.found(spec), self.clustered(spec))

    def percent(self, spec: Specification, found: Found) -> Found:
        """Return an estimate in percent of the outcome's usual rate."""
        return found.times(100 / self.models.usual(spec.outcome))

    def years(self, spec: Specification) -> str:
        """Return the years whose outcomes a specification models: "2011 to 2022"."""
        years = rows_of(self.models.panel, spec.rows).loc[self.models.design(spec).outcome.index, "year"]
        return f"{years.min()} to {years.max()}"

    def between(self, spec: Specification) -> Found:
        """Return by how much authorities differ whose usual spend differs by the pounds asked for."""
        return self._found(self.models.between(spec))

    def _found(self, estimate: Estimate, confidence: float | None = None) -> Found:
        share = self.pounds / HUNDRED
        return Found(estimate.value * share, estimate.interval(confidence or self.confidence).times(share))

    def controlled(self, control: str) -> Specification:
        """Return the leading specification with another control for time."""
        return replace(self.leading, control=control)

    @functools.cached_property
    def by_control(self) -> dict[str, Found]:
        """The leading specification under each control for time."""
        return {control: self.found(self.controlled(control)) for control in CONTROLS}

    @functools.cached_property
    def every(self) -> pd.DataFrame:
        """Every specification tried, in a fixed order, with its estimate in percent of the usual rate.

        `per` is the estimate per 10,000, `alone` whether its own interval leaves zero out, `clear` whether it is beyond
        chance, `count` the authority-years; `robust` and what begins so are of clustered errors.
        """
        rows = []
        for spec in tried(self.leading):
            found, robust, fit = self.found(spec), self.clustered(spec), self.models.fit(spec)
            shares = [self.percent(spec, one) for one in (found, robust)]
            shown = [number for one in shares for number in (one.value, *one.limits)]
            said = (found.value, found.clear, _both(found, robust), robust.clear, at_the_edge(fit), fit.observations)
            rows.append((spec, *shown, *said))
        limits = ["value", "lower", "upper"]
        names = ["spec", *limits, "robust", "robust_lower", "robust_upper"]
        return pd.DataFrame(rows, columns=[*names, "per", "alone", "clear", "robust_clear", "edge", "count"])

    def chosen(self, **which: object) -> pd.DataFrame:
        """Return the specifications that were fitted and have these choices."""
        kept = [all(getattr(s, name) == value for name, value in which.items()) for s in self.every["spec"]]
        return self.every[kept].dropna(subset="value")

    @functools.cached_property
    def without(self) -> pd.DataFrame:
        """The leading estimate without each authority, the furthest first, with the authorities' names."""
        found = self.models.without(self.leading)
        names = [self.report.figures.area_name(code) for code in found.index]
        return found.assign(name=names, value=found["value"] * self.pounds / HUNDRED)

    @property
    def rows(self) -> pd.DataFrame:
        """The panel, each authority and year once."""
        return rows_of(self.models.panel, EVERY_ROW)

    @functools.cached_property
    def national(self) -> pd.DataFrame:
        """The mean spend and rate of all authorities by year; missing years of the outcome are left out."""
        table = self.rows.groupby("year")[["spend", self.about.column]].mean()
        return table.rename(columns={self.about.column: "rate"}).dropna()

    @functools.cached_property
    def here(self) -> GroupFit | None:
        """What the leading model says of the area; None where the area is not in it or the model failed."""
        if self.report.area not in self.models.own(self.leading).index:
            return None
        return panel_groups.of_group(self.models.design(self.leading), self.models.fit(self.leading), self.report.area)

    @functools.cached_property
    def own(self) -> pd.DataFrame:
        """The area's rows of the panel, by year."""
        return self.rows[self.rows["area"] == self.report.area].set_index("year")

    @functools.cached_property
    def fitted(self) -> pd.DataFrame:
        """The area's actual and fitted rates by year with the range in which a year should lie, to two decimals."""
        years = rows_of(self.models.panel, self.leading.rows).loc[self.here.actual.index, "year"]
        limits = [
            Estimate(v, e).interval(self.confidence) for v, e in zip(self.here.fitted, self.here.error, strict=True)
        ]
        table = pd.DataFrame({"actual": self.here.actual, "fitted": self.here.fitted})
        table[["lower", "upper"]] = np.array(limits)
        return table.round(2).set_axis(years.to_numpy())

    @property
    def before(self) -> pd.Series:
        """The area's rate of the year before, by the years of `fitted`."""
        return self.own[self.about.column].reindex(self.fitted.index - 1).set_axis(self.fitted.index)

    def each(self, spec: Specification, confidence: float | None = None) -> dict[str, Found]:
        """Return each authority's own association, per 10,000, by area code: see `Models.own`.

        Args:
            spec: the specification.
            confidence: of the intervals; the report's if None.
        """
        own = self.models.own(spec)
        return {r.Index: self._found(Estimate(r.value, r.standard_error), confidence) for r in own.itertuples()}

    @functools.cached_property
    def in_children(self) -> dict[str, Found]:
        """The association in the area under each control for time whose model was fitted, in children of the area."""
        made = {control: self.each(self.controlled(control)).get(self.report.area) for control in CONTROLS}
        share = self.children.iloc[-1] / 10_000
        return {control: found.times(share) for control, found in made.items() if found}

    @property
    def children(self) -> pd.Series:
        """The area's children aged 0 to 16 by year."""
        return self.own["children"].dropna()

    @property
    def on_care(self) -> bool:
        """Whether the leading outcome is the one of the published study."""
        return self.leading.outcome == CARE


def few(found: Found) -> bool:
    """Say whether a number of children is so small that it is written with a decimal."""
    return abs(found.value) < 3


def _both(found: Found, robust: Found) -> bool:
    return found.clear and robust.clear and (found.value < 0) == (robust.value < 0)
