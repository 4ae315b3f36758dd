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
from analysis.official import spend_panel
from analysis.report import Report
from analysis.topics.spend_outcomes.models import Models, at_the_edge
from analysis.topics.spend_outcomes.specifications import (
    CARE,
    CONTROLS,
    EVERY_ROW,
    HUNDRED,
    YEARS,
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
        confidence: of the intervals.

    Raises:
        ReleaseError: if the panel is not there or not in order.
    """

    def __init__(self, report: Report, leading: Specification, pounds: float, confidence: float) -> None:
        self.report, self.leading, self.pounds, self.confidence = report, leading, pounds, confidence
        self.models = Models(report.figures)
        self.about = leading.about
        self.published = report.figure("spend_cla_association", area=ENGLAND)

    def found(self, spec: Specification) -> Found:
        """Return what goes with the pounds asked for in a specification, per 10,000 children."""
        return self._found(self.models.estimate(spec))

    def between(self, spec: Specification) -> Found:
        """Return by how much authorities differ whose usual spend differs by the pounds asked for."""
        return self._found(self.models.between(spec))

    def _found(self, estimate: Estimate) -> Found:
        share = self.pounds / HUNDRED
        return Found(estimate.value * share, estimate.interval(self.confidence).times(share))

    def controlled(self, control: str) -> Specification:
        """Return the leading specification with another control for time."""
        return replace(self.leading, control=control)

    @functools.cached_property
    def by_control(self) -> dict[str, Found]:
        """The leading specification under each control for time."""
        return {control: self.found(self.controlled(control)) for control in CONTROLS}

    @functools.cached_property
    def every(self) -> pd.DataFrame:
        """Every specification tried, in a fixed order: its choices, and its estimate in percent of the usual rate."""
        rows = []
        for spec in tried(self.leading):
            found = self.found(spec)
            percent = found.times(100 / self.models.usual(spec.outcome))
            fit = self.models.fit(spec)
            rows.append((spec, percent.value, *percent.limits, found.value, found.clear, at_the_edge(fit)))
        return pd.DataFrame(rows, columns=["spec", "value", "lower", "upper", "per", "clear", "edge"])

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
        fit, made = self.models.fit(self.leading), self.models.design(self.leading)
        if not fit.converged or self.report.area not in set(made.group):
            return None
        return panel_groups.of_group(made, fit, self.report.area)

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

    @functools.cached_property
    def misses(self) -> pd.Series:
        """How far the leading model is from each authority's rates in a usual year, by area code."""
        return panel_groups.misses(self.models.design(self.leading), self.models.fit(self.leading)).round(3)

    @property
    def local(self) -> Found:
        """The association in the area by the leading model, per 10,000: the common one and the area's own slopes."""
        value, error = self.here.estimate(self.leading.within)
        return self._found(Estimate(round(value, 3), round(error, 3)))

    @property
    def children(self) -> pd.Series:
        """The area's children aged 0 to 16 by year."""
        return self.own["children"].dropna()

    def headlines(self) -> None:
        """Record the headline values."""
        unit = "per 10,000 children"
        what = f"{self.about.words}, with £{self.pounds:,.0f} more early-help spend a child"
        self._headline("association", f"Change in {what}: {self.leading.control}", self.found(self.leading), unit)
        if self.leading.control != YEARS:
            self._headline("association_year_effects", f"Change in {what}: {YEARS}", self.by_control[YEARS], unit)
        rows = self.every.dropna(subset="value")
        for key, label, part in (
            ("models_fewer", "Models in which more spend goes with fewer children", rows["value"] < 0),
            ("models_clear", "Models whose interval leaves zero out", rows["clear"]),
        ):
            self._headline(key, label, Found(float(part.sum()), Interval(np.nan, np.nan)), "models", "")
        if self.here:
            children = self.local.times(self.children.iloc[-1] / 10_000)
            self._headline("area", f"Change in {what}: in the area, by the leading model", children, "children")

    def _headline(self, key: str, label: str, found: Found, unit: str, symbol: str = "e") -> None:
        years = self.rows["year"]
        self.report.headline(
            key,
            label,
            found.value,
            None if found.failed or np.isnan(found.limits.lower) else found.limits,
            unit=unit,
            period=f"{years.min()} to {years.max()}",
            symbol="x" if found.failed else symbol,
            source=spend_panel.SOURCE,
            decimals=1 if unit.startswith("per") else None,
        )

    @property
    def on_care(self) -> bool:
        """Whether the leading outcome is the one of the published study."""
        return self.leading.outcome == CARE
