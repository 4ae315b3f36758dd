"""Files of a report folder, each put in place whole."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

VALUES_MIME = "application/vnd.analysis.values+json"
COLUMNS = ("notebook", "key", "label", "value", "lower", "upper", "unit", "period", "symbol", "source")
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
    "unit": ("Filter", "Unit", "Unit of the value and its interval"),
    "period": ("Filter", "Period", "Time period as published"),
    "symbol": ("Filter", "Symbol", "c confidential, x not available, z not applicable, low rounds to zero"),
    "source": ("Filter", "Source", "Identifier of the source"),
}


def put(target: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one, never a part.

    The content goes to a temporary file beside the target, which then takes the target's name. An unchanged file is
    left alone. The temporary file is removed if anything fails.
    """
    if target.is_file() and target.read_bytes() == content:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".new-", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o644)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def publish_report(output: Path, area: str, notebook: str, scratch: Path) -> None:
    """Put a finished report in its place and remove the traces of an earlier failure.

    Args:
        output: the folder of reports.
        area: the area's folder name.
        notebook: the notebook's name.
        scratch: the folder with `report.html` and `report.ipynb`.
    """
    content = {suffix: (scratch / f"report{suffix}").read_bytes() for suffix in (".ipynb", ".html")}
    for suffix, data in content.items():
        put(output / area / f"{notebook}{suffix}", data)
    clear_failure(output, area, notebook)


def publish_failure(output: Path, area: str, notebook: str, scratch: Path, log: str) -> Path:
    """Keep a failed notebook and its log under `.failed`; the last good report stays as it is.

    Returns:
        The failed notebook's path, or the log's when the notebook never began.
    """
    folder = output / ".failed" / area
    put(folder / f"{notebook}.log", log.encode())
    executed = scratch / "executed.ipynb"
    target = folder / f"{notebook}.ipynb"
    if not executed.is_file():
        target.unlink(missing_ok=True)
        return folder / f"{notebook}.log"
    put(target, executed.read_bytes())
    return target


def clear_failure(output: Path, area: str, notebook: str) -> None:
    """Remove a report's failed notebook and log, and folders left empty by that."""
    folder = output / ".failed" / area
    for suffix in (".ipynb", ".log"):
        (folder / f"{notebook}{suffix}").unlink(missing_ok=True)
    for empty in (folder, folder.parent):
        if empty.is_dir() and not any(empty.iterdir()):
            empty.rmdir()


def read_report(path: Path) -> dict[str, Any] | None:
    """Return a published notebook as a mapping, or None if the file is not one of ours."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return content if content["metadata"]["analysis"]["notebook"] == path.stem else None
    except (ValueError, KeyError, TypeError, OSError):
        return None


def headline_values(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the headline values in a notebook's outputs, in order."""
    outputs = (o for cell in notebook["cells"] for o in cell.get("outputs", []))
    return [row for output in outputs for row in output.get("data", {}).get(VALUES_MIME, [])]


def reports_in(folder: Path, order: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield name and content of each published notebook of an area, in the order of the catalogue, then by name."""
    rank = {name: number for number, name in enumerate(order)}
    for path in sorted(folder.glob("*.ipynb"), key=lambda p: (rank.get(p.stem, len(rank)), p.stem)):
        content = read_report(path)
        if content is not None:
            yield path.stem, content


def publish_values(folder: Path, order: list[str]) -> None:
    """Rebuild `values.csv` and `values.meta.csv` of an area from its published notebooks.

    Args:
        folder: the area's folder.
        order: names of the notebooks in the order of the catalogue.
    """
    rows = [
        [name] + [_cell(value.get(column)) for column in COLUMNS[1:]]
        for name, content in reports_in(folder, order)
        for value in headline_values(content)
    ]
    put(folder / "values.csv", _csv(COLUMNS, rows))
    meta = []
    for column in COLUMNS:
        kind, label, hint = _META_LABELS[column]
        meta.append([column, kind, label, "Headline values" if kind == "Indicator" else "", "", "", hint, ""])
    put(folder / "values.meta.csv", _csv(_META_COLUMNS, meta))


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
