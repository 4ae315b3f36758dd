"""Charts: each kind with plain and awkward data; the same bytes each time; nothing left behind."""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
import math
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import pytest

from analysis import charts
from analysis.charts import About
from analysis.narrative import number, percent, whole

pytestmark = pytest.mark.filterwarnings("error")

NAN = math.nan
ABOUT = About("harm", "Most harm is not known", "Children under 16, Wiltshire, 2010.", "A note.")
LONG = "Parents in treatment who live with at least one child under the age of sixteen in Wiltshire"
HOSTILE = '$5 & <b>"6"</b> --'


def rows(*values, **columns):
    """A frame of labelled values: label, and what is given."""
    return pd.DataFrame({"label": [f"Row {n + 1}" for n in range(len(values))], "value": values} | columns)


def ladder(frame, **more):
    return charts.ladder(
        frame.assign(**{c: frame.get(c, frame["value"]) for c in ("lower", "upper")}), ABOUT, percent, "Percent", **more
    )


def bars(frame, **more):
    return charts.bars(frame, ABOUT, percent, "Percent", **more)


def lines(frame, **more):
    return charts.lines(frame, ABOUT, percent, "Percent", **more)


def matrix(frame, **more):
    return charts.matrix(frame, ABOUT, number, "Harm", **more)


def bridge(frame, **more):
    return charts.bridge(frame, ABOUT, number, "Pounds", **more)


def dumbbell(frame, **more):
    return charts.dumbbell(frame, ABOUT, whole, "Percent", ("Wiltshire", "England"), **more)


def series(x, **values):
    """A long frame for `lines`: one series a name."""
    parts = [pd.DataFrame({"x": x, "series": name, "value": part}) for name, part in values.items()]
    return pd.concat(parts, ignore_index=True)


def pairs(first, second):
    return rows(*first).rename(columns={"value": "first"}).assign(second=second)


def totals(values, total):
    return rows(*values, total=total)


