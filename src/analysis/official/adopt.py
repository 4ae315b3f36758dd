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
from analysis.data.columns import read_texts
from analysis.data.tables import checked, read_table
from analysis.files import did_you_mean
from analysis.models import plan_backtest
from analysis.official import extract, lait, readers
from analysis.official.assemble import KEY, READERS, read_measures
from analysis.official.cross_checks import NOT_YET, brought_up
from analysis.official.fetch import unregistered
from analysis.official.geography import Places, load_districts
from analysis.official.releases import Release, ReleaseError, load_releases, needed, newest, official_dir, sha256
from analysis.official.tables import LARGER_ONES, Measure, is_period, load_measures, parse
from analysis.press.catalogue import load_catalogue
from analysis.press.reuse import data_read, read_report
from analysis.words import count

OF_A_DATE, OF_A_PERIOD = ("neighbours", "lait_dictionary"), ("sfr_wide", "hmrc_low_income", "section251")
"""Layouts that are of no period; and those whose cells do not say of what period they are."""
LAYOUTS = ({*READERS, *OF_A_DATE, readers.WARDS}) - {"panel"}
"""The layouts that are taken in: all that are read but that of the panel, as models rest on the one that is there."""
LISTED = 20
"""Revisions, or areas, that are told one by one."""
UNITS, LEAST = (1000, 100, 10, 5, 1), 9
"""What counts may be rounded to, and how many of them tell it."""
_MONTH = re.compile("|".join(calendar.month_name[1:]))


@contextlib.contextmanager
def adopted(data: Path, file: Path, about: dict[str, str]) -> Iterator[tuple[Path, list[str], dict[Path, bytes]]]:
    """Give a copy of the data folder with a file in it, what is told of that, and what is to be written by path.

    `about` has date, period, title and address where they are known, else "". Raises ReleaseError and BadTable, in one
    line, for a file that will not do, and where a registered release is not at hand.
    """
    folder = official_dir(data)
    release, old = recognised(data, file, about["date"], about["period"])
    others = [needed(data, other) for other in load_releases(data)]
    new, renewed = _registered(release, old, about), release.first <= old.first and old.last <= release.last
    new = replace(new, file=_target(folder, file, old))
    before, after = _content(data, folder, old), _content(data, file.parent, release)
    measures = [m for m in load_measures(data) if m.source == old.source]
    rounded = _rounded(measures, after[~after["time_period"].isin(before["time_period"])])
    said = [
        ", ".join(filter(None, (f"{new.source}: {new.title} ({new.date})", new.time_period, count(new.rows, "row"))))
    ]
    said += [f"{'in the place of' if renewed else 'beside'} {old.source}", *_told(data, before, after, renewed)]
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
            told_of = extracted.tables["revisions.csv"][["source", "old_source"]] == old.source
            _edit(copy, "sources", lambda table: _superseded(table, old, told_of.any(axis=None)))
        contents = {data / path.name: path.read_bytes() for path in copy.glob("*.csv")}
        contents = {p: text for p, text in contents.items() if not p.is_file() or p.read_bytes() != text}
        said += [_pages(data, copy, {path.name for path in contents}, old.source)]
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


def recognised(data: Path, file: Path, date: str = "", period: str = "") -> tuple[Release, Release]:
    """Return a file as a release, its periods and rows as found, and the registered one that it continues.

    Raises ReleaseError for a file of no layout that is read, or that is not in order, registered already or older.
    """
    if not file.is_file():
        raise ReleaseError(f"{file}: no such file")
    about, registered = {"file": file.name, "sha256": sha256(file), "bytes": file.stat().st_size}, load_releases(data)
    for known in (release for release in registered if release.sha256 == about["sha256"]):
        raise ReleaseError(f"{file.name}: is there already, as {known.source} ({known.file}): nothing to adopt")
    named = [r for r in registered if _letters(r) == re.sub(r"[^a-z]", "", file.name.lower())]
    for known in (release for release in named if release.layout not in LAYOUTS):
        raise _by_hand(f"{file.name}: models rest on {known.source} as it is")
    used, found, wrong = [r for r in registered if r.layout in LAYOUTS], [], []
    for known in sorted(named or used, key=_ends, reverse=True):
        try:
            trial = _dated(replace(known, **about, rows=None), date, period)
            found.append((_fitting(data, file.parent, trial), known))
        except ReleaseError as error:
            wrong.append(error)
    if not found and named:
        raise wrong[0]
    if not found:
        meant = did_you_mean(file.name, [Path(release.file).name for release in used])
        raise _by_hand(f"{file.name}: has not the columns of a release that can be adopted{meant}")
    apart = [(_ends(release) - _ends(known), release, known) for release, known in found]
    _, release, old = min(apart, key=lambda row: (row[0] < 0, abs(row[0])))  # the nearest of those before it, if any
    _check_periods(release, old, [r for r in used if _letters(r) == _letters(old)], period)
    return release, old


def _check_periods(release: Release, old: Release, series: list[Release], period: str) -> None:
    """Refuse a file whose periods are not as those of the release that it continues, or lie before those of a later."""
    if period and release.layout not in OF_A_PERIOD:
        raise ReleaseError(f"{release.file}: its cells say of what period it is: leave --period out")
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


def _letters(release: Release) -> str:
    """Return the letters of the name of a release's file: "neet/neet_la_2025.csv" → "neetlacsv"."""
    return re.sub(r"[^a-z]", "", Path(release.file).name.lower())


def _ends(release: Release) -> int:
    """Return the year in which a release's last period ends; of one without periods that of its date."""
    return last_year(release.last) if release.last else int(release.date[:4])


