"""The workbook of an area: every table of its pages, read back as a spreadsheet has it; and when it is made."""

from __future__ import annotations

import csv
import io
import json
import os
from types import SimpleNamespace

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from analysis.press.publish import publish_workbook
from analysis.published import workbook
from notebook_runs import ROOT

REPORTS = ROOT / "reports" / "wiltshire"
VALUES = "key,value\na,1\n"


def page(*tables):
    marks = [{"kind": "table", "id": f"t{n}", "caption": "A table", "csv": text} for n, text in enumerate(tables)]
    return {"cells": [{"outputs": [{"metadata": {"analysis": mark}, "data": {}} for mark in marks]}]}


def sheets(content):
    read = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: read.get_sheet_by_name(name).to_python() for name in read.sheet_names}


def table(rows, head):
    """The table of a sheet, which begins below title and notes with the row that names its columns."""
    return rows[next(n for n, row in enumerate(rows) if row[0] == head) :]


def job(folder):
    return SimpleNamespace(
        pages=(("overview", "Overview"),), edition={}, area=SimpleNamespace(name="Ashire"), folder=folder
    )


def test_each_table_of_the_pages_is_a_sheet_with_its_title_page_and_numbers():
    pages = {name: json.loads((REPORTS / f"{name}.ipynb").read_text(encoding="utf-8")) for name in ("neet", "claims")}
    values = (REPORTS / "values.csv").read_text(encoding="utf-8-sig")
    made = workbook("Wiltshire", {"Edition": "November 2026"}, values, pages)
    assert made == workbook("Wiltshire", {"Edition": "November 2026"}, values, pages)
    found = sheets(made)
    outputs = [o for p in pages.values() for cell in p["cells"] for o in cell.get("outputs", [])]
    marks = [o["metadata"].get("analysis", {}) for o in outputs if "metadata" in o]
    tables = [mark for mark in marks if mark.get("kind") == "table" and mark["csv"]]
    assert len(found) == len(tables) + 4
    assert [*found][:3] == ["Cover", "Contents", "Headline values"]
    assert {"Introductory information", "Edition: November 2026", "[x] not available"} <= {r[0] for r in found["Cover"]}
    assert [row[0] for row in table(found["Contents"], "Sheet")[1:]] == [*found][2:]
    told = list(csv.DictReader(io.StringIO(values)))
    shown = table(found["Headline values"], "notebook")
    assert [str(row[3]) for row in shown[1:3]] == [str(float(row["value"])) for row in told[:2]]
    for mark in tables:
        name = next(name for name, rows in found.items() if rows[0][0] == mark["caption"])
        expected = list(csv.reader(io.StringIO(mark["csv"])))
        assert len(table(found[name], expected[0][0])) == len(expected)


@pytest.mark.parametrize(
    "text", ["=1+1", "{=1+1}", "+1", "-A1", "@SUM(A1)", "https://a.b", "internal:'Cover'!A1", "<b>", "[a](b)", "$$a$$"]
)  # fmt: skip
def test_text_stays_text(text, tmp_path):
    made = workbook("A", {"Made by": text}, VALUES, {f"Page {text}": page(f"name,n\n{text},1\n")})
    rows = table(list(sheets(made).values())[3], "name")
    assert rows == [["name", "n"], [text, 1.0]]
    (tmp_path / "a.zip").write_bytes(made)
    frame = pd.read_excel(io.BytesIO(made), engine="calamine", sheet_name=None, header=None)
    assert not any("2.0" in frame[name].astype(str).to_numpy() for name in frame)
    assert b"<f>" not in made


def test_symbols_are_bracketed_blanks_explained_and_heads_told_apart():
    found = sheets(workbook("A", {}, VALUES, {"P": page("a,A,\nx,,low\n0012,-3.5,1e5\n", "only,head\n")}))
    assert [*found] == ["Cover", "Contents", "Headline values", "P 1"]
    rows = found["P 1"]
    assert [row[0] for row in rows[:2]] == ["A table", "P"]
    assert {"[x] not available", "[z] not applicable", "[low] rounds to zero"} <= {row[0] for row in rows}
    assert table(rows, "a")[1:] == [["[x]", "[z]", "[low]"], ["0012", -3.5, "1e5"]]
    assert len({str(cell).lower() for cell in table(rows, "a")[0]}) == 3


def test_it_is_made_when_missing_or_older_than_a_report_and_only_beside_an_overview(tmp_path):
    asked = []
    folder = tmp_path / "ashire"
    folder.mkdir()
    (folder / "values.csv").write_text(VALUES, encoding="utf-8")

    def make(*given):
        asked.append(given)
        return b"made"

    publish_workbook(folder, job(folder), make)
    assert (asked, (folder / "ashire.xlsx").exists()) == ([], False)
    (folder / "overview.ipynb").write_text("{}", encoding="utf-8")
    for wanted in (1, 1):
        publish_workbook(folder, job(folder), make)
        assert (len(asked), (folder / "ashire.xlsx").read_bytes()) == (wanted, b"made")
    later = (folder / "ashire.xlsx").stat().st_mtime_ns + 10**9
    (folder / "overview.ipynb").write_text("{ }", encoding="utf-8")
    os.utime(folder / "overview.ipynb", ns=(later, later))
    publish_workbook(folder, job(folder), make)
    assert len(asked) == 2
    assert asked[0] == ("Ashire", {}, VALUES, {})
