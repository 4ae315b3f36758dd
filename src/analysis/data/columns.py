"""What each table of `data/` must look like, as `columns.csv` describes it: every column once; and how a CSV is read.

`python -m analysis.data.columns` brings the tables of `data/README.md` up to date, which are made from it.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

import pandas as pd

from analysis.files import data_dir, put

FILE = "columns.csv"
LOCAL = "local"
"""The layout of an analyst's own files, which lie in `data/local/`."""
NUMBERS = ("number", "whole")
SEVERAL = ("ids", "codes")
"""Types of cells that hold several values, with "; " between."""
_ID, _CODE = r"[a-z][a-z0-9_]*", r"[A-Z][A-Z0-9]+"
TYPES = {
    "text": ("", ""),
    "id": (_ID, "lower-case letters, digits and underscores"),
    "ids": (rf"{_ID}(; {_ID})*", "ids of lower-case letters, digits and underscores, with '; ' between"),
    "code": (_CODE, "an area code of capitals and digits"),
    "codes": (rf"{_CODE}(; {_CODE})*", "area codes of capitals and digits, with '; ' between"),
    "year": (r"\d{4}", "a year"),
    "period": (r"\d{4}(\d{2})?", "4 digits, or 6 for years that span two"),
    "month": (r"\d{4}-\d{2}", "a year and month, such as 2014-02"),
    "sha256": (r"[0-9a-f]{64}", "64 hexadecimal digits"),
    **dict.fromkeys(NUMBERS, ("", "")),
}
"""What a cell of a type must match, and what a refusal calls it."""
_NUMBER = r"-?\d+(?:\.\d+)?"
RANGES = [form.replace("N", rf"({_NUMBER})") for form in ("greater than N", "N or more", "N to N", "between N and N")]
"""How a range of numbers is written."""
_NAMES = {"table": "ids", "column": "id"}
_KINDS = {"type": TYPES, "blank": ("no", "yes", "absent"), "unique": ("", "alone", "together")}


class BadTable(ValueError):
    """A table in `data/` is not as described; the message names file, line, column and what was expected."""


@dataclass(frozen=True)
class Column:
    """A row of `columns.csv`, which describes these columns too; `choices` are the values there may be."""

    table: str
    column: str
    type: str
    blank: str
    unique: str
    choices: tuple[str, ...]
    range: str
    pattern: str
    expected: str
    refers: str
    words: str
    example: str

    @property
    def number(self) -> bool:
        """Whether it holds numbers."""
        return self.type in NUMBERS


def tables(folder: Path | None = None) -> dict[str, list[Column]]:
    """Return the columns of each table, by the name of its file; `local` too.

    Raises BadTable if `columns.csv` of the data folder (the project's if None) does not describe tables; the message
    names line and column.
    """
    path = (folder or data_dir()) / FILE
    try:
        return _tables(path.read_bytes())
    except FileNotFoundError:
        raise BadTable(f"{FILE}: no such file in {path.parent.name}/; expected what describes its tables") from None


def columns_of(table: str, folder: Path | None = None) -> list[str]:
    """Return the names of a table's columns, such as those of "figures"."""
    return [column.column for column in tables(folder)[f"{table}.csv"]]


def key_of(table: str, folder: Path | None = None) -> list[str]:
    """Return the names of the columns that together tell a row of a table from all others."""
    return [column.column for column in tables(folder)[f"{table}.csv"] if column.unique == "together"]


def choices(table: str, column: str, folder: Path | None = None) -> tuple[str, ...]:
    """Return the values that a column may have, in the order of `columns.csv`."""
    return next(found.choices for found in tables(folder)[f"{table}.csv"] if found.column == column)


