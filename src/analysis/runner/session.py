"""One `analysis run`: check the request, make the reports, rebuild the index, write down what happened."""

from __future__ import annotations

import datetime
import json
import platform
import tempfile
from importlib import metadata
from pathlib import Path

import click

from analysis.runner.catalogue import Refused
from analysis.runner.jobs import Job, plan_jobs


def run_session(
    root: Path,
    notebooks: tuple[str, ...],
    areas: tuple[str, ...],
    assignments: tuple[str, ...],
    jobs: int | None = None,
    output: Path | None = None,
    timeout: float | None = None,
) -> int:
    """Make the reports asked for.

    Args:
        root: the project folder.
        notebooks: names of notebooks; none means all.
        areas: names or codes of areas; none means Wiltshire.
        assignments: the `-p` texts, `NAME=VALUE`.
        jobs: how many reports at a time; None for one a core.
        output: the folder of reports; None for `reports/` in the project.
        timeout: seconds one report may take; None for no limit.

    Returns:
        The exit code: 0 all done, 1 a report failed, 130 or 143 stopped by a signal.

    Raises:
        Refused: if the request does not fit; nothing has run then.
    """
    catalogue, planned = plan_jobs(root, notebooks, areas, assignments)
    folder = (output or root / "reports").absolute()
    _writable(folder)
    # Only now: a refusal needs none of the libraries that these import.
    from analysis.runner.batch import run_jobs
    from analysis.runner.index import publish_index

    order = [entry.name for entry in catalogue]
    started = _now()
    outcomes, stopped = run_jobs(planned, folder, order, jobs, timeout, lambda outcome: _tell(outcome, folder))
    publish_index(folder, catalogue)
    _record(folder, started, planned, outcomes)
    if stopped:
        click.echo(f"analysis: stopped; {len(outcomes)} of {len(planned)} reports were finished", err=True)
        return 128 + stopped
    failed = sum(1 for outcome in outcomes if outcome.error)
    if failed:
        click.echo(f"analysis: {failed} of {len(planned)} reports failed", err=True)
    return 1 if failed else 0


def _writable(folder: Path) -> None:
    """Refuse a folder of reports that cannot be made or written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = error.strerror or error
        raise Refused(f"cannot write to the output folder {folder}: {reason}; choose another with --output") from None


def _tell(outcome: object, folder: Path) -> None:
    """Print one line for a report that has ended: done to standard output, failed to standard error."""
    job: Job = outcome.job
    if outcome.error:
        click.echo(f"{job.label}: failed at {outcome.error}", err=True)
        click.echo(f"  see {outcome.kept} and the .log beside it", err=True)
        return
    warned = f", {len(outcome.warnings)} lines of warnings in run.json" if outcome.warnings else ""
    click.echo(f"{job.label}: done in {outcome.seconds:.1f} s{warned}: {folder / job.area.slug / job.entry.name}.html")


def _now() -> str:
    """Return the time in UTC, to the second. Only run.json has a time in it."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _record(folder: Path, started: str, planned: list[Job], outcomes: list) -> None:
    """Write `run.json`: what ran, how long it took, what failed and what was warned of."""
    from analysis.runner.publish import put

    ended = {id(outcome.job): outcome for outcome in outcomes}
    packages = {name: _version(name) for name in ("papermill", "analysis")}
    content = {
        "started": started,
        "finished": _now(),
        "versions": {"python": platform.python_version(), **packages},
        "reports": [_report(job, ended.get(id(job))) for job in planned],
    }
    put(folder / "run.json", (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())


def _report(job: Job, outcome: object | None) -> dict:
    """Return the record of one report; `outcome` is None for one that a signal kept from ending."""
    base = {"notebook": job.entry.name, "area": job.area.code, "area_name": job.area.name, "parameters": job.values}
    if outcome is None:
        return {**base, "outcome": "not finished"}
    return {
        **base,
        "outcome": "failed" if outcome.error else "done",
        "seconds": round(outcome.seconds, 2),
        "error": outcome.error,
        "warnings": outcome.warnings,
    }
