"""Within-between models of a panel: does what changes inside an authority go with what changes there?

A value is split into the authority's own mean over the years (between) and the distance from it (within). The
coefficient of the within part compares an authority with itself, that of the mean compares authorities.

Sources: Mundlak (1978), Econometrica 46:69-85; Bell and Jones (2015), Political Science Research and Methods 3:133-153;
restricted maximum likelihood as in `analysis.methods.reml`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from analysis.methods import reml
from analysis.methods.intervals import Interval

EDGE = "what differs between groups lies at the edge of what the data can tell"
TIME_CONTROLS = ("none", "linear", "year effects")


class Estimate(NamedTuple):
    """A coefficient, or a sum of some, in units of the outcome per unit of the term; NaN where the fit failed."""

    value: float
    standard_error: float

    def interval(self, confidence: float) -> Interval:
        """Return the interval by the normal approximation.

        Raises:
            ValueError: if confidence is not between 0 and 1.
        """
        if not 0 < confidence < 1:
            raise ValueError(f"interval: expected a confidence between 0 and 1, such as 0.95; got {confidence}")
        reach = float(special.ndtri(0.5 + confidence / 2)) * self.standard_error
        return Interval(self.value - reach, self.value + reach, confidence)


@dataclass(frozen=True)
class Term:
    """A variable split into within and between.

    Args:
        name: column of the panel.
        lags: which of its within parts enter: 0 the same year's, 1 that of the year before.
        mean: whether the authority's mean enters.
        slope: whether the within parts have a slope of their own in each authority.
    """

    name: str
    lags: tuple[int, ...] = (0,)
    mean: bool = True
    slope: bool = False

    @property
    def within(self) -> list[str]:
        """The names of its within coefficients: "x within", "x within, lag 1"."""
        return [f"{self.name} within" + (f", lag {lag}" if lag else "") for lag in self.lags]


@dataclass(frozen=True)
class PanelFit:
    """What a fit found.

    `coefficients` and `covariance` are of the fixed part, by name; all NaN where the fit did not converge, which
    `converged` and `messages` say. `observations` and `groups` are those that entered. `spread` is the covariance of
    what differs from group to group, intercept first, and `noise` the variance of what is left; empty and NaN for a
    model without, or one that failed.
    """

    coefficients: pd.Series
    covariance: pd.DataFrame
    observations: int
    groups: int
    converged: bool
    messages: tuple[str, ...]
    spread: pd.DataFrame = field(default_factory=pd.DataFrame)
    noise: float = math.nan

    def estimate(self, *names: str) -> Estimate:
        """Return the sum of some coefficients with the standard error that their covariance gives.

        Raises:
            KeyError: for a name that the model has not, or none at all.
        """
        missing = [name for name in names if name not in self.coefficients.index]
        if missing or not names:
            raise KeyError(f"no coefficient {missing or 'named'}; the model has {', '.join(self.coefficients.index)}")
        wanted = list(names)
        variance = float(self.covariance.loc[wanted, wanted].to_numpy().sum())
        value = float(self.coefficients[wanted].to_numpy().sum())  # NaN where any is, which pandas' own sum skips
        return Estimate(value, math.sqrt(variance) if variance >= 0 else math.nan)


@dataclass(frozen=True)
class Design:
    """A panel made ready: the outcome, the fixed part (a column a coefficient), who, when, and the slopes' columns."""

    outcome: pd.Series
    fixed: pd.DataFrame
    group: pd.Series
    slopes: list[str]


def design(
    panel: pd.DataFrame,
    outcome: str,
    group: str,
    time: str,
    terms: Sequence[Term],
    covariates: Sequence[str] = (),
    time_control: str = "none",
    lag_by_row: bool = False,
) -> Design:
    """Split the terms, lag them and keep the rows that have everything.

    Values are centred on the authority's mean of all its rows, and lagged after that, before rows with a missing value
    are left out. `lag_by_row` takes the row before instead of the year before, and allows a year twice: a panel that
    repeats rows is then used as it stands.

    Raises:
        ValueError: for an unknown column or time control, a year twice in a group, or fewer than two groups left.
    """
    _check(panel, [outcome, group, time, *(t.name for t in terms), *covariates], time_control)
    rows = panel.sort_values([group, time], kind="stable").reset_index(drop=True)
    if not lag_by_row and rows.duplicated([group, time]).any():
        raise ValueError("design: expected each year once in a group; drop the repeated rows, or lag by row")
    fixed = pd.DataFrame({"intercept": np.ones(len(rows))})
    for term in terms:
        mean = rows.groupby(rows[group])[term.name].transform("mean")
        for lag, name in zip(term.lags, term.within, strict=True):
            fixed[name] = _lagged(rows[term.name] - mean, rows[group], rows[time], lag, lag_by_row)
        if term.mean:
            fixed[f"{term.name} mean"] = mean
    fixed = fixed.assign(**{name: rows[name] for name in covariates})
    whole = fixed.notna().all(axis=1) & rows[outcome].notna()
    fixed = fixed[whole].astype(float).join(_time(rows.loc[whole, time], time_control))
    if rows.loc[whole, group].nunique() < 2:
        raise ValueError("design: expected two groups or more with whole rows")
    return Design(rows.loc[whole, outcome].astype(float), fixed, rows.loc[whole, group], _slopes(terms))


