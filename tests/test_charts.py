"""Charts: what each kind shows and refuses, and that none is cut, illegible, heavy or another each time it is drawn."""

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
import warnings
import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

from analysis import charts
from analysis.charts import About
from analysis.charts.funnel_chart import meet
from analysis.charts.kit import LOOKS, NARROW, PLAIN, WIDE
from analysis.charts.svg import measured, short
from analysis.words import number, percent, pounds, whole

pytestmark = pytest.mark.filterwarnings("error")

NAN = math.nan
ABOUT = About("harm", "Most harm is not known", "Children under 16, Wiltshire, 2010.", "A note.")
BCP = "Bournemouth, Christchurch and Poole"
LONG = "Parents in treatment who live with at least one child under the age of sixteen in Wiltshire"
HOSTILE = '$5 & <b>"6"</b> --\x07'
YEARS = ["2011", "2012", "2013"]
MANY_YEARS = [str(year) for year in range(2015, 2026)]
ROLES = {"Wiltshire": "area", "England": "england", "Neighbours' median": "neighbours", "South West": "region"}
RISING = [5.2, 5.3, 5.5, 5.6, 5.9, 6.1, 6.0, 6.4, 6.8, 7.2, 7.9]


def rows(*values, **columns):
    """A frame of labelled values: label, and what is given."""
    return pd.DataFrame({"label": [f"Row {n + 1}" for n in range(len(values))], "value": values} | columns)


def bars(frame, fmt=percent, **more):
    return charts.bars(frame, ABOUT, fmt, "Percent", **more)


def ladder(frame, fmt=percent, **more):
    return charts.ladder(frame, ABOUT, fmt, "Percent", **more)


def dumbbell(frame, fmt=whole, names=("Wiltshire", "England"), reference=None):
    return charts.dumbbell(frame, ABOUT, fmt, "Percent", names, reference)


def lines(frame, fmt=percent, symbols=(), **more):
    frame = frame.assign(symbol=frame["x"].map(dict(symbols)).str.strip("[]")) if symbols else frame
    return charts.lines(frame, ABOUT, fmt, "Percent", **more)


def fan(history, forecast, fmt=number, others=(), **more):
    columns = ["x", "value", *(f"{end}_{level}" for level in (50, 80, 95) for end in ("lower", "upper"))]
    history, forecast = pd.DataFrame(history, columns=columns[:2]), pd.DataFrame(forecast, columns=columns)
    others = {name: pd.Series(dict(others[name])) for name in others}
    return charts.fan(history, forecast, ABOUT, fmt, "Children", others, **more)


def funnel(frame, focus=None, limits=None, reference=(6.2, "England 6.2%")):
    frame = pd.DataFrame(frame, columns=["label", "value", "size"])
    return charts.funnel(frame, ABOUT, percent, "Percent", "Pupils", reference, limits or limits_of, focus)


def series(x, **values):
    """A long frame for `lines`: one series a name."""
    parts = [pd.DataFrame({"x": x, "series": name, "value": part}) for name, part in values.items()]
    return pd.concat(parts, ignore_index=True)


def pairs(first, second):
    return rows(*first).rename(columns={"value": "first"}).assign(second=second)


def steps(*values):
    """A bridge: each step goes on where the one before ended, and the sum of all stands last."""
    ends = list(itertools.accumulate(values))
    return rows(*values, ends[-1], start=[0.0, *ends[:-1], 0.0])


def limits_of(sizes, confidence):
    """Limits of the normal approximation around 6.2%."""
    error = np.sqrt(0.062 * 0.938 / sizes) * {0.95: 1.96, 0.998: 3.09}[confidence]
    return np.maximum(0, (0.062 - error) * 100), (0.062 + error) * 100


def points(count, wide=1.0):
    """Areas of many sizes; `wide` times as far apart as chance would leave them."""
    sizes = np.geomspace(300, 9000, count).round()
    place = np.sin(np.arange(count) * 2.4) * 2.2 * wide
    values = np.maximum(0, 6.2 + place * np.sqrt(0.062 * 0.938 / sizes) * 100)
    names = [BCP if n == 3 else f"Bath and North East Somerset {n}" for n in range(count)]
    return pd.DataFrame({"label": names, "value": values, "size": sizes})


