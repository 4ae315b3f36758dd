"""The notebooks: their shape, every parameter at its extremes, and a changed figure followed to every place."""

from __future__ import annotations

import ast
import copy
import math
import os
import random
import re
import zlib
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import nbformat
import pytest

import notebook_runs
from analysis import words as say
from analysis.data.columns import tables
from analysis.headline import shown
from notebook_runs import (
    CATALOGUE,
    RELEASES,
    ROOT,
    WILTSHIRE,
    as_it_is,
    execute,
    handed_over,
    kept,
    page_of,
    parameters_cell,
    quick,
    ran,
    rests_on,
    rewritten,
    said,
    usual,
)
from once import FOLDER, made_once
from unpictured import unpictured

NAMES = [entry["name"] for entry in CATALOGUE]
SPECS = {entry["name"]: entry["parameters"] for entry in CATALOGUE}


def to_run(name, *more, **named):
    """A notebook as a parameter of a test that runs it, skipped where its release is not there."""
    needs = "releases" in CATALOGUE[NAMES.index(name)]
    return pytest.param(name, *more, marks=[RELEASES] if needs else [], **named)


RUN = [to_run(name) for name in NAMES]
OWN_TEST = ("claims", "spend_outcomes", "measure", "profile")
"""Notebooks whose own tests follow each figure, or each row of the panel or the extract, to the page."""


MOST = 3
"""Most choices of one parameter that are tried on the page; the rest differ in the data they name alone."""
ONE_RANGE = ("multiplier_low", "multiplier_high")
"""The ends of one range: both least or both most, as a range whose ends cross is refused."""
ALONE = ("claims",)
"""Notebooks whose parameters are tried one at a time: together they may leave nothing to show, which is refused."""


def tried(spec):
    """Return a parameter's choices, or some from first to last, or the two ends of its range; none for the area."""
    choices = [True, False] if spec["type"] == "bool" else spec.get("choices")
    values = choices or [spec[end] for end in ("min", "max") if end in spec]
    return [values[k * (len(values) - 1) // (MOST - 1)] for k in range(MOST)] if len(values) > MOST else values


def extremes():
    """Return runs in which every parameter is at an end or another choice, together trying each: mixed at random.

    The most draws are made once only.
    """
    found = []
    for name, specs in SPECS.items():
        columns = {parameter: tried(spec) for parameter, spec in specs.items() if tried(spec)}
        number, mixed = max(map(len, columns.values())), random.Random(name)
        rows = [{parameter: value} for parameter, values in columns.items() for value in values[-1:]]
        if name not in ALONE:
            for parameter, values in columns.items():
                rest = values[:1] if parameter == "draws" else values
                columns[parameter] = [*values, *islice(cycle(rest), number - len(values))]
                (random.Random(name) if parameter in ONE_RANGE else mixed).shuffle(columns[parameter])
            rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        found += [to_run(name, row, id=f"{name}-{number}") for number, row in enumerate(rows)]
    return found


KINDS = ("answer", "finding", "text", "table", "values")


@pytest.mark.parametrize("name", NAMES)
def test_source_is_stripped_ordered_and_named(name):
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    assert [cell.id for cell in notebook.cells] == [f"cell-{k:02d}" for k in range(1, len(notebook.cells) + 1)]
    first = notebook.cells[0].source.splitlines()
    entry = CATALOGUE[NAMES.index(name)]
    assert first[0] == f"# {entry['title']}"
    assert first[2] == entry["question"]
    assert code[-1].source == "report.close()"


def test_every_notebook_is_in_the_catalogue():
    assert sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb")) == sorted(NAMES)


@pytest.mark.parametrize("name", RUN)
def test_page_has_its_parts(name):
    is_whole(usual(name))
    lines = usual(name).shown[0][0]["text/plain"].splitlines()
    assert max(len(line.split()) for line in lines) <= 28, "at most 25 words a sentence in the box, besides its link"
    assert {"chart", "html"} & {mark["kind"] for _, mark in usual(name).shown}  # the overview leaves charts to topics


def is_whole(run):
    """Every part of a page is there, once; its values lie in their intervals, and nothing is said of what is none."""
    kinds = [mark["kind"] for _, mark in run.shown]
    assert (kinds[0], kinds[-2:]) == ("answer", ["values", "sources"])
    lines = run.shown[0][0]["text/plain"].splitlines()
    assert 1 <= len(lines) <= 5, "one lead sentence, and at most four more"
    ids = [mark["id"] for _, mark in run.shown if "id" in mark]
    findings = [mark["sentence"] for _, mark in run.shown if mark["kind"] == "finding"]
    assert (len(ids), len(findings)) == (len(set(ids)), len(set(findings)))
    words = re.sub(r"<svg.*?</svg>", "", run.text, flags=re.S)
    assert not re.search(r"\bnan\b|\binf\b|\bNone\b(?! of| SEN )", words)
    assert run.values, "record what the page stands for with `report.headline`"
    for value in run.values.values():
        assert value["lower"] is None or value["lower"] <= value["value"] <= value["upper"], value


@pytest.mark.parametrize("name", RUN)
def test_the_edition_says_what_a_run_shows_that_has_no_release_at_hand(name):
    """nbval holds the edition against runs that have them."""
    cells = nbformat.read(ROOT / "reports" / "wiltshire" / f"{name}.ipynb", as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", []) if "analysis" in output.metadata]
    shown = [output.data["text/plain"] for output in outputs if output.metadata.analysis.kind in KINDS]
    assert shown == said(usual(name), *KINDS)


@pytest.mark.parametrize(("name", "changed"), extremes())
def test_extremes_run(name, changed):
    is_whole(quick(name, **changed))


def names_in(cell):
    """The names that a cell reads, and those that it binds or adds to."""
    read, written = set(), set()
    for node in ast.walk(ast.parse(cell.source)):
        if isinstance(node, ast.Name):
            (read if isinstance(node.ctx, ast.Load) else written).add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.alias)):
            written.add(node.name)
        elif isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store):
            written |= {inner.id for inner in ast.walk(node.value) if isinstance(inner, ast.Name)}
    return read, written