def within_between(made: Design) -> PanelFit:
    """Fit the mixed model: an intercept, and the slopes wanted, that differ from group to group; REML.

    A fit that does not converge, or that the data cannot identify, is a failed result, and says so; one at the edge of
    what the data can tell has `EDGE` among its messages.
    """
    own = ["intercept", *made.slopes]
    try:
        found = reml.fit(
            made.outcome.to_numpy(), made.fixed.to_numpy(), made.fixed[own].to_numpy(), made.group.to_numpy()
        )
    except (np.linalg.LinAlgError, ValueError) as error:
        return failed(made, (str(error),))
    spread = pd.DataFrame(found.spread, index=own, columns=own)
    fit = _fit(made, found.coefficients, found.covariance, (EDGE,) if found.edge else ())
    return replace(fit, spread=spread, noise=found.noise)


def fixed_effects(made: Design) -> PanelFit:
    """Fit least squares with an intercept of its own for each group; errors may hang together within a group.

    The standard errors are cluster-robust (by group). What does not vary within a group, such as a mean, drops out.
    """
    import statsmodels.api as sm

    own = made.fixed - made.fixed.groupby(made.group).transform("mean")
    own = own.loc[:, own.abs().max() > reml.NOTHING]
    outcome = made.outcome - made.outcome.groupby(made.group).transform("mean")
    if own.empty or not reml.vary_apart(own.to_numpy()):
        return failed(made, ("the terms do not vary within groups, or vary together",))
    codes = pd.factorize(made.group)[0]
    found = sm.OLS(outcome.to_numpy(), own.to_numpy()).fit(cov_type="cluster", cov_kwds={"groups": codes})
    kept = Design(made.outcome, own, made.group, [])
    return _fit(kept, np.asarray(found.params), np.asarray(found.cov_params()), ())


def _check(panel: pd.DataFrame, columns: list[str], time_control: str) -> None:
    missing = [name for name in columns if name not in panel.columns]
    if missing:
        raise ValueError(f"design: the panel has no column {', '.join(missing)}")
    if time_control not in TIME_CONTROLS:
        raise ValueError(f"design: expected a time control of {', '.join(TIME_CONTROLS)}; got {time_control!r}")


def _lagged(values: pd.Series, group: pd.Series, time: pd.Series, lag: int, by_row: bool) -> pd.Series:
    """Return each group's values of `lag` years before; NaN where that year is not there."""
    if not lag:
        return values
    before = values.groupby(group).shift(lag)
    return before if by_row else before.where(time - time.groupby(group).shift(lag) == lag)


def _time(years: pd.Series, control: str) -> pd.DataFrame:
    """Return the columns that stand for time: none, the year from the first, or one a year but the first."""
    if control == "linear":
        return pd.DataFrame({"year": (years - years.min()).astype(float)})
    every = sorted(years.unique())[1:] if control == "year effects" else []
    return pd.DataFrame({f"year {year}": (years == year).astype(float) for year in every}, index=years.index)


def _slopes(terms: Sequence[Term]) -> list[str]:
    return [name for term in terms if term.slope for name in term.within]


def _fit(made: Design, values: np.ndarray, covariance: np.ndarray, said: tuple[str, ...]) -> PanelFit:
    names = list(made.fixed.columns)
    return PanelFit(
        pd.Series(values, index=names),
        pd.DataFrame(covariance, index=names, columns=names),
        len(made.outcome),
        int(made.group.nunique()),
        True,
        said,
    )


def failed(made: Design, said: tuple[str, ...]) -> PanelFit:
    """Return the result of a fit that failed, with why: the numbers of rows and groups, and no others."""
    size = made.fixed.shape[1]
    blank = _fit(made, np.full(size, math.nan), np.full((size, size), math.nan), said)
    return PanelFit(blank.coefficients, blank.covariance, blank.observations, blank.groups, False, said)
