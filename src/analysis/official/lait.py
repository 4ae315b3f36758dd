"""The extract of the Department for Education's local authority interactive tool: one row a measure, area and year.

`read` gives the measures that are indicators here, `lait` any measure at all, as a tidy table.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.data.areas import last_year
from analysis.data.tables import read_table
from analysis.files import did_you_mean
from analysis.official.geography import Places
from analysis.official.releases import Release, needed, newest, official_dir
from analysis.official.tables import (
    ROWS,
    Measure,
    is_period,
    parse,
    read_as,
    read_text,
    refuse,
    refuse_where,
    require,
    span,
    whole,
)

_COLUMNS = ["Short Desc", "Years", "LA and Regions", "Values", "LA Number"]
_YEARS = re.compile(r"([0-9]{4})(?:[-/]([0-9]{2}))?(?: \((?:OT|Rev|Final|prov)\))?", re.IGNORECASE)
_FRACTION = re.compile(r"-?[0-9]+(\.[0-9]+([eE]-[0-9]{1,3})?|[eE]-[0-9]{1,3})")
_AREA_NUMBERS = (201, 969)
"""The first and last number that is an authority's; those above stand for regions and England, known by name."""

LAYOUTS = ("lait", "lait_dictionary")
"""The layouts in `releases.csv` of the two files that `lait` reads: the extract, and what its measures are."""
_ABOUT = {
    "Measure_short": "id", "Chart_title": "title", "Measure": "short", "Topic": "topic", "y_axis_name": "label",
    "dps": "dps", "Year_Type": "years", "Polarity": "polarity", "Description": "definition", "Next Update": "due",
    "Hyperlink(s)": "link", "Data Owner (DO) /Supplier and Contact Details": "owner",
}  # fmt: skip
_IDENTIFIERS = {"Calendar Year": "Calendar year", "Annual - January": "January", "Annual (end of Sept)": "September"}
"""What a period of four digits is, by the dictionary's kind of year; of any other it is named by its year."""
_SPAN = re.compile(r"(?P<first>[0-9]{4}(/[0-9]{2})?)-(?P<last>[0-9]{2}(/[0-9]{2})?)")
_LISTED = 5


class NoSuchMeasure(LookupError):
    """No measure of the tool, or more than one, is meant by some words; one line says which there are."""


def read(release: Release, folder: Path, wanted: list[Measure]) -> pd.DataFrame:
    """Read measures from the extract, as the `readers` do.

    "Data item" is not used: it is blank on most rows. "Short Desc" is the key to the dictionary.
    """
    table = _table(release, folder, [m.measure for m in wanted])
    refuse_where(release, table, ~table["period"].map(is_period), "Years", "one year, or two in a row")
    rows = [_measure(release, table, m.measure).assign(indicator=m.indicator, per="", base="") for m in wanted]
    return pd.concat(rows, ignore_index=True)[ROWS]


@lru_cache(maxsize=1)  # a process that looks at several measures reads the file once
def _extract(release: Release, folder: Path) -> pd.DataFrame:
    """Return the extract as it is, its columns there and of their types, none of its rows lost."""
    try:
        table = pd.read_parquet(release.path(folder))
    except Exception:  # pyarrow raises many types for a broken file
        refuse(release, "", "not a Parquet file that can be read; expected the extract as published")
    require(release, _COLUMNS, table.columns)
    whole(release, len(table))
    for name in _COLUMNS:
        if pd.api.types.is_numeric_dtype(table[name]) != (name == "LA Number"):
            refuse(release, f"column {name}", f"expected {'numbers' if name == 'LA Number' else 'text'}")
    return table


@lru_cache(maxsize=1)
def _rows(release: Release, folder: Path) -> dict[str, np.ndarray]:
    """Return at which rows of the extract each measure stands."""
    return _extract(release, folder).groupby("Short Desc", dropna=False).indices


