"""What became of a report, and how it is put in its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from analysis.runner.jobs import Job
from analysis.runner.publish import publish_failure, publish_report, publish_values, remove_folder
from analysis.turns import turn


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


def settle(outcome: Outcome, scratch: Path, output: Path, order: list[str]) -> None:
    """Publish a finished report, or keep what is left of a failed one; remove its folder.

    Args:
        outcome: what became of it; gets the path of the log, or what went wrong in publishing.
        scratch: the folder with what its process left.
        output: the folder of reports.
        order: names of all notebooks, in the order of the list of values.
    """
    try:
        with turn(output):
            _publish(outcome, scratch, output, order)
    except OSError as error:
        reason = f"{error.strerror or error}: make room or give the right to write, then run it again"
        outcome.error = outcome.error or f"publishing: cannot write to {output / outcome.job.area.slug}: {reason}"
    remove_folder(scratch)


def _publish(outcome: Outcome, scratch: Path, output: Path, order: list[str]) -> None:
    name, area = outcome.job.entry.name, outcome.job.area.slug
    if outcome.error:
        outcome.kept = str(publish_failure(output, area, name, scratch, _log(scratch, outcome.error)))
    else:
        publish_report(output, area, name, scratch)
        publish_values(output / area, order)


def _log(scratch: Path, error: str) -> str:
    """Return the log of a failed report: the message, the traceback, and what its processes printed."""
    parts = []
    for name in ("failed.log", "worker.log"):
        file = scratch / name
        parts.append(file.read_text(encoding="utf-8", errors="replace").strip() if file.is_file() else "")
    first = parts[0] or error
    return "\n\n".join(part for part in (first, parts[1]) if part) + "\n"
