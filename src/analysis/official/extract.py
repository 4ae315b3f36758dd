"""`analysis extract`: the embedded official figures, made again from the full releases.

Five tables of `data/` are written, of which `revisions.csv` only grows; the wards and the estimates are left as they
are where their release is not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.data.columns import columns_of, key_of
from analysis.data.figure import ENGLAND, UNITED_KINGDOM
from analysis.data.tables import checked, read_table
from analysis.files import put_all
from analysis.models import estimates
from analysis.official.assemble import KEY, Assembled, read_everything
from analysis.official.cache import everywhere
from analysis.official.readers import read_wards
from analysis.official.releases import ReleaseError

COMPARATORS = (ENGLAND, UNITED_KINGDOM)
"""England, and the United Kingdom for the measures that have no figure for England."""
FILES = ("figures_official.csv", "neighbours.csv", "revisions.csv", "wards.csv", "panel_estimates.csv")


@dataclass(frozen=True)
class Extracted:
    """The tables by file name, and what changed: keys of figures as tuples (indicator, area, period, identifier).

    `withheld` had a value and now has a symbol; `everything` is what the tables are taken from.
    """

    tables: dict[str, pd.DataFrame]
    new: list[tuple]
    gone: list[tuple]
    withheld: list[tuple]
    revised: pd.DataFrame
    everything: Assembled


def extract(data: Path) -> Extracted:
    """Work out the embedded tables from the full releases; nothing is written. Raises as `assemble.read_everything`."""
    everything, near = read_everything(data)
    areas = read_table(data / "areas.csv").set_index("area")
    own = areas[areas["has_published"] == "true"]  # of these, of their regions and neighbours all figures are embedded
    near = near[near["area"].isin(own.index)].reset_index(drop=True)
    embedded = {*own.index, *own["region"], *near["neighbour"], *COMPARATORS}
    figures = everything.figures
    figures = figures[figures["area"].isin(embedded) | everywhere(figures)].reset_index(drop=True)
    before, log = (_before(data / name) for name in (FILES[0], FILES[2]))
    revised = changed(before, figures)
    of_these = everything.revisions[_in(everything.revisions, figures, KEY)]
    log = pd.concat([log, of_these, revised]).drop_duplicates(key_of("revisions", data), ignore_index=True)
    marked = (figures["symbol"] == "") & _in(figures, log, [*KEY, "source"])
    figures = figures.assign(symbol=figures["symbol"].mask(marked, "r"))
    by_ward, fitted = read_wards(data), estimates.read_all(data)
    by_ward = by_ward[by_ward["area"].isin(own.index)].reset_index(drop=True)
    tables = dict(zip(FILES, (figures, near, log, by_ward, fitted), strict=True))
    tables = {name: table for name, table in tables.items() if len(table) or name in FILES[:3]}
    old, new = (_keys(table) for table in (before, figures))
    withheld = _keys(before[before["value"].notna()]) & _keys(figures[figures["value"].isna()])
    return Extracted(tables, sorted(new - old), sorted(old - new), sorted(withheld), revised, everything)


def write(data: Path, extracted: Extracted, more: dict[str, bytes] | None = None) -> list[str]:
    """Write the tables, and more as bytes by file name, that differ from those in the data folder; return their names.

    A table without rows is left as it is, but for the figures. Nothing is written if one is not as described (BadTable)
    or cannot be written (ReleaseError).
    """
    content = {
        name: table.to_csv(index=False, lineterminator="\n", float_format="%.12g").encode()
        for name, table in extracted.tables.items()
        if len(table) or name == FILES[0]
    } | (more or {})
    for name, text in content.items():
        checked(data / name, text)
    before = {name: (data / name).read_bytes() if (data / name).is_file() else None for name in content}
    try:
        put_all({data / name: text for name, text in content.items()})
    except OSError as error:
        raise ReleaseError(f"cannot write into {data}: {error.strerror or error}") from None
    return [name for name, text in content.items() if text != before[name]]


def said(extracted: Extracted) -> list[str]:
    """Return what an extraction found, a line each: revisions, what has gone, then counts of what is new."""
    lines = [
        f"revised: {', '.join(map(str, row[:4]))}: {row.old} ({row.old_source}) is now {row.new} ({row.source})"
        for row in extracted.revised.itertuples(index=False)
    ]
    lines += [f"now withheld: {key}" for key in _together(extracted.withheld)]
    lines += [f"no longer there: {key}" for key in _together(extracted.gone)]
    return [*lines, f"{len(extracted.tables[FILES[0]]):,} figures, {len(extracted.new):,} of them new"]


def _together(keys: list[tuple]) -> list[str]:
    """Return keys of figures as text, a line each; those of over five areas with one indicator and period as one."""
    table = pd.DataFrame(keys, columns=KEY)
    lines = []
    for (indicator, *period), rows in table.groupby([name for name in KEY if name != "area"], sort=False):
        areas = [f"{len(rows)} areas"] if len(rows) > 5 else list(rows["area"])
        lines += [", ".join([indicator, area, *period]) for area in areas]
    return sorted(lines)


def _before(path: Path) -> pd.DataFrame:
    if path.is_file() and path.read_text(encoding="utf-8").count("\n") > 1:
        return read_table(path)
    return pd.DataFrame(columns=columns_of(path.stem, path.parent))


def _keys(table: pd.DataFrame) -> set[tuple]:
    return set(table[KEY].itertuples(index=False, name=None))


def _in(table: pd.DataFrame, other: pd.DataFrame, key: list[str]) -> np.ndarray:
    """Say of each row whether another table has one of its key."""
    return pd.MultiIndex.from_frame(table[key]).isin(pd.MultiIndex.from_frame(other[key]))


def changed(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return the figures whose value a release has changed since the last extraction, as revisions.

    A value that is rounded or read differently here is none: the release states what it stated.
    """
    both = old.merge(new, on=KEY, suffixes=("_old", ""))
    both = both[both["value_old"].notna() & both["value"].notna() & (both["stated_old"] != both["stated"])]
    both = both[both["value_old"] != both["value"]]
    both = both[(both["source_old"] != both["source"]) | (both["locator_old"] == both["locator"])]
    named = both.rename(columns={"stated_old": "old", "stated": "new", "source_old": "old_source"})
    return named[columns_of("revisions")]