def forecast(middle, half, count=3, first=2014):
    """A forecast whose bands are wider each year."""
    shares = (0.34, 0.65, 1)
    made = []
    for n in range(1, count + 1):
        limits = [end for share in shares for end in (middle - half * share * n, middle + half * share * n)]
        made.append((str(first + n - 1), middle, *limits))
    return made


def with_gaps():
    """Four series that end close together; the area has limits and misses years, England one."""
    others = {name: [value - n / 100 for value in RISING] for n, name in enumerate(ROLES)}
    frame = series(MANY_YEARS, **others)
    own = frame["series"] == "Wiltshire"
    frame = frame.assign(lower=(frame["value"] - 0.5).where(own), upper=(frame["value"] + 0.5).where(own))
    gone = (own & frame["x"].isin(["2017", "2018", "2020"])) | (~own & (frame["x"] == "2019"))
    return frame.assign(**{part: frame[part].mask(gone) for part in ("value", "lower", "upper")})


LIMITED = rows(6.3, 5.0, 9.1, lower=[5.9, NAN, 8.0], upper=[6.7, NAN, 10.2])
HISTORY = list(zip(YEARS, [3000.0, 3200.0, 3500.0], strict=True))
ABOVE, LATER = [("2016", 3800.0)], [(x, ("[c]", "[low]")[n % 2]) for n, x in enumerate(MANY_YEARS)]
TERMS = [f"Academic year {n}/{n + 1}" for n in range(20, 31)]
NOBODY = pd.concat([points(5), pd.DataFrame([("None", NAN, NAN)])]).fillna({"label": "None"})
# kind → what it is called, what draws it, and case → its data and options; every one must be sound.
CASES = {
    "bars": ("Bar chart", bars, {
        "plain": ([rows(6.3, 5.0, 9.1)], {"focus": {"Row 2"}, "group": "Area"}),
        "limits": ([LIMITED], {}),
        "ties": ([rows(5.0, 5.0).assign(label="The same label")], {}),
        "missing": ([rows(1.0, NAN, math.inf, symbol=["", "c", ""])], {}),
        "nothing known": ([rows(NAN, NAN, lower=[NAN] * 2, upper=[NAN] * 2)], {}),
        "negative": ([rows(-3.0, 2.0, lower=[-4.0, 1.0], upper=[-2.0, 3.0])], {}),
        "pounds": ([rows(18.4e6, -3.2e6, 902_000.0), pounds], {}),
        "long labels": ([LIMITED.assign(label=[LONG, BCP, "W" * 60])], {}),
        "one end": ([rows(15.8e6, 29.3e6, lower=[15.8e6, 29.3e6], upper=[52.1e6, 127e6]), pounds], {}),
        "bridge": ([steps(56.2, 20.0, -6.0), number], {"group": "Step"}),
        "bridge below zero": ([steps(10.0, -25.0, 5.0), number], {}),
        "bridge in pounds": ([steps(18.4e6, -19e6).assign(label=[LONG, BCP, "b"]), pounds], {}),
        "beside": ([LIMITED], {"focus": {"Row 1"}, "reference": (6.2, "England 6.2%")}),
        "beside, missing": ([rows(1.0, NAN, 3, symbol=["", "c", ""])], {"focus": {"Row 2"}, "reference": (1.0, LONG)}),
        "beside, below zero": ([rows(-1234567.0, 55.0), number], {"reference": (-1234567.0, "England −1,234,567")}),
    }),
    "ladder": ("Dot and interval chart", ladder, {
        "plain": ([LIMITED], {"reference": (6.2, "England 6.2%")}),
        "zeros": ([rows(0.0, 0.0, lower=[0.0, 0.0], upper=[0.0, 0.0])], {}),
        "nothing known": ([rows(NAN)], {}),
        "numbers": ([rows(-1234567.0, 1.0), number], {"reference": (1.0, "strategy: 30,000 children")}),
        "long labels": ([LIMITED.assign(label=[LONG, LONG, LONG.replace(" ", "")])], {}),
    }),
    "dumbbell": ("Dumbbell chart", dumbbell, {
        "plain": ([pairs([12.0, 30.0], [21.0, 25.0])], {}),
        "ties": ([pairs([12.0, 12.0], [12.0, 12.0])], {}),
        "missing": ([pairs([12.0, NAN], [NAN, NAN])], {}),
        "beside": ([pairs([12.0, 24.0], [21.0, 25.0])], {"reference": (24.0, "as assumed 24%")}),
        "negative": ([pairs([-1234567.0, -3.0], [5.0, -20.0]), number], {}),
        "long labels": ([pairs([12.0], [21.0]).assign(label=[LONG])], {"names": (BCP, LONG)}),
    }),
    "lines": ("Line chart", lines, {
        "plain": ([series(YEARS, Wiltshire=[1.0, 2.0, 3.0], England=[2.0, 2.5, 2.0])], {}),
        "limits": ([series(YEARS, Wiltshire=[1.0, 2.0, 3.0]).assign(lower=[0.5, NAN, 2.0], upper=[2.0, NAN, 4.0])], {}),
        "gaps": ([with_gaps()], {"roles": ROLES, "symbols": [("2017", "[c]"), ("2018", "[c]"), ("2020", "[z]")]}),
        "ties": ([series(YEARS, a=[1.0, 2.0, 3.0], b=[3.0, 2.0, 3.0], c=[1.0, 2.0, 3.0], d=[0.0, 0.0, 3.0])], {}),
        "nothing known": ([series(YEARS, a=[NAN] * 3, b=[1.0, NAN, NAN])], {}),
        "symbols alone": ([series(MANY_YEARS, a=[NAN] * 11)], {"symbols": LATER}),
        "negative": ([series(YEARS, Wiltshire=[-1234567.0, -1.0, 2.0]), number], {}),
        "many": ([series([*map(str, range(1990, 2021))], a=range(31), b=range(31))], {"x_axis": LONG}),
        "long labels": (
            [series(TERMS, **{BCP: RISING, LONG: RISING, "b": RISING, "c": RISING})],
            {"breaks": [("Academic year 25/26", "Counted child by child"), ("Academic year 21/22", "New")]},
        ),
    }),
    "fan": ("Fan chart", fan, {
        "plain": ([HISTORY, forecast(3800.0, 200.0)], {"others": {"England, scaled": HISTORY}}),
        "methods": (
            [HISTORY, forecast(3800.0, 1.0)],
            {"others": {BCP: ABOVE, "Last year's method": ABOVE, "c": [("2016", 3799.0)]}},
        ),
        "missing": ([[("2012", NAN), ("2013", 5.0), ("x", NAN)], forecast(5.0, NAN)], {}),
        "negative": ([[("2013", 18.4e6)], forecast(-9e6, 2e6), pounds], {}),
    }),
    "funnel": ("Funnel chart", funnel, {
        "plain": ([points(40), BCP], {}),
        "all outside": ([points(40, 6.0), BCP], {}),
        "missing": ([NOBODY], {}),
        "zeros": ([[("a", 0.0, 500.0)], "a"], {"reference": (0.0, "England 0.0%")}),
    }),
}  # fmt: skip
KINDS = {kind: called for kind, (called, _, _) in CASES.items()}
EVERY = [(kind, case) for kind, (_, _, cases) in CASES.items() for case in cases]