YEARS = ["2011", "2012", "2013"]
LIMITED = rows(6.3, 5.0, 9.1, lower=[5.9, NAN, 8.0], upper=[6.7, NAN, 10.2])
# kind → case → a chart; every one must be sound.
CASES = {
    "ladder": {
        "plain": lambda: ladder(LIMITED, reference=(6.2, "England 6.2%")),
        "one row": lambda: ladder(rows(6.3, lower=[5.9], upper=[6.7])),
        "ties": lambda: ladder(rows(5.0, 5.0, 5.0)),
        "zeros": lambda: ladder(rows(0.0, 0.0)),
        "no limits": lambda: ladder(rows(6.3, NAN, lower=[NAN] * 2, upper=[NAN] * 2)),
        "nothing known": lambda: ladder(rows(NAN)),
        "negative": lambda: ladder(rows(-3.76, 1.0, lower=[-5.0, -1.0], upper=[-2.5, 3.0])),
        "long labels": lambda: ladder(LIMITED.assign(label=[LONG, LONG, LONG.replace(" ", "")])),
    },
    "bars": {
        "plain": lambda: bars(rows(6.3, 5.0, 9.1), focus={"Row 2"}, group="Area"),
        "limits": lambda: bars(LIMITED),
        "one row": lambda: bars(rows(6.3)),
        "ties": lambda: bars(rows(5.0, 5.0).assign(label="The same label")),
        "zeros": lambda: bars(rows(0.0, 0.0)),
        "missing": lambda: bars(rows(1.0, NAN)),
        "nothing known": lambda: bars(rows(NAN, NAN, lower=[NAN] * 2, upper=[NAN] * 2)),
        "negative": lambda: bars(rows(-3.0, 2.0, lower=[-4.0, 1.0], upper=[-2.0, 3.0])),
        "all negative": lambda: bars(rows(-3.0, -2.0)),
        "whole numbers": lambda: bars(rows(794, 1028)),
        "long labels": lambda: bars(LIMITED.assign(label=[LONG, LONG + " again", "x"])),
    },
    "lines": {
        "plain": lambda: lines(
            series(YEARS, Wiltshire=[1.0, 2.0, 3.0], England=[2.0, 2.5, 2.0]), marks=[(2.2, "Target")]
        ),
        "limits": lambda: lines(
            series(YEARS, Wiltshire=[1.0, 2.0, 3.0]).assign(lower=[0.5, NAN, 2.0], upper=[2.0, NAN, 4.0])
        ),
        "one row": lambda: lines(series(["2011"], Wiltshire=[6.3])),
        "ties": lambda: lines(
            series(YEARS, a=[1.0, 2.0, 3.0], b=[3.0, 2.0, 3.0], c=[1.0, 2.0, 3.0], d=[0.0, 0.0, 3.0])
        ),
        "zeros": lambda: lines(series([2011, 2012], Wiltshire=[0.0, 0.0]), x_format=lambda v: f"{v:.0f}"),
        "nothing known": lambda: lines(series(YEARS, a=[NAN] * 3, b=[1.0, NAN, NAN])),
        "negative": lambda: lines(series(YEARS, Wiltshire=[-3.0, -1.0, 2.0])),
        "many": lambda: lines(
            series(range(1990, 2021), Wiltshire=range(31)), x_axis="Year", x_format=lambda v: f"{v:.0f}"
        ),
        "long labels": lambda: lines(series(YEARS, **{LONG: [1.0, 2.0, 3.0], "b": [2.0, 1.0, 1.0]})),
    },
    "matrix": {
        "plain": lambda: matrix(cells(), marked=pd.DataFrame([[True, False], [False, False]])),
        "one row": lambda: matrix(cells().head(1)),
        "one cell": lambda: matrix(cells().iloc[:1, :1]),
        "ties": lambda: matrix(cells() * 0 + 5),
        "zeros": lambda: matrix(cells() * 0),
        "missing": lambda: matrix(cells().mask(cells() > 20_000)),
        "nothing known": lambda: matrix(cells() * NAN),
        "negative": lambda: matrix(-cells()),
        "long labels": lambda: matrix(cells().set_axis([LONG, "b"]).set_axis([LONG, "2013"], axis=1)),
    },
    "bridge": {
        "plain": lambda: bridge(totals([56.2, 20.0, -6.0, 70.2], [True, False, False, True])),
        "one row": lambda: bridge(totals([56.2], [True])),
        "ties": lambda: bridge(totals([5.0, -5.0, 5.0, -5.0], [True, False, False, False])),
        "zeros": lambda: bridge(totals([0.0, 0.0], [True, False])),
        "below zero": lambda: bridge(totals([10.0, -25.0, 5.0, -10.0], [True, False, False, True])),
        "long labels": lambda: bridge(totals([5.0, 6.0], [True, False]).assign(label=[LONG, "b"])),
    },
    "dumbbell": {
        "plain": lambda: dumbbell(pairs([12.0, 30.0], [21.0, 25.0])),
        "one row": lambda: dumbbell(pairs([12.0], [21.0])),
        "ties": lambda: dumbbell(pairs([12.0, 12.0], [12.0, 12.0])),
        "zeros": lambda: dumbbell(pairs([0.0], [0.0])),
        "missing": lambda: dumbbell(pairs([12.0, NAN], [NAN, NAN])),
        "negative": lambda: dumbbell(pairs([-12.0, -3.0], [5.0, -20.0])),
        "long labels": lambda: dumbbell(pairs([12.0], [21.0]).assign(label=[LONG])),
    },
}
KINDS = {
    "ladder": "Dot and interval chart",
    "bars": "Bar chart",
    "lines": "Line chart",
    "matrix": "Table with shaded cells",
    "bridge": "Bridge chart",
    "dumbbell": "Dumbbell chart",
}
EVERY = [(kind, case) for kind, cases in CASES.items() for case in cases]


def cells():
    return pd.DataFrame({"2010": [30019.0, 1028.0], "2013": [17621.0, 209.0]}, index=["Any harm", "Known"])


@functools.cache
def drawn(kind, case):
    """A case's chart, drawn once for all tests that look at it."""
    return CASES[kind][case]()


