"""What holds for every chart: nothing is cut or overlaps, it is light and legible, the same bytes each time."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
import subprocess
import sys
import warnings
import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from analysis import charts
from analysis.charts.funnel_chart import meet
from analysis.charts.kit import LOOKS, NARROW, PLAIN, WIDE
from analysis.charts.svg import Renderer, measured, short
from analysis.words import percent
from test_chart_kinds import (
    ABOUT,
    EVERY,
    HISTORY,
    KINDS,
    NAN,
    YEARS,
    bars,
    boxes_of,
    drawn,
    dumbbell,
    fan,
    forecast,
    funnel,
    ladder,
    lines,
    pairs,
    points,
    rows,
    seen,
    series,
    texts,
)

pytestmark = pytest.mark.filterwarnings("error")

GRID = {"#ccc", "#fff", "#ffffff"}
"""Colours of grid and axis, and of white edges; no value hangs on them."""


# --- The same bytes each time and everywhere ---------------------------------------------------


def digests(make, cases):
    """What identifies the bytes of every case."""
    made = {f"{kind} {case}": make(kind, case) for kind, case in cases}
    return {
        name: hashlib.sha256((c.svg + c.narrow + c.alt + c.table.html()).encode()).hexdigest()
        for name, c in made.items()
    }


def test_another_process_draws_the_same_bytes():
    """Another order of charts, hash order, time zone, language and clock, and other settings of matplotlib."""
    code = (
        "import json, matplotlib as mpl, test_charts as t\n"
        "mpl.rcParams.update({'font.size': 30, 'svg.fonttype': 'none', 'axes.grid': False, 'text.usetex': False})\n"
        "print(json.dumps(t.digests(t.drawn, t.EVERY[::-1])))"
    )
    settings = {"PYTHONHASHSEED": "4242", "TZ": "Pacific/Auckland", "LC_ALL": "C", "SOURCE_DATE_EPOCH": "1"}
    command, pipes = [sys.executable, "-c", code], {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    environment = os.environ | settings | {"MPLBACKEND": "svg"}
    with subprocess.Popen(command, cwd=Path(__file__).parent, env=environment, text=True, **pipes) as other:
        here = digests(drawn, EVERY)  # meanwhile
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


def test_the_measure_finds_overlapping_text():
    def overlapping():
        drawing = mpl.figure.Figure(figsize=(4.5, 1), dpi=72)
        drawing.text(0.5, 0.5, "one")
        drawing.text(0.51, 0.5, "other")
        drawing.draw(Renderer(324, 72))

    _, [(_, [(_, a), (_, b)])] = boxes_of(overlapping)
    assert meet(a, b)


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


def test_charts_are_light():
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


def test_coordinates_are_short_and_values_are_not_cut_off():
    assert [short(v) for v in (12.5, -0.001, 0.126, 100.0, 1234.0)] == ["12.5", "0", "0.13", "100", "1234"]
    chart = charts.bars(rows(0.69634, 0.5), ABOUT, lambda v: percent(v, 4), "Percent")
    assert "0.6963%" in texts(chart.svg)


def test_a_mark_beyond_the_axes_is_cut_at_them():
    tight = pd.DataFrame([("a", 6.2, 20.0), ("b", 6.3, 9000.0)], columns=["label", "value", "size"])
    assert "clip-path" in funnel(tight).svg
    assert not any("clip-path" in drawn(kind, case).svg for kind, case in EVERY if kind != "funnel")


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


def test_a_changed_limit_changes_drawing_and_table():
    made = [lines(series(YEARS, a=[1.0, 2.0, 3.0]).assign(lower=0.5, upper=u)) for u in (4.0, 5.0)]
    made += [bars(rows(6.3, lower=[5.0], upper=[u])) for u in (7.0, 8.0)]
    made += [ladder(rows(6.3, lower=[5.0], upper=[u])) for u in (7.0, 8.0)]
    for one, other in zip(made[::2], made[1::2], strict=True):
        assert one.svg != other.svg
        assert one.table.csv() != other.table.csv()


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
