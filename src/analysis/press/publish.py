"""Files of a report folder, each put in place whole."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import shutil
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from analysis.files import put, put_all
from analysis.headline import complete

VALUES_MIME = "application/vnd.analysis.values+json"
READ_MIME = "application/vnd.analysis.read+json"
FAILED = ".failed"
COLUMNS = ("notebook", "key", "label", "value", "lower", "upper", "coverage", "unit", "period", "symbol", "source")
_META_COLUMNS = (
    "col_name",
    "col_type",
    "label",
    "indicator_grouping",
    "indicator_unit",
    "indicator_dp",
    "filter_hint",
    "filter_grouping_column",
)
_META_LABELS = {
    "notebook": ("Filter", "Notebook", "The notebook that computes the value"),
    "key": ("Filter", "Key", "Short name of the value, unique in its notebook"),
    "label": ("Filter", "Label", "What the value is, in words"),
    "value": ("Indicator", "Value", ""),
    "lower": ("Indicator", "Lower end of the interval", ""),
    "upper": ("Indicator", "Upper end of the interval", ""),
    "coverage": (
        "Filter",
        "Coverage of the interval",
        "Share of cases the interval is made to hold; blank for a range that holds no such share, and without one",
    ),
    "unit": ("Filter", "Unit", "Unit of the value and its interval"),
    "period": ("Filter", "Period", "Time period as published"),
    "symbol": ("Filter", "Symbol", "c confidential, x not available, z not applicable, low rounds to zero"),
    "source": ("Filter", "Source", "Identifier of the source"),
}


def publish_report(output: Path, area: str, notebook: str, files: dict[str, bytes]) -> None:
    """Put a finished report in its place and remove the traces of an earlier failure.

    Args:
        output: the folder of reports.
        area: the area's folder name.
        notebook: the notebook's name.
        files: `report.html` and `report.ipynb`.
    """
    base = output / area
    put_all({base / f"{notebook}{end}": files[f"report{end}"] for end in (".ipynb", ".html")})
    clear_failure(output, area, notebook)


def failure_log(output: Path, area: str, notebook: str) -> Path:
    """Return where the log of a report lies that failed when it was last made."""
    return output / FAILED / area / f"{notebook}.log"


def publish_failure(output: Path, area: str, notebook: str, log: bytes, executed: bytes | None) -> Path:
    """Keep a failed notebook and its log under `.failed`; the last good report stays as it is.

    Returns:
        The failed notebook's path, or the log's when the notebook never began.
    """
    put(failure_log(output, area, notebook), log)
    target = output / FAILED / area / f"{notebook}.ipynb"
    if executed is None:
        target.unlink(missing_ok=True)
        return failure_log(output, area, notebook)
    put(target, executed)
    return target


def clear_failure(output: Path, area: str, notebook: str) -> None:
    """Remove a report's failed notebook and log, and folders left empty by that."""
    folder = output / FAILED / area
    for suffix in (".ipynb", ".log"):
        (folder / f"{notebook}{suffix}").unlink(missing_ok=True)
    for empty in (folder, folder.parent):
        with contextlib.suppress(OSError):  # not empty, or not there
            empty.rmdir()


def read_report(path: Path) -> dict[str, Any] | None:
    """Return a published notebook as a mapping, or None if the file is not one of ours."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        about = content["metadata"]["analysis"]
        headline_values(content)
        return content if about["notebook"] == path.stem and isinstance(about["area_name"], str) else None
    except (ValueError, KeyError, TypeError, AttributeError, OSError, RecursionError):
        return None


def report_digest(content: dict[str, Any]) -> str:
    """Return the SHA-256 of a published notebook as a mapping, its own record of it left out."""
    metadata = content["metadata"]
    about = {key: value for key, value in metadata["analysis"].items() if key != "digest"}
    bare = content | {"metadata": metadata | {"analysis": about}}
    return hashlib.sha256(json.dumps(bare, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def data_read(notebook: dict[str, Any]) -> dict[str, Any] | None:
    """Return what a notebook's outputs say of the data it read, with the digest; None if it does not say."""
    outputs = (o for cell in notebook["cells"] for o in cell.get("outputs", []))
    return next((o["data"][READ_MIME] for o in outputs if READ_MIME in o.get("data", {})), None)


