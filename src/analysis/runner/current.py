"""Which reports need not be made again, because nothing they rest on has changed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from analysis.files import put
from analysis.runner.fingerprint import digest_texts
from analysis.runner.jobs import Job
from analysis.runner.publish import data_read, failure_log, read_report, report_digest

STATE = ".made.json"


class Made:
    """What an output folder holds: its reports with the inputs they were last known to follow from.

    The notes in `.made.json` save time and decide nothing alone: a report counts only as long as its files are the
    bytes that were noted. Without notes, or with other inputs, what the report itself says it read is looked at.

    Args:
        root: the project folder.
        output: the folder of reports.
    """

    def __init__(self, root: Path, output: Path) -> None:
        self._data = root / "data"
        self._output = output
        self._notes = _read(output / STATE)
        self._figures: dict[str, Any] = {}

    def is_current(self, job: Job) -> bool:
        """Say whether a job's report lies in the folder, whole, and would come out the same."""
        if failure_log(self._output, job.area.slug, job.entry.name).exists():
            return False
        files = self._digest(job)
        if not files:
            return False
        if self._notes.get(_key(job)) == {"inputs": _inputs(job), "files": files}:
            return True
        return self._follows(job) and self.note(job)

    def note(self, job: Job) -> bool:
        """Remember that a job's report follows from its inputs."""
        self._notes[_key(job)] = {"inputs": _inputs(job), "files": self._digest(job)}
        return True

    def save(self) -> None:
        """Write the notes down."""
        text = json.dumps(self._notes, indent=0, sort_keys=True)
        put(self._output / STATE, text.encode())

    def _paths(self, job: Job) -> tuple[Path, Path]:
        base = self._output / job.area.slug / job.entry.name
        return base.with_suffix(".ipynb"), base.with_suffix(".html")

    def _digest(self, job: Job) -> str:
        """Return the SHA-256 of a report's two files; "" if one is missing."""
        total = hashlib.sha256()
        try:
            for path in self._paths(job):
                total.update(path.read_bytes())
        except OSError:
            return ""
        return total.hexdigest()

    def _follows(self, job: Job) -> bool:
        """Say whether a published report was made from the same inputs, of the data only those that it read."""
        notebook, page = self._paths(job)
        content = read_report(notebook)
        if content is None:
            return False
        about = content["metadata"]["analysis"]
        whole = (about.get("digest"), about.get("page"))
        if whole != (report_digest(content), hashlib.sha256(page.read_bytes()).hexdigest()):
            return False
        if about.get("parameters") != job.values:
            return False
        read = data_read(content)
        now = job.fingerprint if read is None else job.fingerprint | {"data": self._data_digest(job, read)}
        return about.get("fingerprint") == now

    def _data_digest(self, job: Job, read: dict[str, Any]) -> str:
        """Return the digest of what a report read as it is now; "" if it cannot be read."""
        from analysis import reads  # reads tables: only needed where something has changed
        from analysis.figures import Figures
        from analysis.official.releases import ReleaseError
        from analysis.reading import BadTable

        try:
            if job.area.code not in self._figures:
                self._figures = {job.area.code: Figures(self._data, job.area.code)}
            return reads.digest(self._figures[job.area.code], read)
        except (BadTable, ReleaseError, KeyError, TypeError, ValueError, OSError):
            return ""  # the report's own run says what is wrong


def _key(job: Job) -> str:
    return f"{job.area.slug}/{job.entry.name}"


def _inputs(job: Job) -> str:
    return digest_texts([f"{name}={digest}" for name, digest in sorted(job.fingerprint.items())])


def _read(file: Path) -> dict[str, Any]:
    """Return the notes of an earlier run; none where there are none that can be read."""
    try:
        notes = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return notes if isinstance(notes, dict) else {}
