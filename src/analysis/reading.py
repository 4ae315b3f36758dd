"""Reading a table of `data/` so that a bad row is named.

Nothing is repaired or dropped here: a table is either as described in `schemas` or refused with
file, line, column and what was expected.
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

_checked: dict[tuple[str, int], tuple[bytes, pd.DataFrame]] = {}
"""The last table of each name and schema, with its content's SHA-256: checking takes ten times as long as reading."""


class BadTable(ValueError):
    """A table in `data/` is not as described; the message names file, line, column and what was expected."""


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
        content = path.read_bytes()
    except FileNotFoundError:
        raise BadTable(
            f"{path.name}: no such file in {path.parent.name}/; expected a table with the columns of data/README.md"
        ) from None
    place, digest = (path.name, id(schema)), hashlib.sha256(content).digest()
    if _checked.get(place, (b"", None))[0] != digest:
        _checked[place] = digest, _checked_table(path, content, schema)
    return _checked[place][1].copy()


def _checked_table(path: Path, content: bytes, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """Make a table of a CSV's content and check it."""
    try:
        # Blank lines are kept, so that line numbers in messages stay true.
        table = pd.read_csv(
            io.BytesIO(content), dtype=str, keep_default_na=False, encoding="utf-8", skip_blank_lines=False
        )
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
