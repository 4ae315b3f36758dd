"""The folder of reports: each file put in its place whole, lists of values, and the index."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.files import put, put_all
from analysis.press.catalogue import Entry
from analysis.press.reuse import FAILED, answer, failure_log, headline_values, marks, read_report

if TYPE_CHECKING:
    from analysis.press.request import Job

COLUMNS = ("notebook", "key", "label", "value", "lower", "upper", "coverage", "unit", "period", "symbol", "source")
START = "overview"
"""The notebook whose page is the one to begin with: the index leads with it."""
_MEANING = Path(__file__).resolve().parents[1] / "templates" / "values.meta.csv"


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

    Returns the log's path; the notebook, if it began, lies beside it.
    """
    log = failure_log(output, area, notebook)
    if ".ipynb" not in files:
        log.with_suffix(".ipynb").unlink(missing_ok=True)
    put_all({log.with_suffix(end): content for end, content in files.items()})
    return log


def publish_values(folder: Path, order: list[str]) -> None:
    """Rebuild `values.csv` and `values.meta.csv` of an area from its notebooks, in the order of the catalogue."""
    lists = [csv_text([COLUMNS]), *(found["rows"] for found in _reports(folder, order))]
    put(folder / "values.csv", "".join(lists).encode("utf-8-sig"))  # as Excel expects it
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


def _reports(folder: Path, order: list[str]) -> list[dict[str, Any]]:
    """Return what each published notebook of an area says, in the order of the catalogue, then by name."""
    paths = sorted(folder.glob("*.ipynb"), key=lambda path: ([*order, path.stem].index(path.stem), path.stem))
    versions = [(path, path.stat()) for path in paths]
    found = [_said(path, about.st_ino, about.st_mtime_ns, about.st_size) for path, about in versions]
    return [one for one in found if one]


@cache  # reading takes longer than all that is made of it, and an area's list is made again with each of its reports
def _said(path: Path, *version: int) -> dict[str, Any]:
    """Return a notebook's area, answer, rows of `values.csv` and tiles; nothing if not ours.

    That is little enough to remember of a whole country. `version` tells one state of the file from another.
    """
    if not (content := read_report(path)):
        return {}
    values, area = headline_values(content), content["metadata"]["analysis"]["area_name"]
    rows = [[path.stem, *(value.get(column) for column in COLUMNS[1:])] for value in values]
    tiles = [tile for mark in marks(content) for tile in mark.get("tiles", ())]
    lead = "".join(answer(content, "text/plain")[:1])
    return {"notebook": path.stem, "area": area, "lead": lead, "rows": csv_text(rows), "tiles": tiles}


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


def publish_index(output: Path, catalogue: list[Entry], edition: Mapping[str, str], texts: Iterable[Path]) -> None:
    """Rebuild `index.html` from the published notebooks and the logs of failures, in the order of the catalogue.

    `edition` is what pages say of theirs. Each of the `texts`, in Markdown, becomes a page beside it.
    """
    from analysis.press.page import environment, fitted, render_text  # loads the templates

    slugs = {folder.name for base in (output, output / FAILED) for folder in base.glob("[!.]*") if folder.is_dir()}
    areas = [area for area in (_area(output, slug, catalogue) for slug in sorted(slugs)) if area]
    areas.sort(key=lambda area: area["name"])
    letters = [(letter, list(group)) for letter, group in itertools.groupby(areas, key=lambda area: area["name"][:1])]
    page = fitted(environment().get_template("index.html.j2").render(areas=areas, letters=letters, edition=edition))
    pages = {output / f"{text.stem}.html": render_text(text.read_text(encoding="utf-8"), edition) for text in texts}
    put_all({place: made.encode() for place, made in {output / "index.html": page, **pages}.items()})


def _area(output: Path, slug: str, catalogue: list[Entry]) -> dict[str, Any] | None:
    """Return one area's page to begin with, rows of reports and failures; None where there is nothing of it."""
    entries = {entry.name: entry for entry in catalogue}
    area: dict[str, Any] = {"slug": slug, "name": slug.replace("-", " ").title(), "start": {}, "tiles": []}
    area |= {"reports": [], "failures": []}
    for found in _reports(output / slug, list(entries)):
        name, entry = found["notebook"], entries.get(found["notebook"])
        about = {"title": entry.title if entry else name, "address": f"{slug}/{name}.html", "lead": found["lead"]}
        group, mark, _ = (entry.short if entry else "").partition(": ")
        area["name"] = found["area"]
        if name == START:
            area |= {"tiles": found["tiles"], "start": about}
        else:
            area["reports"].append(about | {"group": group if mark else ""})
    for log in sorted((output / FAILED / slug).glob("*.log")):
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines() or ["its log is empty"]
        title = entries[log.stem].title if log.stem in entries else log.stem
        area["failures"].append({"notebook": title, "name": log.stem, "message": lines[0]})
    return area if area["start"] or area["reports"] or area["failures"] else None
