"""Runs a source notebook's code in this process, without a kernel, so that hundreds of runs take minutes."""

from __future__ import annotations

import ast
import csv
import functools
import io
import json
import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pandas as pd
import pytest
import yaml

from analysis import report
from analysis.data.areas import load_areas
from analysis.data.figures import WILTSHIRE, Figures
from once import made_once
from unpictured import unpictured

ROOT = Path(__file__).resolve().parents[1]


RELEASES = pytest.mark.skipif(
    not os.environ.get("ANALYSIS_OFFICIAL"), reason="set ANALYSIS_OFFICIAL to the folder with the official releases"
)
CATALOGUE = yaml.safe_load((ROOT / "notebooks" / "catalogue.yml").read_text(encoding="utf-8"))["notebooks"]


@dataclass
class Page:
    """What a run showed: (bundle, mark) pairs, and its cells of words; and what its cells have named.

    `steps` has each cell of code with what had been named before it and what it showed.
    """

    shown: list
    markdown: list[str]
    names: dict = field(default_factory=dict)
    steps: list = field(default_factory=list)

    def all(self, kind):
        return [data for data, mark in self.shown if mark["kind"] == kind]

    def table(self, name):
        """The table of this id, or a chart's data, as text cells; None if it is not on the page."""
        texts = [mark["csv"] for _, mark in self.shown if mark.get("id") == name]
        return pd.read_csv(io.StringIO(texts[0]), dtype=str, keep_default_na=False) if texts else None

    def cells(self, title):
        """The cells of the tables of rates and numbers in the row with this title."""
        tables = [self.table(name) for name in ("rates", "numbers")]
        records = [row for table in tables if table is not None for row in table.to_dict("records")]
        (row,) = (row for row in records if title in row.values())
        return row

    @property
    def values(self):
        (data,) = self.all("values")
        return {value["key"]: value for value in data["application/vnd.analysis.values+json"]}

    @property
    def text(self):
        """All that a reader can see but the claims, as the register quotes numbers as they were printed."""
        words = [*self.markdown]
        for data, mark in self.shown:
            if not str(mark.get("id", "")).startswith("claims-"):
                words += [text for kind, text in data.items() if isinstance(text, str) and kind != "text/plain"]
                words += [str(text) for key, text in mark.items() if key != "kind"]
        return "\n".join(words)

    def words(self, sources=True, without=()):
        """Everything a reader can read, a text a part; `without` are ids of charts and tables to be left out."""
        parts = list(self.markdown)
        for data, mark in self.shown:
            if (sources or mark["kind"] != "sources") and mark.get("id") not in without:
                parts += [text for text in data.values() if isinstance(text, str)]
                parts += [str(text) for key, text in mark.items() if key != "kind"]
                parts += [json.dumps(found, ensure_ascii=False) for found in data.values() if isinstance(found, list)]
        return parts


def rests_on(name):
    """Return the notebooks whose reports one rests on."""
    return next((entry.get("rests_on", ()) for entry in CATALOGUE if entry["name"] == name), ())


@functools.cache
def cells_of(name):
    """Return what a notebook's cells of words say, and its cells of code."""
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    words = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    return words, [cell for cell in notebook.cells if cell.cell_type == "code"]


def has_parameters(cell):
    """Return whether a cell is the one of the parameters."""
    return "parameters" in cell.metadata.get("tags", [])


@contextmanager
def handed_over(name, area, root=None):
    """Hand a notebook the reports it rests on, as the press does, in a folder of their own."""
    below = rests_on(name)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for other in below:
            page = page_of(area, other) if root in (None, ROOT) else run(root, other, area)
            hand_over(page, other, area, Path(folder))
        if below:
            patch.setenv("ANALYSIS_REPORTS", folder)
        yield


def hand_over(page, name, area, folder):
    """Write what a run showed as a notebook in a folder of reports."""
    slug = next(known.slug for known in load_areas(ROOT / "data" / "areas.csv") if known.code == area)
    outputs = [{"data": data, "metadata": {"analysis": mark}} for data, mark in page.shown]
    (folder / slug).mkdir(exist_ok=True)
    text = json.dumps({"cells": [{"cell_type": "code", "outputs": outputs}]})
    (folder / slug / f"{name}.ipynb").write_text(text, encoding="utf-8")


