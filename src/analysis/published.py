"""What the other reports on an area say, as the folder of reports has them: answers, headline values and tables.

For a page that rests on them, and as one workbook for whoever would work on.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.data.areas import load_areas
from analysis.data.fact import Fact, fact
from analysis.data.figures import Figures
from analysis.files import project_root
from analysis.headline import NUMBERS, STANDING
from analysis.press.reuse import SOURCES_MIME, answer, headline_values, marks, shown_as
from analysis.words import SYMBOL_KEY

FOLDER = "ANALYSIS_REPORTS"
"""Variable that names the folder of reports; whoever runs reports sets it. Otherwise it is the project's own."""


class Published:
    """The reports of some notebooks on the area of a report.

    In JupyterLab, or wherever nobody hands over the reports, those that are not in the project's folder are made first.
    `values` has their headline values, a row each by notebook and key, with the parts of `fact.Fact`.

    Args:
        figures: of the report that asks; the sources of the values that are taken count as its own.
        notebooks: names, as in the catalogue.

    Raises:
        FileNotFoundError: if a report is not there, or could not be made.
    """

    def __init__(self, figures: Figures, *notebooks: str) -> None:
        area = next(area for area in load_areas(figures.folder / "areas.csv") if area.code == figures.area)
        folder = Path(os.environ.get(FOLDER) or project_root() / "reports")
        files = {name: folder / area.slug / f"{name}.ipynb" for name in notebooks}
        missing = [name for name, file in files.items() if not file.is_file()]
        if missing and FOLDER not in os.environ:
            command = [sys.executable, "-m", "analysis", "run", *missing, "--area", area.code]
            subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
            missing = [name for name, file in files.items() if not file.is_file()]
        if missing:
            raise FileNotFoundError(
                f"no report on {missing[0]} for {area.name} in {folder}: run `analysis run {missing[0]} "
                f'--area "{area.name}"` first'
            )
        self._figures, self._made = figures, {name: json.loads(file.read_bytes()) for name, file in files.items()}
        self._name = area.name
        rows = [
            {"notebook": name, **record, "title": record["label"], "name": area.name}
            for name, notebook in self._made.items()
            for record in headline_values(notebook)
        ]
        frame = pd.DataFrame(rows, dtype=object).set_index(["notebook", "key"])
        self.values = frame.astype(dict.fromkeys((*NUMBERS, *STANDING), float))

    def fact(self, notebook: str, key: str) -> Fact:
        """Return a headline value as a fact; one without a number where the report has none of that key."""
        if (notebook, key) not in self.values.index:
            return fact({"value": float("nan"), "symbol": "x", "title": key, "name": self._name})
        row = self.values.loc[(notebook, key)]
        known = {tuple(one.items()) for one in self._figures.asked.rows}
        for one in chain.from_iterable(shown_as(SOURCES_MIME, self._made[notebook])):
            if one["source"] in row["source"].split("; ") and tuple(one.items()) not in known:
                self._figures.asked.rows.append(one)
        return fact(row)

    def answer(self, notebook: str) -> list[str]:
        """Return the sentences of a report's answer, the most important first."""
        return answer(self._made[notebook])

    def tables(self, notebook: str) -> dict[str, str]:
        """Return the tables of a report that can be downloaded, those of charts too: id → CSV."""
        return {mark["id"]: mark["csv"] for mark in marks(self._made[notebook]) if mark.get("csv")}

    def table(self, notebook: str, name: str) -> pd.DataFrame:
        """Return a table, or the data of a chart, by its id: as its CSV has it, symbols as text.

        Raises:
            KeyError: if the report has none of this id.
        """
        found = self.tables(notebook)
        if name not in found:
            raise KeyError(f"{notebook} has no table {name!r}; it has: {', '.join(sorted(found))}")
        return pd.read_csv(io.StringIO(found[name]))


# --- The workbook of an area ---------------------------------------------------------------------


