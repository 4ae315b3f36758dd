"""All official releases that are present, read and put together."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.data.columns import columns_of
from analysis.data.tables import read_table
from analysis.official import neighbours
from analysis.official.assemble import Assembled, assemble
from analysis.official.releases import ReleaseError, in_order, load_releases, official_dir


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
    read_table(data / "releases.csv")  # the readers hold the files against it
    areas = read_table(data / "areas.csv").set_index("area")
    indicators = read_table(data / "indicators.csv").set_index("indicator")
    lists = [neighbours.read(r, folder, areas) for r in releases if r.layout == "neighbours"]
    nobody = pd.DataFrame(columns=columns_of("neighbours", data))
    return assemble(data, folder, releases, areas, indicators), lists[0] if lists else nobody
