"""One `analysis run`: check the request, make the reports, rebuild the index, write down what happened."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from analysis.press import dask as cluster
from analysis.press.catalogue import Entry, Refused
from analysis.press.jobs import Job, plan_jobs
from analysis.press.pool import Limits, Outcome, run_jobs
from analysis.press.publish import outdated, publish_values
from analysis.press.record import Record, now
from analysis.press.reuse import EDITION, Made
from analysis.press.stop import Stop
from analysis.press.teller import Teller, say
from analysis.turns import turn

STOPPED = 128
"""Added to the number of the signal that stopped a run, as shells do."""

_DAMAGE = (OSError, ValueError, LookupError, TypeError, AttributeError)
"""What reading a damaged file of the folder of reports may raise, besides not being able to write one."""


def run_session(
    root: Path,
    notebooks: tuple[str, ...],
    areas: tuple[str, ...],
    assignments: tuple[str, ...],
    jobs: int | None = None,
    output: Path | None = None,
    force: bool = False,
    timeout: float | None = None,
    memory: int | None = None,
    dask: str | None = None,
) -> int:
    """Make the reports asked for.

    Args:
        root: the project folder.
        notebooks, areas: names of notebooks, names or codes of areas; none means all notebooks, and Wiltshire.
        assignments: the `-p` texts, `NAME=VALUE`.
        jobs: how many reports at a time; None for one a core.
        output: the folder of reports; None for `reports/` in the project.
        force: make reports again whose inputs have not changed.
        timeout, memory: seconds one report may take, and megabytes it may hold; None for no limit.
        dask: the address of the scheduler of a cluster that makes the reports; None for this machine.

    Returns:
        The exit code: 0 all done, 1 a report failed or a file could not be written, 128 + n stopped by signal n.

    Raises:
        Refused: if the request does not fit; nothing has run then.
    """
    options = {"notebooks": notebooks, "areas": areas, "parameters": assignments, "jobs": jobs}
    options |= {"output": output and str(output), "force": force, "timeout": timeout, "memory": memory, "dask": dask}
    started = now()
    if dask is not None:
        cluster.check_installed()
    with Stop() as stop:
        catalogue, planned = plan_jobs(root, notebooks, areas, assignments)
        folder = _writable((output or root / "reports").absolute())
        made = Made(root, folder)
        kept = [] if force else _kept(planned, made, stop)
        record = Record(options, planned, set(map(id, kept)), started)
        _make(record, record.needed, folder, catalogue, made, stop, jobs, Limits(timeout, memory), dask)
        _try(record, lambda: _complete(folder, catalogue, kept, bool(record.needed)), f"{folder / 'index.html'}")
        _try(record, made.save, f"the notes on what was made, or {EDITION},")
        return _end(record, folder, stop, len(record.needed))


def _kept(planned: list[Job], made: Made, stop: Stop) -> list[Job]:
    """Return the reports that would come out as they are, and say how many they are."""
    kept = [job for job in planned if not job.left_out and not stop.signal and made.is_current(job)]
    if kept:
        say(f"analysis: {len(kept)} of {len(planned)} reports are up to date; --force makes them again", err=False)
    return kept


def _make(
    record: Record,
    needed: list[Job],
    folder: Path,
    catalogue: list[Entry],
    made: Made,
    stop: Stop,
    jobs: int | None,
    limits: Limits,
    dask: str | None,
) -> None:
    """Make the reports that are needed, and note what became of them."""
    if not needed or stop.signal:
        return
    _try(record, partial(made.begin, needed), f"{folder / EDITION}")
    teller = Teller(folder, len(needed))
    for name, wait in dict.fromkeys((job.entry.name, job.entry.wait) for job in needed if job.entry.wait):
        teller.say(f"analysis: {name}: {wait}")

    def told(outcome: Outcome) -> None:
        record.outcomes.append(outcome)
        if not outcome.error:
            made.note(outcome.job)
        teller.tell(outcome)

    order = [entry.name for entry in catalogue]
    run = run_jobs if dask is None else partial(cluster.run_jobs, dask, teller.say)
    try:
        _try(record, partial(run, needed, folder, order, stop, jobs, limits, told), tempfile.gettempdir(), OSError)
    except cluster.ClusterLost as error:
        record.problems.append(str(error))
        teller.say(f"analysis: {error}")
    finally:
        teller.close()
        _try(record, made.tidy, f"{folder / EDITION}")


def _try(record: Record, step: Callable[[], Any], what: str, expected: Any = _DAMAGE) -> None:
    """Do a step of the run; if a file cannot be written, or one in the folder is damaged, say so and go on."""
    try:
        step()
    except expected as error:
        reason = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
        record.problems.append(f"{what} could not be written ({reason}): mend that, then run it again")
        say(f"analysis: {record.problems[-1]}")


def _end(record: Record, folder: Path, stop: Stop, needed: int) -> int:
    """Write the record of the run, say how it ended, and return its exit code."""
    failed = sum(1 for outcome in record.outcomes if outcome.error)
    code = STOPPED + stop.signal if stop.signal else int(bool(failed or record.problems))
    before = len(record.problems)
    _try(record, lambda: record.write(folder, code), f"{folder / 'run.json'}")
    if stop.signal:
        say(f"analysis: stopped; {len(record.outcomes)} of {needed} reports were finished")
    elif failed:
        say(f"analysis: {failed} of {len(record.planned)} reports failed")
    return code or int(len(record.problems) > before)


def _complete(folder: Path, catalogue: list[Entry], kept: list[Job], changed: bool) -> None:
    """Rebuild the index, and tables of values that are missing or old; nothing where nothing has changed."""
    with turn(folder):
        for slug in dict.fromkeys(job.area.slug for job in kept):
            if outdated(folder / slug / "values.csv", (folder / slug).glob("*.ipynb")):
                publish_values(folder / slug, [entry.name for entry in catalogue])
        index = folder / "index.html"
        if changed or outdated(index, folder.glob("*/values.csv")):
            from analysis.press.index import publish_index  # loads the templates

            publish_index(folder, catalogue)
            index.touch()


def _writable(folder: Path) -> Path:
    """Return a folder of reports, made if need be; refuse one that cannot be made or written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        reason = error.strerror or error
        raise Refused(f"cannot write to the output folder {folder}: {reason}; choose another with --output") from None
