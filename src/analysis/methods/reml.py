"""A mixed model by restricted maximum likelihood, to as many digits as any processor agrees on.

y = Xβ + Z_g b_g + e with b_g ~ N(0, σ²ΛΛ') in each group g and e ~ N(0, σ²). For a given Λ the best β and σ² are in
closed form, so only Λ, a lower triangle of one number to six, is searched for: by Newton's method in a trust region
with exact first and second derivatives. All that a search needs of the data are each group's sums of products.

Sources: Bates, Mächler, Bolker and Walker (2015), J. Statistical Software 67(1), section 3 (the criterion and Λ);
Lindstrom and Bates (1988), J. Am. Stat. Assoc. 83:1014-1022 (its derivatives). statsmodels' `MixedLM` has the
same criterion and standard errors, but stops where its optimiser's tolerance happens to be met.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

TOP = 1e-9
"""A search has ended at the top if another step would raise twice the log likelihood by less than this."""
APART = 1e-3
"""By how much of its standard error two searches may differ in a coefficient."""
EDGE = 1e-3
"""Below this spread, relative to the noise, a combination of a group's effects does not differ between groups."""
NOTHING = 1e-9
"""What is no larger than this is zero but for rounding: of a column, or of the smallest of columns of length one."""


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


def vary_apart(columns: np.ndarray) -> bool:
    """Say whether no column is zero or made of the others, by a margin beyond any processor's last digits."""
    lengths = np.sqrt((columns**2).sum(axis=0))
    return bool((lengths > NOTHING).all() and np.linalg.svd(columns / lengths, compute_uv=False)[-1] > NOTHING)


def fit(outcome: np.ndarray, fixed: np.ndarray, own: np.ndarray, group: np.ndarray) -> Found:
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
    if not vary_apart(fixed) or not vary_apart(own):
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
        bool(np.linalg.svd(now["lower"], compute_uv=False)[-1] < EDGE),
    )
