"""One `analysis run`: check the request, make the reports, rebuild the index, say and write down what happened."""

from __future__ import annotations

import datetime
import json
import platform
import signal
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from functools import partial
from importlib import metadata
from itertools import chain
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from analysis.files import put, say, turn
from analysis.press import dask as cluster
from analysis.press import publish
from analysis.press.catalogue import Entry, Refused
from analysis.press.pool import Limits, Outcome, outcomes
from analysis.press.request import Area, Job, Project, plan_jobs
from analysis.press.reuse import EDITION, METHOD, Made

_DAMAGE = (OSError, ValueError, LookupError, TypeError, AttributeError)
"""What reading a damaged file of the folder of reports may raise, besides not being able to write one."""


def run_session(
    project: Project, notebooks: tuple[str, ...], areas: tuple[str, ...], assignments: tuple[str, ...], **options: Any
) -> int:
    """Make the reports asked for, with the options of `analysis run`; return its exit code.

    Raises:
        Refused: if the request does not fit; nothing has run then.
    """
    started, asked = _now(), {"notebooks": notebooks, "areas": areas, "parameters": assignments}
    with stopping() as stop:
        catalogue, planned = plan_jobs(project, notebooks, areas, assignments)
        folder = _writable((options["output"] or project.root / "reports").absolute())
        run = _Run(project, catalogue, planned, folder, stop)
        run.keep(options["force"])
        run.make(options["dask"], options["jobs"], Limits(options["timeout"], options["memory"]))
        run.complete()
        return run.end({"started": started, "options": asked | options})


