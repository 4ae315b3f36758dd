"""Figures of every area from the full releases, kept as Parquet and made again when a release changes."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pandas as pd

from analysis import files
from analysis.data import tables
from analysis.official.cache_folder import cache_folder, places
from analysis.official.everywhere import everywhere
from analysis.official.releases import ReleaseError

_MAKING = "making-"
FITS = "fits-"
"""How the names of folders begin that keep results of models beside the cache; see `kept`."""


def ready(data: Path) -> Path:
    """Return the folder of the cache, made anew if a release, a table or the readers have changed.

    It stays as long as this process lives, also if another process makes a newer one.

    Raises:
        As `all_releases.read_everything`; ReleaseError too if the cache cannot be written.
    """
    folder = cache_folder(data)
    if files.use(folder):
        return folder
    from analysis.official import wards  # these read and check releases: only needed here
    from analysis.official.all_releases import read_everything

    everything, near = read_everything(data)
    figures = everything.figures.sort_values("area", kind="stable", ignore_index=True)
    by_ward = wards.read_all(data).sort_values("area", kind="stable", ignore_index=True)
    problems = []
    for place in places(data):
        try:
            return _make(place / folder.name, figures, near, by_ward)
        except OSError as error:
            problems.append(f"{place}: {error.strerror or error}")
    raise ReleaseError(f"cannot write the cache {', nor '.join(problems)}")


def _make(folder: Path, figures: pd.DataFrame, near: pd.DataFrame, by_ward: pd.DataFrame) -> Path:
    """Write the tables into a folder, which then takes its place; return it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=_MAKING, dir=folder.parent, ignore_cleanup_errors=True) as scratch:
        made = Path(scratch) / folder.name
        made.mkdir()
        figures.to_parquet(made / "figures.parquet", index=False, row_group_size=1000)
        near.to_parquet(made / "neighbours.parquet", index=False)
        by_ward.to_parquet(made / "wards.parquet", index=False, row_group_size=1000)
        figures[everywhere(figures)].to_parquet(made / "everywhere.parquet", index=False)
        _put(made, folder)
    files.use(folder)
    return folder


def read_areas(folder: Path, areas: list[str]) -> pd.DataFrame:
    """Return the figures of some areas from a cache, in the layout of `figures.csv`."""
    return pd.read_parquet(folder / "figures.parquet", filters=[("area", "in", areas)])


def read_indicators(folder: Path, indicators: list[str]) -> pd.DataFrame:
    """Return the figures of some indicators for every area from a cache, in the layout of `figures.csv`."""
    return pd.read_parquet(folder / "figures.parquet", filters=[("indicator", "in", indicators)])


def read_everywhere(folder: Path, areas: list[str]) -> pd.DataFrame:
    """Return from a cache what is wanted of every authority, these areas left out, in the layout of `figures.csv`."""
    figures = pd.read_parquet(folder / "everywhere.parquet")
    return figures[~figures["area"].isin(areas)]


def read_neighbours(folder: Path, area: str) -> pd.DataFrame:
    """Return an area's neighbours from a cache, in the layout of `neighbours.csv`."""
    return pd.read_parquet(folder / "neighbours.parquet", filters=[("area", "==", area)])


def read_wards(folder: Path, area: str) -> pd.DataFrame:
    """Return an area's wards from a cache, in the layout of `wards.csv`."""
    return pd.read_parquet(folder / "wards.parquet", filters=[("area", "==", area)])


def _put(made: Path, folder: Path) -> None:
    """Put a finished cache in its place and remove older ones that nobody uses.

    Another process may have been quicker at either.
    """
    try:
        os.replace(made, folder)
    except OSError:
        if not folder.is_dir():
            raise
    for older in folder.parent.iterdir():
        if older != folder and older.name != tables.FOLDER and not older.name.startswith((_MAKING, FITS)):
            files.remove_unused(older)
