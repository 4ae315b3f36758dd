"""The tables that the pages read: figures, what and where they are of, their sources, the board's ratings."""

from __future__ import annotations

import pandera.pandas as pa

from analysis.figure import DATED, MODELLED
from analysis.schemas import FIGURE, POLARITIES, STATUSES, SYMBOLS, TIME_IDENTIFIERS
from analysis.schemas.columns import AREA, ID, PERIOD, YEAR, number, one_of, text

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
_modelled_first = pa.Check(
    lambda s: s.str.startswith(MODELLED) | ~s.str.contains("modelled", case=False),
    error=f"{MODELLED.strip()!r} at the beginning, or no such word",
)

FIGURES = pa.DataFrameSchema(
    {
        "indicator": text(ID),
        "area": text(AREA),
        "time_period": text(PERIOD),
        "time_identifier": text(one_of(TIME_IDENTIFIERS)),
        "status": text(one_of(STATUSES)),
        "value": number(),
        "lower": number(),
        "upper": number(),
        "rounding": number(pa.Check.gt(0, error="greater than 0")),
        "base": number(pa.Check.gt(0, error="greater than 0")),
        "symbol": text(one_of(SYMBOLS, blank=True), blank=True),
        "stated": text(),
        "source": text(ID),
        "locator": text(),
        "note": text(blank=True),
    },
    checks=[_has_content, _ordered],
    unique=FIGURE,
    strict=True,
)

INDICATORS = pa.DataFrameSchema(
    {
        "indicator": text(ID, unique=True),
        "title": text(),
        "label": text(blank=True),
        "topic": text(ID),
        "unit": text(),
        "polarity": text(one_of(POLARITIES)),
        "decimals": pa.Column(float, pa.Check.isin([0, 1, 2, 3], error="0 to 3")),
        "definition": text(),
        "numerator": text(blank=True),
        "denominator": text(blank=True),
        "group": text(blank=True),
        "caution": text(_modelled_first, blank=True),
        "dated": text(one_of(tuple(DATED), blank=True), blank=True),
    },
    strict=True,
)

AREAS = pa.DataFrameSchema(
    {
        "area": text(AREA, unique=True),
        "name": text(unique=True),
        "level": text(one_of(("Local authority", "Regional", "National", "Comparator group"))),
        "old_la_code": text(blank=True),
        "region": text(pa.Check.str_matches(r"^(E1[23]\d{6})?$", error="a region's code or blank"), blank=True),
        "former_codes": text(blank=True),
        "other_names": text(blank=True),
        "start": text(YEAR, blank=True),
        "end": text(YEAR, blank=True),
        "predecessors": text(blank=True),
        "has_published": text(one_of(("true", "false"))),
        "note": text(blank=True),
    },
    strict=True,
)

SOURCES = pa.DataFrameSchema(
    {
        "source": text(ID, unique=True),
        "kind": text(one_of(("document", "research", "official"))),
        "publisher": text(),
        "title": text(),
        "date": text(pa.Check.str_matches(r"^\d{4}(-\d{2}){0,2}$", error="a year, or year and month, or a full date")),
        "licence": text(),
        "address": text(pa.Check.str_matches(r"^(https://\S+)?$", error="an https address or blank"), blank=True),
        "sha256": text(pa.Check.str_matches(r"^([0-9a-f]{64})?$", error="64 hexadecimal digits or blank"), blank=True),
        "bytes": number(pa.Check.gt(0, error="greater than 0")),
        "note": text(blank=True),
    },
    strict=True,
)

BOARD_RATINGS = pa.DataFrameSchema(
    {
        "indicator": text(ID),
        "time_period": text(PERIOD),
        "time_identifier": text(one_of(TIME_IDENTIFIERS)),
        "rag": text(one_of(("red", "amber", "green"))),
        "direction": text(one_of(("up", "down", "level"), blank=True), blank=True),
        "stated_direction": text(blank=True),
        "source": text(ID),
        "locator": text(),
        "note": text(blank=True),
    },
    unique=["indicator", "time_period", "time_identifier"],
    strict=True,
)