def without_sources(parts):
    return [(data, mark) for data, mark in parts if mark["kind"] != "sources"]


def moves(name, monkeypatch, **parameters):
    """Whether parameters change what a notebook shows, besides its sources, beside its run as it stands.

    Of its cells only those are run again that use a parameter, or what such a cell has named, and the last. They go no
    further than to the first that shows something else.
    """
    run, changed = ran(name), dict(parameters)
    report = copy.copy(run.names["report"])
    report._values = dict(report._values)
    for cell, before, first in run.steps[1:]:
        read, written = names_in(cell)
        if read & changed.keys() or cell is run.steps[-1][0]:
            space = {key: as_it_is(value) for key, value in {**before, "report": report, **changed}.items()}
            again = execute(name, cell, space, monkeypatch)
            if without_sources(again) != without_sources(first):
                return True
            changed |= {key: space[key] for key in written & space.keys()}
    return False


@pytest.mark.parametrize("name", RUN)
def test_each_parameter_changes_the_page(name, monkeypatch):
    """Changed alone; of coverage there is a test below. Given as they stand, all together change nothing."""
    unpictured(monkeypatch)
    defaults, unmoved = parameters_cell(name), []
    with handed_over(name, defaults["area"]):
        for parameter, spec in SPECS[name].items():
            others = [value for value in tried(spec) if value != defaults[parameter]]
            if parameter != "confidence" and others and not moves(name, monkeypatch, **{parameter: others[-1]}):
                unmoved.append(parameter)
        defaults.pop("area")
        defaults.pop("confidence", "")
        assert not moves(name, monkeypatch, **defaults)
    assert unmoved == []


OTHERS_AT_95 = {
    r"95% (?:control )?limits|[Cc]ontrol limits (?:at|of) 95%": "a convention of control charts",
    r"Limits at 95% and 99\.8%": "the same",
    r"lay in the interval \(95%\) of a forecast": "how the method was tried",
    r"held 95% of the errors": "the primary specification, as it was fixed",
    r"95% interval 2 to 8|the published one at 95%": "Bennett and others print theirs at 95% only",
    r"95% interval −0\.246 to −0\.063|published intervals are at 95%": "Webb prints his at 95% only",
    r"outcomes within the 95% interval that could be given|[Tt]he 95% intervals held": "how the method was tried",
    r"95% unless another coverage is chosen": "says what the coverage is without a choice",
    r"95% interval 1\.8 to 7\.3\) a year": "Bennett's, carried to the area",
}
"""What a page may say at 95% whatever its coverage, and why; claims are left out, as a verdict is one on every page."""
OTHERS_VALUES = {("child_poverty", "care_association"): "Bennett's, carried to the area"}
"""Headline values whose interval others publish: it stays at 95%."""
RANGES = {
    "children_known": "bounds: how far counts overlap",
    "poverty_count": "what rounding allows",
    "poverty_rate": "what rounding allows: it is wider than chance",
    "fsm_rate": "what rounding allows",
    "neet_with_not_known": "bounds: none and all of those not known",
    "lifetime_cost_public": "the study's average, and its highest for those not known too",
    "lifetime_cost_resource": "the same",
    "group_needed": "what rounding allows",
}
"""Headline values with a range that is made to hold no share of cases, and what it is instead."""
BEYOND_CHANCE = ("models_clear", "detectable", "rated_green", "rated_amber", "rated_red")
"""Headline values of what is beyond chance: more is, at a lower coverage."""
SAID_AT_95 = re.compile(
    r"95% (?:control )?(?:interval|range|limit|band|of (?:simul|year|the neigh))|\bat 95%|95 in 100"
)
WITH_CONFIDENCE = [to_run(name) for name in NAMES if "confidence" in SPECS[name]]


