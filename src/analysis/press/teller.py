"""What a run says while it goes on: a bar on a terminal, a line for each report otherwise."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from analysis.press.pool import Outcome


def say(line: str, err: bool = True) -> None:
    """Say a line, if anybody listens: that nobody does is no reason to stop making reports.

    A stream that is full, broken or closed says nothing more.
    """
    stream = sys.stderr if err else sys.stdout
    try:
        click.echo(line, err=err)
    except (OSError, ValueError):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, stream.fileno())  # what is left in its buffer would fail again at the end
            os.close(nothing)


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
        if total and sys.stderr and sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(total=total, unit="report", file=sys.stderr, dynamic_ncols=True)

    def tell(self, outcome: Outcome) -> None:
        """Tell of one report."""
        job = outcome.job
        if outcome.error:
            self.say(f"{job.label}: failed at {outcome.error}")
            self.say(_where(outcome.kept))
        elif not self._bar or not (sys.stdout and sys.stdout.isatty()):
            warned = f", {len(outcome.warnings)} lines of warnings in run.json" if outcome.warnings else ""
            page = self._output / job.area.slug / f"{job.entry.name}.html"
            say(f"{job.label}: done in {outcome.seconds:.1f} s{warned}: {page}", err=False)
        self._draw("update")

    def say(self, line: str) -> None:
        """Say what needs attention."""
        self._draw("clear")
        say(line)
        self._draw("refresh")

    def close(self) -> None:
        """Leave the bar as it is."""
        self._draw("close")

    def _draw(self, act: str) -> None:
        """Have the bar do something; it goes when it cannot be drawn any more."""
        try:
            if self._bar:
                getattr(self._bar, act)()
        except (OSError, ValueError):
            self._bar = None


def _where(kept: str) -> str:
    """Return where to read more: the failed notebook and its log, the log alone, or nowhere."""
    if not kept:
        return "  no log could be kept"
    return f"  see {kept}" if kept.endswith(".log") else f"  see {kept} and the .log beside it"
