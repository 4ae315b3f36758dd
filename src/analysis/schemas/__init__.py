"""What each table in `data/` must look like: `every.TABLES` has the schemas, `checking` holds a table against its own.

They load pandera, which takes as long as reading all tables. So what is wanted of them elsewhere stands here.
"""

from __future__ import annotations

SYMBOLS = ("c", "x", "z", "low", "p", "r", "e", "f", "u")
"""Symbols of the Government Analysis Function and DfE, without their brackets (see `data/README.md`)."""

STATUSES = ("actual", "projection", "target")
POLARITIES = ("high", "low", "neither")
TIME_IDENTIFIERS = (
    "Academic year", "Calendar year", "Financial year", "Reporting year", "October",
    "Financial year Q3", "Financial year Q4", "Year to date May",
    "January", "March", "April", "September", "December",
)  # fmt: skip
"""DfE's Explore Education Statistics labels, and `Year to date May` for the board's April and May figures."""

FIGURE = ["indicator", "area", "time_period", "time_identifier", "status"]
"""The columns of the figures tables that tell one figure from all others."""

LISTINGS = (
    "activities", "strategies", "key_indicators", "priorities", "plan_rows", "plan_updates", "services", "questions",
    "spend_lines", "not_evidence",
)  # fmt: skip
"""Lists that the documents contain, each a table of its own in `data/`."""
