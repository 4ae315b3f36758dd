"""What each table in `data/` must look like. The tables are described in `data/README.md`."""

from __future__ import annotations

import pandera.pandas as pa

from analysis.figure import DATED

SYMBOLS = ("c", "x", "z", "low", "p", "r", "e", "u")
"""Symbols of the Government Analysis Function and DfE, without their brackets (see `data/README.md`)."""

STATUSES = ("actual", "projection", "target")
POLARITIES = ("high", "low", "neither")
TIME_IDENTIFIERS = (
    "Academic year", "Calendar year", "Financial year", "Reporting year", "October",
    "Financial year Q3", "Financial year Q4", "Year to date May",
    "January", "March", "April", "September", "December",
)  # fmt: skip
"""DfE's Explore Education Statistics labels, and `Year to date May` for the board's April and May figures."""

_ID = pa.Check.str_matches(r"^[a-z][a-z0-9_]*$", error="lower-case letters, digits and underscores")
_AREA = pa.Check.str_matches(r"^[A-Z][A-Z0-9]+$", error="an area code of capitals and digits")
_YEAR = pa.Check.str_matches(r"^(\d{4})?$", error="a year or blank")
_PERIOD = pa.Check.str_matches(r"^\d{4}(\d{2})?$", error="4 digits, or 6 for years that span two")


def _text(*checks: pa.Check, blank: bool = False, unique: bool = False) -> pa.Column:
    return pa.Column(str, [*checks] if blank else [_filled(), *checks], unique=unique)


def _filled() -> pa.Check:
    return pa.Check(lambda s: s.str.strip() != "", error="not blank")


def _one_of(values: tuple[str, ...], blank: bool = False) -> pa.Check:
    allowed = (*values, "") if blank else values
    return pa.Check.isin(allowed, error="one of " + ", ".join(values) + (" or blank" if blank else ""))


def _number(*checks: pa.Check) -> pa.Column:
    return pa.Column(float, [*checks], nullable=True)


_has_content = pa.Check(
    lambda t: (
        t["value"].notna() | t["lower"].notna() | t["upper"].notna() | t["symbol"].isin(["c", "x", "z", "low", "u"])
    ),
    error="a value, a bound, or a symbol that says why there is none",
)
_ordered = pa.Check(
    lambda t: ~((t["lower"] > t["upper"]) | (t["value"] < t["lower"]) | (t["value"] > t["upper"])),
    error="lower ≤ value ≤ upper",
)

FIGURES = pa.DataFrameSchema(
    {
        "indicator": _text(_ID),
        "area": _text(_AREA),
        "time_period": _text(_PERIOD),
        "time_identifier": _text(_one_of(TIME_IDENTIFIERS)),
        "status": _text(_one_of(STATUSES)),
        "value": _number(),
        "lower": _number(),
        "upper": _number(),
        "rounding": _number(pa.Check.gt(0, error="greater than 0")),
        "base": _number(pa.Check.gt(0, error="greater than 0")),
        "symbol": _text(_one_of(SYMBOLS, blank=True), blank=True),
        "stated": _text(),
        "source": _text(_ID),
        "locator": _text(),
        "note": _text(blank=True),
    },
    checks=[_has_content, _ordered],
    unique=["indicator", "area", "time_period", "time_identifier", "status"],
    strict=True,
)

INDICATORS = pa.DataFrameSchema(
    {
        "indicator": _text(_ID, unique=True),
        "title": _text(),
        "label": _text(blank=True),
        "topic": _text(_ID),
        "unit": _text(),
        "polarity": _text(_one_of(POLARITIES)),
        "decimals": pa.Column(float, pa.Check.isin([0, 1, 2, 3], error="0 to 3")),
        "definition": _text(),
        "numerator": _text(blank=True),
        "denominator": _text(blank=True),
        "group": _text(blank=True),
        "caution": _text(blank=True),
        "dated": _text(_one_of(tuple(DATED), blank=True), blank=True),
    },
    strict=True,
)

