"""The folder of reports: each file put in its place whole, lists of values, the index, and what killed runs left.

A run holds a lock on its scratch folder for as long as it lives, and on a file while it writes it; the system gives
them up when the run ends, however it ends. So what is free belongs to nobody.
"""

from __future__ import annotations

import csv
import io
import itertools
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache, partial
from multiprocessing.util import Finalize
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from analysis.files import PREFIX as UNFINISHED
from analysis.files import lock, put, put_all, remove_unused, use
from analysis.press.catalogue import Entry
from analysis.press.reuse import FAILED, failure_log, headline_values, read_report

if TYPE_CHECKING:
    from analysis.press.request import Job

COLUMNS = ("notebook", "key", "label", "value", "lower", "upper", "coverage", "unit", "period", "symbol", "source")
START = "overview"
"""The notebook whose page is the one to begin with: the index leads with it."""
_NO_VALUE = dict.fromkeys(("label", "value", "interval", "period"), "")
_MEANING = Path(__file__).resolve().parents[1] / "templates" / "values.meta.csv"
PREFIX, _TRIES = "analysis-run-", 9
_ROOM, _SHORT = 60, "/tmp"
"""A socket's path may have 104 characters; below a longer temporary folder it would not fit."""
_LAST = -200  # after multiprocessing has removed its own files from it
_remove = partial(shutil.rmtree, ignore_errors=True)


# --- A report, and an area's list of values ------------------------------------------------------


def publish_report(output: Path, area: str, notebook: str, files: dict[str, bytes]) -> None:
    """Put a report, its files by the ends of their names, in its place; remove the traces of an earlier failure."""
    put_all({output / area / f"{notebook}{end}": content for end, content in files.items()})
    log = failure_log(output, area, notebook)
    for trace in (log, log.with_suffix(".ipynb")):
        trace.unlink(missing_ok=True)
    for folder in (log.parent, log.parent.parent):
        with suppress(OSError):  # not empty, or not there
            folder.rmdir()


def publish_failure(output: Path, area: str, notebook: str, files: dict[str, bytes]) -> Path:
    """Keep what is left of a failed report under `.failed`; the last good one stays as it is.

    Returns:
        The failed notebook's path, or the log's when the notebook never began.
    """
    log = failure_log(output, area, notebook)
    if ".ipynb" not in files:
        log.with_suffix(".ipynb").unlink(missing_ok=True)
    put_all({log.with_suffix(end): content for end, content in files.items()})
    return log.with_suffix(".ipynb" if ".ipynb" in files else ".log")


def publish_values(folder: Path, order: list[str]) -> None:
    """Rebuild `values.csv` and `values.meta.csv` of an area from its notebooks, in the order of the catalogue."""
    lists = [found[2] for _, found in _reports(folder, order)]
    put(folder / "values.csv", "".join([csv_text([COLUMNS]), *lists]).encode("utf-8-sig"))  # as Excel expects it
    put(folder / "values.meta.csv", _MEANING.read_bytes())
    (folder / "values.csv").touch()  # so that `outdated` knows it was looked at, also where nothing has changed


def publish_workbook(folder: Path, job: Job, make: Callable[..., bytes]) -> None:
    """Rebuild the workbook of an area that has its page to begin with, if it is missing or older than a report.

    `make` returns it, of the area's name, what is said of the edition, `values.csv` and the notebooks by what each page
    is called. Git leaves it out, so that no page leads to it.
    """
    file = folder / f"{folder.name}.xlsx"
    if (folder / f"{START}.ipynb").is_file() and outdated(file, folder.glob("*.ipynb")):
        found = {short: read_report(folder / f"{name}.ipynb") for name, short in job.pages}
        values = (folder / "values.csv").read_text(encoding="utf-8-sig")
        put(file, make(job.area.name, job.edition, values, {short: one for short, one in found.items() if one}))
        file.touch()


def outdated(made: Path, sources: Iterable[Path]) -> bool:
    """Say whether a file is missing, or older than one of those it is made from, as after a run that was killed."""
    return not made.is_file() or any(source.stat().st_mtime_ns > made.stat().st_mtime_ns for source in sources)


_Said = tuple[str, dict[str, Any] | None, str, list[dict[str, str]]]


def _reports(folder: Path, order: list[str]) -> Iterator[tuple[str, _Said]]:
    """Yield the name of each published notebook of an area, in the order of the catalogue, with what it says."""
    rank = {name: number for number, name in enumerate(order)}
    for path in sorted(folder.glob("*.ipynb"), key=lambda path: (rank.get(path.stem, len(rank)), path.stem)):
        about = path.stat()
        found = _said(path, about.st_ino, about.st_mtime_ns, about.st_size)
        if found is not None:
            yield path.stem, found


@cache  # reading takes longer than all that is made of it, and an area's list is made again with each of its reports
def _said(path: Path, *version: int) -> _Said | None:
    """Return a notebook's area, first headline value, rows of `values.csv` and tiles; None if it is not one of ours.

    That is little enough to remember of a whole country. `version` tells one state of the file from another.
    """
    content = read_report(path)
    if content is None:
        return None
    values = headline_values(content)
    rows = [[path.stem, *(value.get(column) for column in COLUMNS[1:])] for value in values]
    outputs = (output for cell in content["cells"] for output in cell.get("outputs", []))
    tiles = [tile for one in outputs for tile in one.get("metadata", {}).get("analysis", {}).get("tiles", ())]
    return content["metadata"]["analysis"]["area_name"], next(iter(values), None), csv_text(rows), tiles