def headline_values(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the headline values in a notebook's outputs, in order."""
    outputs = (o for cell in notebook["cells"] for o in cell.get("outputs", []))
    return [complete(row) for output in outputs for row in output.get("data", {}).get(VALUES_MIME, [])]


def reports_in(folder: Path, order: list[str]) -> Iterator[tuple[str, str, dict[str, Any] | None]]:
    """Yield each published notebook of an area, in the order of the catalogue, then by name.

    Args:
        folder: the area's folder.
        order: names of the notebooks in the order of the catalogue.

    Returns:
        The notebook's name, that of the area, and the first headline value, if it has any.
    """
    for path in _notebooks(folder, order):
        found = _leading(path, *_version(path))
        if found is not None:
            yield path.stem, *found


def _notebooks(folder: Path, order: list[str]) -> list[Path]:
    """Return an area's notebooks in the order of the catalogue, then by name."""
    rank = {name: number for number, name in enumerate(order)}
    return sorted(folder.glob("*.ipynb"), key=lambda p: (rank.get(p.stem, len(rank)), p.stem))


def _version(path: Path) -> tuple[int, ...]:
    """Return what tells one version of a file from another without reading it."""
    about = path.stat()
    return about.st_ino, about.st_mtime_ns, about.st_size


@lru_cache(maxsize=64)
def _published(path: Path, *version: int) -> tuple[str, list[dict[str, Any]]] | None:
    """Return a notebook's area and headline values, or None if it is not one of ours.

    Reading it takes longer than all that is made of it, and an area's list is made again with each of its reports.
    """
    content = read_report(path)
    return None if content is None else (content["metadata"]["analysis"]["area_name"], headline_values(content))


@cache
def _leading(path: Path, *version: int) -> tuple[str, dict[str, Any] | None] | None:
    """Return a notebook's area and first headline value: little enough to remember of a whole country."""
    found = _published(path, *version)
    return None if found is None else (found[0], next(iter(found[1]), None))


def _rows(path: Path) -> list[list[str]]:
    """Return a notebook's rows of `values.csv`."""
    version = _version(path)
    _leading(path, *version)  # for the index, which then need not read it again
    _, values = _published(path, *version) or ("", [])
    return [[path.stem, *(_cell(value.get(column)) for column in COLUMNS[1:])] for value in values]


def publish_values(folder: Path, order: list[str]) -> None:
    """Rebuild `values.csv` and `values.meta.csv` of an area from its published notebooks.

    Args:
        folder: the area's folder.
        order: names of the notebooks in the order of the catalogue.
    """
    rows = [row for path in _notebooks(folder, order) for row in _rows(path)]
    put(folder / "values.csv", _csv(COLUMNS, rows))
    meta = []
    for column in COLUMNS:
        kind, label, hint = _META_LABELS[column]
        meta.append([column, kind, label, "Headline values" if kind == "Indicator" else "", "", "", hint, ""])
    put(folder / "values.meta.csv", _csv(_META_COLUMNS, meta))
    (folder / "values.csv").touch()  # so that `outdated` knows it was looked at, also where nothing has changed


def outdated(made: Path, sources: Iterable[Path]) -> bool:
    """Say whether a file is missing, or older than one of those it is made from, as after a run that was killed."""
    if not made.is_file():
        return True
    age = made.stat().st_mtime_ns
    return any(source.stat().st_mtime_ns > age for source in sources)


def _cell(value: Any) -> str:
    """Return a value as it is written to the CSV; a whole float loses its `.0`."""
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def _csv(header: tuple[str, ...], rows: list[list[str]]) -> bytes:
    """Return a table as UTF-8 CSV with LF line ends."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def remove_folder(folder: Path) -> None:
    """Remove a scratch folder, whatever is in it."""
    shutil.rmtree(folder, ignore_errors=True)
