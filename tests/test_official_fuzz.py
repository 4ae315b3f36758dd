"""Releases damaged or changed in all ways we could think of: each is refused, or gives the same figures, never others.

What is tried are changes of a file's build: cut off, rows and fields lost, doubled or moved, quotation marks,
encodings, and what spreadsheet programs do when they save a table. Another digit in a number is no such change.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.data.tables import read_table
from analysis.official import assemble, readers
from analysis.official.geography import Places, load_districts, parts_of
from analysis.official.releases import Release, ReleaseError, load_releases
from analysis.official.tables import Measure, load_measures
from official_samples import (
    DATA,
    DWP_HEAD,
    ENGLAND,
    EXAMPLES,
    PERIODS,
    SOUTH_WEST,
    SWINDON,
    WILTSHIRE,
    dwp,
    ees,
    official_folder,
    rows_of,
    workbook,
)
from official_samples import neighbours as neighbours_release

AREAS = read_table(DATA / "areas.csv").set_index("area")
DISTRICTS = load_districts(DATA)
PLACES, WHOLES = Places(AREAS), parts_of(AREAS, DISTRICTS)


# ---- what is damaged ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sample:
    """A release as the register has it, what is measured in it, and its content."""

    release: Release
    measures: tuple[Measure, ...]
    content: bytes

    def figures(self, folder: Path, content: bytes) -> dict[tuple, tuple]:
        """Return what the readers make of other content in its place: values and symbols by what they are of."""
        release = replace(self.release, bytes=len(content))
        release.path(folder).write_bytes(content)
        if release.layout == "wards":
            return _by(readers.wards(release, folder, PLACES, DISTRICTS), ["ward", "time_period"])
        if release.layout == "neighbours":
            return _by(readers.read_neighbours(release, folder, AREAS), ["area", "rank"])
        units = {m.indicator: "percent" if m.per else "children" for m in self.measures}
        about = pd.DataFrame({"unit": units, "decimals": 1})
        table = assemble._figures(release, folder, list(self.measures), PLACES, [WHOLES], about)
        return _by(table[[*assemble.KEY, "value", "symbol", "base"]], assemble.KEY)


def _by(table: pd.DataFrame, key: list[str]) -> dict[tuple, tuple]:
    table = table.astype(object).where(table.notna(), None).set_index(key)
    return dict(zip(table.index, table.itertuples(index=False, name=None), strict=True))


def _measure(indicator: str, column: str, where: str = "", **more: str) -> Measure:
    plain = {"per": "", "time_identifier": "Reporting year", "rounding": 1, "base": "", "count": ""} | more
    parts = tuple(tuple(part.split("=")) for part in where.split("; ") if part)
    return Measure(
        indicator, "made_up", column, where=parts, lag=0, **plain | {"rounding": ((float(plain["rounding"]), ""),)}
    )


def _sample(layout: str, content: bytes, measures: list[Measure], period: str = "") -> Sample:
    dwp_wards = layout == "wards"
    period = period or PERIODS.get("dwp_low_income" if dwp_wards else layout, "")
    about = ["made_up", "made_up", layout, period, "Nobody", "Made up", "2025", "", ""]
    identifier, rows = "Reporting year" if layout == "ees" else "", rows_of("dwp" if dwp_wards else layout, content)
    release = Release(*about, bytes=len(content), time_identifier=identifier, rows=rows)
    return Sample(release, tuple(measures), content)


def _plans() -> bytes:
    """Return plans by age, of which two ages are added up, in financial years, with names that need quotation marks."""
    areas = ((ENGLAND, (50_123, 61_000, 9)), (WILTSHIRE, (2_372, 130, 0)), (SWINDON, (478, "c", "x")))
    return ees(
        [
            {"area": area, "period": year, "age": age, "place": 'The "area", of Môn', "plans": number, "rate": "4.5"}
            for year in ("202324", "202425")
            for area, numbers in areas
            for age, number in zip(("age 3", "age 4", "Total"), numbers, strict=True)
        ]
    )


def _wards() -> bytes:
    head = [["Table 4, Ward"], ["Local Authority [note 2]", "Area Code", "Ward [note 2]", *DWP_HEAD[-1][1:]]]
    wanted = [("Wiltshire", WILTSHIRE, "3,017"), ("Wiltshire", WILTSHIRE, "[low]"), ("Môn", SWINDON, "7")]
    rows = [[*row[:2], f"Môn {n}", f"E0500000{n}", row[2], "1,017", "4.5%", "[x]"] for n, row in enumerate(wanted, 1)]
    return dwp(rows, head)


def _made_up() -> dict[str, Sample]:
    samples = {
        layout: _sample(layout, about.make(), [_measure(name, column, **more) for name, column, more in about.measures],
                        about.period)
        for layout, about in EXAMPLES.items()
    }  # fmt: skip
    plans = [("ehc_plans_under_5", "age=age 3|age 4"), ("ehc_plans", "age=Total")]
    plans = [_measure(name, "plans", where) for name, where in plans]
    samples["ees of two years"] = _sample("ees", _plans(), plans, "202324 to 202425")
    samples["wards"] = _sample("wards", _wards(), [])
    near = neighbours_release([[865, 866], [866, 865], [None], [928, 865]])
    return samples | {"neighbours": _sample("neighbours", near, [])}


MADE_UP = _made_up()
ENDED = ("hmrc_low_income", "section251")
"""Workbooks that are issued no more: each is known by its SHA-256, and no damage is looked for."""
TEXTS = tuple(name for name in MADE_UP if name not in (*ENDED, "neighbours", "lait"))
LAYOUTS = ("ees", "sfr_wide", "panel", "dwp_low_income", readers.WARDS)
"""Layouts of text: the real releases in them are tried too."""


def _few(listed: Release) -> Sample:
    """Return the rows of a few areas of a real release, registered as a release of their own."""
    text = listed.path(official_folder()).read_text(encoding="utf-8-sig")
    records = list(csv.reader(io.StringIO(text, newline="")))
    head = next((n for n, record in enumerate(records) if record[0].startswith("Local Authority")), 0) + 1
    levels = {"National": ENGLAND, "Regional": SOUTH_WEST, "Local authority": WILTSHIRE}
    wanted = [
        record
        for record in records[head:]
        if ("National" in record[:3] or levels.get(record[2], WILTSHIRE) in record) and any(record)
    ]
    layout = "wards" if listed.layout == readers.WARDS else listed.layout
    release = replace(listed, file="made_up", layout=layout, rows=len(wanted))
    measures = tuple(m for m in load_measures(DATA) if m.source == listed.source)
    return Sample(release, measures, _written([*records[:head], *wanted]))


# ---- how text is damaged ------------------------------------------------------------------------------------------

Draw = Callable[[st.SearchStrategy], object]


def _read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def _written(records: list[list[str]], **how: object) -> bytes:
    stream = io.StringIO()
    csv.writer(stream, **{"lineterminator": "\n"} | how).writerows(records)
    return stream.getvalue().encode()


def _at(draw: Draw, what: list | bytes) -> int:
    return draw(st.integers(0, len(what) - 1))


def _cut(draw: Draw, content: bytes) -> bytes:
    """Cut a file off, or text after a whole line."""
    lines = content.splitlines(keepends=True)
    if draw(st.booleans()):
        return content[: _at(draw, content)]
    return b"".join(lines[: _at(draw, lines)])


def _fields(draw: Draw, content: bytes) -> bytes:
    """Put a field more into a row, or one less; or take a cell out, and move the rest of the row to the left."""
    records = _read(content)
    record = records[_at(draw, records)]
    how, at = draw(st.sampled_from(["more", "less", "moved"])), _at(draw, record)
    if how == "more":
        record.insert(at, draw(st.sampled_from(["", "0", "x", "372", "E06000054", "2025"])))
    else:
        del record[at]
        record += [""] * (how == "moved")
    return _written(records)


def _column_moved(draw: Draw, content: bytes) -> bytes:
    """Take a cell out of a column, and move the rest of the column up; or put a blank in, and move it down."""
    records = _read(content)
    column, first = _at(draw, records[-1]), draw(st.integers(1, len(records) - 1))
    cells = [record[column] for record in records[first:]]
    if draw(st.booleans()):
        cells = [*cells[1:], ""]
    else:
        records.append([""] * len(records[-1]))
        cells = ["", *cells]
    for record, cell in zip(records[first:], cells, strict=True):
        record[column] = cell
    return _written(records)


def _rows_changed(draw: Draw, content: bytes) -> bytes:
    """Lose rows, have them twice, or both; or in another order."""
    records = _read(content)
    first = _at(draw, records)
    block = records[first : draw(st.integers(first + 1, len(records)))]
    how = draw(st.sampled_from(["lost", "twice", "both", "moved"]))
    if how in ("twice", "both"):
        at = draw(st.integers(1, len(records)))
        records[at:at] = block
    if how in ("lost", "both"):
        start = _at(draw, records)
        del records[start : start + len(block)]
    if how == "moved":
        records[first : first + len(block)] = draw(st.permutations(block))
    return _written(records)


WRITTEN = [
    *({"quoting": csv.QUOTE_ALL}, {"quotechar": "'"}, {"doublequote": False, "escapechar": "\\"}),
    *({"lineterminator": end} for end in ("\r\n", "\r", "\n\n", " \n", "\0\n")),
    *({"delimiter": mark} for mark in (";", "\t", "|", " ")),
]
"""How another program may write a table."""


def _rewritten(draw: Draw, content: bytes) -> bytes:
    return _written(_read(content), **draw(st.sampled_from(WRITTEN)))


def _requoted(draw: Draw, content: bytes) -> bytes:
    return content.replace(b'"', draw(st.sampled_from([b"", b'""'])))


def _stray(draw: Draw, content: bytes) -> bytes:
    """Put in a character that means something to a CSV, or that is none."""
    strays = [b'"', b'""', b",", b"\n", b"\r", b"\r\n", b"\0", b"\xff", b"\xc3"]
    at = draw(st.integers(0, len(content)))
    return content[:at] + draw(st.sampled_from(strays)) + content[at:]


def _taken_out(draw: Draw, content: bytes) -> bytes:
    """Take out a character that means something to a CSV."""
    places = [found.start() for found in re.finditer(rb'[",\n\r]', content)]
    at = places[_at(draw, places)]
    return content[:at] + content[at + 1 :]


def _encoded(draw: Draw, content: bytes) -> bytes:
    text = content.decode("utf-8-sig")
    return text.encode(draw(st.sampled_from(["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "latin-1"])))


def _padded(draw: Draw, content: bytes) -> bytes:
    """Add empty columns or rows, as a spreadsheet does whose cells were once used."""
    records, many = _read(content), draw(st.integers(1, 3))
    how = draw(st.sampled_from(["columns", "columns below", "column name", "rows", "empty lines", "row inside"]))
    width = len(records[-1])
    if how == "columns":
        records = [[*record, *[""] * many] for record in records]
    elif how == "columns below":
        records[1:] = [[*record, *[""] * many] for record in records[1:]]
    elif how == "column name":
        records[0] += ["more"] * many
    elif how == "rows":
        records += [[""] * width] * many
    elif how == "empty lines":
        records += [[]] * many
    else:
        records.insert(_at(draw, records), [""] * width)
    return _written(records)


def _as_number(write: Callable[[float], str]) -> Callable[[str], str]:
    return lambda cell: write(float(cell.replace(",", ""))) if re.fullmatch(r"-?[\d,]+(\.\d+)?", cell) else cell


SAVED = {
    "1.0": _as_number(lambda x: f"{x:.1f}" if x == round(x, 1) else str(x)),
    "1,000": _as_number(lambda x: f"{x:,}".removesuffix(".0")),
    "1000": _as_number(lambda x: f"{x}".removesuffix(".0")),
    "1E+03": _as_number(lambda x: f"{x:.2E}" if abs(x) >= 1000 else str(x)),
    "a date": _as_number(lambda x: f"{pd.Timestamp('1899-12-30') + pd.Timedelta(days=min(x, 50_000)):%d/%m/%Y}"),
    "a month": lambda cell: re.sub(r"^(\d{2})(\d{2})/?(\d{2})?$", r"Jan-\2", cell),
    "a comma": lambda cell: cell.replace(".", ","),
    "a share": lambda cell: str(float(cell[:-1]) / 100) if re.fullmatch(r"[\d.]+%", cell) else cell,
    "no zeros before it": lambda cell: cell.lstrip("0") or "0" if cell.isdigit() else cell,
    "text": _as_number(lambda x: f"'{x:g}"),
    "pounds": _as_number(lambda x: f"£{x:,.2f}"),
    "spaces": lambda cell: f" {cell} ",
    "an error": _as_number(lambda x: "#REF!"),
    "hashes": _as_number(lambda x: "####"),
    "a blank": lambda cell: "",
    "capitals": str.upper,
}
"""How a cell reads after a program has saved it."""
PERIOD_FORMS = ["{}.0", "{}p", "{}/14", " 1925", "1925", "20132014", "201315", "20{}", "{} ", "", "{:.3}", "FYE {}"]


def _saved(draw: Draw, content: bytes) -> bytes:
    """Change a cell, a column, or all cells as a spreadsheet program may."""
    records, change = _read(content), SAVED[draw(st.sampled_from(sorted(SAVED)))]
    scope = draw(st.sampled_from(["cell", "column", "all"]))
    row, column = draw(st.integers(1, len(records) - 1)), _at(draw, records[-1])
    for number, record in enumerate(records[1:], 1):
        for place, cell in enumerate(record):
            if scope == "all" or (place == column and (scope == "column" or number == row)):
                record[place] = change(cell)
    return _written(records)


def _periods(draw: Draw, content: bytes) -> bytes:
    """Write one year, or all, in another form: in cells, or in headings that hold it."""
    found = list(re.finditer(r"(?<![\w.])(19|20)\d{2}(\d{2})?(?![\w.])", content.decode()))
    if not found:
        return content
    form, one = draw(st.sampled_from(PERIOD_FORMS)), draw(st.sampled_from(found))
    text = content.decode()
    if draw(st.booleans()):
        return (text[: one.start()] + form.format(one[0]) + text[one.end() :]).encode()
    return re.sub(rf"(?<![\w.]){one[0]}(?![\w.])", form.format(one[0]), text).encode()


def _named(draw: Draw, content: bytes) -> bytes:
    """Change the names of columns: one lost, one twice, one misspelt, all moved by one."""
    records = _read(content)
    header = next((record for record in records if record[0].startswith("Local Authority")), records[0])
    how, at = draw(st.sampled_from(["blank", "twice", "misspelt", "moved"])), _at(draw, header)
    if how == "moved":
        header[:] = [*header[1:], header[0]]
    else:
        header[at] = {"blank": "", "twice": header[at - 1], "misspelt": f"{header[at]}_"}[how]
    return _written(records)


TEXT_CHANGES = [
    *(_cut, _fields, _column_moved, _rows_changed, _requoted, _rewritten, _rewritten, _stray, _taken_out, _encoded),
    *(_padded, _saved, _periods, _named),
]


def judge(sample: Sample, folder: Path, content: bytes, expected: dict[tuple, tuple]) -> bool:
    """See that a changed release is refused in one line that names it, or gives the same; say whether it is refused."""
    found, said = {}, ""
    try:
        found = sample.figures(folder, content)
    except ReleaseError as error:
        said = str(error)
    assert said or found == expected
    assert not said or re.fullmatch(r"made_up[:,] [^\n]*", said)
    assert not re.search(r"Error\b|Traceback|<class|object at 0x|np\.|nan\b", said)
    return bool(said)


# ---- how workbooks and Parquet are damaged ------------------------------------------------------------------------


def _sheets(content: bytes) -> dict[str, list[list]]:
    book = pd.read_excel(io.BytesIO(content), sheet_name=None, header=None, engine="calamine")
    return {
        name: [[None if pd.isna(cell) else cell for cell in row] for row in sheet.itertuples(index=False)]
        for name, sheet in book.items()
    }


ODD_CELLS = [None, "", "x", "?", "2013/14", "1,234", "0.11"]
"""What a cell of a workbook may be changed to: never a number where a number was."""


def _book(draw: Draw, content: bytes) -> bytes:
    """Change a sheet: a cell, a row, a column moved up or down, one lost, or the order of rows; or cut the file off."""
    if draw(st.integers(0, 9)) == 0:
        return _cut(draw, content)
    ((name, rows),) = _sheets(content).items()
    at, column = _at(draw, rows), _at(draw, rows[-1])
    how = draw(st.sampled_from(["cell", "left", "right", "up", "down", "lost", "twice", "moved", "columns"]))
    if how == "cell":
        held = isinstance(rows[at][column], int | float)
        rows[at][column] = draw(st.sampled_from(ODD_CELLS)) if held else None  # other words show no damage
    elif how == "left":
        rows[at] = [*rows[at][:column], *rows[at][column + 1 :]]
    elif how == "right":
        rows[at] = [*rows[at][:column], None, *rows[at][column:]]
    elif how in ("up", "down"):
        cells = [line[column] for line in rows[at:]]
        cells = [*cells[1:], None] if how == "up" else [None, *cells[:-1]]
        for line, cell in zip(rows[at:], cells, strict=True):
            line[column] = cell
    elif how == "moved":
        rows[at:] = draw(st.permutations(rows[at:]))
    elif how == "columns":
        rows = [[*line[:column], *line[column + 1 :]] for line in rows]
    else:
        rows[at : at + (how == "lost")] = [list(rows[at])] * (how == "twice")
    return workbook({name: rows})


YEARS = ["2025.0", "2025p", "2013/15", "1925", "202425", "2024-25", "2025 ", "", "20242025", None, 2025]
VALUES = ["2.3E+02", "", "1,230.5", "230,5", "£230", " 230 ", None, 230.0]  # not "c": another value shows no damage


def _extract(draw: Draw, content: bytes) -> bytes:
    """Change the interactive tool's extract."""
    if draw(st.integers(0, 9)) == 0:
        return _cut(draw, content)
    table = pd.read_parquet(io.BytesIO(content)).astype(object)
    columns = ["Years", "Values", "LA Number", "LA and Regions", "Short Desc"]
    at, column = _at(draw, table.index), draw(st.sampled_from(columns))
    how = draw(st.sampled_from(["lost", "twice", "both", "moved", "up", "years", "values", "name", "type", "blank"]))
    if how in ("lost", "twice", "both"):
        kept = [number for number in table.index if number != at or how == "twice"]
        table = table.loc[kept + ([_at(draw, table.index)] if how != "lost" else [])]
    elif how == "moved":
        table = table.loc[draw(st.permutations(list(table.index)))]
    elif how == "up":
        table[column] = [*table[column][:at], *table[column][at + 1 :], None]
    elif how in ("years", "values"):
        name, odd = ("Years", YEARS) if how == "years" else ("Values", VALUES)
        table.loc[table.index[at] if draw(st.booleans()) else table.index, name] = draw(st.sampled_from(odd))
    elif how == "name":
        table = table.rename(columns={column: f"{column} "})
    elif how == "type":
        table[column] = table[column].astype(str)
    else:
        table.loc[table.index[at], column] = None
    stream = io.BytesIO()
    try:
        table.infer_objects().to_parquet(stream, index=draw(st.booleans()))
    except (TypeError, ValueError):  # no such file can be: text and numbers in one column
        table.astype(str).to_parquet(stream)
    return stream.getvalue()


