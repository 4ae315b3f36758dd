"""The `analysis` command: that of the press, for this project, with what is done to its data."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from analysis.files import put_all
from analysis.press import command
from analysis.press.catalogue import Refused
from analysis.project import project


@click.group(
    commands=[command.list_notebooks, command.run, command.compare],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100, "obj": project},
)
def main() -> None:
    """Make reports on children's services from published figures.

    Exit codes: 0 all done, 1 a report, check or file failed, 2 refused before anything ran.
    """
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
    except OSError as error:  # libraries ask for it, some as they are loaded
        raise Refused(f"the current folder is gone ({error.strerror}): change to one that is there") from None


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
@click.option("--period", default="", help="Its period, such as 2014, where its cells do not say.")
@click.option("--title", default="", help="Its title; if left out, that of the release before, with later years.")
@click.option("--address", default="", metavar="URL", help="Its lasting address, for `analysis fetch`.")
@click.option("--dry-run", is_flag=True, help="Tell what would be, and change nothing.")
def adopt(file: Path, dry_run: bool, **about: str) -> None:
    """Take in a file that a publisher has issued anew: register, place and extract it, and tell what is new.

    Told are periods, areas, revised values, and which reports change. Exit code 1: a claim does not follow any more.
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
