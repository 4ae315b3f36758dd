"""Within-between models of a panel: does what changes inside an authority go with what changes there?

A value is split into the authority's own mean over the years (between) and the distance from it (within). The
coefficient of the within part compares an authority with itself, that of the mean compares authorities. What a fit says
of one group takes its variances as known: predicted effects of a group (best linear unbiased prediction), their joint
error with that of the fixed part, and the coefficients without each group.

The mixed model, y = Xβ + Z_g b_g + e with b_g ~ N(0, σ²ΛΛ') in each group g and e ~ N(0, σ²), is fitted by restricted
maximum likelihood, to as many digits as any processor agrees on. For a given Λ the best β and σ² are in closed form, so
only Λ, a lower triangle of one number to six, is searched for: by Newton's method in a trust region with exact first
and second derivatives. All that a search needs of the data are each group's sums of products. statsmodels' `MixedLM`
has the same criterion and standard errors, but stops where its optimiser's tolerance happens to be met.

Sources: Mundlak (1978), Econometrica 46:69-85; Bell and Jones (2015), Political Science Research and Methods 3:133-153;
Bates, Mächler, Bolker and Walker (2015), J. Statistical Software 67(1), section 3 (the criterion and Λ); Lindstrom and
Bates (1988), J. Am. Stat. Assoc. 83:1014-1022 (its derivatives); Henderson (1975), Biometrics 31:423-447, and Demidenko
and Stukel (2005), Statistics in Medicine 24:893-909 (groups).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.linalg import toeplitz

EDGE = "what differs between groups lies at the edge of what the data can tell"
TIME_CONTROLS = ("none", "linear", "year effects")
TOP = 1e-9
"""A search has ended at the top if another step would raise twice the log likelihood by less than this."""
APART = 1e-3
"""By how much of its standard error two searches may differ in a coefficient."""
FLAT = 1e-3
"""Below this spread, relative to the noise, a combination of a group's effects does not differ between groups."""
NOTHING = 1e-9
"""What is no larger than this is zero but for rounding: of a column, or of the smallest of columns of length one."""


class Estimate(NamedTuple):
    """A coefficient, or a sum of some, in units of the outcome per unit of the term; NaN where the fit failed."""

    value: float
    standard_error: float


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
    slopes = [name for term in terms if term.slope for name in term.within]
    return Design(rows.loc[whole, outcome].astype(float), fixed, rows.loc[whole, group], slopes)


def within_between(made: Design) -> PanelFit:
    """Fit the mixed model: an intercept, and the slopes wanted, that differ from group to group; REML.

    A fit that does not converge, or that the data cannot identify, is a failed result, and says so; one at the edge of
    what the data can tell has `EDGE` among its messages.
    """
    own = ["intercept", *made.slopes]
    try:
        found = reml(made.outcome.to_numpy(), made.fixed.to_numpy(), made.fixed[own].to_numpy(), made.group.to_numpy())
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
    own = own.loc[:, own.abs().max() > NOTHING]
    outcome = made.outcome - made.outcome.groupby(made.group).transform("mean")
    if own.empty or not _vary_apart(own.to_numpy()):
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
    return replace(_fit(made, np.full(size, math.nan), np.full((size, size), math.nan), said), converged=False)


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


@dataclass(frozen=True)
class Found:
    """The fixed part with its covariance, the covariance of a group's effects, the variance of the rest.

    `edge` says that some combination of a group's effects does not differ between groups: the likelihood is highest at
    the edge of what covariances there can be.
    """

    coefficients: np.ndarray
    covariance: np.ndarray
    spread: np.ndarray
    noise: float
    edge: bool


def _vary_apart(columns: np.ndarray) -> bool:
    """Say whether no column is zero or made of the others, by a margin beyond any processor's last digits."""
    lengths = np.sqrt((columns**2).sum(axis=0))
    return bool((lengths > NOTHING).all() and np.linalg.svd(columns / lengths, compute_uv=False)[-1] > NOTHING)


