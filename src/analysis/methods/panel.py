"""Panels: does what changes inside an authority go with what changes there, and how sure can that be?

A value is split into the group's own mean (between) and the distance from it (within). Least squares with levels of
groups and years and clustered errors is linearmodels' `PanelOLS`; the mixed model of the published study statsmodels'
`MixedLM`, whose search ends within some 1e-5 of the highest likelihood, so that two decimals are sure.

Mundlak (1978), Econometrica 46:69-85; Bell and Jones (2015), Political Science Research and Methods 3:133-153; Cameron,
Gelbach and Miller (2008), Review of Economics and Statistics 90:414-427, and Webb (2023), Canadian J. of Economics
56:839-858 (wild cluster bootstrap); Cinelli and Hazlett (2020), J. Royal Statistical Society B 82:39-67 (robustness
value); Bloom (1995), Evaluation Review 19:547-556 (minimum detectable effect).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import linalg, special

NOTHING = 1e-9
"""What is no larger than this is zero but for rounding."""
WEBB = np.sqrt([0.5, 1.0, 1.5]) * np.array([[-1], [1]])
"""Webb's six weights, equally likely: enough of them for few clusters too."""


class Estimate(NamedTuple):
    """A coefficient, or a sum of some, in units of the outcome per unit of the term; NaN where the fit failed."""

    value: float
    standard_error: float


@dataclass(frozen=True)
class Term:
    """A column of the panel split into within and between.

    `lags` says which within parts enter: 0 the same year's, 1 that of the year before, -1 of the year after. With
    `slope` they have a slope of their own in each group, in a mixed model.
    """

    name: str
    lags: tuple[int, ...] = (0,)
    slope: bool = False

    @property
    def within(self) -> list[str]:
        """The names of its within coefficients: "x within", "x within, lag 1", "x within, lead 1"."""
        return [f"{self.name} within" + ("", f", lag {lag}", f", lead {-lag}")[int(np.sign(lag))] for lag in self.lags]


@dataclass(frozen=True)
class Design:
    """A panel made ready: the outcome, the terms (a column a coefficient), who, when, and the slopes' columns."""

    outcome: pd.Series
    fixed: pd.DataFrame
    group: pd.Series
    time: pd.Series
    slopes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class PanelFit:
    """What a fit found: `coefficients` and `covariance` by name, NaN where it failed, which `message` says.

    `left` is what is left of each row, by the design's index, `free` the degrees of freedom; of a mixed model `spread`
    is the covariance of what differs from group to group and `noise` the variance of what is left.
    """

    coefficients: pd.Series
    covariance: pd.DataFrame
    observations: int
    groups: int
    message: str = ""
    left: pd.Series = field(default_factory=pd.Series)
    free: float = math.nan
    spread: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
    noise: float = math.nan

    def estimate(self, *names: str) -> Estimate:
        """Return the sum of some coefficients with its standard error; KeyError for a name the model lacks, or none."""
        missing = [name for name in names if name not in self.coefficients.index]
        if missing or not names:
            raise KeyError(f"no coefficient {missing or 'named'}; the model has {', '.join(self.coefficients.index)}")
        variance = self.covariance.loc[list(names), list(names)].to_numpy().sum()
        value = self.coefficients[list(names)].to_numpy().sum()  # NaN where any is, which pandas' own sum skips
        return Estimate(float(value), math.sqrt(variance) if variance >= 0 else math.nan)


def design(
    panel: pd.DataFrame,
    outcome: str,
    group: str,
    time: str,
    terms: Sequence[Term],
    covariates: Sequence[str] = (),
    lag_by_row: bool = False,
) -> Design:
    """Split the terms, lag them and keep the rows that have everything.

    Values are centred on the group's mean of all its rows, and lagged after that, before rows with a missing value are
    left out. `lag_by_row` takes the row before instead of the year before, and allows a year twice. ValueError for an
    unknown column, a year twice in a group, or fewer than two groups left.
    """
    missing = {outcome, group, time, *(term.name for term in terms), *covariates} - set(panel.columns)
    if missing:
        raise ValueError(f"design: the panel has no column {', '.join(sorted(missing))}")
    rows = panel.sort_values([group, time], kind="stable").reset_index(drop=True)
    if not lag_by_row and rows.duplicated([group, time]).any():
        raise ValueError("design: expected each year once in a group; drop the repeated rows, or lag by row")
    fixed = pd.DataFrame(index=rows.index)
    for term in terms:
        mean = rows.groupby(group)[term.name].transform("mean")
        for lag, name in zip(term.lags, term.within, strict=True):
            gap = rows[time] - rows.groupby(group)[time].shift(lag) if lag else 0 * rows[time]
            moved = (rows[term.name] - mean).groupby(rows[group]).shift(lag)
            fixed[name] = moved if lag_by_row else moved.where(gap == lag)
        fixed[f"{term.name} mean"] = mean
    fixed = fixed.assign(**{name: rows[name] for name in covariates})
    whole = fixed.notna().all(axis=1) & rows[outcome].notna()
    if rows.loc[whole, group].nunique() < 2:
        raise ValueError("design: expected two groups or more with whole rows")
    slopes = [name for term in terms if term.slope for name in term.within]
    parts = (rows.loc[whole, outcome].astype(float), fixed[whole].astype(float), rows.loc[whole, group])
    return Design(*parts, rows.loc[whole, time], slopes)