# ---- the tests ----------------------------------------------------------------------------------------------------


def try_all(sample: Sample, folder: Path, changes: list[Callable], examples: int) -> None:
    """Try changes, the same ones in every run; some must be refused, and some not."""
    expected, refused = sample.figures(folder, sample.content), set()
    assert expected

    @settings(
        max_examples=examples, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.data())
    def try_one(data: st.DataObject) -> None:
        change = data.draw(st.sampled_from(changes))
        refused.add(judge(sample, folder, change(data.draw, sample.content), expected))

    try_one()
    assert refused == {True, False}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder for the release of the moment."""
    return tmp_path_factory.mktemp("releases")


@pytest.mark.parametrize("name", TEXTS)
def test_a_changed_text_is_refused_or_gives_the_same_figures(name, folder):
    try_all(MADE_UP[name], folder, TEXT_CHANGES, 80)


@pytest.mark.parametrize("source", [r.source for r in load_releases(DATA) if r.layout in LAYOUTS])
def test_a_changed_real_text_is_refused_or_gives_the_same_figures(source, folder):
    (listed,) = (r for r in load_releases(DATA) if r.source == source)
    try_all(_few(listed), folder, TEXT_CHANGES, 12)


def test_a_changed_workbook_is_refused_or_gives_the_same_figures(folder):
    try_all(MADE_UP["neighbours"], folder, [_book], 50)


def test_a_changed_extract_of_the_tool_is_refused_or_gives_the_same_figures(folder):
    try_all(MADE_UP["lait"], folder, [_extract], 60)
