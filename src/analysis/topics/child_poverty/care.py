"""Child poverty and children entering care: a published association and our own, carried to an area."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis import charts, derived, narrative
from analysis.charts import About, Chart
from analysis.figure import ENGLAND, Figure
from analysis.methods.intervals import Interval
from analysis.methods.panel import Estimate
from analysis.report import Report
from analysis.topics.child_poverty.facts import AFTER, BEFORE, Poverty

PUBLISHED = "published"
EFFECTS = {
    "no time control": "entries_2020_none_clustered",
    "linear trend": "entries_2020_linear_clustered",
    "year effects": "entries_2020_year_effects_clustered",
}
"""Choices of the parameter → our estimates of the study's years, with errors clustered by authority, as its years hang
together; the other choice is the published one."""
_CONTROL = {"none": "no time control", "linear": "one trend for all", "year effects": "a level for each year"}
_PER = 100_000
FEW, LEAST = 3, 0.1
"""Below these numbers of children a decimal is shown, as whole ones would say too little, or no number at all."""


@dataclass(frozen=True)
class Association:
    """How many more children enter care per 100,000 for each point of poverty; `words` say whose estimate it is."""

    value: float
    limits: Interval
    words: str


class Care:
    """The association carried to a report's area.

    Args:
        report: the report.
        poverty: its child poverty.
        effect: "published", or a key of `EFFECTS`.
        points: percentage points by which child poverty falls.
        age_base: "0 to 15" or "0 to 17", the children to whom it is applied.
    """

    def __init__(self, report: Report, poverty: Poverty, effect: str, points: float, age_base: str) -> None:
        self.report, self.poverty, self.age_base = report, poverty, age_base
        self.per_point = report.figure("poverty_care_entries_per_point", area=ENGLAND)
        self.table = derived.estimates(report.figures)
        self.one = self._published() if effect == PUBLISHED else self._own(EFFECTS[effect])
        before = poverty.latest(BEFORE.rate)
        self.asked, self.points = points, min(points, before.value) if before else points
        self.children_from = self._children()

    def _published(self) -> Association:
        """Return the study's estimate; its interval is printed at 95% only."""
        limits = self.per_point.printed_interval
        return Association(self.per_point.value, limits, "in a national study (Bennett and others, 2022)")

    def _own(self, name: str) -> Association:
        row = self.table.loc[name]
        return Association(
            row["value"],
            self._interval(row),
            f"in our own model with {_CONTROL[row['time_control']]}",
        )

    def _children(self) -> Figure | None:
        """Return the figure that gives the number of children: of a share its base, else its value."""
        name = AFTER.rate if self.age_base == "0 to 15" else "population_0_17"
        known = [f for f in self.report.series(name) if f.known and (f.base > 0 or name != AFTER.rate)]
        return known[-1] if known else None

    @property
    def children(self) -> float:
        """The children to whom the association is applied."""
        return self.children_from.base if self.age_base == "0 to 15" else self.children_from.value

    @property
    def entering(self) -> float:
        """Fewer children entering care a year that go with the fall."""
        return self.one.value * self.points * self.children / _PER

    @property
    def limits(self) -> Interval:
        """The limits of `entering`, by those of the association."""
        return self.one.limits.times(self.points * self.children / _PER)

    def children_format(self, value: float) -> str:
        """Return a number of children, with a decimal where the middle one is small."""
        return narrative.number(value, 0 if abs(self.entering) >= FEW else 1)

    @property
    def fall(self) -> str:
        """The fall in words: "1 percentage point"."""
        return narrative.count(self.points, "percentage point", fmt=lambda value: f"{value:g}")

    def sentence(self) -> str:
        """Return the association carried to the area, and what our own estimates say of it."""
        if not self.children_from:
            return f"the number of children aged {self.age_base} in {self.report.name} is not in the releases read here"
        number = "about " + narrative.with_interval(self.entering, self.limits, self.children_format)
        if max(map(abs, self.limits)) < LEAST:
            number = "less than a tenth of a child"
        return (
            f"{self.one.words}, a fall of {self.fall} in child poverty goes with fewer children entering care: carried "
            f"to {self.report.name}, {number} a year; this is an association, not an effect, and {self.unclear()}"
        )

    def unclear(self) -> str:
        """Return how many of our own estimates do not rule out zero."""
        fitted = self.table[self.table["converged"] == "yes"]
        open_ = sum(self._interval(row).contains(0) for _, row in fitted.iterrows())
        verb = "does not rule" if open_ == 1 else "do not rule" if open_ else "rules"
        return f"{narrative.some_or_none(open_)} of our own {narrative.word(len(fitted))} estimates {verb} out zero"

    def compared(self) -> str:
        """Return the published association and the range of our own, in one sentence."""
        per = narrative.with_interval(self.per_point.value, self._published().limits, self.per_point.text)
        own = narrative.span(self.range(), narrative.tenths)
        return (
            f"the study found {per} more children entering care per 100,000 for each point of child poverty; "
            f"our own estimates run from {own}"
        )

    def about(self) -> list[str]:
        """Return what our estimates say, model by model, and to whom the association is applied."""
        said = [
            f"our models rest on {self.size()}, with poverty before housing costs",
            f"with a level for each year they give {self._words(EFFECTS['year effects'])}, and without any control for "
            f"time {self._words(EFFECTS['no time control'])}, where errors may hang together within an authority",
            f"where an authority's years are taken as independent it is, with a level for each year, "
            f"{self._words('entries_2020_year_effects_plain')}, and with an association that may differ from authority "
            f"to authority too {self._words('entries_2020_year_effects_slopes')}",
        ]
        if self.children_from:
            said.append(
                f"applied to {narrative.about(self.children)} children aged {self.age_base} in {self.report.name}, the "
                f"association that leads here is {self._as_printed(self.one.value)} per 100,000 for each point"
            )
        return said + [text for text in [self.capped()] if text]

    def record(self) -> None:
        """Record the association carried to the area as a headline value."""
        if self.children_from:
            self.report.headline(
                "care_association",
                f"Fewer children entering care a year that go with a fall of {self.fall} in child poverty",
                self.entering,
                self.limits,
                unit="children",
                symbol="e",
                of=[self.per_point, self.children_from],
            )

    def _as_printed(self, value: float) -> str:
        """Return an estimate to one decimal; the published one as it is printed."""
        return str(self.per_point) if value == self.per_point.value else narrative.tenths(value)

    def _words(self, name: str) -> str:
        row = self.table.loc[name]
        if row["converged"] != "yes":
            return "not known, as the fit did not converge"
        return narrative.with_interval(row["value"], self._interval(row), narrative.tenths)

    def capped(self) -> str:
        """Return that the fall asked for is more than there is, or nothing."""
        if self.points == self.asked:
            return ""
        return (
            f"a fall of {self.asked:g} points was asked for, but before housing costs {self.report.name} has only "
            f"{self.fall}"
        )

    def chart(self) -> Chart:
        """Return every estimate with its interval, the published one first; one that did not converge has [x]."""
        per = self._published()
        rows = [("Bennett and others, 2015 to 2020", per.value, *per.limits, "")]
        for _, row in self.table.iterrows():
            rows.append((_label(row), row["value"], *self._interval(row), "" if row["converged"] == "yes" else "x"))
        frame = pd.DataFrame(rows, columns=["label", "value", "lower", "upper", "symbol"])
        failed = " A row without a value did not converge." if (self.table["converged"] == "no").any() else ""
        about = About(
            "specifications",
            f"{narrative.capital(self.unclear())}",
            "Children entering care a year per 100,000, for each percentage point of child poverty",
            f"Intervals at {self.report.level}; the published one at {narrative.level(per.limits.coverage)}. "
            "Authorities compared with themselves over the years." + failed,
        )
        return charts.ladder(frame, about, self._as_printed, "Children per 100,000 for each point")

    def range(self) -> Interval:
        """Return the lowest and highest of our own estimates."""
        return Interval(float(self.table["value"].min()), float(self.table["value"].max()))

    def size(self) -> str:
        """Return how much our own estimates rest on: observations and authorities."""
        row = self.table.loc[EFFECTS["year effects"]]
        figures, authorities = (narrative.number(row[name]) for name in ("observations", "authorities"))
        return f"{figures} yearly figures of {authorities} authorities, {row['first']} to {row['last']}"

    def _interval(self, row: pd.Series) -> Interval:
        return Estimate(row["value"], row["standard_error"]).interval(self.report.confidence)


def _label(row: pd.Series) -> str:
    kind = "own intercepts, errors clustered" if row["errors"] == "clustered" else _CONTROL[row["time_control"]]
    slopes = ", slopes that differ" if row["slopes"] == "yes" else ""
    control = f", {_CONTROL[row['time_control']]}" if row["errors"] == "clustered" else ""
    return f"Ours, {row['first']} to {row['last']}: {kind}{control}{slopes}"
