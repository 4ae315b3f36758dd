"""`analysis check`: every table, reference, claim and parameter, and all that is wrong with them at once."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis import claims
from analysis.figures import Figures
from analysis.joining import did_you_mean
from analysis.press.catalogue import Refused, load_catalogue
from analysis.reading import BadTable, read_table
from analysis.schemas.every import TABLES

REFERENCES = {
    "board_ratings.csv": {"indicator": "indicators.csv", "source": "sources.csv"},
    "releases.csv": {"source": "sources.csv"},
    "measures.csv": {"indicator": "indicators.csv", "source": "releases.csv", "count": "indicators.csv"},
    "cross_checks.csv": {
        "indicator": "indicators.csv", "source": "releases.csv", "other_source": "releases.csv",
    },
    "neighbours.csv": {"area": "areas.csv", "neighbour": "areas.csv", "source": "releases.csv"},
    "districts.csv": {"area": "areas.csv"},
    "wards.csv": {"area": "areas.csv", "source": "releases.csv"},
    "panel_estimates.csv": {"source": "releases.csv"},
    "last_edition.csv": {"area": "areas.csv"},
    "revisions.csv": {
        "indicator": "indicators.csv", "area": "areas.csv", "source": "releases.csv", "old_source": "sources.csv",
    },
}  # fmt: skip
"""Which column of a table names a row of which other table (blank names none). The figures check their own."""


def check_project(root: Path) -> tuple[list[str], str]:
    """Check a project folder.

    Returns:
        What is wrong, one line each (file, line, column or id, what was expected), and a sentence on what was checked.
    """
    data = root / "data"
    tables, problems = _read(data)
    if not problems:
        problems = _reference_problems(tables)
    said = held = ""
    if not problems:
        problems, said = _figures_and_claims(data)
    if not problems:
        problems, held = _releases(data)
    try:
        notebooks = load_catalogue(root / "notebooks")
    except Refused as error:
        return [*problems, str(error)], said
    known = set(tables["releases.csv"].iloc[:, 0]) if "releases.csv" in tables else set()
    problems += [
        f"catalogue.yml, notebook {entry.name}: release {name!r} is not in releases.csv"
        f"{did_you_mean(name, list(known))}"
        for entry in notebooks
        for name in entry.releases
        if known and name not in known
    ]
    return problems, f"{said}{len(notebooks)} notebooks with their parameters; {held}"


def _read(data: Path) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Return the tables that are in order by themselves, and what is wrong with the others."""
    tables, problems = {}, []
    for name in TABLES:
        try:
            tables[name] = read_table(data / name, afresh=True)
        except BadTable as error:
            problems += str(error).splitlines()
    return tables, problems


def _reference_problems(tables: dict[str, pd.DataFrame]) -> list[str]:
    """Return what the tables of the official releases name and no other table has."""
    problems = []
    for name, columns in REFERENCES.items():
        table = tables[name]
        for column, other in columns.items():
            known = tables[other].iloc[:, 0]  # the first column of each is its id
            problems += [
                f"{name}, line {row + 2}, column {column}: {table.at[row, column]!r} is not in {other}"
                f"{did_you_mean(table.at[row, column], list(known))}"
                for row in table.index[(table[column] != "") & ~table[column].isin(known)]
            ]
    return problems


def _figures_and_claims(data: Path) -> tuple[list[str], str]:
    """Check what tables say of each other, and the claims; only of use where each table is in order by itself."""
    try:
        figures = Figures(data)
    except BadTable as error:
        return str(error).splitlines(), ""
    problems = claims.check(data / "claims.yml", figures)
    if problems:
        return problems, ""
    return [], f"{len(figures.table)} figures, {len(claims.read(data / 'claims.yml'))} claims, "


def _releases(data: Path) -> tuple[list[str], str]:
    """Hold the releases that are at hand against each other."""
    from analysis.official import cross_checks  # reads every release: only where all else is in order
    from analysis.official.releases import ReleaseError

    try:
        problems, said = cross_checks.problems(data)
    except ReleaseError as error:
        return [str(error)], ""
    return problems, said
