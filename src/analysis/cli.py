"""The `analysis` command."""

from __future__ import annotations

import contextlib
import math
import os
import sys
import textwrap
from pathlib import Path
from typing import Any

import click

from analysis.paths import project_root
from analysis.press.catalogue import Entry, Refused, load_catalogue, show
from analysis.press.teller import say

FAILED, REFUSED, INTERRUPTED = 1, 2, 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Make reports on children's services from published figures.

    Exit codes: 0 all done, 1 a report, check or file failed, 2 refused before anything ran.
    """
    _open_streams()
    try:
        os.getcwd()
    except OSError as error:  # libraries ask for it, some as they are loaded
        _refuse(Refused(f"the current folder is gone ({error.strerror}): change to one that is there"))


def _open_streams() -> None:
    """Fill the place of standard streams that the caller has closed: the next file that is opened would take it."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r+", encoding="utf-8"))  # noqa: SIM115


def _root() -> Path:
    """Return the project folder, or end with one line on how to name it."""
    try:
        return project_root()
    except FileNotFoundError as error:
        raise Refused(str(error)) from None


def _refuse(error: Refused) -> None:
    """Print why a request is refused, in one line, and end."""
    say(f"analysis: {error}")
    sys.exit(REFUSED)


@main.command("list")
def list_notebooks() -> None:
    """List the notebooks, and the parameters each one takes."""
    try:
        entries = load_catalogue(_root() / "notebooks")
    except Refused as error:
        _refuse(error)
    click.echo("\n\n".join(_describe(entry) for entry in entries))


def _describe(entry: Entry) -> str:
    """Return a notebook and its parameters as aligned text of at most 100 columns where its words allow."""
    rows = [("parameter", "type", "default", "allowed", "meaning")]
    rows += [(p.name, p.type, show(p.default), p.allowed, f"{p.label}. {p.help}") for p in entry.parameters]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    widths.append(min(26, max(len(row[3]) for row in rows)))
    question = textwrap.wrap(entry.question, 96, initial_indent="  ", subsequent_indent="  ")
    lines = [f"{entry.name}: {entry.title}", *question]
    for row in rows:
        lines += _columns(row, widths)
    return "\n".join(lines)


def _columns(row: tuple[str, ...], widths: list[int]) -> list[str]:
    """Return one row of the list as lines: the last two columns wrap inside themselves."""
    allowed = textwrap.wrap(row[3], widths[3]) or [""]
    meaning = textwrap.wrap(row[4], max(24, 90 - sum(widths))) or [""]
    first = [row[0].ljust(widths[0]), row[1].ljust(widths[1]), row[2].ljust(widths[2])]
    lines = []
    for number in range(max(len(allowed), len(meaning))):
        start = first if number == 0 else [" " * width for width in widths[:3]]
        middle = (allowed[number] if number < len(allowed) else "").ljust(widths[3])
        end = meaning[number] if number < len(meaning) else ""
        lines.append("  " + "  ".join([*start, middle, end]).rstrip())
    return lines


@main.command("check")
def check() -> None:
    """Check the data, the claims and the catalogue; exit 1 and list what is wrong if anything is."""
    from analysis.checks import check_project

    try:
        problems, checked = check_project(_root())
    except Refused as error:
        _refuse(error)
    if problems:
        click.echo("\n".join(problems), err=True)
        click.echo(f"analysis: {len(problems)} problem{'s' if len(problems) > 1 else ''}", err=True)
        sys.exit(1)
    click.echo(f"analysis: all in order: {checked}")


@main.command("fetch")
@click.option("--mirror", metavar="PATH|URL", help="Take the files from this folder or web server instead.")
def fetch(mirror: str | None) -> None:
    """Fetch the full official releases, each checked against its SHA-256 in the register.

    Files that are there and right are kept, and a download that was cut off goes on where it stopped. Exit code 1:
    a file could not be had. Files without a lasting address are listed, to be placed by hand.
    """
    from analysis.official.fetch import fetch_releases
    from analysis.official.releases import ReleaseError

    try:
        code = fetch_releases(_root() / "data", mirror)
    except (Refused, ReleaseError) as error:
        _refuse(Refused(str(error)))
    sys.exit(code)