def _dated(trial: Release, date: str, period: str) -> Release:
    """Return a release with the date or the period that it is told to be of, where its cells do not say."""
    of_a_date, of_a_period = trial.layout in OF_A_DATE, trial.layout in OF_A_PERIOD
    if of_a_date and not re.match(r"\d{4}", date):
        like = f"such as {trial.date}"
        raise ReleaseError(f"{trial.file}: no cell says of what date it is: give it with --date, {like}")
    if of_a_period and not is_period(period):
        like = f"such as {trial.time_period}"
        raise ReleaseError(f"{trial.file}: no cell says of what period it is: give it with --period, {like}")
    told = {"date": date} if of_a_date else {"time_period": period} if of_a_period else {}
    return replace(trial, **told)


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
    """Return all that a release says, in figures' key, value and `stated`; raises ReleaseError as its reader does."""
    areas, indicators = (read_table(data / f"{name}s.csv").set_index(name) for name in ("area", "indicator"))
    if release.layout in READERS:
        measures = [m for m in load_measures(data) if m.source == release.source]
        return read_measures(data, folder, [release], measures, areas, indicators)
    if release.layout == readers.WARDS:
        found = readers.wards(release, folder, Places(areas), load_districts(data)).drop(columns="area")
        found = found.rename(columns={"ward": "area", "children": "value"}).assign(indicator="children")
        return found.assign(time_identifier="", stated=found["value"].map("{:.0f}".format))
    if release.layout == "neighbours":
        found = readers.read_neighbours(release, folder, areas)
        found = found.assign(indicator=[f"neighbour {rank}" for rank in found["rank"]], value=found["neighbour"])
        found["stated"] = found["neighbour"].map(areas["name"])
    else:
        found = lait.dictionary(needed(data, newest(data, "layout", "lait")), official_dir(data), release, folder)
        found = pd.DataFrame({"indicator": "title", "area": found.index, "value": found["title"]}, dtype=str)
        found["stated"] = found["value"]
    return found.assign(time_period="", time_identifier="")


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
    name, number = file.name, 2
    while (folder / Path(old.file).parent / name).exists():
        name, number = f"{file.stem}_{number}{file.suffix}", number + 1
    return f"{Path(old.file).parent}/{name}"


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


def _superseded(table: pd.DataFrame, old: Release, told_of: bool) -> pd.DataFrame:
    """Return the sources without a release that another took the place of, but for its name where revisions tell it."""
    here = table["source"] == old.source
    cells = {"sha256": "", "bytes": "", "note": "Not read here: revisions.csv alone tells of it"}
    kept = table.assign(**{name: table[name].mask(here, cell) for name, cell in cells.items()})
    return kept if told_of else table[~here]


def _compared(table: pd.DataFrame, new: Release, old: Release, renewed: bool) -> pd.DataFrame:
    """Return the comparisons of releases with the new one in the old one's place, or with its own beside them."""
    both = {column: {old.source: new.source} for column in ("source", "other_source")}
    ours = table[(table[list(both)] == old.source).any(axis=1)].assign(disagreeing="0", reason="")
    return table.replace(both) if renewed else pd.concat([table, ours.replace(both)], ignore_index=True)


# ---- what is told ---------------------------------------------------------------------------------------------------


def _told(data: Path, before: pd.DataFrame, after: pd.DataFrame, renewed: bool) -> list[str]:
    """Return what is new between two releases, over all areas: periods, areas, and values that were changed."""
    areas = read_table(data / "areas.csv").set_index("area")["name"].to_dict()
    (old, gone), (new, there) = ((set(table["time_period"]), set(table["area"])) for table in (before, after))
    found = {"new periods": new - old, "periods gone": old - new if renewed else ()}
    names = {"new areas": there - gone, "areas gone": gone - there}
    found |= {words: [areas.get(code, code) for code in codes] for words, codes in names.items()}
    both = before.merge(after, on=KEY, suffixes=("_old", ""))
    both = both[both["value_old"].notna() & both["value"].notna() & (both["value_old"] != both["value"])]
    both = both.assign(area=both["area"].map(lambda code: areas.get(code, code)))
    both["told"] = both["stated_old"] + " → " + both["stated"]
    rows = both[["indicator", "area", "time_period", "told"]].itertuples(index=False)
    lines = [f"revised: {', '.join(filter(None, row))}" for row in rows]
    said = [f"{words}: {', '.join(_few(sorted(which)))}" for words, which in found.items() if which]
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


def _pages(data: Path, copy: Path, changed: set[str], source: str) -> str:
    """Return which reports that are there read what has changed, or rest on one that does, as a line."""
    both = [read_texts(f, f.read_bytes()) for f in (folder / extract.FILES[0] for folder in (data, copy))]
    indicators, names = set(pd.concat(both).drop_duplicates(keep=False)["indicator"]), {}
    for path in sorted((data.parent / "reports").glob("[!.]*/[!.]*.ipynb")):
        read = data_read(read_report(path) or {"cells": []}) or {}
        tables = {"wards.csv" if table.startswith("wards of") else table for table in read.get("tables", ())}
        shown = indicators & {*read.get("figures", ()), *read.get("everywhere", ())}
        if shown or tables & changed or "neighbours.csv" in changed:
            names[path.stem] = None
    notebooks = data.parent / "notebooks"
    for entry in load_catalogue(notebooks) if notebooks.is_dir() else ():
        names |= {entry.name: None} if set(entry.rests_on) & set(names) or source in entry.releases else {}
    return f"pages that will change: {', '.join(names) or 'none'}"
