"""The few indicators of which a report shows every authority, not only its own comparators."""

from __future__ import annotations

import pandas as pd

EVERYWHERE = (
    "factor_alcohol_parent_share",
    "factor_drugs_parent_share",
    "factor_domestic_abuse_parent_share",
    "factor_mental_health_parent_share",
)
"""Indicators whose latest period is embedded, and read, for every authority."""
_AUTHORITY = r"E(06|08|09|10)"
"""How the codes of upper-tier authorities begin."""


def everywhere(figures: pd.DataFrame) -> pd.Series:
    """Return which figures are of these indicators in their latest period, a truth value a row."""
    wanted = figures["indicator"].isin(EVERYWHERE) & figures["area"].str.match(_AUTHORITY)
    latest = figures[wanted].groupby("indicator")["time_period"].transform("max")
    return wanted & (figures["time_period"] == latest.reindex(figures.index))
