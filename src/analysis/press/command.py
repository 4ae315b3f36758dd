"""The command: its list, its runs, its comparisons, and how it says what is wrong.

Exit codes: 0 all done, 1 a report, check or file failed, 2 refused before anything ran, 128 + n stopped by signal n.
"""

from __future__ import annotations

import contextlib
import math
import os
import sys
import textwrap
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import click

from analysis.files import say
from analysis.press.catalogue import Entry, Refused, load_catalogue, show

INTERRUPTED = 130
_PATH = click.Path(path_type=Path)


def begin() -> None:
    """Have what every command needs: standard streams, and a current folder, which libraries ask for as they load."""
    for number in range(3):  # the next file that is opened would take the place of one that the caller has closed
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r+", encoding="utf-8"))  # noqa: SIM115
    try:
        os.getcwd()
    except OSError as error:
        raise Refused(f"the current folder is gone ({error.strerror}): change to one that is there") from None


@click.command("list")
@click.pass_obj
def list_notebooks(project: Any) -> None:
    """List the notebooks, and the parameters each one takes."""
    click.echo("\n\n".join(map(_described, load_catalogue(project().root / "notebooks"))))


def _described(entry: Entry) -> str:
    """Return a notebook and its parameters as aligned text of at most 100 columns where its words allow."""
    rows = [("parameter", "type", "default", "allowed", "meaning")]
    rows += [(p.name, p.type, show(p.default), p.allowed, f"{p.label}. {p.help}") for p in entry.parameters]
    widths = [max(map(len, column)) for column in list(zip(*rows, strict=True))[:4]]
    widths[3] = min(26, widths[3])
    question = textwrap.wrap(entry.question, 96, initial_indent="  ", subsequent_indent="  ")
    return "\n".join(
        [f"{entry.name}: {entry.title}", *question, *(line for row in rows for line in _lines(row, widths))]
    )


def _lines(row: tuple[str, ...], widths: list[int]) -> Iterator[str]:
    """Yield one row of the list as lines: the last two columns wrap inside themselves."""
    wrapped = textwrap.wrap(row[3], widths[3]), textwrap.wrap(row[4], max(24, 90 - sum(widths)))
    for cells in zip_longest(*([cell] for cell in row[:3]), *wrapped, fillvalue=""):
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(cells, [*widths, 0], strict=True)).rstrip()


def _seconds(_context: click.Context, _option: click.Parameter, value: float | None) -> float | None:
    if value is not None and not 0 < value < math.inf:
        raise Refused(f"--timeout {value}: expected a number of seconds, such as 600")
    return value


@click.command("run")
@click.argument("notebooks", nargs=-1, metavar="[NOTEBOOK]...")
@click.option("--area", "areas", multiple=True, metavar="NAME|CODE|all", help="Area. [default: Wiltshire]")
@click.option("-p", "assignments", multiple=True, metavar="NAME=VALUE", help="Set a parameter; see `analysis list`.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Reports at a time. [default: one a core]")
@click.option("--output", type=_PATH, metavar="DIR", help="Folder of reports. [default: reports]")
@click.option("--force", is_flag=True, help="Make reports again whose inputs have not changed.")
@click.option("--timeout", type=float, callback=_seconds, metavar="S", help="Seconds a report may take.")
@click.option("--memory", type=click.IntRange(min=1), metavar="MB", help="Megabytes a report may hold.")
@click.option("--dask", metavar="ADDRESS", help="Send the reports to this Dask cluster (tcp://HOST:8786).")
@click.pass_obj
def run(project: Any, notebooks: tuple[str, ...], areas: tuple[str, ...], **options: Any) -> None:
    """Make reports: run notebooks for areas and publish their pages.

    Without names, all notebooks are run. Reports whose inputs have not changed are kept. A report that fails leaves
    the last good one in place.
    """
    try:
        # What a report made alone starts from is loaded while the request is checked; many reports need another.
        if (
            options["dask"] is None
            and len(notebooks) == 1
            and len(areas) <= 1
            and "all" not in map(str.casefold, areas)
        ):
            from analysis.press.pool import prepare

            with contextlib.suppress(OSError, EOFError):  # said when it is needed
                prepare(1)
        from analysis.press.run import run_session

        code = run_session(project(), notebooks, areas, **options)
    except KeyboardInterrupt:
        say("analysis: stopped before anything ran")
        code = INTERRUPTED
    sys.exit(code)


@click.command("compare")
@click.argument("old", type=_PATH)
@click.argument("new", type=_PATH)
@click.option("--csv", type=_PATH, metavar="FILE", help="Write the changes as CSV.")
@click.option("--html", type=_PATH, metavar="FILE", help="Write the changes as a page.")
@click.option("--edition", type=_PATH, metavar="FILE", help="Write OLD's values as the last edition.")
@click.option("--notebooks", is_flag=True, help="Print what differs between the executed notebooks too.")
def compare(old: Path, new: Path, **options: Any) -> None:
    """Say which headline values changed between two report folders, and why.

    OLD and NEW are folders made by `analysis run`, or folders of one area in such. The reason is taken from what each
    report records of its inputs. Exit code 0 says that both could be compared, whatever changed.
    """
    from analysis.press import editions

    editions.compare(old, new, **options)
