"""The few indicators of which a report shows every authority, not only its own comparators."""

from __future__ import annotations

import pandas as pd

LATEST = (
    "factor_alcohol_parent_share",
    "factor_drugs_parent_share",
    "factor_domestic_abuse_parent_share",
    "factor_mental_health_parent_share",
    "referrals_rate",
    "referrals_no_action_rate",
    "cin_rate",
    "cpp_starts_rate",
    "cla_rate",
    "cla_starts_rate",
    "cla_ceased_per_100",
    "cla_ceased_rate",
)
"""Indicators whose latest period is embedded, and read, for every authority."""
EVERY_PERIOD = ("neet_16_17_or_not_known_rate",)
"""Indicators of which a reader chooses the period: every one with a value and a number of cases is embedded."""
COMPARED = ("panel_referrals", "panel_cpp_number", "panel_cla_number")
"""Indicators that a published claim compares over all authorities, in two years."""
YEARS = ("2012", "2013")
EVERYWHERE = LATEST + EVERY_PERIOD + COMPARED
_AUTHORITY = r"E(06|08|09|10)"
"""How the codes of upper-tier authorities begin."""


def everywhere(figures: pd.DataFrame) -> pd.Series:
    """Return which figures are wanted of every authority, a truth value a row.

    Args:
        figures: in the layout of `figures.csv`.
    """
    wanted = figures["indicator"].isin(EVERYWHERE) & figures["area"].str.match(_AUTHORITY)
    latest = figures[wanted].groupby("indicator")["time_period"].transform("max").reindex(figures.index)
    last = figures["indicator"].isin(LATEST) & (figures["time_period"] == latest)
    counted = figures["indicator"].isin(EVERY_PERIOD) & figures["value"].notna() & (figures["base"] > 0)
    compared = figures["indicator"].isin(COMPARED) & figures["time_period"].isin(YEARS)
    return wanted & (last | counted | compared)
