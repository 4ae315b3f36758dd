"""What the press is told of this project: its folders, its areas and releases, and what has become of what was read."""

from __future__ import annotations

import csv
import importlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.data.areas import load_areas, select_areas
from analysis.files import project_root, say
from analysis.official import releases
from analysis.press.catalogue import Refused
from analysis.press.request import Area, Project
from analysis.words import SYMBOL_KEY

if TYPE_CHECKING:
    from analysis.data.figures import Figures


def project(root: Path | None = None) -> Project:
    """Return the project in a folder, or that of the package, for the press to run; refused if there is none."""
    try:
        root = root or project_root()
    except FileNotFoundError as error:
        raise Refused(str(error)) from None
    data = root / "data"

    def areas(wanted: tuple[str, ...]) -> list[Area]:
        try:
            found = select_areas(wanted, load_areas(data / "areas.csv"))
        except (LookupError, ValueError) as error:
            raise Refused(str(error)) from None
        return [Area(area.code, area.name, area.slug, area.has_published) for area in found]

    @lru_cache(maxsize=1)  # the reports of an area come one after another
    def figures(area: str) -> Figures:
        from analysis.data.figures import Figures  # reads tables: only needed where something has changed

        return Figures(data, area)

    def digest(area: str, read: dict[str, Any]) -> str:
        from analysis.data import reads
        from analysis.data.tables import BadTable

        try:
            return reads.digest(figures(area), read)
        except (BadTable, Refused, KeyError, TypeError, ValueError, OSError):
            return ""  # the report's own run says what is wrong

    return Project(
        here=project,
        root=root,
        package=Path(__file__).resolve().parent,
        select_areas=areas,
        releases=lambda: _releases(data),
        missing=lambda sources: releases.missing_of(data, sources),
        data_digest=digest,
        symbols=SYMBOL_KEY,
        edition=lambda: _edition(data / "edition.csv"),
        side_by_side=_later("changes", "side_by_side"),
        workbook=_later("published", "workbook"),
        unlisted=lambda words: _unlisted(data, words),
    )


def _later(module: str, name: str) -> Callable[..., Any]:
    """Return a function of ours whose module is loaded when it is called: most requests do without pandas."""
    return lambda *given: getattr(importlib.import_module(f"analysis.{module}"), name)(*given)


def _edition(file: Path) -> dict[str, str]:
    """Return what pages say of their edition, by its heading; nothing where no file says it."""
    if not file.is_file():
        return {}
    with file.open(encoding="utf-8", newline="") as stream:
        return {row["fact"]: row["words"] for row in csv.DictReader(stream)}


def _releases(data: Path) -> list[str]:
    """Make the figures of all areas ready, say what is missing, and return the SHA-256 of each release they are of."""
    if not releases.cache_folder(data).is_dir():
        from analysis.data.tables import BadTable
        from analysis.official import cache  # loads pandas: only needed where they have not been read before

        try:
            cache.ready(data)  # takes some seconds
        except BadTable as error:
            raise Refused(str(error)) from None
    folder, listed = releases.official_dir(data), releases.load_releases(data)
    present = [release for release in listed if release.path(folder).is_file()]
    if missing := [release.file for release in listed if release not in present]:
        say(f"analysis: left out what is in these releases, as they are missing: {', '.join(missing)}")
    return [release.sha256 for release in present]


def _unlisted(data: Path, words: str) -> str:
    """Return why no measure of the interactive tool is meant, or several are; "" too where the tool is not there."""
    from analysis.official import lait  # loads pandas

    try:
        lait.about(data, words)
    except lait.NoSuchMeasure as error:
        return str(error)
    except releases.ReleaseError:
        return ""  # said where releases are looked for
    return ""
