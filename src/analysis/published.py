"""What the other reports on an area say, as the folder of reports has them: answers, headline values and tables."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.data.areas import load_areas
from analysis.data.fact import Fact, fact
from analysis.data.figures import Figures
from analysis.files import project_root
from analysis.headline import NUMBERS, STANDING, with_nan

FOLDER = "ANALYSIS_REPORTS"
"""Variable that names the folder of reports; whoever runs reports sets it. Otherwise it is the project's own."""
VALUES, SOURCES = (f"application/vnd.analysis.{kind}+json" for kind in ("values", "sources"))


class Published:
    """The reports of some notebooks on the area of a report.

    In JupyterLab, or wherever nobody hands over the reports, those that are not in the project's folder are made first.

    Args:
        figures: of the report that asks; the sources of the values that are taken count as its own.
        notebooks: names, as in the catalogue.

    Raises:
        FileNotFoundError: if a report is not there, or could not be made.
    """

    def __init__(self, figures: Figures, *notebooks: str) -> None:
        area = next(area for area in load_areas(figures.folder / "areas.csv") if area.code == figures.area)
        files = {name: _folder() / area.slug / f"{name}.ipynb" for name in notebooks}
        missing = [name for name, file in files.items() if not file.is_file()]
        if missing and FOLDER not in os.environ:
            command = [sys.executable, "-m", "analysis", "run", *missing, "--area", area.code]
            subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
            missing = [name for name, file in files.items() if not file.is_file()]
        if missing:
            raise FileNotFoundError(
                f"no report on {missing[0]} for {area.name} in {_folder()}: run `analysis run {missing[0]} "
                f'--area "{area.name}"` first'
            )
        self._figures, self._made = figures, {name: json.loads(file.read_bytes()) for name, file in files.items()}
        self._name = area.name
        self.values = self._values()

    def _values(self) -> pd.DataFrame:
        """Return the headline values, a row each by notebook and key, with the parts of `fact.Fact`."""
        rows = [
            {"notebook": name, **with_nan(record), "title": record["label"], "name": self._name}
            for name in self._made
            for output in self._outputs(name)
            for record in output.get("data", {}).get(VALUES, ())
        ]
        frame = pd.DataFrame(rows, dtype=object).set_index(["notebook", "key"])
        return frame.astype(dict.fromkeys((*NUMBERS, *STANDING), float))

    def fact(self, notebook: str, key: str) -> Fact:
        """Return a headline value as a fact; one without a number where the report has none of that key."""
        if (notebook, key) not in self.values.index:
            return fact({"value": float("nan"), "symbol": "x", "title": key, "name": self._name})
        row = self.values.loc[(notebook, key)]
        known = {tuple(one.items()) for one in self._figures.asked.rows}
        for output in self._outputs(notebook):
            for one in output.get("data", {}).get(SOURCES, ()):
                if one["source"] in row["source"].split("; ") and tuple(one.items()) not in known:
                    self._figures.asked.rows.append(one)
        return fact(row)

    def answer(self, notebook: str) -> list[str]:
        """Return the sentences of a report's answer, the most important first."""
        shown = [o["data"]["text/markdown"] for o in self._outputs(notebook) if _mark(o).get("kind") == "answer"]
        return [line.removeprefix("- ") for text in shown for line in "".join(text).splitlines()]

    def tables(self, notebook: str) -> dict[str, str]:
        """Return the tables of a report that can be downloaded, those of charts too: id → CSV."""
        return {mark["id"]: mark["csv"] for mark in map(_mark, self._outputs(notebook)) if mark.get("csv")}

    def table(self, notebook: str, name: str) -> pd.DataFrame:
        """Return a table, or the data of a chart, by its id: as its CSV has it, symbols as text.

        Raises:
            KeyError: if the report has none of this id.
        """
        found = self.tables(notebook)
        if name not in found:
            raise KeyError(f"{notebook} has no table {name!r}; it has: {', '.join(sorted(found))}")
        return pd.read_csv(io.StringIO(found[name]))

    def _outputs(self, notebook: str) -> Iterator[dict[str, Any]]:
        return (output for cell in self._made[notebook]["cells"] for output in cell.get("outputs", []))


def _mark(output: dict[str, Any]) -> dict[str, Any]:
    return output.get("metadata", {}).get("analysis", {})


def _folder() -> Path:
    return Path(os.environ.get(FOLDER) or project_root() / "reports")
