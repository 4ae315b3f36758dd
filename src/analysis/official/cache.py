"""Figures of every area from the full releases, kept as Parquet and made again when a release changes."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pandas as pd

from analysis import schemas
from analysis.official import neighbours, wards
from analysis.official.assemble import Assembled, assemble
from analysis.official.cache_folder import cache_folder
from analysis.official.everywhere import everywhere
from analysis.official.releases import ReleaseError, in_order, load_releases, official_dir
from analysis.reading import read_table

_MAKING = "making-"
FITS = "fits-"
"""How the names of folders begin that keep results of models beside the cache; see `kept`."""


def read_everything(data: Path) -> tuple[Assembled, pd.DataFrame]:
    """Read all releases that are present.

    Args:
        data: the project's data folder.

    Returns:
        The figures of every area with their revisions, and who is whose neighbour.

    Raises:
        ReleaseError: if no release is present, or one is not what the register says.
        BadTable: if a table of the data folder is not as described.
    """
    folder = official_dir(data)
    releases = in_order(load_releases(data), folder)
    if not releases:
        raise ReleaseError(f"no official releases in {folder}: run `analysis fetch`, or set ANALYSIS_OFFICIAL to them")
    areas = read_table(data / "areas.csv", schemas.AREAS).set_index("area")
    indicators = read_table(data / "indicators.csv", schemas.INDICATORS).set_index("indicator")
    lists = [neighbours.read(r, folder, areas) for r in releases if r.layout == "neighbours"]
    nobody = pd.DataFrame(columns=list(schemas.NEIGHBOURS.columns))
    return assemble(data, folder, releases, areas, indicators), lists[0] if lists else nobody


def ready(data: Path) -> Path:
    """Return the folder of the cache, made anew if a release, a table or the readers have changed.

    Raises:
        As `read_everything`; ReleaseError too if the cache cannot be written.
    """
    folder = cache_folder(data)
    if folder.is_dir():
        return folder
    everything, near = read_everything(data)
    try:
        folder.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=_MAKING, dir=folder.parent, ignore_cleanup_errors=True) as scratch:
            made = Path(scratch) / folder.name
            made.mkdir()
            figures = everything.figures.sort_values("area", kind="stable", ignore_index=True)
            figures.to_parquet(made / "figures.parquet", index=False, row_group_size=1000)
            near.to_parquet(made / "neighbours.parquet", index=False)
            by_ward = wards.read_all(data).sort_values("area", kind="stable", ignore_index=True)
            by_ward.to_parquet(made / "wards.parquet", index=False, row_group_size=1000)
            figures[everywhere(figures)].to_parquet(made / "everywhere.parquet", index=False)
            _put(made, folder)
    except OSError as error:
        raise ReleaseError(f"cannot write the cache {folder.parent}: {error.strerror or error}") from None
    return folder


def read_areas(folder: Path, areas: list[str]) -> pd.DataFrame:
    """Return the figures of some areas from a cache, in the layout of `figures.csv`."""
    return pd.read_parquet(folder / "figures.parquet", filters=[("area", "in", areas)])


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
    """Put a finished cache in its place and remove older ones; another process may have been quicker at either."""
    try:
        os.replace(made, folder)
    except OSError:
        if not folder.is_dir():
            raise
    for older in folder.parent.iterdir():
        if older != folder and not older.name.startswith((_MAKING, FITS)):
            shutil.rmtree(older, ignore_errors=True)
