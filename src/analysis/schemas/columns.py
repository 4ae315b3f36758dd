"""Columns that tables of `data/` have in common."""

from __future__ import annotations

import pandera.pandas as pa

ID = pa.Check.str_matches(r"^[a-z][a-z0-9_]*$", error="lower-case letters, digits and underscores")
AREA = pa.Check.str_matches(r"^[A-Z][A-Z0-9]+$", error="an area code of capitals and digits")
YEAR = pa.Check.str_matches(r"^(\d{4})?$", error="a year or blank")
PERIOD = pa.Check.str_matches(r"^\d{4}(\d{2})?$", error="4 digits, or 6 for years that span two")


def text(*checks: pa.Check, blank: bool = False, unique: bool = False) -> pa.Column:
    """Return a column of text that passes the checks; not blank unless that is allowed."""
    return pa.Column(str, [*checks] if blank else [_filled(), *checks], unique=unique)


def _filled() -> pa.Check:
    return pa.Check(lambda s: s.str.strip() != "", error="not blank")


def one_of(values: tuple[str, ...], blank: bool = False) -> pa.Check:
    """Return the check that a text is one of these, or blank if that is allowed."""
    allowed = (*values, "") if blank else values
    return pa.Check.isin(allowed, error="one of " + ", ".join(values) + (" or blank" if blank else ""))


def number(*checks: pa.Check) -> pa.Column:
    """Return a column of numbers, blank allowed."""
    return pa.Column(float, [*checks], nullable=True)
