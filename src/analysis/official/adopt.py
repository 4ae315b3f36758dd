"""`analysis adopt`: a file that a publisher has issued anew takes its place among the releases, with all that follows.

A file that holds all periods of a registered release takes its place; any other stands beside it, as that of a year.
All is worked out in a copy of the data folder: a file that will not do changes nothing.
"""

from __future__ import annotations

import calendar
import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd

from analysis.data.areas import last_year
from analysis.data.columns import columns_of, read_texts
from analysis.data.tables import checked, read_table
from analysis.files import did_you_mean
from analysis.models import plan_backtest
from analysis.official import extract, lait, readers
from analysis.official.assemble import READERS, read_measures
from analysis.official.cross_checks import NOT_YET, brought_up
from analysis.official.fetch import unregistered
from analysis.official.geography import Places, load_districts
from analysis.official.releases import Release, ReleaseError, load_releases, needed, newest, official_dir, sha256
from analysis.official.tables import LARGER_ONES, Measure, load_measures, parse
from analysis.words import count

OF_A_DATE = ("neighbours", "lait_dictionary")
"""Layouts that are of no period."""
LAYOUTS = ("ees", "lait", "dwp_low_income", readers.WARDS, *OF_A_DATE)
"""The layouts that are taken in. Models rest on the panel as it is; the others are issued no more."""
LISTED = 20
"""Revisions, or areas, that are told one by one."""
UNITS, LEAST = (1000, 100, 10, 5, 1), 9
"""What counts may be rounded to, and how many of them tell it."""
_MONTH = re.compile("|".join(calendar.month_name[1:]))


@contextlib.contextmanager
def adopted(data: Path, file: Path, about: dict[str, str]) -> Iterator[tuple[Path, list[str], dict[Path, bytes]]]:
    """Give a copy of the data folder with a file in it, what is told of that, and what is to be written by path.

    `about` has date, title and address where they are known, else "". Raises ReleaseError and BadTable, in one line,
    for a file that will not do, and where a registered release is not at hand.
    """
    folder = official_dir(data)
    release, old = recognised(data, file, about["date"])
    others = [needed(data, other) for other in load_releases(data)]
    new, renewed = _registered(release, old, about), release.first <= old.first and old.last <= release.last
    new = replace(new, file=_target(folder, file, old))
    before, after = _content(data, folder, old), _content(data, file.parent, release)
    measures = [m for m in load_measures(data) if m.source == old.source]
    rounded = _rounded(measures, after[~after["time_period"].isin(before["time_period"])])
    said = [
        ", ".join(filter(None, (f"{new.source}: {new.title} ({new.date})", new.time_period, count(new.rows, "row"))))
    ]
    said += [f"{'in the place of' if renewed else 'beside'} {old.source}", *_told(data, before, after)]
    said += [f"rounding of {name}: {unit}{', see measures.csv' * renewed}" for name, unit in rounded.items()]
    with tempfile.TemporaryDirectory() as scratch, _without_official():
        copy = Path(scratch) / "data"
        shutil.copytree(data, copy, ignore=shutil.ignore_patterns(".cache", "official"))
        for place, source in [*((r.file, r.path(folder)) for r in others), (new.file, file)]:
            (copy / "official" / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy / "official" / place)
        for name in ("sources", "releases", "measures"):
            in_place = renewed and (name != "sources" or new.source == old.source)
            _edit(copy, name, lambda table, there=in_place: _as_new(table, new, old, there, rounded))
        _edit(copy, "cross_checks", lambda table: _compared(table, new, old, renewed))
        extracted = extract.extract(copy)
        extract.write(copy, extracted, plan_backtest.content(copy))
        _edit(copy, "cross_checks", lambda table: brought_up(copy, table, extracted.everything, new.source))
        for row in read_table(copy / "cross_checks.csv").itertuples():
            if row.reason.endswith(NOT_YET.format("", new.source)):
                both = f"{row.source or 'ours'} and {row.other_source or 'ours'}"
                said.append(f"disagrees, see why: {row.indicator} of {both}")
        said += [line for line in extract.said(extracted) if not line.startswith("revised: ")]
        if renewed and new.source != old.source:
            _edit(copy, "sources", lambda table: _superseded(table, new, old))
        contents = {data / path.name: path.read_bytes() for path in copy.glob("*.csv")}
        contents = {p: text for p, text in contents.items() if not p.is_file() or p.read_bytes() != text}
        for path in (data.parent / "notebooks").glob("*.*") if renewed else ():  # where one needs a release by its id
            contents[path] = re.sub(rf"\b{old.source}\b".encode(), new.source.encode(), path.read_bytes())
        if not new.path(folder).is_file():
            contents[new.path(folder)] = file.read_bytes()
        yield copy, said, contents