@contextmanager
def stopping() -> Iterator[SimpleNamespace]:
    """Remember as `signal` that the run was asked to stop, so that a file being put in place is finished first.

    A hang-up that the caller ignores, as under `nohup`, stays ignored.
    """
    stop, before = SimpleNamespace(signal=0), {}

    def note(number: int, _frame: object) -> None:
        stop.signal = stop.signal or number

    if threading.current_thread() is threading.main_thread():
        for name in {"SIGINT", "SIGTERM", "SIGHUP"} & set(dir(signal)):  # Windows has no hang-up
            number = signal.Signals[name]
            if name != "SIGHUP" or signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, note)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Run:
    """What was planned and what has become of it, and what goes wrong outside of reports."""

    def __init__(self, project: Project, catalogue: list[Entry], planned: list[Job], output: Path, stop: Any) -> None:
        self._project, self._catalogue, self._planned, self._stop = project, catalogue, planned, stop
        self._folder, self._made, self._order = output, Made(project, output), [entry.name for entry in catalogue]
        self._problems: list[str] = []
        self._reports: dict[tuple[Area, str], Outcome] = {}  # area, notebook → what has become of it

    def _jobs(self, state: str) -> list[Job]:
        return [outcome.job for outcome in self._reports.values() if outcome.state == state]

    def _below(self, job: Job, state: str) -> list[str]:
        """Return the notebooks of the reports that one rests on, of those that something has become of."""
        return [name for name in job.entry.rests_on if self._reports[job.area, name].state == state]

    def keep(self, force: bool) -> None:
        """Find the reports that would come out as they are, and say how many they are.

        One that rests on others is kept only where they all are.
        """
        for job in (job if job.asked else self._made.as_there(job) for job in self._planned):
            again = job.left_out or (force and job.asked) or self._stop.signal
            again = again or len(self._below(job, "unchanged")) < len(job.entry.rests_on)
            state = "not finished" if again or not self._made.is_current(job) else "unchanged"
            self._reports[job.area, job.entry.name] = Outcome(job, "left out" if job.left_out else state)
        self._needed = self._jobs("not finished")
        if kept := len(self._jobs("unchanged")):
            words = f"{kept} of {len(self._reports)} reports are up to date; --force makes them again"
            say(f"analysis: {words}", err=False)

    def make(self, dask: str | None, jobs: int | None, limits: Limits) -> None:
        """Make the reports that are needed."""
        if not self._needed or self._stop.signal:
            return
        with self._going_on(self._folder / EDITION):
            self._made.begin(self._needed)
        for name, wait in dict.fromkeys((job.entry.name, job.entry.wait) for job in self._needed if job.entry.wait):
            say(f"analysis: {name}: {wait}")
        try:
            for resting in (False, True):  # what rests on others is made after them
                now = [job for job in self._needed if bool(job.entry.rests_on) is resting]
                with self._going_on(tempfile.gettempdir(), OSError):
                    self._publish_all(now, dask, self._stop, jobs, limits)
        except cluster.ClusterLost as error:
            self._problems.append(str(error))
            say(f"analysis: {error}")
        finally:
            with self._going_on(self._folder / EDITION):
                self._made.tidy()

    def _publish_all(self, wanted: list[Job], dask: str | None, *how: Any) -> None:
        """Have reports made, here or on a cluster; publish each as it is finished, note it and tell of it."""
        run = outcomes if dask is None else partial(cluster.outcomes, self._project, dask)
        words = "before the first cell: it rests on the report {}, which failed"
        failed = [(job, min(below)) for job in wanted if (below := self._below(job, "failed"))]
        lost = [Outcome(job, error=words.format(name)) for job, name in failed]
        ready = [job for job in wanted if not self._below(job, "failed")]
        with closing(run(ready, self._folder, *how)) if ready else nullcontext(()) as made:
            for outcome in chain(lost, made):
                self._publish(outcome)
                self._tell(outcome)

    def _publish(self, outcome: Outcome) -> None:
        """Put a report in its place, or keep what is left of a failed one."""
        job, folder = outcome.job, self._folder / outcome.job.area.slug
        files, outcome.files = outcome.files or {".log": f"{outcome.error}\n".encode()}, {}
        try:
            with turn(self._folder):
                if outcome.error:
                    outcome.kept = str(publish.publish_failure(self._folder, job.area.slug, job.entry.name, files))
                else:
                    publish.publish_report(self._folder, job.area.slug, job.entry.name, files)
                    publish.publish_values(folder, self._order)
        except OSError as error:
            reason = f"{error.strerror or error}: make room or give the right to write, then run it again"
            outcome.error = outcome.error or f"publishing: cannot write to {folder}: {reason}"
        outcome.state = "failed" if outcome.error else "done"
        self._reports[job.area, job.entry.name] = outcome
        if not outcome.error:
            self._made.note(job)

    def _tell(self, outcome: Outcome) -> None:
        """Tell of a report that has ended."""
        job, over = outcome.job, len(self._jobs("done") + self._jobs("failed"))
        if outcome.error:
            say(f"{job.label}: failed at {outcome.error}")
            say(f"  see {outcome.kept}" if outcome.kept else "  no log could be kept")
        else:
            warned = f", {len(outcome.warnings)} lines of warnings in run.json" if outcome.warnings else ""
            page = self._folder / job.area.slug / f"{job.entry.name}.html"
            done = f"done in {outcome.seconds:.1f} s ({over} of {len(self._needed)})"
            say(f"{job.label}: {done}{warned}: {page}", err=False)

    def complete(self) -> None:
        """Rebuild the index, and tables of values and workbooks that are missing or old; else nothing."""
        edition, index = self._planned[0].edition, self._folder / "index.html"
        with self._going_on(index), turn(self._folder):
            for area in {self._folder / job.area.slug for job in self._jobs("unchanged")}:
                if publish.outdated(area / "values.csv", area.glob("*.ipynb")):
                    publish.publish_values(area, self._order)
            texts = [self._project.root / "notebooks" / f"{edition[name][:-5]}.md" for name in {METHOD} & {*edition}]
            if self._needed or publish.outdated(index, [*self._folder.glob("*/values.csv"), *texts]):
                publish.publish_index(self._folder, self._catalogue, edition, texts)
                index.touch()
        for job in {job.area: job for job in self._planned}.values():
            folder = self._folder / job.area.slug
            with self._going_on(folder / "its workbook"), turn(self._folder):
                if not self._stop.signal:
                    publish.publish_workbook(folder, job, self._project.workbook)
        with self._going_on(f"the notes on what was made, or {EDITION},"):
            self._made.save()

    def end(self, about: dict[str, Any]) -> int:
        """Write `run.json`, the only file with a time in it, say how the run ended, and return its exit code."""
        failed, before = len(self._jobs("failed")), len(self._problems)
        code = 128 + self._stop.signal if self._stop.signal else int(bool(failed or before))  # as shells do
        with self._going_on(self._folder / "run.json"):
            self._write(about, code)
        if self._stop.signal:
            finished = len(self._jobs("done")) + failed
            say(f"analysis: stopped; {finished} of {len(self._needed)} reports were finished")
        elif failed:
            say(f"analysis: {failed} of {len(self._reports)} reports failed")
        return code or int(len(self._problems) > before)

    def _write(self, about: dict[str, Any], code: int) -> None:
        counts = dict.fromkeys(("done", "failed", "unchanged", "not finished"), 0)
        counts |= Counter(outcome.state for outcome in self._reports.values())
        versions = {"python": platform.python_version(), "system": platform.system()}
        for name in ("papermill", "analysis"):
            versions[name] = next((found.version for found in metadata.distributions(name=name)), "not installed")
        versions["lock"] = self._planned[0].fingerprint["lock"]
        content = {"started": about["started"], "finished": _now(), "exit_code": code, "counts": counts}
        content |= {"options": about["options"], "versions": versions, "problems": self._problems}
        content |= {"reports": [self._record(outcome) for outcome in self._reports.values()]}
        text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False, default=str)
        put(self._folder / "run.json", f"{text}\n".encode(errors="replace"))

    def _record(self, outcome: Outcome) -> dict[str, Any]:
        job, log = outcome.job, outcome.kept
        record = {"notebook": job.entry.name, "area": job.area.code, "area_name": job.area.name}
        record |= {"parameters": job.values, "inputs": job.fingerprint, "outcome": outcome.state}
        if job.left_out:
            record["reason"] = job.left_out
        if outcome.state in ("done", "failed"):
            told = ("seconds", "error", "cell", "warnings", "worker")
            record |= {name: getattr(outcome, name) for name in told}
        return record | {"log": str(Path(log).relative_to(self._folder)) if log else ""}

    @contextmanager
    def _going_on(self, what: Path | str, expected: Any = _DAMAGE) -> Iterator[None]:
        """Where a file cannot be written, or one in the folder is damaged, say so and go on."""
        try:
            yield
        except expected as error:
            reason = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
            self._problems.append(f"{what} could not be written ({reason}): mend that, then run it again")
            say(f"analysis: {self._problems[-1]}")


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def _writable(folder: Path) -> Path:
    """Return a folder of reports, made if need be; refuse one that cannot be made or written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        reason = error.strerror or error
        raise Refused(f"cannot write to the output folder {folder}: {reason}; choose another with --output") from None
