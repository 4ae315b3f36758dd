"""The headline values of a report folder as `data/last_edition.csv` keeps them, for the next edition's overview."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from pathlib import Path

from analysis.compare.folders import area_folders, read_area
from analysis.runner.catalogue import Refused
from analysis.runner.publish import COLUMNS

EDITION_COLUMNS = ("area", *COLUMNS)


def values_of(folder: Path) -> bytes:
    """Return the headline values of every area in a folder of reports, with the area's code, as CSV.

    Raises:
        Refused: if the folder cannot be read, or an area's notebooks do not say its code.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(EDITION_COLUMNS)
    for path in area_folders(folder).values():
        area = read_area(path)
        if not area.code:
            raise Refused(f"{path} has no executed notebook: expected one that names the area's code")
        for report in area.reports.values():
            for value in report.values.values():
                cells = asdict(value) | {"area": area.code, "notebook": report.notebook}
                writer.writerow([_cell(cells[column]) for column in EDITION_COLUMNS])
    return stream.getvalue().encode()


def _cell(value: str | float | None) -> str | float:
    """Return a cell as it is written: blank for None, a whole number without `.0`."""
    if value is None:
        return ""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value
