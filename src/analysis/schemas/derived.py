"""Tables that the project itself worked out: from official releases for all authorities, and its last edition."""

from __future__ import annotations

import pandera.pandas as pa

from analysis.schemas import SYMBOLS
from analysis.schemas.columns import AREA, ID, PERIOD, YEAR, number, one_of, text

WARDS = pa.DataFrameSchema(
    {
        "area": text(AREA),
        "ward": text(pa.Check.str_matches(r"^E05\d{6}$", error="a ward's code")),
        "name": text(),
        "authority": text(),
        "time_period": text(PERIOD),
        "children": number(pa.Check.ge(0, error="0 or more")),
        "children_symbol": text(one_of(SYMBOLS, blank=True), blank=True),
        "rate": number(pa.Check.between(0, 100, error="0 to 100")),
        "rate_symbol": text(one_of(SYMBOLS, blank=True), blank=True),
        "source": text(ID),
    },
    unique=["ward", "time_period"],
    strict=True,
)

PANEL_ESTIMATES = pa.DataFrameSchema(
    {
        "estimate": text(ID, unique=True),
        "outcome": text(),
        "exposure": text(),
        "first": text(YEAR),
        "last": text(YEAR),
        "time_control": text(one_of(("none", "linear", "year effects"))),
        "slopes": text(one_of(("yes", "no"))),
        "errors": text(one_of(("model", "clustered"))),
        "observations": number(pa.Check.gt(0, error="greater than 0")),
        "authorities": number(pa.Check.gt(0, error="greater than 0")),
        "value": number(),
        "standard_error": number(pa.Check.gt(0, error="greater than 0")),
        "converged": text(one_of(("yes", "no"))),
        "message": text(blank=True),
        "source": text(ID),
        "sha256": text(pa.Check.str_matches(r"^[0-9a-f]{64}$", error="64 hexadecimal digits")),
    },
    checks=[
        pa.Check(
            lambda t: (t["converged"] == "yes") == (t["value"].notna() & t["standard_error"].notna()),
            error="a value and its standard error where the fit converged, and only there",
        )
    ],
    strict=True,
)

LAST_EDITION = pa.DataFrameSchema(
    {
        "area": text(AREA),
        "notebook": text(ID),
        "key": text(ID),
        "label": text(),
        "value": number(),
        "lower": number(),
        "upper": number(),
        "coverage": pa.Column(
            float, pa.Check.in_range(0, 1, False, False, error="between 0 and 1"), nullable=True, required=False
        ),
        "unit": text(blank=True),
        "period": text(blank=True),
        "symbol": text(one_of(SYMBOLS, blank=True), blank=True),
        "source": text(blank=True),
    },
    checks=[
        pa.Check(lambda t: t["value"].notna() | (t["symbol"] != ""), error="a value, or a symbol that says why not"),
    ],
    unique=["area", "notebook", "key"],
    strict=True,
)

PLAN_BACKTEST = pa.DataFrameSchema(
    {
        "method": text(),
        "horizon": number(pa.Check.ge(1, error="1 or more")),
        "forecasts": number(pa.Check.ge(1, error="1 or more")),
        "authorities": number(pa.Check.ge(1, error="1 or more")),
        "first_origin": number(pa.Check.gt(1900, error="a year")),
        "last_origin": number(pa.Check.gt(1900, error="a year")),
        "mean_error": number(pa.Check.ge(0, error="0 or more")),
        "bias": number(),
        "own_coverage": number(pa.Check.between(0, 100, error="a percentage")),
        "checked": number(pa.Check.ge(0, error="0 or more")),
        "coverage": number(pa.Check.between(0, 100, error="a percentage")),
        "wins": number(pa.Check.ge(0, error="0 or more")),
        **{f"factor_{n}": number(pa.Check.ge(0, error="0 or more")) for n in (50, 80, 90, 95, 98, 99, 999)},
    },
    unique=["method", "horizon"],
    strict=True,
)
