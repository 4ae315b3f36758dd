"""CSV files of `data/` as tables of text and numbers, and the error that says what is wrong with one."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

import pandas as pd


class BadTable(ValueError):
    """A table in `data/` is not as described; the message names file, line, column and what was expected."""


def read_texts(path: Path, content: bytes) -> pd.DataFrame:
    """Return the content of a CSV with one header row as text, one row a line; blank cells are "".

    Args:
        path: where it is from, for messages.
        content: its bytes, UTF-8.

    Raises:
        BadTable: if it is no such file.
    """
    try:
        # Blank lines are kept, so that line numbers in messages stay true.
        return pd.read_csv(
            io.BytesIO(content), dtype=str, keep_default_na=False, encoding="utf-8", skip_blank_lines=False
        )
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise BadTable(f"{path.name}: not a UTF-8 CSV with one header row ({str(error).strip()})") from None


def with_numbers(path: Path, table: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    """Turn columns of text into floats, in place, blank into NaN, and return the table.

    Raises:
        BadTable: if a cell is neither blank nor a number; the message names the first.
    """
    for name in columns:
        texts = table[name]
        numbers = pd.to_numeric(texts.where(texts != "", None), errors="coerce").astype(float)
        bad = (texts != "") & ~numbers.abs().lt(float("inf"))
        if bad.any():
            row = bad.idxmax()
            raise BadTable(
                f"{path.name}, line {row + 2}, column {name}: found {texts[row]!r}; expected a number or blank"
            )
        table[name] = numbers
    return table