def told(run):
    """Yield each text of a page, and whether it can hold data that happen to be 95%, as cells and drawings can."""
    yield from ((text, False) for text in run.markdown)
    for data, mark in run.shown:
        if mark["kind"] in ("sources", "caption") or str(mark.get("id", "")).startswith("claims-"):
            continue
        yield from (
            (str(mark[part]), part in ("title", "alt")) for part in ("title", "subtitle", "alt", "note") if part in mark
        )
        for kind in ("text/markdown", "text/html", "image/svg+xml"):
            if kind in data:
                yield re.sub(r"<[^>]*>", " ", data[kind]), kind != "text/markdown"


@pytest.mark.parametrize("name", WITH_CONFIDENCE)
def test_a_page_has_one_coverage(name):
    for text, data in told(ran(name, confidence=0.8)):
        for allowed in OTHERS_AT_95:
            text = re.sub(allowed, "", text)
        found = SAID_AT_95.findall(text) if data else re.findall(r"(?<![\d.])95%", text)
        assert not found, text


@pytest.mark.parametrize("name", WITH_CONFIDENCE)
def test_the_coverage_reaches_every_headline_value(name):
    wide, narrow = usual(name).values, ran(name, confidence=0.8).values
    assert list(wide) == list(narrow)
    intervals = 0
    for key, before in wide.items():
        after = narrow[key]
        if key in BEYOND_CHANCE:
            assert before["lower"] is after["lower"] is None
            continue
        for part in ("value", "unit", "period", "symbol", "source"):
            assert before[part] == after[part], (key, part)
        if before["coverage"] is None or (name, key) in OTHERS_VALUES:
            assert before["lower"] is None or before["coverage"] or key in RANGES, (
                f"{key}: an interval says its coverage"
            )
            assert before == after
        else:
            intervals += 1
            assert (before["coverage"], after["coverage"]) == (0.95, 0.8)
            assert before["lower"] <= after["lower"] <= after["upper"] <= before["upper"]
            assert after["upper"] - after["lower"] < before["upper"] - before["lower"]
    assert intervals or not any(value["coverage"] for value in wide.values())


CHANGED = {
    **dict.fromkeys(("figures.csv", "figures_official.csv"), ("value", "lower", "upper")),
    "wards.csv": ("children", "rate"),
    "panel_estimates.csv": ("value", "standard_error"),
    "last_edition.csv": ("value", "lower", "upper"),
    "plan_backtest.csv": ("forecasts", "authorities", "mean_error", "lead", "lead_error"),
    "plan_limits.csv": ("low", "high"),
    "plan_coverage.csv": ("inside",),
    "revisions.csv": ("old", "new"),
}
"""The tables that give a page its numbers, and the columns that hold them."""
WHOLE = {column.column for file in CHANGED for column in tables()[file] if column.type == "whole"}
"""Those of them that are counts."""
NO_FIGURES = {
    **dict.fromkeys(("153", "151"), "a chart of every authority counts them, or those with a figure"),
    "100": "the unit per 100 in care",
    **dict.fromkeys(("110", "150"), "the scale of other care leavers, which counts of plans happen to equal"),
    "14.3": "what £100 must bring: of the parameters alone",
    "99.8%": "the confidence of control limits, which a figure may happen to equal",
    say.percent(100 * parameters_cell("early_help_spend")["inflation_after"]): "the growth of prices that pages assume",
}
"""Numbers that a page may say whatever its figures, and why."""