def _table(release: Release, folder: Path, measures: list[str]) -> pd.DataFrame:
    """Return the rows of the measures, whole, with `at`, and with their place and text as figures have them."""
    stand = _rows(release, folder)
    measures = list(dict.fromkeys(measures))
    require(release, measures, stand, "measure")
    ours = np.sort(np.concatenate([stand[measure] for measure in measures]))
    table = _extract(release, folder).iloc[ours].assign(at=[f"row {number + 1}" for number in ours])
    for name in _COLUMNS:
        blank = table[name].isna() | (table[name].astype(str).str.strip() == "")
        refuse_where(release, table, blank, name, "what the layout has there")
    odd = table["Values"].str.contains(r"[,\s]")  # another program's writing, which may have moved the point
    refuse_where(release, table, odd, "Values", "a number without separators or blanks, or a symbol")
    refuse_where(release, table, table["LA Number"] % 1 != 0, "LA Number", "a whole number")
    numbers = table["LA Number"].astype(int)
    return table.assign(
        place=numbers.astype(str).where(numbers.between(*_AREA_NUMBERS), table["LA and Regions"]),
        period=table["Years"].map(_period_of),
        text=table["Values"].map(_printed),
    )


def _measure(release: Release, table: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Return the rows of a measure: every area in every year, the years of one kind and among the register's."""
    rows = table[table["Short Desc"] == measure]
    kinds = rows["period"].str.len()
    expected = f"years of one kind, as {rows['Years'].iloc[0]!r} in another row of {measure}"
    refuse_where(release, rows, kinds != kinds.iloc[0], "Years", expected)
    outside = ~rows["period"].str[:4].between(release.first, release.last)
    if outside.any():
        found = {release.first, *table["period"].str[:4]}  # what is read here may begin later than the whole extract
        expected = f"a year from {release.first} to {release.last}, as releases.csv has them"
        refuse_where(release, rows, outside, "Years", expected, time_period=span(found))
    _check_each_year(release, rows, measure)
    return rows


def _check_each_year(release: Release, rows: pd.DataFrame, measure: str) -> None:
    """Refuse rows of a measure that are not one an area and year."""
    if rows.empty or len(rows) != rows["place"].nunique() * rows["period"].nunique():
        refuse(release, f"measure {measure}", "a row is missing or stands twice; expected each area each year")


@lru_cache
def _period_of(years: str) -> str:
    """Return "2025"; "202425" for "2024-25 (OT)"; "2014 to 2016" for "2014-16", "201314 to 201516" for "2013/14-15/16".

    Return "" for what is no period.
    """
    if found := _YEARS.fullmatch(years.strip()):
        period = "".join(filter(None, found.groups()))
        if is_period(period):
            return period
    if not (several := _SPAN.fullmatch(years)):
        return ""
    ends = [several["first"].replace("/", ""), (years[:2] + several["last"]).replace("/", "")]
    good = len(ends[0]) == len(ends[1]) and all(map(is_period, ends)) and ends[0] < ends[1]
    return " to ".join(ends) if good else ""


@lru_cache(maxsize=100_000)
def _printed(value: str) -> str:
    """Return a fraction without the tail that binary ones have ("260.60000000000002" → "260.6"); else the text."""
    if not _FRACTION.fullmatch(value):
        return value
    return np.format_float_positional(float(f"{round(float(value), 10):.15g}"), trim="-")


def lait(data: Path, measure: str) -> pd.DataFrame:
    """Return any measure of the tool for every area and year, in order of `areas.csv` and of time.

    It is meant by its name in the tool ("TotPerAbNew"), its title, or words that it alone has; NoSuchMeasure if none
    is, or several are. ReleaseError if the extract or its dictionary is not there, or not in order. A row an area and
    period, in the columns of figures: `value` is NaN where `symbol` says why ("p" marks a provisional one), `decimals`
    those to be shown. A period of three years is "2021 to 2023".
    """
    release, folder, about = _measures(data)
    found = about.loc[_named(about, measure)]
    areas = read_table(data / "areas.csv").set_index("area")
    rows = _table(release, folder, [found.name])
    rows = rows[(rows["period"] != "") | (rows["text"] != "-")]  # the tool has a year 0 without a value
    refuse_where(release, rows, rows["period"] == "", "Years", "one year, two in a row, or the first and last of more")
    _check_each_year(release, rows, found.name)
    places = Places(areas)
    codes = read_as(release, rows, "place", places.code)
    cells = read_as(release, rows, "text", parse)
    value, mark = (rows["text"].map(lambda text, part=part: cells[text][part]) for part in (0, 1))
    tidy = pd.DataFrame(
        {
            "indicator": found["slug"],
            "title": found["title"],
            "area": rows["place"].map(codes),
            "name": rows["place"].map(codes).map(areas["name"]),
            "time_period": rows["period"],
            "time_identifier": _identifier(found["years"], rows["period"].iloc[0]),
            "value": value.astype(float),
            "symbol": mark.mask(value.notna() & rows["Years"].str.contains("prov"), "p"),
            "unit": found["unit"],
            "decimals": _decimals(found["dps"], cells),
            "source": release.source,
            "locator": found.name + ", " + rows["place"] + ", " + rows["Years"],
        }
    )
    last = tidy["time_period"].str.rpartition(" to ")[2].map(last_year)
    there = np.array([places.existed(*row) for row in zip(tidy["area"], last, strict=True)], dtype=bool)
    # A symbol for an authority that did not exist is no figure.
    tidy = tidy[(tidy["area"] != "") & (tidy["value"].notna() | there)]
    order = {code: number for number, code in enumerate(areas.index)}
    key = {"key": lambda column: column.map(order) if column.name == "area" else column}
    return tidy.sort_values(["area", "time_period"], **key, ignore_index=True)


def find_measures(data: Path, words: str = "") -> pd.DataFrame:
    """Return the measures of the tool whose name, title or topic has all of some words, or begins of words.

    A row a measure, in the dictionary's order: id (what `lait` takes), title, topic, unit, polarity (high, low or
    neither: what is good), latest (its last period with a value) and areas (how many have one then). Raises as `lait`.
    """
    release, folder, about = _measures(data)
    chosen = about[_having(about, words)]
    if chosen.empty:
        raise NoSuchMeasure(f"no measure of the interactive tool for {words!r}{_nearest(about, words)}")
    chosen = chosen.join(_latest(release, folder)).fillna({"latest": "", "areas": 0}).astype({"areas": int})
    return chosen.reset_index()[["id", "title", "topic", "unit", "polarity", "latest", "areas"]]


def about(data: Path, measure: str) -> pd.Series:
    """Return what the tool's dictionary says of a measure, named as for `lait`; raises as that.

    That is id, title, topic, unit, polarity (high, low or neither: what is good), definition (its first sentence),
    owner, link (the publisher's page) and due (the month of the next figures, such as "2027-03", or the dictionary's
    word instead of it).
    """
    _, _, known = _measures(data)
    found = known.loc[_named(known, measure)]
    first = re.split(r"(?<=[.:])\s", found["definition"].strip(), maxsplit=1)[0]
    due = pd.Timestamp("1899-12-30") + pd.Timedelta(days=int(found["due"])) if found["due"].isdigit() else None
    kept = found[["title", "topic", "unit", "polarity", "owner", "link"]].to_dict()
    return pd.Series({"id": found.name, **kept, "definition": first, "due": f"{due:%Y-%m}" if due else found["due"]})


def source_rows(tidy: pd.DataFrame) -> list[dict[str, str]]:
    """Return what a page says of where a table from `lait` comes from: a row for its list of sources."""
    if tidy.empty:
        return []
    first, periods = tidy.iloc[0], sorted(tidy["time_period"])
    row = {"source": first["source"], "figure": first["title"], "area": f"{tidy['area'].nunique()} areas"}
    place = f"{first['locator'].rsplit(', ', 2)[0]}, {span(periods)}"
    return [row | {"stated": f"{len(tidy):,} figures", "place": place, "note": ""}]


def _measures(data: Path) -> tuple[Release, Path, pd.DataFrame]:
    """Return the extract, the folder it is in, and what its measures are, each with its id as index."""
    folder, pair = official_dir(data), [needed(data, newest(data, "layout", layout)) for layout in LAYOUTS]
    return pair[0], folder, dictionary(pair[0], folder, pair[1], folder)


@lru_cache(maxsize=1)
def dictionary(release: Release, folder: Path, about: Release, place: Path) -> pd.DataFrame:
    """Return what each measure of the extract is; one that stands under two topics once, with both."""
    table = read_text(about, place, _ABOUT).rename(columns=_ABOUT)
    topics = table.groupby("id")["topic"].agg(lambda topic: "; ".join(dict.fromkeys(topic)))
    table = table.drop_duplicates("id").set_index("id")
    lacking = sorted(set(_rows(release, folder)) - set(table.index))
    if lacking:
        refuse(about, "", f"no row for {lacking[0]!r}, a measure of {release.file}; expected one for each")
    table = table.assign(topic=topics, unit=table["label"].map(_unit), slug=[_slug(name) for name in table.index])
    words = (table.index + " " + table["title"] + " " + table["short"] + " " + table["topic"]).map(_plain)
    good = table["polarity"].str.lower().where(table["polarity"].isin(["High", "Low"]), "neither")
    return table.assign(title=table["title"].str.split().str.join(" "), words=words, polarity=good)


@lru_cache(maxsize=1)
def _latest(release: Release, folder: Path) -> pd.DataFrame:
    """Return the last period with a value of each measure, and in how many areas it has one."""
    table = _extract(release, folder)
    table = table[table["Values"] != "-"].groupby(["Short Desc", "Years"], as_index=False)["LA Number"].nunique()
    table = table.assign(latest=table["Years"].map(_period_of)).sort_values("latest").groupby("Short Desc").last()
    return table.rename(columns={"LA Number": "areas"})[["latest", "areas"]]


def _named(about: pd.DataFrame, measure: str) -> str:
    """Return the id of the one measure that is meant; refuse none or several."""
    if measure in about.index:
        return measure
    exact = about[["slug", "title", "short"]].assign(id=about.index).map(_plain).eq(_plain(measure)).any(axis=1)
    found = about.index[exact] if exact.any() else about.index[_having(about, measure) & bool(_plain(measure))]
    if found.empty:
        raise NoSuchMeasure(f"no measure of the interactive tool for {measure!r}{_nearest(about, measure)}")
    if len(found) == 1:
        return found[0]
    listed = "; ".join(f"{name!r} ({about.at[name, 'title']})" for name in found[:_LISTED])
    more = f"; and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
    raise NoSuchMeasure(f"{measure!r} may be any of {len(found)} measures, expected one: {listed}{more}")


def _plain(text: str) -> str:
    """Return words without what may be written in several ways: "Total absence (%)" is "total absence"."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def _having(about: pd.DataFrame, words: str) -> pd.Series:
    """Return which measures have all of some words, or words that begin so."""
    return about["words"].map(lambda text: all(f" {word}" in f" {text}" for word in _plain(words).split()))


def _nearest(about: pd.DataFrame, words: str) -> str:
    """Return '; did you mean …?' for words that no measure has, word for word or by name; '' if none is close."""
    said = (did_you_mean(word, set(" ".join(about["words"]).split())) for word in _plain(words).split()
            if not _having(about, word).any())  # fmt: skip
    return next(filter(None, said), did_you_mean(words, [*about.index, *about["title"]]))


def _identifier(years: str, period: str) -> str:
    """Return the time identifier of a measure's periods, by the dictionary's kind of year and one of them."""
    if len(period.partition(" to ")[0]) == 6:
        return "Academic year" if years == "Academic Year" else "Financial year"
    return _IDENTIFIERS.get(years, "Reporting year")


def _decimals(dps: str, cells: dict[str, tuple[float, str]]) -> int:
    """Return the decimals to be shown: the dictionary's, else one, and never more than the tool prints."""
    printed = max((len(text.partition(".")[2]) for text, (_, symbol) in cells.items() if not symbol), default=0)
    return min(int(dps) if dps.isdigit() else 1, printed)


def _unit(label: str) -> str:
    """Return a unit as figures have it, from what the tool writes at an axis."""
    if label.startswith("%"):
        return "percentage points" if "gap" in label else "percent"
    return "pounds" if label in ("Spend", "Unit Cost") else re.sub("^Rate per", "per", label)


def _slug(name: str) -> str:
    """Return a measure's name as an id that no indicator has: "lait_16_17_neet"."""
    for sign, word in (("%", " percent "), ("&", " and "), ("<", " under ")):
        name = name.replace(sign, word)
    return "lait_" + re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")
