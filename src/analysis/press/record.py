"""What a run writes down about itself: `run.json`, the only file of a folder of reports with a time in it."""

from __future__ import annotations

import datetime
import json
import platform
from collections import Counter
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from analysis.files import put
from analysis.press.jobs import Job
from analysis.press.pool import Outcome
from analysis.press.publish import FAILED

FILE = "run.json"
OUTCOMES = ("done", "failed", "unchanged", "not finished")
LEFT_OUT = "left out"
"""The outcome of a report that needs a release which is not there; counted only where there is one."""


def now() -> str:
    """Return the time in UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


@dataclass
class Record:
    """The record of a run: what was asked for, what was planned, and what became of it.

    `kept` has the ids of the jobs whose reports were up to date; `problems` what went wrong outside of reports.
    """

    options: dict[str, Any]
    planned: list[Job]
    kept: set[int]
    started: str
    outcomes: list[Outcome] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def needed(self) -> list[Job]:
        """The jobs whose reports are to be made."""
        return [job for job in self.planned if id(job) not in self.kept and not job.left_out]

    def write(self, output: Path, code: int) -> None:
        """Write `run.json` into a folder of reports.

        Args:
            output: the folder.
            code: the exit code of the run.

        Raises:
            OSError: if it cannot be written.
        """
        ended = {id(outcome.job): outcome for outcome in self.outcomes}
        reports = [self._report(job, ended.get(id(job)), output) for job in self.planned]
        counts = Counter(report["outcome"] for report in reports)
        content = {
            "started": self.started,
            "finished": now(),
            "exit_code": code,
            "counts": {name: counts[name] for name in (*OUTCOMES, LEFT_OUT) if name in OUTCOMES or counts[name]},
            "options": self.options,
            "versions": self._versions(),
            "problems": self.problems,
            "reports": reports,
        }
        text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
        put(output / FILE, f"{text}\n".encode(errors="replace"))

    def _versions(self) -> dict[str, str]:
        """Return what the run ran on; `lock` is the digest of uv.lock."""
        lock = self.planned[0].fingerprint["lock"] if self.planned else ""
        packages = {name: _version(name) for name in ("papermill", "analysis")}
        return {"python": platform.python_version(), "system": platform.system(), **packages, "lock": lock}

    def _report(self, job: Job, outcome: Outcome | None, output: Path) -> dict[str, Any]:
        """Return the record of one report; `outcome` is None for one that was kept, or that a stop kept from ending."""
        base = {
            "notebook": job.entry.name,
            "area": job.area.code,
            "area_name": job.area.name,
            "parameters": job.values,
            "inputs": job.fingerprint,
        }
        if job.left_out:
            return {**base, "outcome": LEFT_OUT, "reason": job.left_out}
        if outcome is None:
            return {**base, "outcome": "unchanged" if id(job) in self.kept else "not finished"}
        log = f"{FAILED}/{job.area.slug}/{job.entry.name}.log"
        return {
            **base,
            "outcome": "failed" if outcome.error else "done",
            "seconds": round(outcome.seconds, 2),
            "peak_memory": outcome.peak_memory,
            "error": outcome.error,
            "cell": outcome.cell,
            "log": log if outcome.error and (output / log).is_file() else "",
            "warnings": outcome.warnings,
            "worker": outcome.worker,
        }


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
