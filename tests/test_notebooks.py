"""The notebooks: their shape, every parameter at its extremes, and a changed figure followed to every place."""

from __future__ import annotations

import math
import os
import random
import re
import zlib
from functools import partial
from itertools import cycle, islice

import nbformat
import pytest
import yaml

import notebook_runs
from analysis import words as say
from analysis.data.columns import tables
from analysis.data.figures import Figures
from analysis.headline import shown
from notebook_runs import ROOT, parameters_cell, quick, ran, rewritten, usual

CATALOGUE = yaml.safe_load((ROOT / "notebooks" / "catalogue.yml").read_text(encoding="utf-8"))["notebooks"]
NAMES = [entry["name"] for entry in CATALOGUE]
SPECS = {entry["name"]: entry["parameters"] for entry in CATALOGUE}
NEEDS_RELEASE = pytest.mark.skipif(
    not os.environ.get("ANALYSIS_OFFICIAL"), reason="set ANALYSIS_OFFICIAL: the notebook needs an official release"
)


def to_run(name, *more, **named):
    """A notebook as a parameter of a test that runs it, skipped where its release is not there."""
    needs = "releases" in CATALOGUE[NAMES.index(name)]
    return pytest.param(name, *more, marks=[NEEDS_RELEASE] if needs else [], **named)


RUN = [to_run(name) for name in NAMES]
OWN_TEST = ("claims", "spend_outcomes", "measure", "profile")
"""Notebooks whose own tests follow each figure, or each row of the panel or the extract, to the page."""


MOST = 6
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
        rows = [{parameter: value} for parameter, values in columns.items() for value in values[-2:]]
        if name not in ALONE:
            for parameter, values in columns.items():
                rest = values[:1] if parameter == "draws" else values
                columns[parameter] = [*values, *islice(cycle(rest), number - len(values))]
                (random.Random(name) if parameter in ONE_RANGE else mixed).shuffle(columns[parameter])
            rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        found += [to_run(name, row, id=f"{name}-{number}") for number, row in enumerate(rows)]
    return found


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
    run = usual(name)
    kinds = [mark["kind"] for _, mark in run.outputs]
    assert kinds[0] == "answer"
    lines = run.outputs[0][0]["text/plain"].splitlines()
    assert 1 <= len(lines) <= 5, "one lead sentence, and at most four more"
    assert max(len(line.split()) for line in lines) <= 28, "at most 25 words a sentence in the box, besides its link"
    assert {"chart", "html"} & {*kinds}  # the overview leaves charts to its topics
    assert kinds[-2:] == ["values", "sources"]
    ids = [mark["id"] for _, mark in run.outputs if "id" in mark]
    assert len(ids) == len(set(ids))
    findings = [mark["sentence"] for _, mark in run.outputs if mark["kind"] == "finding"]
    assert len(findings) == len(set(findings)), "no finding stands twice"
    assert run.values, "record what the page stands for with `report.headline`"


@pytest.mark.parametrize(("name", "changed"), extremes())
def test_extremes_run(name, changed):
    run = quick(name, **changed)
    words = re.sub(r"<svg.*?</svg>", "", run.text, flags=re.S)
    assert not re.search(r"\bnan\b|\binf\b|\bNone\b(?! of)", words), changed
    for value in run.values:
        if value["lower"] is not None:
            assert value["lower"] <= value["value"] <= value["upper"], value


class Other(Exception):
    """What a run shows is not what another showed."""


class Against(list):
    """What a run shows, which ends where it first differs from what another showed."""

    def append(self, part):
        if part != self.other[len(self)]:
            raise Other
        super().append(part)


@pytest.mark.parametrize("name", RUN)
def test_each_parameter_changes_the_page(name):
    """Changed alone; the run goes no further than to the first part that differs. Of coverage there is a test below."""
    defaults, unmoved = parameters_cell(name), []
    for parameter, spec in SPECS[name].items():
        others = [value for value in tried(spec) if value != defaults[parameter]]
        for value in others[-1:] if parameter != "confidence" else ():
            shown = Against()
            shown.other = ran(name).outputs
            try:
                quick(name, shown=shown, **{parameter: value})
                unmoved.append(parameter)
            except Other:
                pass
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
    for data, mark in run.outputs:
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
    wide, narrow = ({v["key"]: v for v in run.values} for run in (usual(name), ran(name, confidence=0.8)))
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
    if "base" in row:
        row["base"] = row["base"] and f"{float(row['base']) * (1.4 - number % 61 / 300):.10g}"
    row.update({name: text for name, text in (("stated", "changed by the test"), ("note", "")) if name in row})


