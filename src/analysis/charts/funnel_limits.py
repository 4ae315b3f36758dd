"""A funnel's limits: the four by size, and where a value lies among them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

Limits = pd.DataFrame | Callable[[np.ndarray, float], tuple[np.ndarray, np.ndarray]]
"""Columns size, lower_95, upper_95, lower_998, upper_998; or what gives lower and upper for sizes and a confidence."""

_LEVELS = {"95": 0.95, "998": 0.998}
COLUMNS = [f"{end}_{level}" for level in _LEVELS for end in ("lower", "upper")]


def reader_of(limits: Limits) -> Callable[[np.ndarray], pd.DataFrame]:
    """Return what gives the four limits for sizes."""

    def read(sizes: np.ndarray) -> pd.DataFrame:
        """Return the four limits, a row a size; missing where the size is."""
        columns = {}
        for level, confidence in _LEVELS.items():
            if isinstance(limits, pd.DataFrame):
                order = limits.sort_values("size")
                ends = [np.interp(sizes, order["size"], order[f"{end}_{level}"]) for end in ("lower", "upper")]
            else:
                known = np.isfinite(sizes)
                ends = [np.full(len(sizes), np.nan) for _ in range(2)]
                for end, values in zip(ends, limits(sizes[known], confidence), strict=True):
                    end[known] = values
            columns |= {f"lower_{level}": ends[0], f"upper_{level}": ends[1]}
        return pd.DataFrame(columns)

    return read


def place_of(row: pd.Series) -> str:
    """Return where a point lies: "within", "above 95%", "below 99.8%" …; blank without value or size."""
    if pd.isna(row["value"]) or pd.isna(row["size"]):
        return ""
    for level, name in (("998", "99.8%"), ("95", "95%")):
        if row["value"] > row[f"upper_{level}"]:
            return f"above {name}"
        if row["value"] < row[f"lower_{level}"]:
            return f"below {name}"
    return "within"
