"""Tables beside the figures: children in low-income families by ward, the panel of spending, and what models gave.

Like figures, they are remembered when asked for, so that a page lists them among its sources and is made again when
they change.
"""

from __future__ import annotations

import pandas as pd

from analysis.figures import Figures
from analysis.narrative import count
from analysis.official import spend_panel
from analysis.reading import read_table

WARDS, ESTIMATES, PANEL = "wards.csv", "panel_estimates.csv", "the panel of spending"
_WARDS_OF = "wards of "


def wards(figures: Figures, area: str) -> pd.DataFrame:
    """Return an area's wards in the layout of `wards.csv`, every year, in the release's order; none if it has none.

    Raises:
        BadTable, ReleaseError: as `Figures`.
    """
    figures.asked.tables.add(_WARDS_OF + area)
    found = _wards(figures, area)
    if len(found):
        about = {"figure": "Children under 16 in low-income families, after housing costs, by ward"}
        places = f"Number and percentage of children, {found['time_period'].min()} to {found['time_period'].max()}"
        _note(figures, found["source"].iloc[0], about | {"stated": count(len(found), "row"), "place": places}, area)
    return found


def estimates(figures: Figures) -> pd.DataFrame:
    """Return `panel_estimates.csv` with its id as index: models of all authorities, the same for every report.

    Raises:
        BadTable: if it is not as described.
    """
    figures.asked.tables.add(ESTIMATES)
    found = read_table(figures.folder / ESTIMATES)
    about = {"figure": "Child poverty and children entering care: estimates worked out here from the panel"}
    about |= {
        "stated": count(len(found), "estimate"),
        "place": " and ".join([found["exposure"][0], found["outcome"][0]]),
    }
    _note(figures, found["source"][0], about, "E92000001")
    return found.set_index("estimate")


def panel(figures: Figures) -> pd.DataFrame:
    """Return the panel of spending and outcomes, every authority and year; see `official.spend_panel.read`.

    Raises:
        ReleaseError: if the release is not there, or not in order.
    """
    figures.asked.tables.add(PANEL)
    found = spend_panel.read(figures.folder, figures.areas)
    about = {
        "figure": "Early-help and safeguarding spend per child; children looked after, on protection plans and in need",
        "stated": count(len(found), "row"),
        "place": f"{len(spend_panel.COLUMNS)} columns, {found['year'].min()} to {found['year'].max()}",
        "note": "Isles of Scilly, Isle of Wight and City of London are left out, as in the published study",
    }
    _note(figures, spend_panel.SOURCE, about, "E92000001")
    return found


def content(figures: Figures, name: str) -> bytes:
    """Return what a table that was asked for holds, as bytes: of wards only those of the area asked for."""
    if name == PANEL:  # its bytes, as the register has them: a file with others is refused when it is read
        return str(figures.sources.at[spend_panel.SOURCE, "sha256"]).encode()
    if name.startswith(_WARDS_OF):
        return _wards(figures, name.removeprefix(_WARDS_OF)).to_csv(lineterminator="\n").encode()
    file = figures.folder / name
    return file.read_bytes() if file.is_file() else b""


def _wards(figures: Figures, area: str) -> pd.DataFrame:
    if figures.documents:
        table = read_table(figures.folder / WARDS)
        return table[table["area"] == area].reset_index(drop=True)
    from analysis.official import cache  # reads Parquet: only needed here

    return cache.read_wards(cache.ready(figures.folder), area)


def _note(figures: Figures, source: str, about: dict[str, str], area: str) -> None:
    row = {
        "source": source,
        "figure": "",
        "area": figures.area_name(area),
        "stated": "",
        "place": "",
        "note": "",
    } | about
    if row not in figures.asked.rows:
        figures.asked.rows.append(row)