def differences(made: Design) -> Design:
    """Return the changes of outcome and terms from one year to the next, where both are there."""
    next_year = made.time.groupby(made.group).diff() == 1
    outcome, fixed = (part.groupby(made.group).diff()[next_year] for part in (made.outcome, made.fixed))
    return Design(outcome, fixed, made.group[next_year], made.time[next_year])


def summed(made: Design, names: Sequence[str]) -> Design:
    """Return a design in which the first of some terms has the sum of their coefficients as its own."""
    first, *more = names
    return replace(made, fixed=made.fixed.assign(**{name: made.fixed[name] - made.fixed[first] for name in more}))


def fixed_effects(
    made: Design,
    levels: pd.Series | None = None,
    own: bool = True,
    clusters: pd.Series | None = None,
    weights: pd.Series | None = None,
    errors: str = "clustered",
) -> PanelFit:
    """Fit least squares with a level of its own for each group; degrees of freedom are counted as linearmodels does.

    What the levels take up, such as a mean, drops out. `levels` has a label a row of what else has a level each (years,
    or the years of each region); groups have none if not `own`, as for changes. `clusters` of rows whose errors hang
    together are the groups if None; `errors` are "clustered", "unadjusted", or "kernel" for those that all groups share
    and that last (Driscoll, Kraay).
    """
    from linearmodels.panel import PanelOLS  # slow to load
    from linearmodels.panel.utility import AbsorbingEffectError

    kept = made.fixed.loc[:, (_inside(made.fixed, made.group) if own else made.fixed).abs().max() > NOTHING]
    if kept.empty:
        return _fit(made.fixed, made, math.nan, math.nan, message="no term varies within groups")
    index = pd.MultiIndex.from_arrays([pd.factorize(made.group)[0], made.time])
    labels = [None if row is None else pd.DataFrame(pd.factorize(row)[0], index) for row in (levels, clusters)]
    which = {"clusters": labels[1]} if clusters is not None else {"cluster_entity": True}
    which = which if errors == "clustered" else {}
    heavy = None if weights is None else weights.set_axis(index)
    try:
        years = levels is not None and levels.equals(made.time)  # by its own way, which is twice as fast
        kinds = {"entity_effects": own, "time_effects": years, "other_effects": None if years else labels[0]}
        model = PanelOLS(made.outcome.set_axis(index), kept.set_axis(index), weights=heavy, **kinds)
        fit = model.fit(cov_type=errors, **which)
    except (ValueError, ZeroDivisionError, AbsorbingEffectError) as error:
        return _fit(kept, made, math.nan, math.nan, message=str(error))
    left = pd.Series(fit.resids.to_numpy(), made.outcome.index)
    return _fit(kept, made, fit.params.to_numpy(), fit.cov.to_numpy(), left=left, free=float(fit.df_resid))


def within_between(made: Design, control: str = "none") -> PanelFit:
    """Fit the mixed model: an intercept, and the slopes wanted, that differ from group to group; REML.

    `control` for time is "none", "linear" or "year effects".
    """
    from statsmodels.regression.mixed_linear_model import MixedLM  # slow to load

    years = {
        "none": made.fixed[[]],
        "linear": (made.time - made.time.min()).to_frame("year"),
        "year effects": pd.get_dummies(made.time, prefix="year").iloc[:, 1:],
    }[control]
    fixed = made.fixed.assign(intercept=1.0).join(years).astype(float)
    own, size = fixed[["intercept", *made.slopes]].to_numpy(), fixed.shape[1]
    if np.linalg.matrix_rank(fixed) < size:
        return _fit(fixed, made, math.nan, math.nan, message="the terms vary together")
    with warnings.catch_warnings():  # of an edge, at which some slopes do not differ: it is as high as any
        warnings.simplefilter("ignore")
        model = MixedLM(made.outcome.to_numpy(), fixed.to_numpy(), made.group.to_numpy(), own)
        try:
            found = model.fit(reml=True, method=["lbfgs", "bfgs", "cg"], maxiter=2000)
        except np.linalg.LinAlgError as error:
            return _fit(fixed, made, math.nan, math.nan, message=str(error))
        covariance = np.asarray(found.cov_params())[:size, :size]
    if not found.converged or np.isnan(covariance).any():
        return _fit(fixed, made, math.nan, math.nan, message="the search did not end at a top")
    more = {"spread": np.asarray(found.cov_re), "noise": float(found.scale)}
    return _fit(fixed, made, np.asarray(found.fe_params), covariance, **more)