def run_notebook(name, monkeypatch, root=None, **parameters):
    """Run a notebook's code cells in order and return what it showed.

    Args:
        name: a notebook of notebooks/.
        monkeypatch: pytest's.
        root: another project folder to read data/ from.
        parameters: values in place of the defaults.
    """
    markdown, cells = cells_of(name)
    if root:
        monkeypatch.setenv("ANALYSIS_ROOT", str(root))
    space, steps = {"__name__": "__main__"}, []
    area = Figures().code(parameters.get("area", WILTSHIRE)) if rests_on(name) else ""
    with handed_over(name, area, root):
        for cell in cells:
            before = {key: as_it_is(value) for key, value in space.items()}
            steps.append((cell, before, execute(name, cell, space, monkeypatch)))
            if has_parameters(cell):
                space.update(parameters)
    return Page([part for *_, shown in steps for part in shown], list(markdown), space, steps)


def execute(name, cell, space, monkeypatch):
    """Run a cell on what the cells before it have named, and return what it showed."""
    shown = []
    with monkeypatch.context() as patch:
        patch.setattr(report, "display", lambda data, raw, metadata: shown.append((data, metadata["analysis"])))
        exec(compile(cell.source, f"{name}, cell {cell.id}", "exec"), space)
    return shown


def as_it_is(value):
    """Return a frame as it is now, as a later cell may add to it; anything else itself."""
    return value.copy(deep=False) if isinstance(value, (pd.DataFrame, pd.Series)) else value


def copy_data(folder, source=ROOT / "data"):
    """Copy a data/ into a folder that may not have one, without releases and what was made of them; return it."""
    out = shutil.ignore_patterns("official", ".cache")
    return Path(shutil.copytree(source, folder / "data", ignore=out))


def parameters_cell(name):
    """Return a notebook's parameters and their defaults."""
    (cell,) = filter(has_parameters, cells_of(name)[1])
    return {node.target.id: ast.literal_eval(node.value) for node in ast.parse(cell.source).body}


def quick(name, root=None, **parameters):
    """Run a notebook as `run_notebook` does, its charts with their words and data but without pictures."""
    with pytest.MonkeyPatch.context() as patch:
        unpictured(patch)
        return run_notebook(name, patch, root, **parameters)


@functools.cache
def ran(name, **parameters):
    """The same, run once in a process for all who ask, with what its cells have named; nobody may change it.

    Where the catalogue says of no release that the notebook needs it, none is there.
    """
    with pytest.MonkeyPatch.context() as patch:
        if not any(entry["name"] == name and "releases" in entry for entry in CATALOGUE):
            patch.delenv("ANALYSIS_OFFICIAL", raising=False)
        return quick(name, **parameters)


def usual(name):
    """Return what a notebook shows as it stands, run once in a test run; nobody may change it."""

    def make():
        with pytest.MonkeyPatch.context() as patch:
            patch.delenv("ANALYSIS_ROOT", raising=False)
            return kept(ran(name))

    return made_once(f"{name} as it stands", make)


def kept(page):
    """Return a page without what its cells have named, which one process could not hand to another."""
    return Page(page.shown, page.markdown)


def said(run, *kinds):
    """What a run says in its answer, findings and texts, or in some of these."""
    wanted = kinds or ("answer", "finding", "text")
    return [data["text/plain"] for data, mark in run.shown if mark["kind"] in wanted]


def rewritten(folder, file, change):
    """A project folder in whose data/ a function has changed each row of a table, in place."""
    data = folder / "data" if (folder / "data").exists() else copy_data(folder)
    with (data / file).open(encoding="utf-8", newline="") as stream:
        table = list(csv.DictReader(stream))
    for row in table:
        change(row)
    with (data / file).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
    return folder


def with_figure(folder, indicator, area, period, file="figures_official.csv", **cells):
    """A project folder in whose data/ one figure has other cells."""
    met = []

    def change(row):
        if (row["indicator"], row["area"], row["time_period"]) == (indicator, area, period):
            row.update({"stated": "changed by the test"} | cells)
            met.append(row)

    rewritten(folder, file, change)
    assert len(met) == 1, f"{len(met)} figures"
    return folder


def run(root, name, area):
    """Run a notebook's cells for an area on a project folder's data/."""
    return quick(name, root, area=area)


def page_of(area, name):
    """Return a notebook's page of an area, run once in a test run for all who ask; nobody may change it."""
    if area == WILTSHIRE:
        return usual(name)
    return made_once(f"{name} of {area}", lambda: kept(run(ROOT, name, area)))
