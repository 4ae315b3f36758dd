"""Parameters in, files out: the catalogue of notebooks, their execution, their pages and their publication."""

from __future__ import annotations

import re

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def plain(text: str) -> str:
    """Return text without terminal colours."""
    return _ANSI.sub("", text)


def one_line(text: str) -> str:
    """Return text as one line of at most 300 characters, without terminal colours."""
    line = " ".join(plain(text).split())
    return line if len(line) <= 300 else line[:297] + "..."


def counted(number: int, noun: str) -> str:
    """Return a number of things with their noun: "1 value", "1,226 reports"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
