"""The national panel of spend and outcomes: which models of it are tried, and what each gives.

A `Specification` is one way of asking; `Panel.estimates` fits some and returns a row a model. Fits are kept on disk,
so that the pages of all authorities share them. Spend enters in hundreds of pounds per child, so that a coefficient
is the change in a rate per 10,000 children that goes with £100 more a child.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import asdict, astuple, dataclass, fields, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.data import reads
from analysis.data.figures import WILTSHIRE, Figures
from analysis.methods import panel as method
from analysis.methods.panel import EDGE, Design, Estimate, PanelFit, Term, design
from analysis.official import spend_panel as release
from analysis.official.cache import Kept
from analysis.official.spend_panel import LEFT_OUT, SOURCE

__all__ = ["LEFT_OUT", "SOURCE", "Panel", "Specification", "rows_of", "tried"]

SPEND, SAFEGUARDING, DEPRIVATION = "early-help spend", "safeguarding spend", "deprivation"
HUNDRED = 100
"""Pounds that one unit of spend in the models stands for."""
OUTCOMES = {
    "children looked after": ("looked_after", ("plans", "in_need")),
    "child protection plans": ("plans", ("in_need",)),
    "children in need": ("in_need", ()),
}
"""What early help is to prevent → its column of the panel, and those of the steps before it, which stand for need."""
CONTROLS = {"no time control": "none", "linear trend": "linear", "year effects": "year effects"}
"""The choices of the parameter → those of the method."""
LEFT_IN, TREND, TAKEN_OUT = CONTROLS
COVARIATES = NEEDS, DEPRIVED, NOTHING = "need and deprivation", "deprivation alone", "nothing else"
ROWS = EVERY_ROW, NO_ARTEFACT, NO_PANDEMIC, REPEATED = (
    "every authority and year",
    "without two odd returns",
    "without the pandemic years",
    "repeated rows counted twice",
)
ODD_AREA, ODD_YEARS, PANDEMIC = WILTSHIRE, (2011, 2012), (2021, 2022)
"""The authority and years whose returns have next to nothing, then nothing, for Sure Start; the pandemic's years."""
ESTIMATORS = MIXED, CLUSTERED = "mixed model", "clustered errors"
REFITTED = 5
"""Authorities, those whose leaving moves the result most, without which the model is fitted anew."""
DIGITS, PLACES = 7, 3
"""Significant digits kept of a fit, and decimals of an estimate per £100: beyond these processors may differ."""


@dataclass(frozen=True)
class Specification:
    """One way of asking the panel.

    Args:
        outcome: a key of `OUTCOMES`.
        control: a key of `CONTROLS`.
        lag: 0 for the same year's spend, 1 for that of the year before too.
        slopes: whether the association may differ from authority to authority.
        covariates: what else is held equal, one of `COVARIATES`.
        rows: which rows of the panel enter, one of `ROWS`.
    """

    outcome: str = "children looked after"
    control: str = LEFT_IN
    lag: int = 1
    slopes: bool = True
    covariates: str = NEEDS
    rows: str = EVERY_ROW

    @property
    def lags(self) -> tuple[int, ...]:
        """The years of spend that enter: the same, and the one before."""
        return tuple(range(self.lag + 1))

    @property
    def within(self) -> list[str]:
        """The names of the coefficients whose sum is asked for."""
        return Term(SPEND, self.lags).within

    def by_control(self) -> list[Specification]:
        """Return it under each control for time."""
        return [replace(self, control=control) for control in CONTROLS]


CHOICES = [field.name for field in fields(Specification)]
PUBLISHED = Specification(rows=REPEATED)
"""The specification of the published study (Webb 2024), on the panel as it stands."""


def tried(leading: Specification) -> list[Specification]:
    """Return all that are tried: the full cross, the checks on care, the published, and those of a new leading one."""
    cross = itertools.product(OUTCOMES, CONTROLS, (0, 1), (True, False))
    checks = [{"covariates": DEPRIVED}, {"covariates": NOTHING}, {"rows": NO_ARTEFACT}, {"rows": NO_PANDEMIC}]
    checks = [spec for change in checks for spec in Specification(**change).by_control()]
    every = [*(Specification(*which) for which in cross), *checks, PUBLISHED]
    return list(dict.fromkeys([*every, *leading.by_control()]))


