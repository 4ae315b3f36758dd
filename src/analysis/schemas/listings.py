"""Lists that the documents contain."""

from __future__ import annotations

import pandera.pandas as pa

from analysis.schemas import POLARITIES
from analysis.schemas.columns import ID, YEAR, number, one_of, text

ACTIVITIES = pa.DataFrameSchema(
    {
        "number": pa.Column(float, pa.Check.gt(0, error="greater than 0"), unique=True),
        "activity": text(unique=True),
        "impact": text(),
        "director": text(),
        "link": text(),
        "measured": text(one_of(("yes", "no"))),
        "locator": text(),
    },
    strict=True,
)

STRATEGIES = pa.DataFrameSchema(
    {
        "number": pa.Column(float, pa.Check.gt(0, error="greater than 0"), unique=True),
        "title": text(unique=True),
        "published": text(pa.Check.str_matches(r"^\d{4}-\d{2}$", error="a year and month, such as 2014-02")),
        "period_start": text(YEAR, blank=True),
        "period_end": text(YEAR, blank=True),
        "topic": text(ID),
        "description": text(),
        "locator": text(),
    },
    strict=True,
)

KEY_INDICATORS = pa.DataFrameSchema(
    {
        "number": pa.Column(float, pa.Check.gt(0, error="greater than 0"), unique=True),
        "indicator_in_words": text(unique=True),
        "figures_here": text(blank=True),
        "official": text(blank=True),
        "since": text(YEAR, blank=True),
        "polarity": text(one_of(POLARITIES)),
        "note": text(blank=True),
    },
    strict=True,
)

PRIORITIES = pa.DataFrameSchema(
    {
        "number": pa.Column(float, pa.Check.gt(0, error="greater than 0"), unique=True),
        "subject": text(),
        "theme": text(),
        "leads": text(),
        "locator": text(),
    },
    strict=True,
)

PLAN_ROWS = pa.DataFrameSchema(
    {
        "priority": number(pa.Check.gt(0, error="greater than 0")),
        "lead": text(),
        "activity": text(),
        "timescale": text(blank=True),
        "due": text(pa.Check.str_matches(r"^(\d{4}-\d{2})?$", error="a year and month or blank"), blank=True),
        "open_ended": text(one_of(("yes", "no"))),
        "outcome": text(blank=True),
        "locator": text(unique=True),
    },
    unique=["priority", "lead"],
    strict=True,
)

PLAN_UPDATES = pa.DataFrameSchema(
    {
        "priority": number(pa.Check.gt(0, error="greater than 0")),
        "lead": text(),
        "part": number(pa.Check.gt(0, error="greater than 0")),
        "review": text(one_of(("october", "december", "either"))),
        "basis": text(one_of(("dated", "order", "one passage"))),
        "words": text(),
    },
    unique=["priority", "lead", "part"],
    strict=True,
)

SERVICES = pa.DataFrameSchema(
    {
        "number": pa.Column(float, pa.Check.gt(0, error="greater than 0"), unique=True),
        "service": text(unique=True),
        "priced": text(one_of(("yes", "no"))),
        "figures_here": text(blank=True),
        "locator": text(),
    },
    strict=True,
)

SPEND_LINES = pa.DataFrameSchema(
    {
        "indicator": text(ID, unique=True),
        "tier": text(one_of(("universal", "targeted", "specialist"))),
        "section251": text(blank=True),
        "elsewhere": text(one_of(("education", "health"), blank=True), blank=True),
        "note": text(blank=True),
    },
    strict=True,
)

QUESTIONS = pa.DataFrameSchema(
    {
        "number": pa.Column(float, pa.Check.gt(0, error="greater than 0"), unique=True),
        "subject": text(unique=True),
        "locator": text(),
    },
    strict=True,
)

NOT_EVIDENCE = pa.DataFrameSchema(
    {
        "document": text(ID),
        "text": text(),
        "count": pa.Column(float, pa.Check.ge(1, error="1 or more")),
        "reason": text(),
    },
    unique=["document", "text"],
    strict=True,
)

LISTS = {
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
"""Those of `schemas.LISTINGS`."""
