"""The folder of reports: an executed notebook's two files, each put in its place whole, lists of values, the index."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from analysis.files import PAGE_BYTES, put, put_all
from analysis.press.catalogue import Entry
from analysis.press.environment import ReportFailed
from analysis.press.request import Job
from analysis.press.reuse import (
    FAILED,
    data_read,
    failure_log,
    headline_values,
    read_report,
    report_digest,
    resting_on,
    stated,
)

COLUMNS = ("notebook", "key", "label", "value", "lower", "upper", "coverage", "unit", "period", "symbol", "source")
START = "overview"
"""The notebook whose page is the one to begin with: the index leads with it."""
_NO_VALUE = dict.fromkeys(("label", "value", "interval", "period", "change", "released"), "")
_MEANING = Path(__file__).resolve().parents[1] / "templates" / "values.meta.csv"
_LATER = "put here when the rest is known"
_RUN_METADATA = ("papermill", "execution", "ExecuteTime", "collapsed", "scrolled", "trusted")


# --- A report, and an area's list of values ------------------------------------------------------


def files_of(job: Job, executed: Path) -> tuple[dict[str, bytes], list[str]]:
    """Normalise an executed notebook and make its page; return the two files, and the first lines of its warnings."""
    import nbformat  # this and the page's templates take long to load

    from analysis.press.page import job_page_info, render_page

    made = nbformat.v4.reads_json(executed.read_text(encoding="utf-8"))
    job = job.having_read(data_read(made))
    job = replace(job, fingerprint=job.fingerprint | resting_on(map(json.loads, job.rests.values())))
    about = {"notebook": job.entry.name, "area": job.area.code, "area_name": job.area.name, "parameters": job.values}
    warnings = normalise(made, about | {"fingerprint": stated(job.fingerprint)})
    try:
        headline_values(made)
    except (TypeError, ValueError, AttributeError) as error:
        raise ReportFailed(f"the headline values are not as Report.close gives them: {error}") from None
    page = render_page(made, job_page_info(job)).encode()
    if len(page) > PAGE_BYTES:
        more = f"more than {PAGE_BYTES // 1000} KB"
        warnings.insert(0, f"the page weighs {len(page) // 1000} KB, which is slow to read: {more}")
    about = made.metadata["analysis"]
    about["page"] = hashlib.sha256(page).hexdigest()
    nbformat.validate(made)
    about["digest"] = _LATER  # it goes into the text: writing that out is slow
    text = to_text(made)
    before, _, after = text.rpartition(f'"digest": "{_LATER}"')  # in the text of a cell its quotes would be escaped
    text = f'{before}"digest": "{report_digest(json.loads(text))}"{after}'
    return {".ipynb": text.encode(), ".html": page}, warnings[:20]


def normalise(notebook: Any, record: dict[str, Any]) -> list[str]:
    """Strip an executed notebook, in place, of traces of when, where and by what it was executed.

    It keeps `record` as `metadata["analysis"]`. Returns the lines that it wrote to standard error.
    """
    warnings: list[str] = []
    for cell in notebook.cells:
        for key in _RUN_METADATA:
            cell.metadata.pop(key, None)
        kept: list[Any] = []
        for output in cell.get("outputs", []):
            stream = output.output_type == "stream"
            if stream and output.name == "stderr":
                warnings += output.text.splitlines()
            elif stream and kept and kept[-1].output_type == "stream":
                kept[-1].text += output.text  # how printed text was cut depends on the machine's speed
            else:
                kept.append(output)
        if cell.cell_type == "code":
            cell.outputs = kept
    about = {
        "analysis": record,
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"file_extension": ".py", "name": "python", "pygments_lexer": "ipython3"},
    }
    notebook.update(metadata=type(notebook)(about), nbformat=4, nbformat_minor=5)
    return [line for line in warnings if line.strip()]


def to_text(notebook: Any) -> str:
    """Return a notebook as JSON with sorted keys and a newline at the end."""
    from nbformat.v4 import writes_json  # nbformat's own checks the notebook again, which takes as long as the rest

    return writes_json(notebook).rstrip("\n") + "\n"


def rehearse() -> None:
    """Use once what makes a page: libraries load or compile the rest of themselves when they are first used."""
    import nbformat

    from analysis.press.page import PageInfo, render_page

    made = [nbformat.v4.new_markdown_cell("# A *title*"), nbformat.v4.new_code_cell("x = 'text'  # a comment")]
    notebook = nbformat.v4.new_notebook(cells=made)
    nbformat.validate(notebook)
    render_page(notebook, PageInfo("Any"))


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
    put(folder / "values.csv", "".join([csv_text([COLUMNS]), *lists]).encode())
    put(folder / "values.meta.csv", _MEANING.read_bytes())
    (folder / "values.csv").touch()  # so that `outdated` knows it was looked at, also where nothing has changed


def outdated(made: Path, sources: Iterable[Path]) -> bool:
    """Say whether a file is missing, or older than one of those it is made from, as after a run that was killed."""
    return not made.is_file() or any(source.stat().st_mtime_ns > made.stat().st_mtime_ns for source in sources)


def _reports(folder: Path, order: list[str]) -> Iterator[tuple[str, tuple[str, dict[str, Any] | None, str]]]:
    """Yield the name of each published notebook of an area, in the order of the catalogue, with what it says."""
    rank = {name: number for number, name in enumerate(order)}
    for path in sorted(folder.glob("*.ipynb"), key=lambda path: (rank.get(path.stem, len(rank)), path.stem)):
        about = path.stat()
        found = _said(path, about.st_ino, about.st_mtime_ns, about.st_size)
        if found is not None:
            yield path.stem, found


@cache  # reading takes longer than all that is made of it, and an area's list is made again with each of its reports
def _said(path: Path, *version: int) -> tuple[str, dict[str, Any] | None, str] | None:
    """Return a notebook's area, first headline value and rows of `values.csv`; None if the notebook is not one of ours.

    That is little enough to remember of a whole country. `version` tells one state of the file from another.
    """
    content = read_report(path)
    if content is None:
        return None
    values = headline_values(content)
    rows = [[path.stem, *(value.get(column) for column in COLUMNS[1:])] for value in values]
    return content["metadata"]["analysis"]["area_name"], next(iter(values), None), csv_text(rows)


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


def publish_index(output: Path, catalogue: list[Entry], said: Callable[[dict[str, Any]], dict[str, str]]) -> None:
    """Rebuild `index.html` from the published notebooks and the logs of failures, in the order of the catalogue.

    `said` returns a headline value in words, as the index shows it.
    """
    from analysis.press.page import environment, fitted  # loads the templates

    slugs = {folder.name for base in (output, output / FAILED) for folder in base.glob("[!.]*") if folder.is_dir()}
    areas = [area for area in (_area(output, slug, catalogue, said) for slug in sorted(slugs)) if area]
    areas.sort(key=lambda area: area["name"])
    letters = [(letter, list(group)) for letter, group in itertools.groupby(areas, key=lambda area: area["name"][:1])]
    page = fitted(environment().get_template("index.html.j2").render(areas=areas, letters=letters))
    put(output / "index.html", page.encode())


def _area(output: Path, slug: str, catalogue: list[Entry], said: Callable[..., Any]) -> dict[str, Any] | None:
    """Return one area's page to begin with, rows of reports and failures; None where there is nothing of it."""
    titles = {entry.name: entry.title for entry in catalogue}
    name, start, reports, failures = slug.replace("-", " ").title(), {}, [], []
    for notebook, (called, value, _) in _reports(output / slug, list(titles)):
        name = called
        about = {"title": titles.get(notebook, notebook), "address": f"{slug}/{notebook}.html"}
        if notebook == START:
            start = about | {"question": next((entry.question for entry in catalogue if entry.name == START), "")}
        else:
            reports.append(about | (said(value) if value else _NO_VALUE))
    for log in sorted((output / FAILED / slug).glob("*.log")):
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines() or ["its log is empty"]
        failures.append({"notebook": titles.get(log.stem, log.stem), "name": log.stem, "message": lines[0]})
    found = {"slug": slug, "name": name, "start": start, "reports": reports, "failures": failures}
    return found if start or reports or failures else None
