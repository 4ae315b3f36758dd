"""The `analysis` command. Exit code 2: refused."""

from __future__ import annotations

import contextlib
import math
import os
import sys
import textwrap
from pathlib import Path
from typing import Any

import click

from analysis.files import put_all, say
from analysis.press import aligned
from analysis.press.catalogue import Entry, Refused, load_catalogue, show
from analysis.project import project

_PATH = click.Path(path_type=Path)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Make reports on children's services from published figures.

    Exit codes: 0 all done, 1 a report, check or file failed, 2 refused before anything ran.
    """
    while (handle := os.open(os.devnull, os.O_RDWR)) < 3:  # a file would take the place of one the caller has closed
        os.set_inheritable(handle, True)
    os.close(handle)
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r+", encoding="utf-8"))  # noqa: SIM115
    try:
        os.getcwd()
    except OSError as error:  # libraries ask for it, some as they are loaded
        raise Refused(f"the current folder is gone ({error.strerror}): change to one that is there") from None


@main.command("list")
def list_notebooks() -> None:
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


@main.command("run")
@click.argument("notebooks", nargs=-1, metavar="[NOTEBOOK]...")
@click.option("--area", "areas", multiple=True, metavar="NAME|CODE|all", help="Area. [default: Wiltshire]")
@click.option("-p", "assignments", multiple=True, metavar="NAME=VALUE", help="Set a parameter; see `analysis list`.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Reports at a time. [default: one a core]")
@click.option("--output", type=_PATH, metavar="DIR", help="Folder of reports. [default: reports]")
@click.option("--force", is_flag=True, help="Make reports again whose inputs have not changed.")
@click.option("--timeout", type=float, callback=_seconds, metavar="S", help="Seconds a report may take.")
@click.option("--memory", type=click.IntRange(min=1), metavar="MB", help="Megabytes a report may hold.")
@click.option("--dask", metavar="ADDRESS", help="Send the reports to this Dask cluster (tcp://HOST:8786).")
def run(notebooks: tuple[str, ...], areas: tuple[str, ...], **options: Any) -> None:
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


@main.command("compare")
@click.argument("old", type=_PATH)
@click.argument("new", type=_PATH)
@click.option("--csv", type=_PATH, metavar="FILE", help="Write the changes as CSV.")
@click.option("--html", type=_PATH, metavar="FILE", help="Write the changes as a page.")
@click.option("--edition", type=_PATH, metavar="FILE", help="Write OLD's values as the last edition.")
def compare(old: Path, new: Path, **options: Any) -> None:
    """Say which headline values changed between two report folders, and why.

    OLD and NEW are folders made by `analysis run`, or folders of one area in such. The reason is taken from what each
    report records of its inputs. Exit code 0 says that both could be compared, whatever changed.
    """
    from analysis.press import editions

    editions.compare(project(), old, new, **options)


@main.command("check")
def check() -> None:
    """Check the data, the claims and the catalogue; exit 1 and list what is wrong if anything is."""
    from analysis.checks import check_project

    problems, checked = check_project(project().root)
    if problems:
        click.echo("\n".join(problems), err=True)
        click.echo(f"analysis: {len(problems)} problem{'s' if len(problems) > 1 else ''}", err=True)
        sys.exit(1)
    click.echo(f"analysis: all in order: {checked}")


@main.command("fetch")
@click.option("--mirror", metavar="PATH|URL", help="Take the files from this folder or web server instead.")
@click.option("--due", is_flag=True, help="Fetch nothing; list when the next of each release is expected.")
def fetch(mirror: str | None, due: bool) -> None:
    """Fetch the full official releases, each checked against its SHA-256 in the register.

    Files that are there and right are kept, and a download that was cut off is tried again. Exit code 1: a file
    could not be had. Files without a lasting address are listed, to be placed by hand, and files that
    are newer than a registered release, to be adopted.
    """
    from analysis.official import fetch, releases

    data = project().root / "data"
    if due:
        for when, last, title, publisher in [("next announced", "here", "release", "publisher"), *releases.due(data)]:
            click.echo(f"{when or 'not announced':18}  {last:6}  {title} ({publisher})")
        return
    failed = fetch.fetch_releases(data, mirror)
    if fetch.unregistered(data):
        from analysis.official.adopt import newer  # reads files: only where there are any

        click.echo("".join(f"{line}\n" for line in newer(data)), nl=False)
    sys.exit(failed)


@main.command("extract")
def extract() -> None:
    """Make the embedded official figures again from the full releases, and the table of forecasts tried on the past.

    Values that a release has changed are listed as revisions, apart from new periods, and kept in data/revisions.csv.
    """
    from analysis.data.tables import BadTable
    from analysis.models import plan_backtest
    from analysis.official import extract as extraction

    data = project().root / "data"
    try:
        extracted = extraction.extract(data)
        written = extraction.write(data, extracted, plan_backtest.content(data))
    except BadTable as error:
        raise Refused(str(error).partition("\n")[0]) from None
    click.echo("\n".join([*extraction.said(extracted), f"analysis: {', '.join(written) or 'nothing'} written"]))


@main.command("adopt")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--date", default="", metavar="YYYY-MM", help="When it was published; if left out, a year.")
@click.option("--title", default="", help="Its title; if left out, that of the release before, with later years.")
@click.option("--address", default="", metavar="URL", help="Its lasting address, for `analysis fetch`.")
@click.option("--dry-run", is_flag=True, help="Tell what would be, and change nothing.")
def adopt(file: Path, dry_run: bool, **about: str) -> None:
    """Take in a file that a publisher has issued anew: register, place and extract it, and tell what is new.

    Told are periods, areas and revised values. Exit code 1: a claim does not follow any more.
    """
    from analysis.checks import figures_and_claims
    from analysis.data.tables import BadTable
    from analysis.official.adopt import adopted

    try:
        with adopted(project().root / "data", file, about) as (copy, said, contents):
            problems, _ = figures_and_claims(copy)
            if not dry_run:
                put_all(contents)
    except BadTable as error:
        raise Refused(str(error).partition("\n")[0]) from None
    except OSError as error:
        raise Refused(f"{file.name}: {error.strerror or error}: {error.filename}; nothing has changed") from None
    click.echo("\n".join([*said, *(f"to look at: {problem}" for problem in problems)]))
    click.echo(f"analysis: {'nothing written' if dry_run else f'{file.name} adopted: `analysis run` makes the pages'}")
    sys.exit(1 if problems else 0)


@main.command("new")
@click.argument("name")
def new(name: str) -> None:
    """Make a notebook that runs at once, and put it in the catalogue."""
    from analysis import notebooks

    file = notebooks.new(project().root, name)
    click.echo(f"analysis: {file} made: open it in JupyterLab, or make its page with `analysis run {name}`")


@main.command("tidy")
@click.argument("names", nargs=-1, metavar="[NOTEBOOK]...")
def tidy(names: tuple[str, ...]) -> None:
    """Put notebooks in order for Git: no outputs, counts or traces of an editor, and ids by position.

    Without names, all notebooks.
    """
    from analysis import notebooks

    folder = project().root / "notebooks"
    files = [folder / f"{name.removesuffix('.ipynb')}.ipynb" for name in names] or sorted(folder.glob("*.ipynb"))
    changed = [file.name for file in files if notebooks.tidy(file)]
    click.echo(f"analysis: {', '.join(changed) or 'nothing'} put in order")