@contextlib.contextmanager
def _without_official() -> Iterator[None]:
    """Let the folder of releases be that of a copy, whatever ANALYSIS_OFFICIAL says."""
    named = os.environ.pop("ANALYSIS_OFFICIAL", None)
    try:
        yield
    finally:
        os.environ |= {} if named is None else {"ANALYSIS_OFFICIAL": named}


# ---- which release a file continues ---------------------------------------------------------------------------------


def recognised(data: Path, file: Path, date: str = "") -> tuple[Release, Release]:
    """Return a file as a release, its periods and rows as found, and the registered one that it continues.

    Raises ReleaseError for a file of no layout that is read, or that is not in order, registered already or older.
    """
    if not file.is_file():
        raise ReleaseError(f"{file}: no such file")
    about, registered = {"file": file.name, "sha256": sha256(file), "bytes": file.stat().st_size}, load_releases(data)
    for known in (release for release in registered if release.sha256 == about["sha256"]):
        raise ReleaseError(f"{file.name}: is there already, as {known.source} ({known.file}): nothing to adopt")
    named = [release for release in registered if _letters(release.file) == _letters(file)]
    for known in (release for release in named if release.layout not in LAYOUTS):
        raise _by_hand(f"{file.name}: {known.source} is read as it is")
    used, found, wrong = [r for r in registered if r.layout in LAYOUTS], [], []
    for known in sorted(named or used, key=_ends, reverse=True):
        trial = replace(known, **about, rows=None)
        try:
            if known.layout in OF_A_DATE and not re.match(r"\d{4}", date):
                raise ReleaseError(
                    f"{file.name}: no cell says of what date it is: give it with --date, as {known.date}"
                )
            found.append((_fitting(data, file.parent, replace(trial, date=date or known.date)), known))
        except ReleaseError as error:
            wrong.append(error)
    if not found and named:
        raise wrong[0]
    if not found:
        meant = did_you_mean(file.name, [Path(release.file).name for release in used])
        raise _by_hand(f"{file.name}: has not the columns of a release that can be adopted{meant}")
    apart = [(_ends(release) - _ends(known), release, known) for release, known in found]
    _, release, old = min(apart, key=lambda row: (row[0] < 0, abs(row[0])))  # the nearest of those before it, if any
    _check_periods(release, old, [r for r in used if _letters(r.file) == _letters(old.file)])
    return release, old


def _check_periods(release: Release, old: Release, series: list[Release]) -> None:
    """Refuse a file whose periods are not as those of the release that it continues, or lie before those of a later."""
    if (release.first == release.last) != (old.first == old.last) or len(release.first) != len(old.first):
        expected = f"expected them as {old.source} has: {old.time_period}"
        raise ReleaseError(f"{release.file}: found the periods {release.time_period}; {expected}")
    for other in (r for r in series if r.first <= release.last < r.last):
        raise ReleaseError(f"{release.file}: ends in {release.last}, and {other.source} in {other.last}: it is older")


def _by_hand(words: str) -> ReleaseError:
    """Return a refusal that says how a release is registered without this command."""
    return ReleaseError(
        f"{words}; by hand: give it a row in releases.csv and, with sha256 and bytes, one in sources.csv"
    )


