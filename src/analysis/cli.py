"""The `analysis` command: that of the press, for this project, with what is done to its data."""

from __future__ import annotations

import os
import sys

import click

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
def fetch(mirror: str | None) -> None:
    """Fetch the full official releases, each checked against its SHA-256 in the register.

    Files that are there and right are kept, and a download that was cut off is tried again. Exit code 1: a file
    could not be had. Files without a lasting address are listed, to be placed by hand.
    """
    from analysis.official.fetch import fetch_releases

    sys.exit(fetch_releases(project().root / "data", mirror))


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
