"""A funnel's limits: the four by size, and where a value lies among them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from analysis.methods import funnel

Limits = pd.DataFrame | funnel.Limits
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


def places(frame: pd.DataFrame) -> list[str]:
    """Return where each point lies: "within", "above 95%", "below 99.8%" …; blank without value or size."""
    near, far = (
        funnel.places(frame["value"], frame[f"lower_{level}"], frame[f"upper_{level}"]) for level in ("95", "998")
    )
    told = [
        f"{outer} 99.8%" if outer != "within" else inner if inner == "within" else f"{inner} 95%"
        for inner, outer in zip(near, far, strict=True)
    ]
    return np.where(frame["value"].isna() | frame["size"].isna(), "", told).tolist()