def change(row, columns, factor):
    """Change the numbers of one row by about a factor, which varies from row to row so that ratios change too."""
    number = zlib.crc32(" ".join([*row.values(), str(factor)]).encode())
    own = factor * (1 - number % 89 / 600)
    for column in columns:
        changed = row[column] and float(row[column].replace(",", "")) * own
        row[column] = row[column] and f"{round(changed) if column in WHOLE else changed:.10g}"
    if row.get("base"):  # equal ones stay equal, as numbers of one group of children may only then be added up
        row["base"] = f"{float(row['base']) * (1.4 - zlib.crc32(row['base'].encode()) % 61 / 300):.10g}"
    row.update({name: text for name, text in (("stated", "changed by the test"), ("note", "")) if name in row})


def changed_data(folder, factor):
    """A project folder in whose data/ every figure is changed: its values, its bases, and its text."""
    for file, columns in CHANGED.items():
        if (ROOT / "data" / file).is_file():
            rewritten(folder, file, partial(change, columns=columns, factor=factor))
    return folder


def says(text, number):
    """Whether a text has this number as a number of its own."""
    return number in text and re.search(rf"(?<![\d.,£]){re.escape(number)}(?![\d%]|[.,]\d)", text) is not None


def prose(text):
    """A page's text without tables, where some hundred numbers read like one another by chance, and drawings."""
    return re.sub(r"<[^>]*>", " ", re.sub(r"<table.*?</table>|<svg.*?</svg>", " ", text, flags=re.S))


def cells(text):
    """Every table's cells by their place: (caption without digits, row, column) → text."""
    found = {}
    for table in re.findall(r"<table.*?</table>", text, re.S):
        caption = re.sub(r"\d", "#", re.search(r"<caption>(.*?)</caption>", table, re.S)[1])
        for row, line in enumerate(re.findall(r"<tr>.*?</tr>", table, re.S)):
            for column, cell in enumerate(re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line, re.S)):
                found[caption, row, column] = cell
    return found


def numbers_given(run):
    """The numbers that the figures of a run gave."""
    figures = run.names["report"].figures
    every = (figure for of in figures._figures.values() for figure in of if figure.row in figures._used)
    return lasting(str(figure) for figure in every if not math.isnan(figure.value) and figure.value)


def numbers_said(pages):
    """The numbers of the answers and values of pages."""
    found = [shown(value) for page in pages for value in page.values.values()]
    answers = [page.all("answer")[0]["text/plain"] for page in pages]
    return lasting(found + re.findall(r"(?<![\d.,/])£?\d[\d,.]*\d%?", "\n".join(answers)))


def lasting(numbers):
    """Those of numbers that are long enough not to be met by chance everywhere, and no year."""
    return {number for number in numbers if len(number.strip("%")) >= 3 and not re.fullmatch(r"(19|20)\d\d", number)}


def after(name, factor):
    """What a notebook shows, few draws made, with every figure changed by about a factor."""
    few = {"draws": SPECS[name]["draws"]["min"]} if "draws" in SPECS[name] else {}

    def data():
        return changed_data(Path(os.environ[FOLDER]) / f"changed by {factor}", factor)

    def make():
        return kept(quick(name, root=made_once(f"data changed by {factor}", data), **few))

    return made_once(f"{name} with figures changed by {factor}", make)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in OWN_TEST])
def test_a_changed_figure_changes_everywhere(name, monkeypatch):
    """No number that a figure gives is typed: with every figure changed, no old number is on the page.

    Of a page that rests on other reports: no number that these no longer have.
    """
    monkeypatch.setattr(notebook_runs, "run", lambda root, other, area: after(other, factor))
    below, run = rests_on(name), ran(name)
    # A parameter's default is a literal of the notebook, even where a figure says the same.
    own = {say.pounds(v) for v in parameters_cell(name).values() if isinstance(v, float)}
    numbers = numbers_given(run) | numbers_said([page_of(WILTSHIRE, other) for other in below])
    numbers -= NO_FIGURES.keys() | own
    plain = prose(run.text)
    typed = {number for number in numbers if says(plain, number)}
    same = {place: cell for place, cell in cells(run.text).items() if cell in numbers}
    assert len(typed) >= 3, "without numbers of figures on the page this would prove nothing"
    # Several factors, as a changed number may by chance read like another's old one; a typed one stays under all.
    for factor in (0.77, 0.41, 0.93, 0.6, 0.53, 0.69, 0.47):
        if not typed and not same:
            break
        text = after(name, factor).text
        plain, there = prose(text), cells(text)
        still = numbers_said([after(other, factor) for other in below])
        typed = {number for number in typed - still if says(plain, number)}
        same = {place: cell for place, cell in same.items() if there.get(place) == cell and cell not in still}
    assert typed == set()
    assert same == {}