def workbook(area: str, about: Mapping[str, str], values: str, pages: Mapping[str, dict[str, Any]]) -> bytes:
    """Return an area's headline values and the tables of its pages, those of charts too, as an Excel workbook.

    Laid out as the Government Analysis Function asks: a cover with the symbols, contents, then one table a sheet, below
    its title and notes. Text stays text, whatever it begins with. Equal arguments give equal bytes.

    Args:
        area: name of the area.
        about: what the cover says, by its heading.
        values: the area's headline values as CSV.
        pages: title → executed notebook.
    """
    import gptables  # which a page that only reads what others published need not wait for

    # Name → title, notes, rows; the first row names the columns.
    sheets = {"Headline values": ("Headline values", ["All pages"], _rows(values))}
    places = [["page", "source", "figure", "area", "stated", "place", "note"]]
    named: Counter[str] = Counter()
    for page, notebook in pages.items():
        name, made = _SIGN.sub("", page)[:27].strip(), marks(notebook)
        charts = {f"{mark['id']}-data": mark for mark in made if mark.get("kind") == "chart"}
        for mark in (mark for mark in made if mark.get("kind") == "table" and mark["csv"]):
            named[name.casefold()] += 1
            chart = charts.get(mark["id"], {})
            notes = filter(None, [page, chart.get("title"), chart.get("note"), mark.get("note")])
            sheets[f"{name} {named[name.casefold()]}"] = mark["caption"], [*notes], _rows(mark["csv"])
        found = chain.from_iterable(shown_as(SOURCES_MIME, notebook))
        places += [[page, *(one[name] for name in places[0][1:])] for one in found]
    sheets["Sources"] = "Where each figure comes from", ["All pages"], places
    sheets = {name: sheet for name, sheet in sheets.items() if len(sheet[2]) > 1}
    listed = [["Sheet", "Page", "Table"], *([name, notes[0], says] for name, (says, notes, _) in sheets.items())]

    stream, as_text = io.BytesIO(), {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = gptables.GPWorkbook(stream, as_text)
    title = f"Children's services in {area}: figures and tables"
    book.set_properties({"title": title, "created": datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)})  # no clock
    key = [f"[{symbol}] {meaning}" for symbol, meaning in SYMBOL_KEY.items()]
    said = [f"{name}: {words}".replace("](", "] (") for name, words in about.items()]  # which would be a link
    book.add_worksheet("Cover").write_cover(gptables.Cover(title, intro=said, about=key))
    contents = _sheet(book, "Contents", "Contents", [], listed)
    for row, name in enumerate(sheets, 2):
        contents.write_url(row, 0, f"internal:'{name}'!A1", string=name)
    for name, sheet in sheets.items():
        _sheet(book, name, *sheet)
    book.close()
    return stream.getvalue()


def _sheet(book: Any, name: str, title: str, notes: Sequence[str], rows: Sequence[Sequence[str]]) -> Any:
    """Add a sheet with one table, whose first row names the columns, and return it."""
    sheet, theme = book.add_worksheet(name), book.theme
    cells = [[_cell(one) for one in row] for row in rows[1:]]
    used = {str(one)[1:-1] for row in cells for one in row} & {*SYMBOL_KEY}
    notes = [*notes, *(f"[{symbol}] {SYMBOL_KEY[symbol]}" for symbol in SYMBOL_KEY if symbol in used)]
    sheet.write_string(0, 0, title, book.add_format(theme.title_format))
    for row, note in enumerate(notes, 1):
        sheet.write_string(row, 0, note, book.add_format(theme.instructions_format))
    heads = [one or "column" for one in rows[0]]
    alike = [one.casefold() for one in heads]  # spaces tell them apart
    names = [one + " " * alike[:place].count(one.casefold()) for place, one in enumerate(heads)]
    formats = {
        "header_format": book.add_format(theme.column_heading_format),
        "format": book.add_format(theme.data_format),
    }
    columns = [{"header": one, **formats} for one in names]
    about = {"columns": columns, "data": cells, "name": f"table_{len(book.worksheets())}"}
    about |= {"autofilter": False, "style": None}
    first = len(notes) + 1
    if sheet.add_table(first, 0, first + len(cells), len(names) - 1, about):
        raise ValueError(f"the table {title!r} cannot stand in a workbook; expected columns with different names")
    for place, column in enumerate(zip(*[map(str, row) for row in (names, *cells)], strict=True)):
        sheet.set_column(place, place, min(_WIDEST, 1.3 * max(map(len, column)) + 2))
    return sheet


_SIGN, _NUMBER, _WIDEST = re.compile(r"[^\w -]+"), re.compile(r"-?(0|[1-9]\d*)(\.\d+)?"), 60


def _rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def _cell(text: str) -> str | float:
    """Return a cell of a CSV for a workbook: a number as one, a symbol in brackets, and one for a blank cell."""
    return float(text) if _NUMBER.fullmatch(text) else f"[{text}]" if text in SYMBOL_KEY else text or "[z]"
