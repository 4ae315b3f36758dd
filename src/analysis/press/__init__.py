"""Parameters in, files out: the catalogue of notebooks, their execution, their pages and their publication."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from itertools import zip_longest

import click


def one_line(text: str) -> str:
    """Return text as one line of at most 300 characters, without terminal colours."""
    line = " ".join(click.unstyle(text).split())
    return line if len(line) <= 300 else line[:297] + "..."


def counted(number: int, noun: str) -> str:
    """Return a number of things with their noun: "1 value", "1,226 reports"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def aligned(rows: Iterable[Sequence[list[str]]], widths: Sequence[int]) -> list[str]:
    """Return rows of cells, each some pieces of text, as lines whose columns wrap inside themselves."""
    lines = []
    for row in rows:
        cells = zip(row, widths, strict=True)
        columns = [[line for piece in cell for line in textwrap.wrap(piece, width)] for cell, width in cells]
        for parts in zip_longest(*columns, fillvalue=""):
            lines.append("".join(f"  {part:{width}}" for part, width in zip(parts, widths, strict=True)).rstrip())
    return lines