READER = {"font.size": 7.5, "axes.grid": True, "svg.fonttype": "path", "figure.facecolor": "red"}
"""Settings of someone else's matplotlib, which no chart may follow or change."""


def boxes_of(make):
    """What is made, and of each drawing its size and every text with its box by matplotlib's measure."""
    found, plain = {}, Text.draw

    def spy(self, renderer):
        if self.get_visible() and self.get_text():
            box = Text.get_window_extent(self, renderer)
            _, texts = found.setdefault(id(renderer), (tuple(self.get_figure(root=True).bbox.size), []))
            texts.append((self.get_text(), (box.x0, box.y0, box.x1, box.y1)))
        return plain(self, renderer)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Text, "draw", spy)
        made = make()
    return made, list(found.values())


@functools.cache
def seen(kind, case):
    """A case's chart, and size and texts of its drawings, drawn once for all tests that look at it."""
    with mpl.rc_context(READER):
        settings = dict(mpl.rcParams)
        _, make, cases = CASES[kind]
        data, options = cases[case]
        made = boxes_of(lambda: make(*data, **options))
        assert plt.get_fignums() == []
        assert dict(mpl.rcParams) == settings
    return made


def drawn(kind, case):
    return seen(kind, case)[0]


def texts(svg):
    """The text a reader sees, a text a piece."""
    return [" ".join("".join(e.itertext()).split()) for e in ET.fromstring(svg).iter() if e.tag.endswith("}text")]


