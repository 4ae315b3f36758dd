"""What is read from official releases, and how: files, measures, neighbours, districts, revisions."""

from __future__ import annotations

import pandera.pandas as pa

from analysis.schemas import TIME_IDENTIFIERS
from analysis.schemas.columns import AREA, ID, PERIOD, number, one_of, text

RELEASES = pa.DataFrameSchema(
    {
        "source": text(ID, unique=True),
        "file": text(pa.Check.str_matches(r"^[a-z0-9_]+/[A-Za-z0-9_.-]+$", error="folder/file"), unique=True),
        "layout": text(ID),
        "time_period": text(pa.Check.str_matches(r"^(\d{4}(\d{2})?)?$", error="4 or 6 digits or blank"), blank=True),
    },
    strict=True,
)

MEASURES = pa.DataFrameSchema(
    {
        "indicator": text(ID),
        "source": text(ID),
        "measure": text(),
        "per": text(blank=True),
        "where": text(blank=True),
        "time_identifier": text(one_of(TIME_IDENTIFIERS)),
        "rounding": number(pa.Check.gt(0, error="greater than 0")),
        "base": text(blank=True),
        "count": text(blank=True),
    },
    unique=["indicator", "source"],
    strict=True,
)

NEIGHBOURS = pa.DataFrameSchema(
    {
        "area": text(AREA),
        "rank": number(pa.Check.between(1, 10, error="1 to 10")),
        "neighbour": text(AREA),
        "closeness": text(),
        "source": text(ID),
    },
    unique=["area", "rank"],
    strict=True,
)

DISTRICTS = pa.DataFrameSchema(
    {
        "district": text(pa.Check.str_matches(r"^E07\d{6}$", error="a district's code"), unique=True),
        "name": text(unique=True),
        "area": text(pa.Check.str_matches(r"^E10\d{6}$", error="a county's code")),
    },
    strict=True,
)

REVISIONS = pa.DataFrameSchema(
    {
        "indicator": text(ID),
        "area": text(AREA),
        "time_period": text(PERIOD),
        "time_identifier": text(one_of(TIME_IDENTIFIERS)),
        "old": text(),
        "new": text(),
        "old_source": text(ID),
        "source": text(ID),
    },
    unique=["indicator", "area", "time_period", "time_identifier", "source", "new"],
    strict=True,
)
