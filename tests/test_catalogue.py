"""The catalogue: what it accepts, and what it refuses and how it says so. The project's own: `test_notebooks`."""

from __future__ import annotations

import pytest

from analysis.press.catalogue import Refused, load_catalogue, read_defaults
from small_project import FULL, PARAMETERS, entry, make_project, write_catalogue, write_notebook


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "p", {"small": FULL})


def load(project):
    return load_catalogue(project / "notebooks")


def test_entry_has_the_catalogues_words_and_the_notebooks_defaults(project):
    (small,) = load(project)
    assert (small.name, small.title, small.areas) == ("small", "Small report", "published")
    assert [p.name for p in small.parameters] == list(PARAMETERS)
    assert small.defaults["confidence"] == 0.95
    allowed = {p.name: p.allowed for p in small.parameters}
    assert allowed["year"] == "2011, 2013"
    assert allowed["confidence"] == "0.8 to 0.999"


def year(**about):
    return {"parameters": {**PARAMETERS, "year": {"label": "l", "help": "h"} | about}}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"title": None}, "'title' is missing"),
        ({"titel": "x"}, "unknown key 'titel'"),
        ({"areas": "some"}, "'areas' should be one of all, published"),
        ({"wait": 3}, "'wait' should be text of one line"),
        ({"parameters": {**PARAMETERS, "extra": {}}}, "differ from the parameters cell of small.ipynb: extra"),
        ({"parameters": {**PARAMETERS, "year": {"type": "int", "label": "x"}}}, "parameter 'year': 'help' is missing"),
        (year(type="number"), "'type' should be one of area, int"),
        (year(type="int", choices=[2011]), "default 2013 does not fit: expected one of 2011"),
        (year(type="int", choices=[]), "'choices' should be a list"),
        (year(type="int", min=2014), "default 2013 does not fit: expected 2014 or more"),
        (year(type="area"), "named 'area'"),
        (year(type="bool"), "expected a value of type bool, found 2013"),
    ],
)
def test_an_entry_or_a_parameter_that_does_not_fit_is_named(project, changes, expected):
    write_catalogue(project, [entry("small", **changes)])
    with pytest.raises(Refused) as caught:
        load(project)
    assert "catalogue.yml, entry 1 (small)" in str(caught.value)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_or_broken_files_are_named(project):
    catalogue = project / "notebooks" / "catalogue.yml"
    for text, expected in [("notebooks: [", "is not YAML"), ("[]", "a list named 'notebooks'")]:
        catalogue.write_text(text, encoding="utf-8")
        with pytest.raises(Refused, match=expected):
            load(project)
    catalogue.unlink()
    with pytest.raises(Refused, match=r"catalogue\.yml is missing"):
        load(project)
    write_catalogue(project, [entry("other")])
    with pytest.raises(Refused, match=r"other\.ipynb is missing"):
        load(project)
    write_catalogue(project, [entry("small"), entry("small")])
    with pytest.raises(Refused, match="'small' is listed twice"):
        load(project)


@pytest.mark.parametrize(
    "line",
    ["import os", "year = 2000 + 13", "a, b = 1, 2", "x: int"],
)
def test_a_parameters_cell_holds_literals_only(tmp_path, line):
    write_notebook(tmp_path / "n.ipynb", [], f"good = 1\n{line}")
    with pytest.raises(Refused, match="should hold only `name = literal` lines: line 2"):
        read_defaults(tmp_path / "n.ipynb")


def test_defaults_are_read_and_not_run(tmp_path):
    marker = tmp_path / "ran"
    write_notebook(tmp_path / "n.ipynb", [], f"year = open({str(marker)!r}, 'w')")
    with pytest.raises(Refused, match="'year'"):
        read_defaults(tmp_path / "n.ipynb")
    assert not marker.exists()
    write_notebook(tmp_path / "n.ipynb", [], "a = -1  # below zero\nb: list = [1, 2]\nc = None")
    assert read_defaults(tmp_path / "n.ipynb") == {"a": -1, "b": [1, 2], "c": None}
