"""What became of a report, and how it is put in its place."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.files import PAGE_BYTES, turn
from analysis.press.publish import publish_failure, publish_report, publish_values
from analysis.press.request import Job
from analysis.press.words import one_line

PRINTED = PAGE_BYTES
"""Characters that one cell may print: as much as a whole page may weigh."""
SHOWN = 8_000_000
"""Characters that all the cells of a notebook may show, in all formats together."""
EXECUTED = "executed.ipynb"
FAILED_LOG, FAILED_NOTEBOOK = "failed.log", "failed.ipynb"


@dataclass(frozen=True)
class Limits:
    """What one report may take: seconds and megabytes; None for no limit."""

    timeout: float | None = None
    memory: int | None = None


@dataclass
class Outcome:
    """What became of one report. `error` is empty when it was published; `cell` is where it failed, `kept` the log.

    `worker` is the address of the worker of a cluster that made it, if one did.
    """

    job: Job
    seconds: float
    error: str = ""
    kept: str = ""
    warnings: list[str] = field(default_factory=list)
    cell: str = ""
    peak_memory: int | None = None
    worker: str = ""


def settle(outcome: Outcome, files: dict[str, bytes], output: Path, order: list[str]) -> None:
    """Publish a finished report, or keep what is left of a failed one.

    Args:
        outcome: what became of it; gets the path of the log, or what went wrong in publishing.
        files: what was made: "report.ipynb" and "report.html", or "failed.log" and, where it began, "failed.ipynb".
        output: the folder of reports.
        order: names of all notebooks, in the order of the list of values.
    """
    name, area = outcome.job.entry.name, outcome.job.area.slug
    try:
        with turn(output):
            if outcome.error:
                log = files.get(FAILED_LOG, f"{outcome.error}\n".encode())
                outcome.kept = str(publish_failure(output, area, name, log, files.get(FAILED_NOTEBOOK)))
            else:
                publish_report(output, area, name, files)
                publish_values(output / area, order)
    except OSError as error:
        reason = f"{error.strerror or error}: make room or give the right to write, then run it again"
        outcome.error = outcome.error or f"publishing: cannot write to {output / area}: {reason}"


def has_code(cell: Any) -> bool:
    """Say whether there is anything in a cell to run."""
    return cell["cell_type"] == "code" and bool("".join(cell["source"]).strip())


def cell_reached(scratch: Path) -> str:
    """Return the code cell that a run had reached, as `code cell 4 (first line)`."""
    try:
        cells = json.loads((scratch / EXECUTED).read_text(encoding="utf-8"))["cells"]
    except (FileNotFoundError, ValueError):  # not begun, or papermill could not finish writing it
        return "before the first cell"
    states = [(cell["metadata"]["papermill"]["status"], cell) for cell in cells if has_code(cell)]
    at = [number for number, (state, _) in enumerate(states, 1) if state in ("running", "failed")]
    number = at[0] if at else sum(state == "completed" for state, _ in states)
    lines = "".join(states[number - 1][1]["source"]).splitlines()
    return f"code cell {number} ({one_line(next(line.strip() for line in lines if line.strip()))})"


def too_much() -> str:
    """Say what is wrong with a notebook that shows too much."""
    return f"the notebook has shown more than {SHOWN // 1_000_000} MB by this cell; show less"
