"""What a within-between model says of one group, and what becomes of it without one.

With the variances of a fit taken as known: predicted effects of a group (best linear unbiased prediction), their
joint error with that of the fixed part, and the coefficients without each group.

Sources: Henderson (1975), Biometrics 31:423-447; Demidenko and Stukel (2005), Statistics in Medicine 24:893-909.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.linalg import toeplitz

from analysis.methods.panel import Design, PanelFit, within_between


@dataclass(frozen=True)
class GroupFit:
    """What a model says of one group.

    `actual` and `fitted` are the outcome and the model's value of each row, by the index of the design's rows; `error`
    is the standard deviation of a row's distance from the fitted value, if the model is right. `effects` are the
    group's own distances from the common intercept and slopes, and `joint` the error covariance of the common
    coefficients and these.
    """

    actual: pd.Series
    fitted: pd.Series
    error: pd.Series
    effects: pd.Series
    joint: pd.DataFrame

    @property
    def miss(self) -> float:
        """The root of the mean square of the distances between outcome and model."""
        return float(np.sqrt(((self.actual - self.fitted) ** 2).mean()))


def of_group(made: Design, fit: PanelFit, group: str) -> GroupFit:
    """Return what a fit says of one group.

    Raises:
        KeyError: if the group did not enter the model.
        ValueError: if the fit failed.
    """
    _whole(fit)
    here = made.group == group
    if not here.any():
        raise KeyError(f"no group {group!r} in the model")
    x, z, pull, effects, left = _drawn(made, fit, made.fixed[here])
    common, spread = fit.covariance.to_numpy(), fit.spread.to_numpy()
    cross = -common @ (pull @ x).T
    own = spread - pull @ z @ spread + pull @ x @ common @ (pull @ x).T
    joint = np.block([[common, cross], [cross.T, own]])
    both = np.hstack([x, z])
    error = np.sqrt(np.einsum("ij,jk,ik->i", both, joint, both) + fit.noise)
    names = [*fit.coefficients.index, *(f"own {name}" for name in fit.spread.columns)]
    actual = made.outcome[here]
    return GroupFit(
        actual,
        actual - left,
        pd.Series(error, index=actual.index),
        pd.Series(effects, index=fit.spread.columns),
        pd.DataFrame(joint, index=names, columns=names),
    )


def of_each(made: Design, fit: PanelFit, names: list[str]) -> pd.DataFrame:
    """Return each group's own coefficient, the sum of some: the common ones and its own distances from them.

    Columns `value` and `standard_error`, by group. The model takes what is left of a group's rows as independent and as
    large everywhere; the errors here do not. Rows hang together as those of all groups do so many rows apart, and what
    is left is as large as in all groups or, where that is larger, as in the group itself.

    Raises:
        KeyError: for a name that the model has not.
        ValueError: if the fit failed.
    """
    _whole(fit)
    drawn = {group: _drawn(made, fit, rows) for group, rows in made.fixed.groupby(made.group)}
    longest = max(len(left) for *_, left in drawn.values())
    apart = sum(_apart(left, longest) for *_, left in drawn.values())
    usual, together = apart[0] / len(made.outcome), apart / apart[0]
    common, spread = fit.covariance.to_numpy(), fit.spread.to_numpy()
    asked = np.isin(fit.coefficients.index, fit.coefficients[names].index).astype(float)
    own = np.isin(fit.spread.columns, names).astype(float)
    found = {}
    for group, (x, z, pull, effects, left) in drawn.items():
        moved, kept = asked - x.T @ pull.T @ own, own - z.T @ pull.T @ own
        noise = fit.noise * max(1.0, (left @ left) / len(left) / usual) * toeplitz(together[: len(left)])
        variance = moved @ common @ moved + kept @ spread @ kept + own @ pull @ noise @ pull.T @ own
        found[group] = (float(asked @ fit.coefficients.to_numpy() + own @ effects), float(np.sqrt(variance)))
    return pd.DataFrame.from_dict(found, orient="index", columns=["value", "standard_error"])


def without_each(made: Design, fit: PanelFit, names: list[str]) -> pd.Series:
    """Return the sum of some coefficients without each group in turn, by group.

    One step: the variances stay those of the whole fit, so that nothing is searched for anew. A group that moves the
    variances too is then moved a little more by an exact refit.

    Raises:
        ValueError: if the fit failed.
    """
    _whole(fit)
    weights, pulls = {}, {}
    for group, rows in made.fixed.groupby(made.group):
        x, z = rows.to_numpy(), rows[fit.spread.columns].to_numpy()
        inverse = np.linalg.inv(_variance(z, fit.spread.to_numpy(), fit.noise))
        weights[group], pulls[group] = x.T @ inverse @ x, x.T @ inverse @ made.outcome[rows.index].to_numpy()
    weight, pull = sum(weights.values()), sum(pulls.values())
    places = [list(made.fixed.columns).index(name) for name in names]
    found = {group: np.linalg.solve(weight - weights[group], pull - pulls[group]) for group in weights}
    return pd.Series({group: float(values[places].sum()) for group, values in found.items()})


def refit_without(made: Design, group: str) -> PanelFit:
    """Return the model fitted anew without one group."""
    kept = made.group != group
    fixed = made.fixed[kept]
    fixed = fixed.loc[:, (fixed != 0).any()]  # a year that only the group had
    return within_between(Design(made.outcome[kept], fixed, made.group[kept], made.slopes))


def _drawn(made: Design, fit: PanelFit, rows: pd.DataFrame) -> tuple[np.ndarray, ...]:
    """Return a group's X and Z, what draws its effects from the outcome, the effects, and what is left of each row."""
    x, z = rows.to_numpy(), rows[fit.spread.columns].to_numpy()
    spread, beyond = fit.spread.to_numpy(), made.outcome[rows.index].to_numpy() - x @ fit.coefficients.to_numpy()
    pull = spread @ z.T @ np.linalg.inv(_variance(z, spread, fit.noise))
    return x, z, pull, pull @ beyond, beyond - z @ (pull @ beyond)


def _apart(left: np.ndarray, longest: int) -> np.ndarray:
    """Return the sums of products of what is left so many rows apart, none apart first."""
    return np.pad(np.correlate(left, left, "full")[len(left) - 1 :], (0, longest - len(left)))


def _variance(z: np.ndarray, spread: np.ndarray, noise: float) -> np.ndarray:
    return z @ spread @ z.T + noise * np.eye(len(z))


def _whole(fit: PanelFit) -> None:
    if not fit.converged or fit.spread.empty:
        raise ValueError("expected a mixed model that converged")
