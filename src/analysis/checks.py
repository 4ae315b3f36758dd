"""`analysis check`: every table, reference, claim and parameter, and all that is wrong with them at once."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis import claims
from analysis.data.areas import load_areas
from analysis.data.columns import FILE, LOCAL, tables
from analysis.data.figures import Figures
from analysis.data.tables import BadTable, astray, read_table
from analysis.files import did_you_mean
from analysis.press.catalogue import Refused, load_catalogue
from analysis.press.reuse import data_read, read_report


def check_project(root: Path) -> tuple[list[str], str]:
    """Check a project folder.

    Returns:
        What is wrong, one line each (file, line, column or id, what was expected), and a sentence on what was checked.
    """
    data = root / "data"
    found, problems = _read(data)
    problems = problems or _reference_problems(data, found)
    problems, said = (problems, "") if problems else figures_and_claims(data)
    problems, held = (problems, "") if problems else _releases(data)
    problems += _unpublished(root) if "areas.csv" in found else []
    try:
        notebooks = load_catalogue(root / "notebooks")
    except Refused as error:
        return [*problems, str(error)], said
    known = [*found["releases.csv"]["source"]] if "releases.csv" in found else []
    problems += [
        f"catalogue.yml, notebook {entry.name}: release {name!r} is not in releases.csv{did_you_mean(name, known)}"
        for entry in notebooks
        for name in entry.releases
        if known and name not in known
    ]
    return problems, f"{said}{len(notebooks)} notebooks with their parameters; {held}"


def _unpublished(root: Path) -> list[str]:
    """Return which reports of the edition that git keeps were made with more than the project's own figures."""
    kept = [area.slug for area in load_areas(root / "data" / "areas.csv") if area.has_published]
    problems = []
    for path in (path for slug in kept for path in sorted((root / "reports" / slug).glob("*.ipynb"))):
        read = data_read(read_report(path) or {"cells": []}) or {}
        own = [name for name in read.get("tables", ()) if name.startswith(f"{LOCAL}/")]
        problems += [f"{path.relative_to(root)}: reads data/{name}: use --output" for name in own]
    return problems


def _read(data: Path) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Return the tables that are in order by themselves, and what is wrong with the others."""
    found, problems = {}, []
    try:
        names = [name for name in tables(data) if name != f"{LOCAL}.csv"]
    except BadTable as error:
        return {}, [str(error)]
    for name in names:
        try:
            found[name] = read_table(data / name)
        except BadTable as error:
            problems += str(error).splitlines()
    return found, problems


def _reference_problems(data: Path, found: dict[str, pd.DataFrame]) -> list[str]:
    """Return what tables name, in a column that refers to that of another table, and this does not have."""
    described = tables(data)
    named = [column.refers.partition(".") for columns in described.values() for column in columns if column.refers]
    lists = {f"{table}.{column}": found[f"{table}.csv"][column] for table, _, column in named}
    return [one for name in found if name != FILE for one in astray(name, found[name], described[name], lists)]


def figures_and_claims(data: Path) -> tuple[list[str], str]:
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
        return cross_checks.problems(data)
    except ReleaseError as error:
        return [str(error)], ""