def rows_of(panel: pd.DataFrame, which: str) -> pd.DataFrame:
    """Return the rows of the panel that enter a specification, in order of area and year."""
    if which == REPEATED:
        return panel
    panel = panel.drop_duplicates(["area", "year"])
    if which == NO_ARTEFACT:
        panel = panel[~((panel["area"] == ODD_AREA) & panel["year"].isin(ODD_YEARS))]
    if which == NO_PANDEMIC:
        panel = panel[~panel["year"].isin(PANDEMIC)]
    return panel.reset_index(drop=True)


class Panel:
    """The panel, and what models of it give.

    Args:
        figures: the report's figures, which remember that the panel was read.

    Raises:
        ReleaseError: if the panel is not there or not in order.
    """

    def __init__(self, figures: Figures) -> None:
        self.as_it_stands = reads.panel(figures)
        code = [Path(module.__file__) for module in (method, release)]
        self.kept = Kept(figures.folder, [release.release_of(figures.folder).sha256], [*code, Path(__file__)])
        self.design, self.fit = cache(self._design), cache(self._fit)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """Each authority and year once: spend in pounds of 2022 a child aged 0 to 16, rates per 10,000 of them."""
        return rows_of(self.as_it_stands, EVERY_ROW)

    def estimates(self, specs: Iterable[Specification]) -> pd.DataFrame:
        """Return what goes with £100 more a child, by the choices of each specification and by estimator.

        Of the mixed model, and of least squares with a level of its own for each authority and errors clustered by
        authority, in which differing associations drop out. Columns coefficient, error (NaN where the fit failed),
        between and between_error (of authorities whose usual spend differs, from the mixed model), observations,
        groups, edge (whether the fit lies at the edge of what the data can tell).
        """
        found = {}
        for spec in specs:
            for estimator in ESTIMATORS:
                fit = self.fit(spec, estimator)
                mean = [name for name in fit.coefficients.index if name == f"{SPEND} mean"]
                between = _rounded(fit.estimate(*mean)) if mean else (math.nan, math.nan)
                about = (fit.observations, fit.groups, fit.converged and EDGE in fit.messages)
                found[*astuple(spec), estimator] = (*_rounded(fit.estimate(*spec.within)), *between, *about)
        columns = ["coefficient", "error", "between", "between_error", "observations", "groups", "edge"]
        index = pd.MultiIndex.from_tuples(found, names=[*CHOICES, "estimator"])
        return pd.DataFrame([*found.values()], index, columns).sort_index()

    def own(self, spec: Specification) -> pd.DataFrame:
        """Return each authority's own coefficient and its error (see `methods.panel.of_each`), by area code.

        No row where the fit failed.
        """
        if not self.fit(spec).converged:
            return pd.DataFrame(columns=["coefficient", "error"], dtype=float)
        found = method.of_each(self.design(spec), self.fit(spec), spec.within).round(PLACES)
        return found.set_axis(["coefficient", "error"], axis=1)

    def fitted(self, spec: Specification, area: str) -> pd.DataFrame:
        """Return an area's actual and fitted rate by year, and a year's standard error; no row where it has none."""
        made, fit = self.design(spec), self.fit(spec)
        if not fit.converged or area not in set(made.group):
            return pd.DataFrame(columns=["actual", "fitted", "error"], dtype=float)
        found = method.of_group(made, fit, area)
        years = rows_of(self.as_it_stands, spec.rows).loc[found.actual.index, "year"]
        table = pd.DataFrame({"actual": found.actual, "fitted": found.fitted, "error": found.error})
        return table.set_axis(years, axis=0)

    def years(self, spec: Specification) -> pd.Series:
        """Return the year of each outcome that a specification models."""
        return rows_of(self.as_it_stands, spec.rows).loc[self.design(spec).outcome.index, "year"]

    def without(self, spec: Specification) -> pd.DataFrame:
        """Return the coefficient without each authority: by area code, the furthest first, none where the fit failed.

        Columns `coefficient` and `exact`: whether the model was fitted anew, as it is for the first `REFITTED`; for
        others the variances stay as they are.
        """
        if not self.fit(spec).converged:
            return pd.DataFrame(columns=["coefficient", "exact"])
        made, middle = self.design(spec), _rounded(self.fit(spec).estimate(*spec.within)).value
        steps = method.without_each(made, self.fit(spec), spec.within).round(PLACES)
        far = lambda found: (found - middle).abs().sort_values(ascending=False, kind="stable").index  # noqa: E731
        table = pd.DataFrame({"coefficient": steps, "exact": False}).loc[far(steps)]
        for code in table.index[:REFITTED]:
            again = self._again(made, spec, code)
            if not math.isnan(again):
                table.loc[code] = [again, True]
        return table.loc[far(table["coefficient"])]

    def _design(self, spec: Specification) -> Design:
        """Return the panel made ready for a specification; its index is that of `rows_of`."""
        rows, (column, steps) = rows_of(self.as_it_stands, spec.rows), OUTCOMES[spec.outcome]
        rows = rows.assign(**{SPEND: rows["spend"] / HUNDRED, SAFEGUARDING: rows["safeguarding"] / HUNDRED})
        terms = [Term(SPEND, spec.lags, slope=spec.slopes)]
        if spec.covariates == NEEDS:
            terms += [Term(name, spec.lags) for name in (SAFEGUARDING, *steps)]
        covariates = [] if spec.covariates == NOTHING else [DEPRIVATION]
        control, by_row = CONTROLS[spec.control], spec.rows == REPEATED
        return design(rows, column, "area", "year", terms, covariates, control, by_row)

    def _fit(self, spec: Specification, estimator: str = MIXED) -> PanelFit:
        """Return a fit, from disk or made; one that failed has no numbers and says why."""
        if estimator == CLUSTERED:
            spec = replace(spec, slopes=False)
        make = method.within_between if estimator == MIXED else method.fixed_effects
        return _from(self.kept.get({estimator: asdict(spec)}, lambda: _record(make(self.design(spec)))))

    def _again(self, made: Design, spec: Specification, code: str) -> float:
        """Return the coefficient of a model fitted anew without an authority; NaN if that failed."""

        def made_anew() -> dict[str, Any]:
            return {"value": _null(_rounded(method.refit_without(made, code).estimate(*spec.within)).value)}

        value = self.kept.get({MIXED: asdict(spec), "without": code}, made_anew)["value"]
        return math.nan if value is None else value


