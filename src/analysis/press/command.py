"""The command: its list, its runs, its comparisons, and what it does about what is wrong. Exit code 2: refused."""

from __future__ import annotations

import contextlib
import math
import sys
import textwrap
from pathlib import Path
from typing import Any

import click

from analysis.files import say
from analysis.press import aligned
from analysis.press.catalogue import Entry, Refused, load_catalogue, show

_PATH = click.Path(path_type=Path)


@click.command("list")
@click.pass_obj
def list_notebooks(project: Any) -> None:
    """List the notebooks, and the parameters each one takes."""
    click.echo("\n\n".join(map(_described, load_catalogue(project().root / "notebooks"))))


def _described(entry: Entry) -> str:
    """Return a notebook and its parameters as aligned text of at most 100 columns where its words allow."""
    rows = [("parameter", "type", "default", "allowed", "meaning")]
    rows += [(p.name, p.type, show(p.default), p.allowed, f"{p.label}. {p.help}") for p in entry.parameters]
    *widths, allowed, _ = (max(map(len, column)) for column in zip(*rows, strict=True))
    widths += [min(26, allowed)]
    lines = [f"{entry.name}: {entry.title}", textwrap.indent(textwrap.fill(entry.question, 94), "  ")]
    lines += aligned(([[cell] for cell in row] for row in rows), [*widths, max(24, 90 - sum(widths))])
    return "\n".join(lines)


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
        alone = len(notebooks) == 1 and len(areas) <= 1 and "all" not in map(str.casefold, areas)
        if alone and options["dask"] is None:
            from analysis.press.environment import prepare

            with contextlib.suppress(OSError, EOFError):  # said when it is needed
                prepare(1)
        from analysis.press.run import run_session

        code = run_session(project(), notebooks, areas, **options)
    except KeyboardInterrupt:
        say("analysis: stopped before anything ran")
        code = 130  # as shells do
    sys.exit(code)


@click.command("compare")
@click.argument("old", type=_PATH)
@click.argument("new", type=_PATH)
@click.option("--csv", type=_PATH, metavar="FILE", help="Write the changes as CSV.")
@click.option("--html", type=_PATH, metavar="FILE", help="Write the changes as a page.")
@click.option("--edition", type=_PATH, metavar="FILE", help="Write OLD's values as the last edition.")
@click.option("--notebooks", is_flag=True, help="Print what differs between the executed notebooks too.")
@click.pass_obj
def compare(project: Any, old: Path, new: Path, **options: Any) -> None:
    """Say which headline values changed between two report folders, and why.

    OLD and NEW are folders made by `analysis run`, or folders of one area in such. The reason is taken from what each
    report records of its inputs. Exit code 0 says that both could be compared, whatever changed.
    """
    from analysis.press import editions

    editions.compare(project(), old, new, **options)