def places(svg):
    """Where each text begins, from the left and the top."""
    found = {}
    for e in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"):
        text = " ".join("".join(e.itertext()).split())
        found.setdefault(text, []).append((float(e.get("x")), float(e.get("y"))))
    return found


# --- What is written in the drawing ------------------------------------------------------------


@pytest.mark.parametrize("kind", ["bars", "ladder", "dumbbell"])
def test_labels_and_values_are_text_in_the_drawing(kind):
    chart = drawn(kind, "plain")
    frame, seen = chart.table.frame, texts(chart.svg)
    assert set(frame.iloc[:, 0]) <= set(seen)
    for column in frame.columns[1:2] if kind != "dumbbell" else frame.columns[1:]:
        assert {chart.table.formats[column](v) for v in frame[column]} <= set(" | ".join(seen).split(" | "))
    assert {"dumbbell": "England"}.get(kind, "Percent") in seen


def test_hostile_and_odd_labels_are_plain_text():
    odd = rows(1.0).assign(label=HOSTILE)
    made = [bars(odd), ladder(odd, reference=(1.0, HOSTILE))]
    made += [bars(odd, reference=(1.0, HOSTILE), focus={HOSTILE})]
    made += [lines(series(["$a^$", "b"], **{HOSTILE: [1.0, 2.0], "other": [2.0, 3.0]}))]
    made += [dumbbell(pairs([1.0], [2.0]).assign(label=HOSTILE))]
    made += [fan(HISTORY, forecast(5.0, 1.0), others={HOSTILE: HISTORY}), funnel([(HOSTILE, 3.0, 500.0)], HOSTILE)]
    for chart in made:
        assert HOSTILE.strip("\x07") in texts(chart.svg)
        assert "<b>" not in chart.svg


def test_a_missing_value_has_its_symbol_in_drawing_note_and_table():
    chart = drawn("bars", "missing")
    assert {"[c]", "[x]"} <= set(texts(chart.svg))
    assert chart.note == "A note. [c] confidential; [x] not available."
    assert [row[1] for row in chart.table.rows()] == ["1.0%", "[c]", "[x]"]
    assert "[x]" in texts(drawn("dumbbell", "missing").svg)
    assert drawn("dumbbell", "missing").note == "A note. [x] not available."
    assert drawn("bars", "plain").note == "A note."


@pytest.mark.parametrize(
    ("kind", "columns"),
    [
        ("ladder", ["Estimate", "Percent", "Lower limit", "Upper limit"]), ("bars", ["Area", "Percent"]),
        ("lines", ["Period", "Wiltshire", "England"]),
        ("dumbbell", ["Measure", "Wiltshire", "England"]),
    ],
)  # fmt: skip
def test_the_table_holds_the_data(kind, columns):
    table = drawn(kind, "plain").table
    expected = {
        "ladder": LIMITED[["label", "value", "lower", "upper"]],
        "bars": rows(6.3, 5.0, 9.1),
        "lines": pd.DataFrame({"x": YEARS, "a": [1.0, 2.0, 3.0], "b": [2.0, 2.5, 2.0]}),
        "dumbbell": pairs([12.0, 30.0], [21.0, 25.0]),
    }[kind]
    assert list(table.frame.columns) == columns
    pd.testing.assert_frame_equal(table.frame, expected.set_axis(columns, axis=1))
    assert set(table.formats) == set(columns[1:])


# --- Bars --------------------------------------------------------------------------------------


def titles(svg):
    """What the marks of a drawing say on hover."""
    return [e.text for e in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}title")]


def test_every_mark_has_its_value():
    assert titles(drawn("bars", "missing").svg) == ["Row 1: 1.0%", "Row 2: [c]", "Row 3: [x]"]
    assert titles(drawn("ladder", "plain").svg)[0] == "Row 1: 6.3% (5.9% to 6.7%)"
    assert titles(drawn("dumbbell", "plain").svg)[1::2] == ["Row 2, Wiltshire: 30%", "Row 2, England: 25%"]
    assert titles(drawn("lines", "plain").svg)[-1] == "Wiltshire, 2013: 3.0%"
    assert len(titles(drawn("lines", "many").svg)) == 62, "points without a marker too"
    assert "Forecast, 2016: 3,800" in titles(drawn("fan", "plain").svg)
    assert set(titles(drawn("funnel", "plain").svg)) >= {f"{BCP}: {percent(points(40)['value'][3])}"}
    assert all(titles(drawn(kind, "plain").narrow) == [] for kind in KINDS), "nothing hovers over a phone"


