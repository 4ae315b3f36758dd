"""Every table of the data folder, and how it must look. The tables are described in `data/README.md`."""

from __future__ import annotations

from analysis.schemas.derived import LAST_EDITION, PANEL_ESTIMATES, PLAN_BACKTEST, WARDS
from analysis.schemas.listings import LISTS
from analysis.schemas.releases import CROSS_CHECKS, DISTRICTS, MEASURES, NEIGHBOURS, RELEASES, REVISIONS
from analysis.schemas.tables import AREAS, BOARD_RATINGS, FIGURES, INDICATORS, SOURCES

TABLES = {
    "indicators.csv": INDICATORS,
    "areas.csv": AREAS,
    "sources.csv": SOURCES,
    "board_ratings.csv": BOARD_RATINGS,
    "releases.csv": RELEASES,
    "measures.csv": MEASURES,
    "cross_checks.csv": CROSS_CHECKS,
    "neighbours.csv": NEIGHBOURS,
    "revisions.csv": REVISIONS,
    "districts.csv": DISTRICTS,
    "wards.csv": WARDS,
    "panel_estimates.csv": PANEL_ESTIMATES,
    "plan_backtest.csv": PLAN_BACKTEST,
    "last_edition.csv": LAST_EDITION,
    **{f"{name}.csv": schema for name, schema in LISTS.items()},
    **dict.fromkeys(("figures.csv", "figures_official.csv"), FIGURES),
}
"""Schemas by the name of the file."""
