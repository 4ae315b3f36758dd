"""What a run says while it goes on: a bar on a terminal, a line for each report otherwise."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from analysis.runner.outcome import Outcome


class Teller:
    """Tells of reports that have ended: done to standard output, failed to standard error.

    On a terminal a bar counts them, and lines only tell of what needs attention.

    Args:
        output: the folder of reports.
        total: how many reports are to be made.
    """

    def __init__(self, output: Path, total: int) -> None:
        self._output = output
        self._bar: Any = None
        if total and sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(total=total, unit="report", file=sys.stderr, dynamic_ncols=True)

    def tell(self, outcome: Outcome) -> None:
        """Tell of one report."""
        job = outcome.job
        if outcome.error:
            self.say(f"{job.label}: failed at {outcome.error}")
            self.say(_where(outcome.kept))
        elif not self._bar or not sys.stdout.isatty():
            warned = f", {len(outcome.warnings)} lines of warnings in run.json" if outcome.warnings else ""
            page = self._output / job.area.slug / f"{job.entry.name}.html"
            click.echo(f"{job.label}: done in {outcome.seconds:.1f} s{warned}: {page}")
        if self._bar:
            self._bar.update()

    def say(self, line: str) -> None:
        """Say what needs attention."""
        if self._bar:
            self._bar.clear()
        click.echo(line, err=True)
        if self._bar:
            self._bar.refresh()

    def close(self) -> None:
        """Leave the bar as it is."""
        if self._bar:
            self._bar.close()


def _where(kept: str) -> str:
    """Return where to read more: the failed notebook and its log, the log alone, or nowhere."""
    if not kept:
        return "  no log could be kept"
    return f"  see {kept}" if kept.endswith(".log") else f"  see {kept} and the .log beside it"
