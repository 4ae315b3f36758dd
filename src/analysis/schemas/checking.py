"""Checking a table of `data/` against its schema, so that each bad row is named.

Nothing is repaired or dropped here: a table is either as described or refused with file, line, column and what was
expected.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from analysis.csv_files import BadTable, read_texts, with_numbers
from analysis.schemas.every import TABLES

_SHOWN = 5


def checked(path: Path, content: bytes) -> tuple[pd.DataFrame, list[str]]:
    """Make a table of a CSV's content and check it.

    Args:
        path: where it is from; its name is one of `every.TABLES`.
        content: its bytes.

    Returns:
        The table, as `reading.read_table` returns it, and the names of its columns of numbers.

    Raises:
        BadTable: if it is no CSV, or a row is not as described; up to five rows are named.
        KeyError: for a file of another name.
    """
    schema = TABLES[path.name]
    table = read_texts(path, content)
    missing = [name for name, column in schema.columns.items() if column.required and name not in table.columns]
    extra = [name for name in table.columns if name not in schema.columns]
    if missing or extra:
        raise BadTable(
            f"{path.name}, line 1: columns missing: {missing or 'none'}; columns not expected: {extra or 'none'}"
        )
    if not isinstance(table.index, pd.RangeIndex):  # pandas made an index of the first of too many fields
        raise BadTable(f"{path.name}, line 2: more fields than the header has; expected {len(schema.columns)}")
    if table.empty:
        raise BadTable(f"{path.name}: no rows under the header; expected one or more (see data/README.md)")
    numbers = [name for name, column in schema.columns.items() if str(column.dtype) == "float64" and name in table]
    _check(path, with_numbers(path, table, numbers), schema)
    return table, numbers


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
        more = f"\n… and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
        raise BadTable("\n".join(lines[:_SHOWN]) + more) from None