AREAS = pa.DataFrameSchema(
    {
        "area": _text(_AREA, unique=True),
        "name": _text(unique=True),
        "level": _text(_one_of(("Local authority", "Regional", "National", "Comparator group"))),
        "old_la_code": _text(blank=True),
        "region": _text(pa.Check.str_matches(r"^(E1[23]\d{6})?$", error="a region's code or blank"), blank=True),
        "former_codes": _text(blank=True),
        "other_names": _text(blank=True),
        "start": _text(_YEAR, blank=True),
        "end": _text(_YEAR, blank=True),
        "predecessors": _text(blank=True),
        "has_published": _text(_one_of(("true", "false"))),
        "note": _text(blank=True),
    },
    strict=True,
)

SOURCES = pa.DataFrameSchema(
    {
        "source": _text(_ID, unique=True),
        "kind": _text(_one_of(("document", "research", "official"))),
        "publisher": _text(),
        "title": _text(),
        "date": _text(pa.Check.str_matches(r"^\d{4}(-\d{2}){0,2}$", error="a year, or year and month, or a full date")),
        "licence": _text(),
        "address": _text(pa.Check.str_matches(r"^(https://\S+)?$", error="an https address or blank"), blank=True),
        "sha256": _text(pa.Check.str_matches(r"^([0-9a-f]{64})?$", error="64 hexadecimal digits or blank"), blank=True),
        "bytes": _number(pa.Check.gt(0, error="greater than 0")),
        "note": _text(blank=True),
    },
    strict=True,
)

RELEASES = pa.DataFrameSchema(
    {
        "source": _text(_ID, unique=True),
        "file": _text(pa.Check.str_matches(r"^[a-z0-9_]+/[A-Za-z0-9_.-]+$", error="folder/file"), unique=True),
        "layout": _text(_ID),
        "time_period": _text(pa.Check.str_matches(r"^(\d{4}(\d{2})?)?$", error="4 or 6 digits or blank"), blank=True),
    },
    strict=True,
)

MEASURES = pa.DataFrameSchema(
    {
        "indicator": _text(_ID),
        "source": _text(_ID),
        "measure": _text(),
        "per": _text(blank=True),
        "where": _text(blank=True),
        "time_identifier": _text(_one_of(TIME_IDENTIFIERS)),
        "rounding": _number(pa.Check.gt(0, error="greater than 0")),
        "base": _text(blank=True),
        "count": _text(blank=True),
    },
    unique=["indicator", "source"],
    strict=True,
)

NEIGHBOURS = pa.DataFrameSchema(
    {
        "area": _text(_AREA),
        "rank": _number(pa.Check.between(1, 10, error="1 to 10")),
        "neighbour": _text(_AREA),
        "closeness": _text(),
        "source": _text(_ID),
    },
    unique=["area", "rank"],
    strict=True,
)

DISTRICTS = pa.DataFrameSchema(
    {
        "district": _text(pa.Check.str_matches(r"^E07\d{6}$", error="a district's code"), unique=True),
        "name": _text(unique=True),
        "area": _text(pa.Check.str_matches(r"^E10\d{6}$", error="a county's code")),
    },
    strict=True,
)

WARDS = pa.DataFrameSchema(
    {
        "area": _text(_AREA),
        "ward": _text(pa.Check.str_matches(r"^E05\d{6}$", error="a ward's code")),
        "name": _text(),
        "authority": _text(),
        "time_period": _text(_PERIOD),
        "children": _number(pa.Check.ge(0, error="0 or more")),
        "children_symbol": _text(_one_of(SYMBOLS, blank=True), blank=True),
        "rate": _number(pa.Check.between(0, 100, error="0 to 100")),
        "rate_symbol": _text(_one_of(SYMBOLS, blank=True), blank=True),
        "source": _text(_ID),
    },
    unique=["ward", "time_period"],
    strict=True,
)