def csv_text(rows: Iterable[Iterable[Any]]) -> str:
    """Return rows as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(map(_cell, row) for row in rows)
    return text.getvalue()


def _cell(value: Any) -> str:
    """Return a value as it is written to a CSV: blank for none, a whole float without its `.0`."""
    if value is None or value != value:  # NaN
        return ""
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e15
    return str(int(value) if whole else value)


# --- The index over all areas --------------------------------------------------------------------


def publish_index(
    output: Path,
    catalogue: list[Entry],
    said: Callable[[dict[str, Any]], dict[str, str]],
    edition: Mapping[str, str] = MappingProxyType({}),
    texts: Iterable[Path] = (),
) -> None:
    """Rebuild `index.html` from the published notebooks and the logs of failures, in the order of the catalogue.

    `said` returns a headline value in words, as the index shows it; `edition` is what pages say of theirs. Each
    of the `texts`, in Markdown, becomes a page beside it.
    """
    from analysis.press.page import environment, fitted, render_text  # loads the templates

    slugs = {folder.name for base in (output, output / FAILED) for folder in base.glob("[!.]*") if folder.is_dir()}
    areas = [area for area in (_area(output, slug, catalogue, said) for slug in sorted(slugs)) if area]
    areas.sort(key=lambda area: area["name"])
    letters = [(letter, list(group)) for letter, group in itertools.groupby(areas, key=lambda area: area["name"][:1])]
    page = fitted(environment().get_template("index.html.j2").render(areas=areas, letters=letters, edition=edition))
    pages = {output / f"{text.stem}.html": render_text(text.read_text(encoding="utf-8"), edition) for text in texts}
    put_all({place: made.encode() for place, made in {output / "index.html": page, **pages}.items()})


def _area(output: Path, slug: str, catalogue: list[Entry], said: Callable[..., Any]) -> dict[str, Any] | None:
    """Return one area's page to begin with, rows of reports and failures; None where there is nothing of it."""
    titles = {entry.name: entry.title for entry in catalogue}
    name, start, reports, failures, tiles = slug.replace("-", " ").title(), {}, [], [], []
    for notebook, (called, value, _, shown) in _reports(output / slug, list(titles)):
        name = called
        about = {"title": titles.get(notebook, notebook), "address": f"{slug}/{notebook}.html"}
        if notebook == START:
            tiles = shown
            start = about | {"question": next((entry.question for entry in catalogue if entry.name == START), "")}
        else:
            reports.append(about | (said(value) if value else _NO_VALUE))
    for log in sorted((output / FAILED / slug).glob("*.log")):
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines() or ["its log is empty"]
        failures.append({"notebook": titles.get(log.stem, log.stem), "name": log.stem, "message": lines[0]})
    found = {"slug": slug, "name": name, "start": start, "tiles": tiles, "reports": reports, "failures": failures}
    return found if start or reports or failures else None


# --- Scratch folders, and what killed runs have left ---------------------------------------------


@contextmanager
def scratch_folder(output: Path | None = None) -> Iterator[Path]:
    """Make a run's scratch folder; remove it at the end, and first what killed runs have left.

    Args:
        output: the folder of reports that the run writes to. Files that a killed run has left there half-written are
            removed: those that nobody has locked. None for a run that writes to none.
    """
    began, base = time.time(), _own_folder(tempfile.gettempdir())
    try:
        for place in {base.parent, Path(lasting_folder()).parent}:
            for folder in place.glob(f"{PREFIX}*"):
                _if_free(folder, os.O_RDONLY, _remove)
        for folder, _, names in os.walk(output) if output else ():
            for file in (Path(folder, name) for name in names if name.startswith(UNFINISHED)):
                with suppress(OSError):
                    if file.stat().st_mtime < began:
                        _if_free(file, os.O_RDWR, Path.unlink)
        yield base
    finally:
        remove_unused(base)


@cache
def lasting_folder() -> str:
    """Make a folder for what serves all the runs of this process; it is removed with the process, or by a later run."""
    usual = tempfile.gettempdir()
    base = _own_folder(_SHORT if os.name == "posix" and len(usual) > _ROOM else usual)
    Finalize(None, remove_unused, args=(base,), exitpriority=_LAST)
    return str(base)


def _own_folder(place: str) -> Path:
    """Make a folder that others know to be used until this process removes it or ends."""
    for _ in range(_TRIES):
        base = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
        if use(base) and base.is_dir():  # else another run has just taken it for one that was left
            break
    return base


def _if_free(path: Path, mode: int, act: Callable[[Path], Any]) -> None:
    """Do something with a file or folder that nobody has locked; nothing where that cannot be known."""
    with suppress(OSError):  # another's, or gone
        handle = os.open(path, mode | getattr(os, "O_NOFOLLOW", 0))
        try:
            if lock(handle):
                act(path)
        finally:
            os.close(handle)
