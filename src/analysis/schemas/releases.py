"""What is read from official releases, and how: files, measures, neighbours, districts, revisions."""

from __future__ import annotations

import pandera.pandas as pa

from analysis.schemas import TIME_IDENTIFIERS
from analysis.schemas.columns import AREA, ID, PERIOD, number, one_of, text

_LAG = pa.Check.isin([1, 2], error="1, 2 or blank")
_SOURCE = pa.Check.str_matches(r"^([a-z][a-z0-9_]*)?$", error="a release or blank")
_UNIT = r"(?=[0-9.]*[1-9])\d+(\.\d+)?"
ROUNDING = rf"^{_UNIT}(; {_UNIT} (to \d{{4}}|larger))*$"

RELEASES = pa.DataFrameSchema(
    {
        "source": text(ID, unique=True),
        "file": text(pa.Check.str_matches(r"^[a-z0-9_]+/[A-Za-z0-9_.-]+$", error="folder/file"), unique=True),
        "layout": text(ID),
        "time_period": text(
            pa.Check.str_matches(
                r"^(\d{4}(\d{2})?|\d{4} to \d{4}|\d{6} to \d{6})?$",
                error="4 or 6 digits, or two such periods with ' to ' between, or blank",
            ),
            blank=True,
        ),
        "time_identifier": text(one_of(TIME_IDENTIFIERS, blank=True), blank=True),
        "rows": number(
            pa.Check(lambda s: (s >= 1) & (s % 1 == 0), error="a whole number from 1", ignore_na=True),
        ),
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
        "lag": number(_LAG),
        "rounding": text(pa.Check.str_matches(ROUNDING, error="units above 0, as 1; 5 to 2017; 10 larger")),
        "base": text(blank=True),
        "count": text(blank=True),
    },
    unique=["indicator", "source"],
    strict=True,
)

CROSS_CHECKS = pa.DataFrameSchema(
    {
        "indicator": text(ID),
        "source": text(_SOURCE, blank=True),
        "other_source": text(_SOURCE, blank=True),
        "other_measure": text(),
        "other_per": text(blank=True),
        "other_where": text(blank=True),
        "lag": number(_LAG),
        "tolerance": text(pa.Check.str_matches(r"^\d+(\.\d+)?%?$", error="a number, or one with %")),
        "periods": text(pa.Check.str_matches(r"^\d{4}( to \d{4})?$", error="a year, or two with ' to ' between")),
        "areas": number(pa.Check.gt(0, error="greater than 0")),
        "agreeing": number(pa.Check.ge(0, error="0 or more")),
        "disagreeing": number(pa.Check.ge(0, error="0 or more")),
        "reason": text(blank=True),
    },
    checks=[
        pa.Check(lambda t: (t["disagreeing"] == 0) == (t["reason"] == ""), error="a reason where values disagree"),
        pa.Check(lambda t: (t["source"] != "") | (t["other_source"] != ""), error="one release or two"),
    ],
    unique=["indicator", "source", "other_source", "other_measure"],
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
