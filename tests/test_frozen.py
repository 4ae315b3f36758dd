"""No headline value moves unless it is meant to: the edition and twelve authorities beside the frozen values."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

import pytest

from analysis.areas import load_areas
from frozen import ROOT, differences, frozen

WILTSHIRE = "E06000054"
AREAS = {
    "E09000001": "City of London",
    "E06000053": "Isles of Scilly",
    "E09000012": "Hackney",
    "E06000017": "Rutland",
    "E06000052": "Cornwall",
    "E06000009": "Blackpool",
    "E06000063": "Cumberland",
    "E06000061": "North Northamptonshire",
    "E06000058": "Bournemouth, Christchurch and Poole",
    "E10000012": "Essex",
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
    assert differences(WILTSHIRE, ROOT / "reports" / "wiltshire") == []


@pytest.mark.slow
def test_twelve_authorities_have_the_frozen_values(root, official, tmp_path):
    environment = {**os.environ, "ANALYSIS_ROOT": str(root), "ANALYSIS_OFFICIAL": str(official)}
    chosen = [part for area in AREAS for part in ("--area", area)]
    command = [sys.executable, "-m", "analysis", "run", *chosen, "--output", str(tmp_path)]
    made = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=1200)
    assert made.returncode == 0, made.stderr[-2000:]
    slugs = {area.slug: area.code for area in load_areas(ROOT / "data" / "areas.csv")}
    folders = {slugs[file.parent.name]: file.parent for file in tmp_path.glob("*/values.csv")}
    assert folders.keys() == AREAS.keys()
    assert [line for area, folder in folders.items() for line in differences(area, folder)] == []
