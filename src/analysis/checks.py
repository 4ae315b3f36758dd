"""`analysis check`: every table, reference, claim and parameter, and all that is wrong with them at once."""

from __future__ import annotations

from pathlib import Path

from analysis.claim_entries import load_claims
from analysis.claims import check_claims
from analysis.figures import FIGURE_FILES, Figures
from analysis.runner.catalogue import Refused, load_catalogue
from analysis.schemas import AREAS, BOARD_RATINGS, FIGURES, INDICATORS, LISTINGS, SOURCES, BadTable, read_table


def check_project(root: Path) -> tuple[list[str], str]:
    """Check a project folder.

    Returns:
        What is wrong, one line each (file, line, column or id, what was expected), and a sentence on what was checked.
    """
    data = root / "data"
    tables = {"indicators": INDICATORS, "areas": AREAS, "sources": SOURCES, "board_ratings": BOARD_RATINGS} | LISTINGS
    problems: list[str] = []
    for name, schema in ({f"{n}.csv": s for n, s in tables.items()} | dict.fromkeys(FIGURE_FILES, FIGURES)).items():
        problems += _table_problems(data / name, schema)
    said = ""
    if not problems:
        problems, said = _figures_and_claims(data)
    try:
        notebooks = load_catalogue(root / "notebooks")
    except Refused as error:
        return [*problems, str(error)], said
    return problems, f"{said}{len(notebooks)} notebooks with their parameters"


def _table_problems(path: Path, schema: object) -> list[str]:
    try:
        read_table(path, schema)
    except BadTable as error:
        return str(error).splitlines()
    return []


def _figures_and_claims(data: Path) -> tuple[list[str], str]:
    """Check what tables say of each other, and the claims; only of use where each table is in order by itself."""
    try:
        figures = Figures(data)
    except BadTable as error:
        return str(error).splitlines(), ""
    problems = check_claims(data / "claims.yml", figures)
    if problems:
        return problems, ""
    claims = load_claims(data / "claims.yml")
    return [], f"{len(figures.table)} figures, {len(claims)} claims, "
