"""How far a notebook has got, written down so that it is known after its process was killed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.runner.words import one_line

if TYPE_CHECKING:
    import asyncio

_CELLS = "cells.jsonl"
LONG = 0.5
"""Seconds after which a cell takes long."""


class Progress:
    """Follows a run in a scratch folder: the cells begun in `cells.jsonl`, the notebook so far in `executed.ipynb`.

    The notebook is written when a cell takes long: writing it takes longer than most cells.

    Args:
        scratch: the report's scratch folder.
        notebook: the notebook that is being executed; its cells get their outputs in place.
    """

    def __init__(self, scratch: Path, notebook: Any) -> None:
        self._scratch = scratch
        self._notebook = notebook
        self._cells = 0
        self._later: asyncio.TimerHandle | None = None
        self.excess = ""
        """What the notebook showed too much of, and where; "" as long as it did not."""

    @property
    def begun(self) -> bool:
        """Whether the first cell was reached."""
        return self._cells > 0

    def cell(self, cell: Any) -> bool:
        """Note that a cell begins; say whether there is anything in it to run."""
        if self.excess or cell.cell_type != "code" or not cell.source.strip():
            return False
        self._cells += 1
        first = next(line.strip() for line in cell.source.splitlines() if line.strip())
        with open(self._scratch / _CELLS, "a", encoding="utf-8") as stream:
            stream.write(json.dumps({"number": self._cells, "line": first}) + "\n")
        return True

    def follow(self, cell: Any, cell_index: int) -> None:
        """Note that a cell begins; called in the loop of events that also waits for its end."""
        import asyncio  # only here, where a kernel is followed that runs it already

        if self._later:
            self._later.cancel()
        self._later = asyncio.get_running_loop().call_later(LONG, self.save) if self.cell(cell) else None

    def exceed(self, problem: str) -> None:
        """Note that the cell that was reached shows too much."""
        self.excess = f"{cell_reached(self._scratch)}: {problem}"

    def save(self) -> None:
        """Write the notebook as it is now."""
        import nbformat

        _write(self._scratch / "executed.ipynb", nbformat.writes(self._notebook))


def cell_reached(scratch: Path) -> str:
    """Return the code cell a run had reached, as `code cell 4 (first line)`."""
    try:
        # A line without its end was cut off when the process was killed.
        notes = (scratch / _CELLS).read_text(encoding="utf-8").split("\n")[:-1]
    except FileNotFoundError:
        notes = []
    if not notes:
        return "before the first cell"
    note = json.loads(notes[-1])
    return f"code cell {note['number']} ({one_line(note['line'])})"


def _write(file: Path, text: str) -> None:
    """Write a file in one step, so that a process killed meanwhile leaves the one before."""
    new = file.with_suffix(".new")
    new.write_text(text, encoding="utf-8", newline="\n")
    new.replace(file)
