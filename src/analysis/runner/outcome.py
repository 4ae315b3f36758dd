"""What became of a report, and how it is put in its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from analysis.runner.jobs import Job
from analysis.runner.publish import publish_failure, publish_report, publish_values
from analysis.turns import turn

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