def without_each(made: Design, names: Sequence[str], fit: PanelFit | None = None) -> pd.Series:
    """Return the sum of some coefficients without each group in turn, by group.

    Exact for levels of groups and years, which is meant without a fit. Of a mixed model it is one step: the variances
    stay those of the whole fit, so that nothing is searched for anew.
    """
    years, outcome = pd.get_dummies(made.time, prefix="year").iloc[:, 1:], made.outcome
    if fit is None:
        columns, outcome = _inside(made.fixed.join(years), made.group), _inside(outcome, made.group)
    else:
        columns = made.fixed.assign(intercept=1.0)[fit.coefficients.index]
    weights, pulls = {}, {}
    for group, rows in columns.groupby(made.group):
        x, y = rows.to_numpy(), outcome[rows.index].to_numpy()
        z = np.zeros((len(x), 0)) if fit is None else rows[["intercept", *made.slopes]].to_numpy()
        variance = np.eye(len(x)) if fit is None else z @ fit.spread @ z.T + fit.noise * np.eye(len(x))
        weights[group], pulls[group] = x.T @ np.linalg.solve(variance, x), x.T @ np.linalg.solve(variance, y)
    weight, pull, asked = sum(weights.values()), sum(pulls.values()), columns.columns.isin(names)
    return pd.Series({g: float(np.linalg.solve(weight - weights[g], pull - pulls[g])[asked].sum()) for g in weights})


def without(made: Design, group: str) -> Design:
    """Return a design without one group."""
    kept = made.group != group
    return Design(made.outcome[kept], made.fixed[kept], made.group[kept], made.time[kept], made.slopes)


def wild_p(
    made: Design,
    names: Sequence[str],
    levels: pd.Series,
    clusters: pd.Series | None = None,
    draws: int = 9999,
    seed: int = 0,
) -> float:
    """Return the p-value, on two sides, of no sum of some coefficients, by a wild cluster bootstrap of the clustered t.

    Residuals of the model without a link are multiplied by one of Webb's weights a cluster in each draw. `levels` and
    `clusters` are as in `fixed_effects`.
    """
    first, fixed = names[0], _inside(summed(made, names).fixed, made.group)
    base = linalg.orth(_inside(pd.get_dummies(levels), made.group).join(fixed.drop(columns=first)))
    outcome = _inside(made.outcome, made.group)
    x, y = (column - base @ (base.T @ column) for column in (fixed[first].to_numpy(), outcome.to_numpy()))
    each = pd.get_dummies(pd.factorize(made.group if clusters is None else clusters)[0]).to_numpy(float).T
    scores, squares = each @ (x * y), each @ (x * x)
    pulled, crossed = (each @ (base * column[:, None]) for column in (y, x))
    weights = np.random.default_rng(seed).choice(WEBB.ravel(), (draws, len(each)))
    weights = np.vstack([np.ones(len(each)), weights])
    slope = weights @ scores / squares.sum()
    moved = weights * scores - weights @ pulled @ crossed.T - slope[:, None] * squares
    ratio = np.abs(slope) / np.sqrt((moved**2).sum(axis=1))
    return float((np.round(ratio[1:] / ratio[0], 6) >= 1).mean())


def robustness_value(t: float, free: float) -> float:
    """Return the share of what is left of both outcome and term that a confounder must explain to remove a link."""
    f = abs(t) / math.sqrt(free)
    return (math.sqrt(f**4 + 4 * f**2) - f**2) / 2


def explained(made: Design, name: str, levels: pd.Series) -> tuple[float, float]:
    """Return the shares that levels explain of what is left of a term, and of the outcome with that term held equal."""
    fixed, outcome = _inside(made.fixed, made.group), _inside(made.outcome, made.group)
    extra = _inside(pd.get_dummies(levels), made.group)

    def share(target: pd.Series, held: pd.DataFrame) -> float:
        bases = linalg.orth(held), linalg.orth(held.join(extra))
        few, all_ = (((target - base @ (base.T @ target)) ** 2).sum() for base in bases)
        return float(1 - all_ / few)

    return share(fixed[name], fixed.drop(columns=name)), share(outcome, fixed)


def detectable(standard_error: float, confidence: float = 0.95, power: float = 0.8) -> float:
    """Return the smallest true size that an estimate with such an error would find beyond chance, with that power."""
    return float(special.ndtri(0.5 + confidence / 2) + special.ndtri(power)) * standard_error


def autocorrelation(made: Design, fit: PanelFit) -> float:
    """Return how what is left of a year goes with what is left of the year before in the same group."""
    before = fit.left.groupby(made.group).shift().where(made.time.groupby(made.group).diff() == 1)
    return float(fit.left.corr(before))


def _inside(columns: pd.DataFrame | pd.Series, group: pd.Series) -> pd.DataFrame | pd.Series:
    """Return the distance of columns from each group's own mean of them."""
    return columns - columns.astype(float).groupby(group).transform("mean")


def _fit(fixed: pd.DataFrame, made: Design, values: object, covariance: object, **more: object) -> PanelFit:
    """Return a fit with names; NaN for both numbers fills them all."""
    names = fixed.columns
    table = pd.DataFrame(covariance, index=names, columns=names, dtype=float)
    return replace(
        PanelFit(pd.Series(values, names, dtype=float), table, len(made.outcome), made.group.nunique()), **more
    )