def reml(outcome: np.ndarray, fixed: np.ndarray, own: np.ndarray, group: np.ndarray) -> Found:
    """Fit the model.

    Args:
        outcome: y, shape (rows,).
        fixed: X, shape (rows, coefficients).
        own: Z, shape (rows, effects of each group).
        group: which group a row is of.

    The standard errors are of the curvature in the fixed part and the variances together, as statsmodels has them: they
    carry the doubt about the variances too. At an edge where that is no curvature of a top, Λ takes the variances'
    place.

    Raises:
        ValueError: if the terms vary together, a search does not end at a top, or two from different places end in
            different ones.
    """
    if not _vary_apart(fixed) or not _vary_apart(own):
        raise ValueError("the terms do not vary, or vary together")
    size = own.shape[1]
    scaled = _scaled(outcome, fixed, own, group)
    starts = (np.eye(size), np.diag([0.5, *[0.05] * (size - 1)]))
    first, second = (_found(scaled, scaled.search(start)) for start in starts)
    errors = np.sqrt(np.diag(first.covariance))
    if (np.abs(first.coefficients - second.coefficients) > APART * errors).any():
        raise ValueError("two searches end in different places")
    return first


@dataclass
class _Scaled:
    """The data on a scale of one.

    `products` are each group's sums of products of the columns (Z, Q, e), shape (groups, columns, columns): Z of mean
    square one, X = QR, and e what X leaves of the outcome, of variance one by least squares. `triangle` is R, `plain`
    is Q'y, and `unit` and `widths` are what e and the columns of Z were divided by.
    """

    products: np.ndarray
    size: int
    free: int
    triangle: np.ndarray
    plain: np.ndarray
    unit: float
    widths: np.ndarray
    at_last: tuple[bytes, dict[str, Any]] = field(default=(b"", {}))

    def search(self, start: np.ndarray) -> np.ndarray:
        """Return the lower triangle of Λ at which the likelihood is highest, as a flat array."""
        from scipy.optimize import minimize

        top = minimize(
            lambda at: self.at(at)["criterion"],
            start[np.tril_indices(self.size)],
            jac=lambda at: self.at(at)["slope"],
            hess=self.curvature,
            method="trust-exact",
            options={"gtol": 1e-5, "maxiter": 500},
        ).x
        for _ in range(3):  # near the top each step doubles the digits
            top = top - self._step(top)
        bends = np.linalg.eigvalsh(self.curvature(top))
        if not abs(self.at(top)["slope"] @ self._step(top)) < TOP or bends[0] < -NOTHING * bends[-1]:
            raise ValueError("the search did not end at a top")
        return top

    def _step(self, flat: np.ndarray) -> np.ndarray:
        """Return Newton's step; none along what Λ may turn by without any change of ΛΛ'."""
        return _inverse(self.curvature(flat)) @ self.at(flat)["slope"]

    def at(self, flat: np.ndarray) -> dict[str, Any]:
        """Return the criterion (minus twice the log likelihood) at Λ, its slope and what both are made of."""
        if self.at_last[0] == flat.tobytes():
            return self.at_last[1]
        size, lower = self.size, np.zeros((self.size, self.size))
        lower[np.tril_indices(size)] = flat
        root = np.linalg.cholesky(np.eye(size) + lower.T @ self.products[:, :size, :size] @ lower)
        half = np.linalg.solve(root, lower.T @ self.products[:, :size])
        products = self.products - np.swapaxes(half, 1, 2) @ half  # the same sums, each group's rows weighted by V⁻¹
        both = products[:, size:, size:].sum(axis=0)
        inverse = np.linalg.inv(both[:-1, :-1])
        beta = inverse @ both[:-1, -1]
        left = both[-1, -1] - both[:-1, -1] @ beta
        w, u = products[:, :size, :size], products[:, :size, size:-1]
        r, h = products[:, :size, -1] - u @ beta, u @ inverse @ np.swapaxes(u, 1, 2)
        logs = 2 * np.log(np.diagonal(root, axis1=1, axis2=2)).sum() + np.linalg.slogdet(both[:-1, :-1])[1]
        pull = (w - h).sum(axis=0) - self.free * (r.T @ r) / left  # the slope in ΛΛ'
        step = _entries(size) @ lower.T
        step = step + np.swapaxes(step, 1, 2)  # what ΛΛ' changes by with each entry of Λ
        found = {"lower": lower, "criterion": logs + self.free * np.log(left), "slope": (step * pull).sum(axis=(1, 2))}
        found |= {"beta": beta, "left": left, "inverse": inverse, "w": w, "u": u, "r": r, "h": h, "pull": pull}
        self.at_last = (flat.tobytes(), found | {"step": step})
        return self.at_last[1]

    def curvature(self, flat: np.ndarray) -> np.ndarray:
        """Return the second derivatives of the criterion in the entries of Λ."""
        now, entries = self.at(flat), _entries(self.size)
        twice = entries[:, None] @ np.swapaxes(entries, 1, 2)
        twice = twice + np.swapaxes(twice, 2, 3)
        return self.bend(now, now["step"])[0] + (twice * now["pull"]).sum(axis=(2, 3))

    def bend(self, now: dict[str, Any], steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the second derivatives of the criterion along steps of ΛΛ', and the first ones of β."""
        count, u, r, inverse, left = len(steps), now["u"], now["r"], now["inverse"], now["left"]
        moved = np.einsum("jab,gb->jga", steps, r)
        pulled = np.einsum("gap,jga->jp", u, moved)
        first = np.einsum("ga,jga->j", r, moved)
        second = np.einsum("jga,lga->jl", moved, np.einsum("gab,jgb->jga", now["w"], moved))
        second = second - pulled @ inverse @ pulled.T
        flat = [np.reshape(steps[:, None] @ part, (count, -1)) for part in (now["w"], now["h"])]
        turned = [np.reshape(np.swapaxes(steps[:, None] @ now[part], 2, 3), (count, -1)) for part in ("w", "h")]
        every = u.reshape(-1, u.shape[2])
        common = inverse @ (np.swapaxes((steps[:, None] @ u).reshape(count, *every.shape), 1, 2) @ every)
        mixed = flat[0] @ turned[1].T
        traces = flat[0] @ turned[0].T - mixed - mixed.T
        traces = traces + common.reshape(count, -1) @ np.swapaxes(common, 1, 2).reshape(count, -1).T
        return self.free * (2 * second / left - np.outer(first, first) / left**2) - traces, -inverse @ pulled.T


def _inverse(bend: np.ndarray) -> np.ndarray:
    """Return the inverse of second derivatives; zero along what they are zero along."""
    return np.linalg.pinv(bend, NOTHING, hermitian=True)


def _entries(size: int) -> np.ndarray:
    """Return a matrix for each entry of a lower triangle, with one there."""
    rows, columns = np.tril_indices(size)
    entries = np.zeros((len(rows), size, size))
    entries[range(len(rows)), rows, columns] = 1
    return entries


def _scaled(outcome: np.ndarray, fixed: np.ndarray, own: np.ndarray, group: np.ndarray) -> _Scaled:
    codes = np.unique(group, return_inverse=True)[1]
    order = np.argsort(codes, kind="stable")
    begins = np.flatnonzero(np.diff(codes[order], prepend=-1))
    q, triangle = np.linalg.qr(fixed[order])
    plain = q.T @ outcome[order]
    left = outcome[order] - q @ plain
    free = len(outcome) - fixed.shape[1]
    unit = float(np.sqrt(left @ left / free)) if free > 0 else 0.0
    if unit <= NOTHING * np.abs(outcome).max():
        raise ValueError("the terms leave nothing of the outcome")
    widths = np.sqrt((own**2).mean(axis=0))
    columns = np.column_stack([own[order] / widths, q, left / unit])
    products = np.add.reduceat(columns[:, :, None] * columns[:, None, :], begins, axis=0)
    return _Scaled(products, own.shape[1], free, triangle, plain, unit, widths)


def _found(scaled: _Scaled, flat: np.ndarray) -> Found:
    """Return a search's end in the units of the data."""
    now = scaled.at(flat)
    entries = _entries(scaled.size)
    both = np.maximum(entries, np.swapaxes(entries, 1, 2))  # a variance, or a covariance on both sides
    bend, moves = scaled.bend(now, both)
    bends = np.linalg.eigvalsh(bend)
    if bends[0] <= NOTHING * bends[-1]:  # at the edge the likelihood may still rise outwards
        bend, moves = scaled.curvature(flat), scaled.bend(now, now["step"])[1]
    noise = scaled.unit**2 * now["left"] / scaled.free
    covariance = noise * now["inverse"] + 2 * scaled.unit**2 * moves @ _inverse(bend) @ moves.T
    back = np.linalg.inv(scaled.triangle)
    lower = now["lower"] / scaled.widths[:, None]
    return Found(
        back @ (scaled.plain + scaled.unit * now["beta"]),
        back @ covariance @ back.T,
        noise * lower @ lower.T,
        float(noise),
        bool(np.linalg.svd(now["lower"], compute_uv=False)[-1] < FLAT),
    )
