"""What each table in `data/` must look like, and reading it so that a bad row is named.

The tables are described in `data/README.md`. Nothing is repaired or dropped here: a table is
either as described or refused with file, line, column and what was expected.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pandera.pandas as pa

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
_PERIOD = pa.Check.str_matches(r"^\d{4}(\d{2})?$", error="4 digits, or 6 for years that span two")


class BadTable(ValueError):
    """A table in `data/` is not as described; the message names file, line, column and what was expected."""


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
    },
    strict=True,
)

AREAS = pa.DataFrameSchema(
    {
        "area": _text(_AREA, unique=True),
        "name": _text(unique=True),
        "level": _text(_one_of(("Local authority", "Regional", "National", "Comparator group"))),
        "old_la_code": _text(blank=True),
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
        "period_start": _text(pa.Check.str_matches(r"^(\d{4})?$", error="a year or blank"), blank=True),
        "period_end": _text(pa.Check.str_matches(r"^(\d{4})?$", error="a year or blank"), blank=True),
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
        "polarity": _text(_one_of(POLARITIES)),
        "note": _text(blank=True),
    },
    strict=True,
)

PRIORITIES = pa.DataFrameSchema(
    {
        "number": pa.Column(float, pa.Check.gt(0, error="greater than 0"), unique=True),
        "subject": _text(),
        "leads": _text(),
        "locator": _text(),
    },
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
    "services": SERVICES,
    "questions": QUESTIONS,
    "not_evidence": NOT_EVIDENCE,
}
"""Lists that the documents contain, each a table of its own in `data/`."""


def read_table(path: Path, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """Read one CSV of `data/` and check it.

    Args:
        path: a UTF-8 CSV with one header row.
        schema: one of the schemas of this module.

    Returns:
        The table, one row a line, text columns as text (blank is ""), numbers as float (blank is NaN).

    Raises:
        BadTable: if the file is missing, is no CSV, or a row is not as described; the message names
            file, line, column, the value found and what was expected, for up to five rows.
    """
    try:
        # Blank lines are kept, so that line numbers in messages stay true.
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8", skip_blank_lines=False)
    except FileNotFoundError:
        raise BadTable(
            f"{path.name}: no such file in {path.parent.name}/; expected a table with the columns of data/README.md"
        ) from None
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise BadTable(f"{path.name}: not a UTF-8 CSV with one header row ({str(error).strip()})") from None
    missing = [name for name in schema.columns if name not in table.columns]
    extra = [name for name in table.columns if name not in schema.columns]
    if missing or extra:
        raise BadTable(
            f"{path.name}, line 1: columns missing: {missing or 'none'}; columns not expected: {extra or 'none'}"
        )
    if not isinstance(table.index, pd.RangeIndex):  # pandas made an index of the first of too many fields
        raise BadTable(f"{path.name}, line 2: more fields than the header has; expected {len(schema.columns)}")
    if table.empty:
        raise BadTable(f"{path.name}: no rows under the header; expected one or more (see data/README.md)")
    for name, column in schema.columns.items():
        if column.dtype is not None and str(column.dtype) == "float64":
            table[name] = _as_numbers(path, table[name])
    _check(path, table, schema)
    return table


def _as_numbers(path: Path, texts: pd.Series) -> pd.Series:
    """Turn a text column into floats, naming the first line that is no number."""
    numbers = pd.to_numeric(texts.where(texts != "", None), errors="coerce").astype(float)
    bad = (texts != "") & ~numbers.abs().lt(float("inf"))
    if bad.any():
        row = bad.idxmax()
        raise BadTable(
            f"{path.name}, line {row + 2}, column {texts.name}: found {texts[row]!r}; expected a number or blank"
        )
    return numbers


def _check(path: Path, table: pd.DataFrame, schema: pa.DataFrameSchema) -> None:
    """Run a schema and turn its findings into one line a row."""
    try:
        schema.validate(table, lazy=True)
    except pa.errors.SchemaErrors as errors:
        lines = []
        for case in errors.failure_cases.drop_duplicates(["column", "check", "index"]).to_dict("records"):
            where = "" if pd.isna(case["index"]) else f", line {int(case['index']) + 2}"
            column = "" if case["schema_context"] != "Column" else f", column {case['column']}"
            check = (
                str(case["check"])
                .replace("field_uniqueness", "no value twice")
                .replace("multiple_fields_uniqueness", "no such row twice")
            )
            found = f"found {case['failure_case']!r}; " if column else ""
            line = f"{path.name}{where}{column}: {found}expected {check}"
            if line not in lines:
                lines.append(line)
        more = f"\n… and {len(lines) - 5} more" if len(lines) > 5 else ""
        raise BadTable("\n".join(lines[:5]) + more) from None
