"""No headline value moves unless it is meant to: the edition and seven authorities beside the frozen values."""

from __future__ import annotations

from collections import Counter

import pytest

from analysis.data.areas import load_areas
from frozen import COLUMNS, ROOT, differences, frozen, values_of

WILTSHIRE = "E06000054"
AREAS = {
    "E09000001": "City of London",
    "E06000053": "Isles of Scilly",
    "E09000012": "Hackney",
    "E06000017": "Rutland",
    "E06000063": "Cumberland",
    "E06000002": "Middlesbrough",
    "E10000030": "Surrey",
}


def test_the_frozen_values_are_of_every_authority():
    keys = list(frozen())
    assert keys == sorted(set(keys))
    areas = Counter(area for area, _, _ in keys)
    assert set(areas) == {area.code for area in load_areas(ROOT / "data" / "areas.csv") if area.current}
    assert min(areas.values()) > 20


def test_the_edition_has_the_frozen_values():
    assert differences(WILTSHIRE, values_of(WILTSHIRE, ROOT / "reports" / "wiltshire")) == []


@pytest.mark.parametrize("area", AREAS, ids=AREAS.values())
def test_seven_authorities_have_the_frozen_values(page, area):
    """The values that each notebook hands to the press; that this writes what it is handed, `test_any_area` shows."""
    notebooks = sorted({name for code, name, _ in frozen() if code == area})
    assert len(notebooks) == 8
    rows = [
        (area, name, *("" if value[column] is None else as_text(value[column]) for column in COLUMNS[2:]))
        for name in notebooks
        for value in page(area, name, drawn=False).values.values()
    ]
    assert differences(area, rows) == []


def as_text(value):
    """A number or a text as `values.csv` has it."""
    return str(value).removesuffix(".0") if isinstance(value, float) else str(value)