@main.command("extract")
def extract() -> None:
    """Make the embedded official figures again from the full releases, and the table of forecasts tried on the past.

    Values that a release has changed are listed as revisions, apart from new periods, and kept in data/revisions.csv.
    """
    from analysis.official import extract as extraction
    from analysis.official import plan_backtest
    from analysis.official.releases import ReleaseError
    from analysis.reading import BadTable

    data = _root() / "data"
    try:
        extracted = extraction.extract(data)
        written = extraction.write(data, extracted, plan_backtest.content(data))
    except (BadTable, ReleaseError) as error:
        _refuse(Refused(str(error).partition("\n")[0]))
    click.echo("\n".join([*extraction.said(extracted), f"analysis: {', '.join(written) or 'nothing'} written"]))


@main.command("run")
@click.argument("notebooks", nargs=-1, metavar="[NOTEBOOK]...")
@click.option("--area", "areas", multiple=True, metavar="NAME|CODE|all", help="Area. [default: Wiltshire]")
@click.option("-p", "assignments", multiple=True, metavar="NAME=VALUE", help="Set a parameter; see `analysis list`.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Reports at a time. [default: one a core]")
@click.option("--output", type=click.Path(path_type=Path), metavar="DIR", help="Folder of reports. [default: reports]")
@click.option("--force", is_flag=True, help="Make reports again whose inputs have not changed.")
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), metavar="S", help="Seconds a report may take.")
@click.option("--memory", type=click.IntRange(min=1), metavar="MB", help="Megabytes a report may hold.")
@click.option("--dask", metavar="ADDRESS", help="Send the reports to this Dask cluster (tcp://HOST:8786).")
def run(notebooks: tuple[str, ...], areas: tuple[str, ...], assignments: tuple[str, ...], **options: Any) -> None:
    """Make reports: run notebooks for areas and publish their pages.

    Without names, all notebooks are run. Reports whose inputs have not changed are kept. A report that fails leaves
    the last good one in place.
    """
    try:
        if not math.isfinite(options["timeout"] or 0):
            raise Refused(f"--timeout {options['timeout']}: expected a number of seconds, such as 600")
        if options["dask"] is None:
            _make_ready(notebooks, areas)
        from analysis.press.session import run_session

        code = run_session(_root(), notebooks, areas, assignments, **options)
    except Refused as error:
        _refuse(error)
    except KeyboardInterrupt:
        say("analysis: stopped before anything ran")
        code = INTERRUPTED
    sys.exit(code)


def _make_ready(notebooks: tuple[str, ...], areas: tuple[str, ...]) -> None:
    """Have what a report made alone starts from load while the request is checked; many reports need another."""
    if len(notebooks) == 1 and len(areas) <= 1 and "all" not in map(str.casefold, areas):
        from analysis.press.environment import prepare

        with contextlib.suppress(OSError, EOFError):  # said when it is needed
            prepare(1)


@main.command("compare")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--csv", type=click.Path(path_type=Path), metavar="FILE", help="Write the changes as CSV.")
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="Write the changes as a page.")
@click.option(
    "--edition", type=click.Path(path_type=Path), metavar="FILE", help="Write OLD's values as the last edition."
)
@click.option("--notebooks", is_flag=True, help="Print what differs between the executed notebooks too.")
def compare(old: Path, new: Path, **options: Any) -> None:
    """Say which headline values changed between two report folders, and why.

    OLD and NEW are folders made by `analysis run`, or folders of one area in such. The reason is taken from what each
    report records of its inputs. Exit code 0 says that both could be compared, whatever changed.
    """
    from analysis.press import editions

    try:
        editions.compare(old, new, **options)
    except Refused as error:
        _refuse(error)