def test_dots_on_two_sides_of_a_reference_differ_and_one_that_may_be_either_is_hollow():
    frame = rows(-5.0, 4.0, 1.0, lower=[-6.0, 3.0, -1.0], upper=[-4.0, 5.0, 3.0])
    chart = ladder(frame, reference=(0.0, "no change"))
    fills = [e.get("fill") for e in ET.fromstring(chart.svg).iter() if e.tag.endswith("}g") and len(e)]
    assert [fill for fill in fills if fill][-3:] == [charts.FALL.lower(), charts.RISE.lower(), "#fff"]
    assert chart.note == "A note. Blue: interval above the line; orange: below the line; hollow: it holds the line."
    assert chart.alt.endswith(" No change. 1 interval holds that line.")


def test_a_bar_that_is_one_end_of_its_range_is_labelled_with_the_range():
    """Beside the far end of its line the number of the near end would be read as that of the far one."""
    found = texts(drawn("bars", "one end").svg)
    assert {"£15.8 million to £52.1 million", "£29.3 million to £127.0 million"} <= set(found)
    assert "£15.8 million" not in found
    assert "6.3%" in texts(drawn("bars", "limits").svg)


# --- Lines -------------------------------------------------------------------------------------


def test_the_table_of_lines_keeps_order_and_limits():
    late_first = pd.concat([series(["2013"], b=[1.0]), series(["2011", "2013"], a=[2.0, 3.0])], ignore_index=True)
    table = lines(late_first, x_axis="Year").table
    assert table.rows() == [["2013", "1.0%", "3.0%"], ["2011", "[x]", "2.0%"]]
    many = drawn("lines", "many").table
    assert (many.rows()[0], many.csv().splitlines()[1]) == (["1990", "0.0%", "0.0%"], "1990,0,0")
    limits = drawn("lines", "limits").table
    assert list(limits.frame.columns) == ["Period", "Wiltshire", "Wiltshire, lower limit", "Wiltshire, upper limit"]
    assert limits.rows()[1] == ["2012", "2.0%", "[x]", "[x]"]
    gaps = drawn("lines", "gaps").table
    assert [c for c in gaps.frame if "limit" in c] == ["Wiltshire, lower limit", "Wiltshire, upper limit"]
    assert gaps.rows()[2][:4] == ["2017", "[c]", "[c]", "[c]"]
    assert gaps.rows()[0][:4] == ["2015", "5.2%", "4.7%", "5.7%"]


@pytest.mark.parametrize("ends", [(1, 1, 1, 1), (0, 0, 0, 9), (3, 3.01, 3.02, 9), (-5, 5, 5, -5)])
def test_names_stay_in_the_order_of_their_lines(ends):
    at = places(lines(series(["1", "2"], **{n: [1.0, float(v)] for n, v in zip("abcd", ends, strict=True)})).svg)
    heights = {name: at[name][-1][1] for name in "abcd"}
    for (one, a), (other, b) in itertools.combinations(zip("abcd", ends, strict=True), 2):
        assert abs(heights[one] - heights[other]) > 10
        assert a == b or (heights[one] > heights[other]) == (a < b)


def strokes(svg, colour):
    """The lines of a colour: their path data."""
    found = [e for e in ET.fromstring(svg).iter() if e.get("stroke") == colour.lower() and e.get("d")]
    return [e.get("d") for e in found if e.get("stroke-width") != "0.7"]  # which leads to a name