def _record(fit: PanelFit) -> dict[str, Any]:
    """Return a fit as JSON can hold it."""
    return {
        "names": list(fit.coefficients.index),
        "coefficients": _nulls(fit.coefficients.to_numpy()),
        "covariance": _nulls(fit.covariance.to_numpy()),
        "own": list(fit.spread.columns),
        "spread": _nulls(fit.spread.to_numpy()),
        "noise": _null(fit.noise),
        "counts": [fit.observations, fit.groups],
        "converged": fit.converged,
        "messages": list(fit.messages),
    }


def _from(found: dict[str, Any]) -> PanelFit:
    """Return a fit from its record."""
    names, own = found["names"], found["own"]
    covariance, spread = (np.array(found[part], dtype=float) for part in ("covariance", "spread"))
    return PanelFit(
        pd.Series(found["coefficients"], index=names, dtype=float),
        pd.DataFrame(covariance, index=names, columns=names),
        *found["counts"],
        found["converged"],
        tuple(found["messages"]),
        pd.DataFrame(spread.reshape(len(own), len(own)), index=own, columns=own),
        math.nan if found["noise"] is None else found["noise"],
    )


def _nulls(values: np.ndarray) -> list[Any]:
    """Return numbers to `DIGITS` significant digits, None for a missing one, in lists as deep as the array."""
    return [_nulls(row) for row in values] if values.ndim > 1 else [_null(value) for value in values]


def _null(value: float) -> float | None:
    return None if math.isnan(value) else float(f"{value:.{DIGITS}g}")


def _rounded(estimate: Estimate) -> Estimate:
    """Return an estimate to three decimals, beyond which no search is sure."""
    return Estimate(round(estimate.value, PLACES), round(estimate.standard_error, PLACES))