def _letters(file: str | Path) -> str:
    """Return the letters of a file's name: "neet/neet_la_2025.csv" → "neetlacsv"."""
    return re.sub(r"[^a-z]", "", Path(file).name.lower())


def _ends(release: Release) -> int:
    """Return the year in which a release's last period ends; of one without periods that of its date."""
    return last_year(release.last) if release.last else int(release.date[:4])


def _fitting(data: Path, folder: Path, trial: Release) -> Release:
    """Return a release with the rows and periods that its file has, all of it read and in order."""
    settled: set[str] = set()
    while True:
        try:
            _content(data, folder, trial)
            return trial
        except ReleaseError as error:
            if not error.fits or settled & error.fits.keys():
                raise
            settled |= error.fits.keys()
            trial = replace(trial, **error.fits)


def _content(data: Path, folder: Path, release: Release) -> pd.DataFrame:
    """Return the figures of a release, none if it has others than `measures.csv` names; raises as its reader does."""
    areas, indicators = (read_table(data / f"{name}s.csv").set_index(name) for name in ("area", "indicator"))
    if release.layout in READERS:
        measures = [m for m in load_measures(data) if m.source == release.source]
        return read_measures(data, folder, [release], measures, areas, indicators)
    if release.layout == readers.WARDS:
        readers.wards(release, folder, Places(areas), load_districts(data))
    elif release.layout == "neighbours":
        readers.read_neighbours(release, folder, areas)
    else:
        lait.dictionary(needed(data, newest(data, "layout", "lait")), official_dir(data), release, folder)
    return pd.DataFrame(columns=columns_of("figures"))


def newer(data: Path) -> list[str]:
    """Return a line for each file in the folder of releases that is none of the register's, but newer than one."""
    said = []
    for path in unregistered(data):
        with contextlib.suppress(ReleaseError):  # of another layout, or older
            release, old = recognised(data, path)
            if last_year(release.last) > last_year(old.last):
                said.append(f"newer: {path.name} has {release.last}, {old.source} {old.last} → analysis adopt {path}")
    return said


# ---- the register ---------------------------------------------------------------------------------------------------


def _registered(release: Release, old: Release, about: dict[str, str]) -> Release:
    """Return a release with id, title and date as those of the one before, so many years later, or as they are told.

    No month is made up: a date that is not told is a year.
    """
    years = _ends(release) - _ends(old)
    source = re.sub(r"\d{4}$", lambda year: str(int(year[0]) + years), old.source)
    later = {old.source[-4:]: source[-4:], old.last[:4]: release.last[:4]}
    later |= {old.first[:4]: release.first[:4]} if old.first != old.last else {}
    title = about["title"] or re.sub(r"\d{4}", lambda year: later.get(year[0], year[0]), old.title)
    if years and not about["title"] and (title == old.title or _MONTH.search(old.title)):
        raise ReleaseError(f"{release.file}: no title follows from {old.title!r}: give it with --title")
    date = about["date"] or (str(int(old.date[:4]) + years) if years else old.date)
    if years >= 0 and date < old.date[: len(date)]:
        raise ReleaseError(f"{release.file}: its date {date} is before that of {old.source}, {old.date}")
    return replace(release, source=source, title=title, date=date, address=about["address"])


def _target(folder: Path, file: Path, old: Release) -> str:
    """Return where a file lies in the folder of releases, or is to lie: nothing that is there is overwritten."""
    if file.resolve().parent.parent == folder.resolve():
        return f"{file.resolve().parent.name}/{file.name}"
    place = Path(old.file).parent / file.name
    while (folder / place).exists():
        place = place.with_stem(f"{place.stem}_")
    return place.as_posix()