@lru_cache(maxsize=4)
def _tables(content: bytes) -> dict[str, list[Column]]:
    texts = read_texts(Path(FILE), content)
    names = [field.name for field in fields(Column)]
    if list(texts) != names:
        raise BadTable(f"{FILE}, line 1: found the columns {', '.join(texts)}; expected {', '.join(names)}")
    rows = texts.to_dict("records")
    cells = {f"{table}.{row['column']}": row["choices"] for row in rows for table in row["table"].split("; ")}
    found: dict[str, list[Column]] = {}
    for line, row in enumerate(rows, 2):
        listed = row["choices"]
        for name, expected in _faults(row, cells).items():
            raise BadTable(f"{FILE}, line {line}, column {name}: found {row[name]!r}; expected {expected}")
        listed = cells[listed.removeprefix("as ")] if listed.startswith("as ") else listed
        column = Column(**row | {"choices": tuple(listed.split("; ")) if listed else ()})
        for table in row["table"].split("; "):
            found.setdefault(f"{table}.csv", []).append(column)
    return found


def _faults(row: dict[str, str], known: dict[str, str]) -> dict[str, str]:
    """Return what is wrong with a row of `columns.csv` that no table could be checked by: what each cell should be."""
    faults = {name: TYPES[kind][1] for name, kind in _NAMES.items() if not re.fullmatch(TYPES[kind][0], row[name])}
    faults |= {name: f"one of {', '.join(kinds)}" for name, kinds in _KINDS.items() if row[name] not in kinds}
    if row["range"] and not (row["type"] in NUMBERS and re.fullmatch("|".join(RANGES), row["range"])):
        faults["range"] = "a range such as 0 to 3, 1 or more, greater than 0 or between 0 and 1, of a number"
    if row["choices"].startswith("as ") and not known.get(row["choices"].removeprefix("as ")):
        faults["choices"] = "as, and a column that has choices"
    if row["refers"] and (row["refers"] not in known or row["refers"].startswith(f"{LOCAL}.")):
        faults["refers"] = "table.column, a column of a table of data/"
    try:
        re.compile(row["pattern"])
    except re.error as error:
        faults["pattern"] = f"a regular expression ({error})"
    return faults


def read_texts(path: Path, content: bytes) -> pd.DataFrame:
    """Return the content of a CSV (UTF-8, one header row) as text, one row a line; blank cells are "".

    Raises BadTable, which names the path, if it is no such file.
    """
    try:
        # Blank lines are kept, so that line numbers in messages stay true.
        return pd.read_csv(
            io.BytesIO(content), dtype=str, keep_default_na=False, encoding="utf-8", skip_blank_lines=False
        )
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise BadTable(f"{path.name}: not a UTF-8 CSV with one header row ({str(error).strip()})") from None


_HEAD = "| column | type | meaning | example |\n| --- | --- | --- | --- |\n"


def readme(text: str, folder: Path) -> str:
    """Return a README with the table of each file's section, which begins with its name, as `columns.csv` has it."""
    for file, columns in tables(folder).items():
        before = rf"^## `{re.escape(file)}`(?:(?!^## ).)*?{re.escape(_HEAD)}"
        rows = "".join(map(_row, columns))
        text = re.sub(rf"({before})(?:\|[^\n]*\n)*", lambda found, rows=rows: found[1] + rows, text, flags=re.M | re.S)
    return text


def _row(column: Column) -> str:
    listed = [f"`{choice}`" for choice in column.choices]
    kind = f"{', '.join(listed[:-1])} or {listed[-1]}" if len(listed) > 1 else column.type
    kind += f" of `{column.refers.partition('.')[0]}.csv`" if column.refers else ""
    kind += f", {column.range}" if column.range else ""
    kind += ", unique" if column.unique == "alone" else ""
    kind += {"no": "", "yes": ", or blank", "absent": ", or blank; the column may be missing"}[column.blank]
    cells = [f"`{column.column}`", kind, column.words, f"`{column.example}`"]
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |\n"


if __name__ == "__main__":
    _readme = data_dir() / "README.md"
    put(_readme, readme(_readme.read_text(encoding="utf-8"), _readme.parent).encode())
