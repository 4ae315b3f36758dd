"""What is kept of the releases: figures of every area as Parquet, and what models take long to work out from them."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import files
from analysis.official.releases import ReleaseError, cache_folder, cache_place

LATEST = (
    "factor_alcohol_parent_share", "factor_drugs_parent_share", "factor_domestic_abuse_parent_share",
    "factor_mental_health_parent_share", "referrals_rate", "referrals_no_action_rate", "cin_rate", "cpp_starts_rate",
    "cla_rate", "cla_starts_rate", "cla_ceased_per_100", "cla_ceased_rate", "ehc_plans_20_weeks_rate",
    "low_income_ahc_rate_under_16", "pupils_with_plan_rate",
)  # fmt: skip
"""Indicators whose latest period is embedded, and read, for every authority."""
EVERY_PERIOD = ("neet_16_17_or_not_known_rate",)
"""Indicators of which a reader chooses the period: every one with a value and a number of cases is embedded."""
COMPARED = ("panel_referrals", "panel_cpp_number", "panel_cla_number")
"""Indicators that a published claim compares over all authorities, in two years."""
YEARS = ("2012", "2013")
EVERYWHERE = LATEST + EVERY_PERIOD + COMPARED
_AUTHORITY = r"E(06|08|09|10)"
"""How the codes of upper-tier authorities begin."""
_MAKING, _FITS = "making-", "fits-"
"""How the names of folders begin in which a cache is being made, and of those that keep results of models."""
LIBRARIES = ("numpy", "pandas", "scipy", "statsmodels", "linearmodels")


def everywhere(figures: pd.DataFrame) -> pd.Series:
    """Return which figures, in the layout of `figures.csv`, are wanted of every authority, a truth value a row."""
    wanted = figures["indicator"].isin(EVERYWHERE) & figures["area"].str.match(_AUTHORITY)
    latest = figures[wanted].groupby("indicator")["time_period"].transform("max").reindex(figures.index)
    last = figures["indicator"].isin(LATEST) & (figures["time_period"] == latest)
    counted = figures["indicator"].isin(EVERY_PERIOD) & figures["value"].notna() & (figures["base"] > 0)
    compared = figures["indicator"].isin(COMPARED) & figures["time_period"].isin(YEARS)
    return wanted & (last | counted | compared)


def ready(data: Path) -> Path:
    """Return the folder of the cache, made anew if a release, a table or the readers have changed.

    It stays while this process lives. Raises as `assemble.read_everything`; ReleaseError if it cannot be written.
    """
    folder = cache_folder(data)
    if files.use(folder):
        return folder
    from analysis.official import assemble, readers  # these read and check releases: only needed here

    everything, near = assemble.read_everything(data)
    figures = everything.figures.sort_values("area", kind="stable", ignore_index=True)
    by_ward = readers.read_wards(data).sort_values("area", kind="stable", ignore_index=True)
    made = {"figures": figures, "neighbours": near, "wards": by_ward, "everywhere": figures[everywhere(figures)]}
    with _writing(folder.parent):
        _make(folder, made)
    return folder


def read(folder: Path, table: str, column: str, which: str, values: Iterable[str]) -> pd.DataFrame:
    """Return rows of a table of the cache (a folder from `ready`) with a value "in" or "not in" some in a column.

    The tables are "figures", "neighbours" and "wards", in the layouts of `data/`, and "everywhere" of all authorities.
    """
    return pd.read_parquet(folder / f"{table}.parquet", filters=[(column, which, list(values))])


@contextlib.contextmanager
def _writing(place: Path) -> Iterator[None]:
    """Make the folder of caches, and refuse where something cannot be written into it."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise ReleaseError(f"cannot write the cache {place}: {error.strerror or error}") from None


def _make(folder: Path, made: dict[str, pd.DataFrame]) -> None:
    """Write tables into a folder, which then takes its place, and remove older ones that nobody uses.

    Another process may have been quicker at either.
    """
    with tempfile.TemporaryDirectory(prefix=_MAKING, dir=folder.parent, ignore_cleanup_errors=True) as scratch:
        whole = Path(scratch) / folder.name
        whole.mkdir()
        for name, table in made.items():
            table.to_parquet(whole / f"{name}.parquet", index=False, row_group_size=1000)
        try:
            os.replace(whole, folder)
        except OSError:
            if not folder.is_dir():
                raise
    files.use(folder)
    for older in folder.parent.iterdir():
        if older != folder and not older.name.startswith((_MAKING, _FITS)):
            files.remove_unused(older)


class Kept:
    """Results that take long to work out, kept beside the cache of a data folder, each under what it follows from.

    `inputs` is what all rest on, such as the SHA-256 of a release, `code` the modules that work them out. A result that
    is missing or of other inputs is worked out again; the same inputs give the same bytes.
    """

    def __init__(self, data: Path, inputs: Iterable[str], code: Iterable[Path]) -> None:
        parts = ["\0".join(inputs).encode(), *(b"\0" + file.read_bytes() for file in code)]
        parts += [" ".join(metadata.version(name) for name in LIBRARIES).encode()]
        self.place, self.name = cache_place(data), f"{_FITS}{hashlib.sha256(b''.join(parts)).hexdigest()[:16]}"

    def get(self, which: dict[str, Any], make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Return the result that is kept under `which`, or make and keep it; both are what JSON can hold.

        Raises ReleaseError if it cannot be written.
        """
        file = self.place / self.name / f"{hashlib.sha256(_text(which).encode()).hexdigest()[:24]}.json"
        if not file.is_file():
            with _writing(self.place), files.turn(self.place):  # of two reports that need it at once, one works it out
                if not file.is_file():
                    self._keep(file, _text(make()).encode())
        return json.loads(file.read_bytes())

    def _keep(self, file: Path, content: bytes) -> None:
        """Write a result, and remove those of other inputs."""
        files.put(file, content)
        for older in self.place.glob(f"{_FITS}*"):
            if older != file.parent:
                shutil.rmtree(older, ignore_errors=True)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
