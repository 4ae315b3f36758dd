"""What each table in `data/` must look like. The tables are described in `data/README.md`."""

from __future__ import annotations

from analysis.schemas.columns import POLARITIES, STATUSES, SYMBOLS, TIME_IDENTIFIERS
from analysis.schemas.derived import LAST_EDITION, PANEL_ESTIMATES, PLAN_BACKTEST, WARDS
from analysis.schemas.listings import (
    ACTIVITIES,
    KEY_INDICATORS,
    LISTINGS,
    NOT_EVIDENCE,
    PLAN_ROWS,
    PLAN_UPDATES,
    PRIORITIES,
    QUESTIONS,
    SERVICES,
    SPEND_LINES,
    STRATEGIES,
)
from analysis.schemas.releases import DISTRICTS, MEASURES, NEIGHBOURS, RELEASES, REVISIONS
from analysis.schemas.tables import AREAS, BOARD_RATINGS, FIGURES, INDICATORS, SOURCES

__all__ = [
    "ACTIVITIES",
    "AREAS",
    "BOARD_RATINGS",
    "DISTRICTS",
    "FIGURES",
    "INDICATORS",
    "KEY_INDICATORS",
    "LAST_EDITION",
    "LISTINGS",
    "MEASURES",
    "NEIGHBOURS",
    "NOT_EVIDENCE",
    "PANEL_ESTIMATES",
    "PLAN_BACKTEST",
    "PLAN_ROWS",
    "PLAN_UPDATES",
    "POLARITIES",
    "PRIORITIES",
    "QUESTIONS",
    "RELEASES",
    "REVISIONS",
    "SERVICES",
    "SOURCES",
    "SPEND_LINES",
    "STATUSES",
    "STRATEGIES",
    "SYMBOLS",
    "TIME_IDENTIFIERS",
    "WARDS",
]