def test_a_period_without_a_value_is_a_gap_and_a_lone_point_keeps_its_interval():
    whole_line = lines(series(YEARS, a=[1.0, 2.0, 3.0], b=[2.0, 2.0, 2.0]))
    assert [d.count("M") for d in strokes(whole_line.svg, charts.FOCUS)] == [1]
    broken = lines(series(MANY_YEARS[:5], a=[1.0, 2.0, NAN, 3.0, 4.0], b=[2.0] * 5))
    assert [d.count("M") for d in strokes(broken.svg, charts.FOCUS)] == [2]
    absent = series(MANY_YEARS[:5], a=[1.0, 2.0, NAN, 3.0, 4.0], b=[2.0] * 5).dropna().sort_values("x", kind="stable")
    assert strokes(lines(absent).svg, charts.FOCUS) == strokes(broken.svg, charts.FOCUS)
    lone = series(YEARS, a=[NAN, 2.0, NAN]).assign(lower=[NAN, 1.0, NAN], upper=[NAN, 3.0, NAN])
    (whisker,) = [d for d in strokes(lines(lone).svg, charts.FOCUS) if "V" not in d][:1]
    x, top, same, bottom = map(float, re.findall(r"[\d.]+", whisker))
    assert (x == same, top != bottom) == (True, True)


# --- Fan and funnel ----------------------------------------------------------------------------


def test_a_fan_opens_at_the_last_known_value_and_names_its_end():
    chart = drawn("fan", "plain")
    assert "3,800 (95%: 3,200 to 4,400)" in texts(chart.svg)
    assert {"50%", "80%", "95%", "England, scaled", "Children", "2012", "2016"} <= set(texts(chart.svg))
    assert " Last known value: 3,500 (2013). Forecast for 2016: 3,800 (95%: 3,200 to 4,400)." in chart.alt
    heads = ["Period", "Known", "Forecast", *[f"{n}% {end} limit" for n in (50, 80, 95) for end in ("lower", "upper")]]
    assert list(chart.table.frame.columns) == [*heads, "England, scaled"]
    assert chart.table.rows()[2][:4] == ["2013", "3,500", "[x]", "[x]"]
    limits = ["3,732", "3,868", "3,670", "3,930", "3,600", "4,000"]
    assert chart.table.rows()[3] == ["2014", "[x]", "3,800", *limits, "[x]"]
    assert "95%" not in " ".join(texts(drawn("fan", "missing").svg))


def test_a_funnel_names_those_outside_and_the_chosen_one():
    frame = [("Far above", 9.0, 4000.0), ("Inside", 6.3, 4000.0), ("Chosen", 6.2, 1000.0), ("Just below", 5.3, 5000.0)]
    chart = funnel(frame, "Chosen")
    seen = texts(chart.svg)
    assert {"Far above", "Chosen", "Just below", "England 6.2%"} <= set(seen)
    assert "Inside" not in seen
    assert seen.count("99.8%") == 2
    assert " 2 of 4 lie outside the 95% limits, 1 beyond the 99.8% ones. " in chart.alt
    assert " Chosen: 6.2%, within the limits. " in chart.alt
    assert list(chart.table.frame["Place"]) == ["above 99.8%", "within", "within", "below 95%"]
    assert chart.note == "A note."


# --- Refusals ----------------------------------------------------------------------------------

LEVEL, AHEAD = [1.0, 2.0, 3.0], forecast(5.0, 1.0)
REFUSED = [
    ("lines: expected at most 4 series", lines, [series(YEARS, **dict.fromkeys("abcde", LEVEL))], {}),
    ("lines: expected one value for each x .* 'a' has several for 2012", lines,
     [series(["2011", "2012", "2012"], a=LEVEL)], {}),
    ("lines: expected each role once, of area, .* got country", lines, [series(YEARS, a=LEVEL)],
     {"roles": {"a": "country"}}),
    ("lines: expected each role once, of area, .* got area, area", lines, [series(YEARS, a=LEVEL, b=LEVEL)],
     {"roles": {"a": "area", "b": "area"}}),
    ("bars: expected the columns label, value; 'value' is missing", bars, [rows(1.0)[["label"]]], {}),
    ("bars: expected at least one row", bars, [[]], {}),
    ("ladder: expected at least one row", ladder, [[]], {}),
    ("lines: expected at least one row", lines, [[]], {}),
    ("fan: expected at least one row", fan, [HISTORY, []], {}),
    ("fan: expected a forecast for every period; 2014", fan, [HISTORY, forecast(NAN, 1.0)], {}),
    ("fan: expected each period once", fan, [HISTORY, forecast(5.0, 1.0, first=2013)], {}),
    ("fan: expected at most 3 other lines; got 4", fan, [HISTORY, AHEAD], {"others": dict.fromkeys("abcd", HISTORY)}),
    ("funnel: expected sizes above zero; 'a'", funnel, [[("a", 1.0, 0.0)]], {}),
    ("funnel: expected a row with a value and a size", funnel, [[("a", NAN, 5.0)]], {}),
]  # fmt: skip


