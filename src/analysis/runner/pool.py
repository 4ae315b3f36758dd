"""One report on this machine, made in a process of its own, and its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from analysis.runner.batch import run_jobs
from analysis.runner.jobs import Job
from analysis.runner.leftovers import lasting_folder
from analysis.runner.limits import Limits
from analysis.runner.publish import FAILED, remove_folder
from analysis.runner.stop import Stop


@dataclass(frozen=True)
class Answer:
    """What became of one report: its files, or why there are none. `error` is empty or one line."""

    files: dict[str, bytes]
    error: str
    warnings: list[str]
    peak_memory: int | None
    cell: str


def make_report(job: Job, limits: Limits, environment: dict[str, str] | None = None) -> Answer:
    """Make one report in a process of its own.

    Args:
        job: the report to make.
        limits: what it may take.
        environment: unused.

    Returns:
        What became of it.
    """
    made = Path(lasting_folder()) / "made"
    try:
        made.mkdir(exist_ok=True)
        (outcome,) = run_jobs([job], made, [], Stop(), 1, limits)
        name, area = job.entry.name, job.area.slug
        if outcome.error:
            files = {f"failed.{end}": made / FAILED / area / f"{name}.{end}" for end in ("log", "ipynb")}
        else:
            files = {f"report.{end}": made / area / f"{name}.{end}" for end in ("ipynb", "html")}
        found = {file: path.read_bytes() for file, path in files.items() if path.is_file()}
    finally:
        remove_folder(made)
    return Answer(found, outcome.error, outcome.warnings, outcome.peak_memory, outcome.cell)