def _edit(copy: Path, name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """Change a table of the copy as text; raises BadTable if it is not as described then."""
    path = copy / f"{name}.csv"
    made = change(read_texts(path, path.read_bytes())).to_csv(index=False, lineterminator="\n").encode()
    checked(path, made)
    path.write_bytes(made)


def _as_new(table: pd.DataFrame, new: Release, old: Release, renewed: bool, rounded: dict[str, str]) -> pd.DataFrame:
    """Return a table of the register with rows of the new release in the place of the old one's, or after them."""
    here = table["source"] == old.source
    names = ["source"] if "measure" in table else [name for name in table if hasattr(new, name)]
    made = table[here].assign(**{name: str(getattr(new, name)) for name in names})
    made = made.assign(note="") if "note" in table else made
    if "rounding" in table and not renewed:  # else earlier periods are rounded as they were
        cells = zip(made["measure"], made["per"] + made["base"], made["rounding"], strict=True)
        made["rounding"] = [before if rate else rounded.get(column, before) for column, rate, before in cells]
    if renewed or made.empty:
        return pd.concat([table[~here], made]).sort_index(kind="stable")
    cut = here.to_numpy().nonzero()[0].max() + 1
    return pd.concat([table[:cut], made, table[cut:]])


def _superseded(table: pd.DataFrame, new: Release, old: Release) -> pd.DataFrame:
    """Return the sources with a release that another took the place of by its name alone, as revisions may tell it."""
    cells = {"sha256": "", "bytes": "", "note": f"Not read here: {new.source} took its place"}
    return table.assign(**{name: table[name].mask(table["source"] == old.source, cell) for name, cell in cells.items()})


def _compared(table: pd.DataFrame, new: Release, old: Release, renewed: bool) -> pd.DataFrame:
    """Return the comparisons of releases with the new one in the old one's place, or with its own beside them."""
    both = {column: {old.source: new.source} for column in ("source", "other_source")}
    ours = table[(table[list(both)] == old.source).any(axis=1)].assign(disagreeing="0", reason="")
    return table.replace(both) if renewed else pd.concat([table, ours.replace(both)], ignore_index=True)


# ---- what is told ---------------------------------------------------------------------------------------------------


def _told(data: Path, before: pd.DataFrame, after: pd.DataFrame) -> list[str]:
    """Return what is new between two releases, over all areas: periods, areas, and values that were changed."""
    areas = read_table(data / "areas.csv").set_index("area")["name"].to_dict()
    said = []
    for words, name, here, there in (
        ("new periods", "time_period", after, before),
        ("new areas", "area", after, before),
        ("areas gone", "area", before, after),
    ):
        if only := sorted(areas.get(one, one) for one in set(here[name]) - set(there[name])):
            said.append(f"{words}: {', '.join(_few(only))}")
    lines = [
        f"revised: {row.indicator}, {areas[row.area]}, {row.time_period}, {row.old} → {row.new}"
        for row in extract.changed(before, after).itertuples()
    ]
    return [*said, *_few(lines), count(len(lines), "revision")]


def _few(items: list[str]) -> list[str]:
    """Return the first of many, and how many more there are."""
    return [*items[:LISTED], *([f"… and {len(items) - LISTED} more"] if len(items) > LISTED else [])]


def _rounded(measures: list[Measure], figures: pd.DataFrame) -> dict[str, str]:
    """Return to what new counts are rounded, by column, where it is not what the release before was rounded to.

    Nine numbers or more that are all in tens are no chance; areas smaller and larger are looked at apart.
    """
    made = {}
    for measure in (m for m in measures if not (m.per or m.of) and m.rounding[0][0] >= 1):
        rows = figures[(figures["indicator"] == measure.indicator) & (figures["value"].abs() > 0)]
        units, known = [], []
        for _, part in rows.groupby(rows["area"].str.startswith(LARGER_ONES)):
            values = [parse(text)[0] for text in part["stated"]]
            fits = [unit for unit in UNITS if all(value % unit == 0 for value in values)]
            known.append(measure.unit(part["area"].iloc[0], part["time_period"].max()))
            units.append(float(fits[0]) if len(values) >= LEAST and fits else known[-1])
        if units != known:
            made[measure.measure] = "; ".join([f"{units[0]:g}", *(f"{unit:g} larger" for unit in units[1:])])
    return made