@pytest.mark.parametrize(("message", "make", "data", "options"), REFUSED)
def test_what_cannot_be_drawn_is_refused_with_one_clear_line(message, make, data, options):
    with pytest.raises(ValueError, match=f"^{message}[^\n]*$"):
        make(*data, **options)


GRID = {"#ccc", "#fff", "#ffffff"}
"""Colours of grid and axis, and of white edges; no value hangs on them."""


# --- The same bytes each time and everywhere ---------------------------------------------------


def digests(cases):
    """What identifies the bytes of every case."""
    made = {f"{kind} {case}": drawn(kind, case) for kind, case in cases}
    parts = {name: c.svg + c.narrow + c.alt + c.table.html() for name, c in made.items()}
    return {name: hashlib.sha256(part.encode()).hexdigest() for name, part in parts.items()}


def test_another_process_draws_the_same_bytes():
    """Another order of charts, hash order, time zone, language and clock, and other settings of matplotlib."""
    code = (
        "import json, matplotlib as mpl, test_charts as t\n"
        "mpl.rcParams.update({'font.size': 30, 'svg.fonttype': 'none', 'axes.grid': False, 'text.usetex': False})\n"
        "print(json.dumps(t.digests(t.EVERY[::-1])))"
    )
    settings = {"PYTHONHASHSEED": "4242", "TZ": "Pacific/Auckland", "LC_ALL": "C", "SOURCE_DATE_EPOCH": "1"}
    command, pipes = [sys.executable, "-c", code], {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    environment = os.environ | settings | {"MPLBACKEND": "svg"}
    with subprocess.Popen(command, cwd=Path(__file__).parent, env=environment, text=True, **pipes) as other:
        here = digests(EVERY)  # meanwhile
        made, complaints = other.communicate()
    assert (other.returncode, complaints) == (0, "")
    assert json.loads(made) == here


# --- Every chart -------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "case"), EVERY)
def test_every_chart_is_sound(kind, case):
    chart = drawn(kind, case)
    assert (chart.id, chart.title, chart.subtitle) == (ABOUT.id, ABOUT.title, ABOUT.subtitle)
    assert chart.note.startswith(ABOUT.note)
    assert (chart.table.id, chart.table.caption) == ("harm-data", ABOUT.subtitle)
    alt, start = chart.alt, f"{KINDS[kind]}: Children under 16, Wiltshire, 2010. "
    assert alt.startswith(start)
    assert re.fullmatch(r".{3,}\.", alt[len(start) :])
    assert ABOUT.title not in alt  # which stands beside the chart
    assert not re.search(r"\bnan\b|\binf\b|None|not available|\[|  ", alt[len(start) :].replace("No result", ""))
    for svg, width in ((chart.svg, WIDE), (chart.narrow, NARROW)):
        root = ET.fromstring(svg)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert svg.startswith("<svg")
        assert root.get("viewBox").startswith(f"0 0 {width:.0f} ")
        assert root.get("width") == f"{width:.0f}pt"
        assert ABOUT.title not in svg  # titles are page text
        assert not re.search(r"<(metadata|image|script)|dc:date|matplotlib v|https?://(?!www\.w3\.org/)", svg, re.I)
        assert not re.search(r"nan\b|\binf\b", re.sub(r"<text.*?</text>", "", svg, flags=re.S), re.I)
        assert not re.search(r'="[^"]*\d\.\d{3}', svg)
        assert min(contrast(fill) for _, fill in inherited(root, "fill", "text")) >= 4.5
        assert {float(size) for _, size in inherited(root, "font-size", "text")} == {10}
        strokes = {e.get("stroke") for e in root.iter() if e.get("stroke")} - GRID
        assert all(contrast(stroke) >= 3 for stroke in strokes), strokes


# --- Room --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "case"), EVERY)
def test_no_text_overlaps_another_or_leaves_the_drawing(kind, case):
    _, drawings = seen(kind, case)
    assert [wide for (wide, _), _ in drawings] == [WIDE, NARROW]
    for (wide, high), found in drawings:
        for text, (left, low, right, top) in found:
            assert (min(left, low) >= -0.3, right <= wide + 0.3, top <= high + 0.3) == (True, True, True), (wide, text)
        for (one, a), (other, b) in itertools.combinations(found, 2):
            smaller = (a[0] + 0.6, a[1] + 0.6, a[2] - 0.6, a[3] - 0.6)
            assert not meet(smaller, b), (wide, one, other)


# --- Legible and light -------------------------------------------------------------------------


def contrast(colour):
    """A colour's contrast with white (WCAG 2)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


def inherited(root, name, tag):
    """Each element of a tag with the attribute it has or inherits."""

    def walk(element, value):
        value = element.get(name, value)
        if element.tag.endswith("}" + tag):
            yield element, value
        for child in element:
            yield from walk(child, value)

    return list(walk(root, None))


def test_looks_differ_without_colour_and_can_be_seen():
    for one, other in itertools.combinations(LOOKS.values(), 2):
        assert one.colour != other.colour
        assert one.dash != other.dash
        assert one.marker != other.marker
    for look in [*LOOKS.values(), PLAIN]:
        assert contrast(look.colour) >= 3
        assert contrast(look.text) >= 4.5
    assert all(LOOKS["area"].width > look.width for role, look in LOOKS.items() if role != "area")


def test_charts_are_light_and_coordinates_short():
    assert [short(v) for v in (12.5, -0.001, 0.126, 100.0, 1234.0)] == ["12.5", "0", "0.13", "100", "1234"]
    sizes = {(kind, case): len(drawn(kind, case).svg + drawn(kind, case).narrow) for kind, case in EVERY}
    assert max(sizes.values()) < 25_000, max(sizes, key=sizes.get)
    assert sum(sizes.values()) / len(sizes) < 9_000


@pytest.mark.parametrize("text", ["", "AV To fi ffl", "−1.5 to £5m ≥ 3%", "é œ ☃", "日本"])
def test_a_text_is_measured_as_matplotlib_does_it(text):
    for size, weight, style in itertools.product((8, 10, 11.5), ("normal", "bold", 700), ("normal", "italic")):
        font = FontProperties(family=("DejaVu Sans",), size=size, weight=weight, style=style)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the font has no 日
            expected = text_to_path.get_text_width_height_descent(text, font, False)
            found = measured(text, ("DejaVu Sans",), size, weight, style)
        assert found == expected


# --- A value that changes is seen --------------------------------------------------------------

CHANGED = {
    "bars": lambda v: bars(rows(6.3, v)),
    "ladder": lambda v: ladder(rows(6.3, v, lower=[5.0, 8.0], upper=[7.0, 12.0])),
    "dumbbell": lambda v: dumbbell(pairs([12.0], [v])),
    "lines": lambda v: lines(series(YEARS, a=[1.0, 2.0, v], b=[1.0, 2.0, 3.0])),
    "fan": lambda v: fan(HISTORY, forecast(v, 1.0)),
    "funnel": lambda v: funnel([("a", v, 500.0), ("b", 6.0, 900.0)], "a"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_one_changed_value_changes_drawing_alternative_text_and_table(kind):
    one, other = CHANGED[kind](9.0), CHANGED[kind](10.6)
    assert one.svg != other.svg
    assert one.alt != other.alt
    assert one.table.html() != other.table.html()


# --- Nothing left behind -----------------------------------------------------------------------


def test_a_failed_drawing_is_closed():
    def broken(_):
        raise RuntimeError("no such format")

    before = dict(mpl.rcParams)
    with pytest.raises(RuntimeError, match="no such format"):
        charts.bars(rows(1.0), ABOUT, broken, "Percent")
    assert plt.get_fignums() == []
    assert dict(mpl.rcParams) == before


def test_data_given_to_a_chart_are_left_as_they_were():
    frame = rows(3.0, NAN, 1.0, lower=[2.0, NAN, 0.0], upper=[4.0, NAN, 2.0])
    before = frame.copy()
    for made in (bars, ladder):
        made(frame)
    given = points(5)
    funnel(given)
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(given, points(5))