def changed_data(folder, factor):
    """A project folder in whose data/ every figure is changed: its values, its bases, and its text."""
    for file, columns in CHANGED.items():
        if (ROOT / "data" / file).is_file():
            rewritten(folder, file, partial(change, columns=columns, factor=factor))
    return folder


def says(text, number):
    """Whether a text has this number as a number of its own; the drawings' coordinates do not count."""
    return re.search(rf"(?<![\d.,£]){re.escape(number)}(?![\d%]|[.,]\d)", re.sub(r"<[^>]*>", " ", text)) is not None


def prose(text):
    """A page's text without tables, where some hundred numbers read like one another by chance, and axes' ticks."""
    return re.sub(r"<table.*?</table>|<svg.*?</svg>", " ", text, flags=re.S)


def cells(text):
    """Every table's cells by their place: (caption without digits, row, column) → text."""
    found = {}
    for table in re.findall(r"<table.*?</table>", text, re.S):
        caption = re.sub(r"\d", "#", re.search(r"<caption>(.*?)</caption>", table, re.S)[1])
        for row, line in enumerate(re.findall(r"<tr>.*?</tr>", table, re.S)):
            for column, cell in enumerate(re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line, re.S)):
                found[caption, row, column] = cell
    return found


def numbers_given(made, handed):
    """The numbers that a run's figures gave, or the answers and values of the reports that it rests on."""
    found = {
        str(figure)
        for every in made[-1]._figures.values()
        for figure in every
        if figure.row in made[-1]._used and not math.isnan(figure.value) and figure.value
    }
    for page in handed:
        found |= {shown(value) for value in page.values.values()}
        found |= set(re.findall(r"(?<![\d.,/])£?\d[\d,.]*\d%?", page.all("answer")[0]["text/plain"]))
    return {number for number in found if len(number.strip("%")) >= 3 and not re.fullmatch(r"(19|20)\d\d", number)}


@pytest.mark.parametrize("name", [name for name in NAMES if name not in OWN_TEST])
def test_a_changed_figure_changes_everywhere(name, monkeypatch, tmp_path):
    """No number that a figure gives is typed: with every figure changed, no old number is on the page.

    Of a page that rests on other reports: no number that these no longer have.
    """
    made, handed = [], []
    plain, hand_over = Figures.__init__, notebook_runs.hand_over
    monkeypatch.setattr(
        Figures, "__init__", lambda self, *args, **more: made.append(self) or plain(self, *args, **more)
    )
    monkeypatch.setattr(notebook_runs, "hand_over", lambda page, *more: handed.append(page) or hand_over(page, *more))
    few = {"draws": SPECS[name]["draws"]["min"]} if "draws" in SPECS[name] else {}
    before = quick(name, **few).text
    # A parameter's default is a literal of the notebook, even where a figure says the same.
    own = {say.pounds(v) for v in parameters_cell(name).values() if isinstance(v, float)}
    numbers = numbers_given(made, handed) - NO_FIGURES.keys() - own
    typed = {number for number in numbers if says(prose(before), number)}
    same = {place: cell for place, cell in cells(before).items() if cell in numbers}
    assert len(typed) >= 3, "without numbers of figures on the page this would prove nothing"
    # Several factors, as a changed number may by chance read like another's old one; a typed one stays under all.
    for factor in (0.77, 0.41, 0.93, 0.6, 0.53, 0.69, 0.47):
        if not typed and not same:
            break
        handed.clear()
        after = quick(name, root=changed_data(tmp_path / str(factor), factor), **few).text
        still = numbers_given(made, handed) if handed else set()
        typed = {number for number in typed - still if says(prose(after), number)}
        same = {place: cell for place, cell in same.items() if cells(after).get(place) == cell and cell not in still}
    assert typed == set()
    assert same == {}
