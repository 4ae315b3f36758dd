"""One `analysis compare`: read both folders, write the files asked for, say what changed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from analysis.compare.changes import Comparison, compare_folders
from analysis.compare.edition import values_of
from analysis.compare.files import csv_table, page
from analysis.compare.show import text
from analysis.files import put
from analysis.runner.catalogue import Refused


def compare(
    old: Path,
    new: Path,
    csv: Path | None = None,
    html: Path | None = None,
    edition: Path | None = None,
    notebooks: bool = False,
) -> None:
    """Print which headline values changed between two report folders, and why.

    Args:
        old, new: folders made by `analysis run`, or one area's folders in such.
        csv, html: files to write the comparison to.
        edition: file to write the old folder's headline values to, as the last edition.
        notebooks: whether to print what differs between the executed notebooks too.

    Raises:
        Refused: if a folder cannot be compared or a file not be written; nothing is printed then.
    """
    named = {"--csv": csv, "--html": html, "--edition": edition}
    _refuse_same(named)
    comparison = compare_folders(old, new)
    content = {"--csv": csv_table, "--html": page, "--edition": lambda _: values_of(old)}
    for option, file in named.items():
        if file:
            _write(option, file, content[option], comparison)
    click.echo(text(comparison))
    if notebooks:
        for part in _notebook_diffs(comparison):
            click.echo(part)


def _refuse_same(named: dict[str, Path | None]) -> None:
    """Refuse two options that name one file."""
    given = [(option, file.resolve()) for option, file in named.items() if file]
    for n, (option, file) in enumerate(given):
        for other, same in given[n + 1 :]:
            if file == same:
                raise Refused(
                    f"{option} and {other} both name {named[option]}: expected two files; name another for one of them"
                )


def _write(option: str, file: Path, content: Callable[[Comparison], bytes], comparison: Comparison) -> None:
    try:
        put(file, content(comparison))
    except OSError as error:
        raise Refused(f"cannot write {file}: {error.strerror or error}; choose another file with {option}") from None


def _notebook_diffs(comparison: Comparison) -> Iterator[str]:
    """Yield what differs in each executed notebook that is in both folders."""
    from analysis.compare.notebooks import notebook_diff

    for area in comparison.areas:
        for report in area.reports:
            if report.paths and report.paths[0].read_bytes() != report.paths[1].read_bytes():
                diff = notebook_diff(*report.paths, colour=sys.stdout.isatty()).rstrip()
                yield f"\n{area.name}, {report.notebook}.ipynb:"
                yield diff or "  sources and texts are the same"