def texts(svg):
    """The text a reader sees, a line a piece."""
    return [" ".join("".join(e.itertext()).split()) for e in ET.fromstring(svg).iter() if e.tag.endswith("}text")]


@pytest.mark.parametrize(("kind", "case"), EVERY)
def test_every_chart_is_sound(kind, case):
    first = drawn(kind, case).svg
    with mpl.rc_context({"font.size": 7.5, "axes.grid": True, "svg.fonttype": "path", "figure.facecolor": "red"}):
        settings = dict(mpl.rcParams)
        chart = CASES[kind][case]()
        assert plt.get_fignums() == []
        assert dict(mpl.rcParams) == settings
    assert chart.svg == first
    root = ET.fromstring(chart.svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert chart.svg.startswith("<svg")
    assert float(root.get("width").removesuffix("pt")) == pytest.approx(460.8)
    assert chart.alt == f"{KINDS[kind]}: Children under 16, Wiltshire, 2010. Most harm is not known."
    assert (chart.id, chart.title, chart.subtitle, chart.note) == (ABOUT.id, ABOUT.title, ABOUT.subtitle, ABOUT.note)
    assert (chart.table.id, chart.table.caption) == ("harm-data", ABOUT.subtitle)
    assert ABOUT.title not in chart.svg  # titles are page text
    assert not re.search(r"<(metadata|image|script)|dc:date|matplotlib v|https?://(?!www\.w3\.org/)", chart.svg, re.I)
    assert not re.search(r"nan\b|\binf\b", re.sub(r"<text.*?</text>", "", chart.svg, flags=re.S), re.I)


@pytest.mark.parametrize("kind", [k for k in CASES if k not in ("lines", "matrix")])
def test_labels_and_values_are_text_in_the_drawing(kind):
    chart = drawn(kind, "plain")
    frame, seen = chart.table.frame, texts(chart.svg)
    assert set(frame.iloc[:, 0]) <= set(seen)
    marked = frame.columns[1:2] if kind != "dumbbell" else frame.columns[1:]
    for column in marked:
        assert {chart.table.formats[column](v) for v in frame[column]} <= set(seen)
    assert {"dumbbell": "England", "bridge": "Pounds"}.get(kind, "Percent") in seen


def test_the_text_of_lines_and_of_a_matrix():
    seen = texts(drawn("lines", "plain").svg)
    assert {"Wiltshire", "England", "Target", "Percent", *YEARS} <= set(seen)
    seen = texts(drawn("matrix", "plain").svg)
    assert {"Any harm", "Known", "2010", "2013", "30,019", "1,028", "17,621", "209"} == set(seen)


@pytest.mark.parametrize(
    ("kind", "columns"),
    [
        ("ladder", ["Estimate", "Percent", "Lower limit", "Upper limit"]),
        ("bars", ["Area", "Percent"]),
        ("lines", ["Period", "Wiltshire", "England"]),
        ("matrix", ["Harm", "2010", "2013"]),
        ("bridge", ["Step", "Pounds"]),
        ("dumbbell", ["Measure", "Wiltshire", "England"]),
    ],
)
def test_the_table_holds_the_data(kind, columns):
    table = drawn(kind, "plain").table
    expected = {
        "ladder": LIMITED[["label", "value", "lower", "upper"]],
        "bars": rows(6.3, 5.0, 9.1),
        "lines": pd.DataFrame({"x": YEARS, "a": [1.0, 2.0, 3.0], "b": [2.0, 2.5, 2.0]}),
        "matrix": cells().reset_index(),
        "bridge": totals([56.2, 20.0, -6.0, 70.2], True)[["label", "value"]],
        "dumbbell": pairs([12.0, 30.0], [21.0, 25.0]),
    }[kind]
    assert list(table.frame.columns) == columns
    pd.testing.assert_frame_equal(table.frame, expected.set_axis(columns, axis=1))
    assert set(table.formats) == set(columns[1:])


def test_the_table_of_bars_and_lines_keeps_limits_and_order():
    assert list(bars(LIMITED).table.frame.columns) == ["Group", "Percent", "Lower limit", "Upper limit"]
    assert bars(LIMITED).table.rows()[1] == ["Row 2", "5.0%", "[x]", "[x]"]
    late_first = pd.concat([series(["2013"], b=[1.0]), series(["2011", "2013"], a=[2.0, 3.0])], ignore_index=True)
    table = lines(late_first, x_axis="Year").table
    assert table.rows() == [["2013", "1.0%", "3.0%"], ["2011", "[x]", "2.0%"]]
    many = drawn("lines", "many").table
    assert (many.rows()[0], many.csv().splitlines()[1]) == (["1990", "0.0%"], "1990,0")


def test_values_are_not_cut_off_in_the_drawing():
    """Coordinates are shortened to two decimals; what a reader reads is not."""
    chart = charts.bars(rows(0.69634, 0.5), ABOUT, lambda v: percent(v, 4), "Percent")
    assert "0.6963%" in texts(chart.svg)
    assert not re.search(r'="[^"]*\d\.\d{3}', chart.svg)


def test_hostile_and_odd_labels_are_plain_text():
    made = [
        bars(rows(1.0).assign(label=HOSTILE)),
        ladder(rows(1.0).assign(label=HOSTILE), reference=(1.0, HOSTILE)),
        lines(series(["$a^$", "b"], **{HOSTILE: [1.0, 2.0], "other": [2.0, 3.0]})),
        matrix(cells().set_axis([HOSTILE, "$^$"])),
        bridge(totals([1.0], [True]).assign(label=HOSTILE)),
        dumbbell(pairs([1.0], [2.0]).assign(label=HOSTILE)),
    ]
    for chart in made:
        assert HOSTILE in texts(chart.svg)
        assert "<b>" not in chart.svg


def test_a_long_label_is_broken_and_not_lost():
    seen = " ".join(texts(drawn("bars", "long labels").svg))
    assert LONG in seen


def test_a_missing_value_is_marked():
    assert "not available" in texts(drawn("bars", "missing").svg)
    assert "not available" in texts(drawn("matrix", "missing").svg)


def places(svg):
    """Where each text stands across the drawing."""
    found = {}
    for e in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"):
        found.setdefault("".join(e.itertext()).strip(), []).append((float(e.get("x")), float(e.get("y"))))
    return found


def test_negative_bars_are_on_the_drawing_and_valued_on_their_left():
    at = places(drawn("bars", "negative").svg)
    assert at["−3.0%"][0][0] < at["0%"][0][0] < at["2.0%"][0][0]
    at = places(drawn("bridge", "below zero").svg)
    assert 0 < at["−10"][0][0] < at["0"][0][0] < at["10"][0][0]


def test_bars_of_one_label_stand_apart():
    assert len(places(drawn("bars", "ties").svg)["5.0%"]) == 2


def test_names_of_lines_that_end_together_stand_apart():
    at = places(drawn("lines", "ties").svg)
    heights = sorted(at[name][-1][1] for name in "abcd")
    assert all(b - a >= 10 for a, b in itertools.pairwise(heights))
    at = places(drawn("lines", "nothing known").svg)
    assert "b" in at  # named at its last known value


def test_the_values_of_a_dumbbell_are_written_outside_it():
    found = re.findall(r"text-anchor: (\w+)[^>]*>(30%|25%|12%|21%)<", drawn("dumbbell", "plain").svg)
    assert {(text, side) for side, text in found} >= {
        ("12%", "end"),
        ("21%", "start"),
        ("30%", "start"),
        ("25%", "end"),
    }


def test_equal_values_of_a_dumbbell_are_written_on_both_sides():
    left, right = places(drawn("dumbbell", "ties").svg)["12%"][:2]
    assert left[0] < right[0]


@pytest.mark.parametrize("high", [2.0, 3.0, 9.0])
def test_ticks_are_where_their_text_says(high):
    chart = charts.dumbbell(pairs([1.0], [high]), ABOUT, whole, "Percent", ("first", "second"))
    at = [(y, x, text) for text, found in places(chart.svg).items() for x, y in found if text.endswith("%")]
    ticks = sorted((x, int(text[:-1])) for y, x, text in at if y == max(at)[0])
    steps = [(b[0] - a[0]) / (b[1] - a[1]) for a, b in itertools.pairwise(ticks)]
    assert len(steps) > 0
    assert steps == pytest.approx([steps[0]] * len(steps), abs=0.02)


def test_periods_stand_in_the_order_of_the_table():
    gaps = series(YEARS, a=[1.0, NAN, 2.0], b=[NAN, 1.0, 2.0]).dropna().sort_values("x", kind="stable")
    at = places(lines(gaps).svg)
    assert at["2011"][0][0] < at["2012"][0][0] < at["2013"][0][0]


def test_focus_is_coloured_and_the_rest_grey():
    svg = drawn("bars", "plain").svg.lower()
    assert (svg.count(f"fill: {charts.FOCUS.lower()}"), svg.count(f"fill: {charts.GREY.lower()}")) == (1, 2)
    everything = bars(rows(1.0, 2.0)).svg.lower()
    assert (everything.count(f"fill: {charts.FOCUS.lower()}"), everything.count(f"fill: {charts.GREY.lower()}")) == (
        2,
        0,
    )


def test_a_marked_cell_is_framed_and_bold():
    framed = drawn("matrix", "plain").svg
    assert framed.count(charts.ACCENT.lower()) == 1
    assert re.search(r"<text[^>]*(bold|700)[^>]*>30,019<", framed)
    assert charts.ACCENT.lower() not in matrix(cells()).svg


# --- Refusals ----------------------------------------------------------------------------------


def test_lines_refuses_five_series():
    with pytest.raises(ValueError, match=r"^lines: expected at most 4 series, .*; got 5$"):
        lines(series(YEARS, **{name: [1.0, 2.0, 3.0] for name in "abcde"}))
    assert plt.get_fignums() == []


def test_lines_refuses_two_values_in_one_place():
    with pytest.raises(
        ValueError, match=r"^lines: expected one value for each x of a series; 'a' has several for 2012$"
    ):
        lines(series(["2011", "2012", "2012"], a=[1.0, 2.0, 3.0]))


def test_bridge_refuses_a_missing_step():
    with pytest.raises(ValueError, match=r"^bridge: expected a value in every row; 'Row 2' has none$"):
        bridge(totals([1.0, NAN], [True, False]))


def test_a_failed_drawing_is_closed():
    def broken(_):
        raise RuntimeError("no such format")

    before = dict(mpl.rcParams)
    with pytest.raises(RuntimeError, match="no such format"):
        charts.bars(rows(1.0), ABOUT, broken, "Percent")
    assert plt.get_fignums() == []
    assert dict(mpl.rcParams) == before


# --- The same bytes everywhere -----------------------------------------------------------------


def digests():
    """Draw every case; return what identifies the bytes."""
    made = {f"{kind} {case}": drawn(kind, case) for kind, case in EVERY}
    return {name: hashlib.sha256((c.svg + c.alt + c.table.html()).encode()).hexdigest() for name, c in made.items()}


def test_another_process_draws_the_same_bytes():
    """Another hash order, time zone, language and clock, and someone else's matplotlib settings."""
    code = (
        "import json, matplotlib as mpl, test_charts\n"
        "mpl.rcParams.update({'font.size': 30, 'svg.fonttype': 'path', 'axes.grid': True, 'text.usetex': False})\n"
        "print(json.dumps(test_charts.digests()))"
    )
    settings = {
        "PYTHONHASHSEED": "4242",
        "TZ": "Pacific/Auckland",
        "LC_ALL": "C",
        "SOURCE_DATE_EPOCH": "1",
        "MPLBACKEND": "svg",
    }
    made = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parent,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(made.stdout) == digests()
    assert made.stderr == ""


def test_ids_do_not_hang_on_the_last_digit_of_a_coordinate():
    """matplotlib hashes unrounded coordinates into ids, which differ between processors."""
    for kind, case in EVERY:
        assert not re.search(r'id="[mp][0-9a-f]{10}"', drawn(kind, case).svg), (kind, case)