PANEL_ESTIMATES = pa.DataFrameSchema(
    {
        "estimate": _text(_ID, unique=True),
        "outcome": _text(),
        "exposure": _text(),
        "first": _text(_YEAR),
        "last": _text(_YEAR),
        "time_control": _text(_one_of(("none", "linear", "year effects"))),
        "slopes": _text(_one_of(("yes", "no"))),
        "errors": _text(_one_of(("model", "clustered"))),
        "observations": _number(pa.Check.gt(0, error="greater than 0")),
        "authorities": _number(pa.Check.gt(0, error="greater than 0")),
        "value": _number(),
        "standard_error": _number(pa.Check.gt(0, error="greater than 0")),
        "converged": _text(_one_of(("yes", "no"))),
        "message": _text(blank=True),
        "source": _text(_ID),
        "sha256": _text(pa.Check.str_matches(r"^[0-9a-f]{64}$", error="64 hexadecimal digits")),
    },
    checks=[
        pa.Check(
            lambda t: (t["converged"] == "yes") == (t["value"].notna() & t["standard_error"].notna()),
            error="a value and its standard error where the fit converged, and only there",
        )
    ],
    strict=True,
)

REVISIONS = pa.DataFrameSchema(
    {
        "indicator": _text(_ID),
        "area": _text(_AREA),
        "time_period": _text(_PERIOD),
        "time_identifier": _text(_one_of(TIME_IDENTIFIERS)),
        "old": _text(),
        "new": _text(),
        "old_source": _text(_ID),
        "source": _text(_ID),
    },
    unique=["indicator", "area", "time_period", "time_identifier", "source", "new"],
    strict=True,
)

PLAN_BACKTEST = pa.DataFrameSchema(
    {
        "method": _text(),
        "horizon": _number(pa.Check.ge(1, error="1 or more")),
        "forecasts": _number(pa.Check.ge(1, error="1 or more")),
        "authorities": _number(pa.Check.ge(1, error="1 or more")),
        "first_origin": _number(pa.Check.gt(1900, error="a year")),
        "last_origin": _number(pa.Check.gt(1900, error="a year")),
        "mean_error": _number(pa.Check.ge(0, error="0 or more")),
        "bias": _number(),
        "own_coverage": _number(pa.Check.between(0, 100, error="a percentage")),
        "checked": _number(pa.Check.ge(0, error="0 or more")),
        "coverage": _number(pa.Check.between(0, 100, error="a percentage")),
        "wins": _number(pa.Check.ge(0, error="0 or more")),
        "factor_50": _number(pa.Check.ge(0, error="0 or more")),
        "factor_80": _number(pa.Check.ge(0, error="0 or more")),
        "factor_95": _number(pa.Check.ge(0, error="0 or more")),
    },
    unique=["method", "horizon"],
    strict=True,
)

BOARD_RATINGS = pa.DataFrameSchema(
    {
        "indicator": _text(_ID),
        "time_period": _text(_PERIOD),
        "time_identifier": _text(_one_of(TIME_IDENTIFIERS)),
        "rag": _text(_one_of(("red", "amber", "green"))),
        "direction": _text(_one_of(("up", "down", "level"), blank=True), blank=True),
        "stated_direction": _text(blank=True),
        "source": _text(_ID),
        "locator": _text(),
        "note": _text(blank=True),
    },
    unique=["indicator", "time_period", "time_identifier"],
    strict=True,
)


ACTIVITIES = pa.DataFrameSchema(
    {
        "number": pa.Column(float, pa.Check.gt(0, error="greater than 0"), unique=True),
        "activity": _text(unique=True),
        "impact": _text(),
        "director": _text(),
        "link": _text(),
        "measured": _text(_one_of(("yes", "no"))),
        "locator": _text(),
    },
    strict=True,
)

