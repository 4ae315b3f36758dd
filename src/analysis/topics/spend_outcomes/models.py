"""The models fitted, each once: kept on disk, so that every authority's page shares them."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis import derived
from analysis.figures import Figures
from analysis.methods import panel as method
from analysis.methods import panel_groups, reml
from analysis.methods.panel import Design, Estimate, PanelFit
from analysis.official import spend_panel
from analysis.official.cache import Kept
from analysis.topics.spend_outcomes import specifications
from analysis.topics.spend_outcomes.specifications import Specification, design_of, rows_of

REFITTED = 5
"""Authorities, those whose leaving moves the result most, without which the model is fitted anew."""
DIGITS, PLACES = 7, 3
"""Significant digits kept of a fit, and decimals of an estimate per £100: beyond these processors may differ."""


class Models:
    """The panel and what models of it gave.

    Args:
        figures: the report's figures, which remember that the panel was read.

    Raises:
        ReleaseError: if the panel is not there or not in order.
    """

    def __init__(self, figures: Figures) -> None:
        self.panel = derived.panel(figures)
        release = spend_panel.release_of(figures.folder)
        code = [Path(module.__file__) for module in (method, reml, panel_groups, spend_panel, specifications)]
        self.kept = Kept(figures.folder, [release.sha256], [*code, Path(__file__)])
        self.design = functools.cache(lambda spec: design_of(self.panel, spec))
        self.fit = functools.cache(self._fit)
        self.own = functools.cache(self._own)

    def _fit(self, spec: Specification) -> PanelFit:
        """Return a specification's fit; one that failed has no numbers and says why."""
        found = self.kept.get({"fit": spec.record()}, lambda: _record(method.within_between(self.design(spec))))
        return _from(found)

    def estimate(self, spec: Specification) -> Estimate:
        """Return what goes with £100 more a child in each of the specification's years; NaN where the fit failed."""
        return _rounded(self.fit(spec).estimate(*spec.within))

    def clustered(self, spec: Specification) -> Estimate:
        """Return the same with years of one authority allowed to hang together; NaN where the fit failed.

        Least squares with a level of its own for each authority, errors clustered by authority; associations that
        differ from one to the other drop out.
        """
        same = replace(spec, slopes=False)
        made = self.kept.get({"clustered": same.record()}, lambda: _record(method.fixed_effects(self.design(same))))
        return _rounded(_from(made).estimate(*spec.within))

    def between(self, spec: Specification) -> Estimate:
        """Return by how much authorities differ whose usual spend differs by £100 a child; NaN where the fit failed."""
        return _rounded(self.fit(spec).estimate(f"{specifications.SPEND} mean"))

    def _own(self, spec: Specification) -> pd.DataFrame:
        """Return each authority's own association with the errors of `panel_groups.of_each`, by area code.

        None where the fit failed. Columns `value` and `standard_error`, to three decimals.
        """
        fit = self.fit(spec)
        if not fit.converged:
            return pd.DataFrame(columns=["value", "standard_error"])
        return panel_groups.of_each(self.design(spec), fit, spec.within).round(PLACES)

    def usual(self, outcome: str) -> float:
        """Return the mean rate of an outcome over all authorities and years, repeated rows once."""
        return float(rows_of(self.panel, specifications.EVERY_ROW)[specifications.OUTCOMES[outcome].column].mean())

    def without(self, spec: Specification) -> pd.DataFrame:
        """Return the estimate without each authority: by area code, the furthest first, none where the fit failed.

        Columns `value` and `exact`: whether the model was fitted anew, as it is for the first `REFITTED`; for others
        the variances stay as they are.
        """
        fit = self.fit(spec)
        if not fit.converged:
            return pd.DataFrame(columns=["value", "exact"])
        made, middle = self.design(spec), self.estimate(spec).value
        steps = panel_groups.without_each(made, fit, spec.within).round(PLACES)
        order = (steps - middle).abs().sort_values(ascending=False, kind="stable").index
        table = pd.DataFrame({"value": steps[order], "exact": False})
        for code in order[:REFITTED]:
            again = self._again(made, spec, code)
            if not math.isnan(again):
                table.loc[code] = [again, True]
        far = (table["value"] - middle).abs().sort_values(ascending=False, kind="stable").index
        return table.loc[far]

    def _again(self, made: Design, spec: Specification, code: str) -> float:
        """Return the estimate of a model fitted anew without an authority; NaN if that failed."""

        def made_anew() -> dict[str, Any]:
            found = panel_groups.refit_without(made, code)
            return {"value": _null(_rounded(found.estimate(*spec.within)).value)}

        value = self.kept.get({"fit": spec.record(), "without": code}, made_anew)["value"]
        return math.nan if value is None else value


def at_the_edge(fit: PanelFit) -> bool:
    """Say whether a fit lies at the edge of what the data can tell, such as slopes that vary together entirely."""
    return fit.converged and method.EDGE in fit.messages


def _record(fit: PanelFit) -> dict[str, Any]:
    """Return a fit as JSON can hold it."""
    names = list(fit.coefficients.index)
    return {
        "names": names,
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
    numbers: Callable[[Any], np.ndarray] = lambda value: np.array(value, dtype=float)  # noqa: E731
    return PanelFit(
        pd.Series(numbers(found["coefficients"]), index=names),
        pd.DataFrame(numbers(found["covariance"]), index=names, columns=names),
        *found["counts"],
        found["converged"],
        tuple(found["messages"]),
        pd.DataFrame(numbers(found["spread"]).reshape(len(own), len(own)), index=own, columns=own),
        math.nan if found["noise"] is None else found["noise"],
    )


def _nulls(values: np.ndarray) -> list[Any]:
    """Return numbers to `DIGITS` significant digits, None for a missing one, in lists as deep as the array."""
    if values.ndim > 1:
        return [_nulls(row) for row in values]
    return [_null(value) for value in values]


def _null(value: float) -> float | None:
    return None if math.isnan(value) else float(f"{value:.{DIGITS}g}")


def _rounded(estimate: Estimate) -> Estimate:
    """Return an estimate to three decimals, beyond which no search is sure."""
    return Estimate(round(estimate.value, PLACES), round(estimate.standard_error, PLACES))