STRATEGIES = pa.DataFrameSchema(
    {
        "number": pa.Column(float, pa.Check.gt(0, error="greater than 0"), unique=True),
        "title": _text(unique=True),
        "published": _text(pa.Check.str_matches(r"^\d{4}-\d{2}$", error="a year and month, such as 2014-02")),
        "period_start": _text(_YEAR, blank=True),
        "period_end": _text(_YEAR, blank=True),
        "topic": _text(_ID),
        "description": _text(),
        "locator": _text(),
    },
    strict=True,
)

KEY_INDICATORS = pa.DataFrameSchema(
    {
        "number": pa.Column(float, pa.Check.gt(0, error="greater than 0"), unique=True),
        "indicator_in_words": _text(unique=True),
        "figures_here": _text(blank=True),
        "official": _text(blank=True),
        "since": _text(_YEAR, blank=True),
        "polarity": _text(_one_of(POLARITIES)),
        "note": _text(blank=True),
    },
    strict=True,
)

PRIORITIES = pa.DataFrameSchema(
    {
        "number": pa.Column(float, pa.Check.gt(0, error="greater than 0"), unique=True),
        "subject": _text(),
        "theme": _text(),
        "leads": _text(),
        "locator": _text(),
    },
    strict=True,
)

PLAN_ROWS = pa.DataFrameSchema(
    {
        "priority": _number(pa.Check.gt(0, error="greater than 0")),
        "lead": _text(),
        "activity": _text(),
        "timescale": _text(blank=True),
        "due": _text(pa.Check.str_matches(r"^(\d{4}-\d{2})?$", error="a year and month or blank"), blank=True),
        "open_ended": _text(_one_of(("yes", "no"))),
        "outcome": _text(blank=True),
        "locator": _text(unique=True),
    },
    unique=["priority", "lead"],
    strict=True,
)

PLAN_UPDATES = pa.DataFrameSchema(
    {
        "priority": _number(pa.Check.gt(0, error="greater than 0")),
        "lead": _text(),
        "part": _number(pa.Check.gt(0, error="greater than 0")),
        "review": _text(_one_of(("october", "december", "either"))),
        "basis": _text(_one_of(("dated", "order", "one passage"))),
        "words": _text(),
    },
    unique=["priority", "lead", "part"],
    strict=True,
)

SERVICES = pa.DataFrameSchema(
    {
        "number": pa.Column(float, pa.Check.gt(0, error="greater than 0"), unique=True),
        "service": _text(unique=True),
        "priced": _text(_one_of(("yes", "no"))),
        "figures_here": _text(blank=True),
        "locator": _text(),
    },
    strict=True,
)

SPEND_LINES = pa.DataFrameSchema(
    {
        "indicator": _text(_ID, unique=True),
        "tier": _text(_one_of(("universal", "targeted", "specialist"))),
        "section251": _text(blank=True),
        "elsewhere": _text(_one_of(("education", "health"), blank=True), blank=True),
        "note": _text(blank=True),
    },
    strict=True,
)

QUESTIONS = pa.DataFrameSchema(
    {
        "number": pa.Column(float, pa.Check.gt(0, error="greater than 0"), unique=True),
        "subject": _text(unique=True),
        "locator": _text(),
    },
    strict=True,
)

NOT_EVIDENCE = pa.DataFrameSchema(
    {
        "document": _text(_ID),
        "text": _text(),
        "count": pa.Column(float, pa.Check.ge(1, error="1 or more")),
        "reason": _text(),
    },
    unique=["document", "text"],
    strict=True,
)

LISTINGS = {
    "activities": ACTIVITIES,
    "strategies": STRATEGIES,
    "key_indicators": KEY_INDICATORS,
    "priorities": PRIORITIES,
    "plan_rows": PLAN_ROWS,
    "plan_updates": PLAN_UPDATES,
    "services": SERVICES,
    "questions": QUESTIONS,
    "spend_lines": SPEND_LINES,
    "not_evidence": NOT_EVIDENCE,
}
"""Lists that the documents contain, each a table of its own in `data/`."""
