"""Embedded official figures against the releases they are from, where those are present."""

from __future__ import annotations

import csv
import hashlib
import os
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[1] / "data"


def rows(name):
    with (DATA / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


CSV_SOURCES = {row["source"]: row for row in rows("sources.csv") if row["address"].endswith(".csv")}


@pytest.fixture(scope="module")
def releases():
    folder = os.environ.get("ANALYSIS_OFFICIAL")
    if not folder:
        pytest.skip("set ANALYSIS_OFFICIAL to the folder with the official releases")
    files = list(Path(folder).rglob("*.csv"))
    return {hashlib.sha256(file.read_bytes()).hexdigest(): file for file in files}


@pytest.mark.parametrize("source", sorted(CSV_SOURCES))
def test_embedded_values_stand_in_the_release(source, releases):
    file = releases[CSV_SOURCES[source]["sha256"]]
    assert file.stat().st_size == int(CSV_SOURCES[source]["bytes"])
    with file.open(encoding="utf-8-sig", newline="") as stream:
        table = list(csv.DictReader(stream))
    embedded = [row for row in rows("figures_official.csv") if row["source"] == source]
    assert embedded
    for row in embedded:
        place = "new_la_code" if row["area"].startswith("E06") else "country_code"
        level = "Local authority" if row["area"].startswith("E06") else "National"
        (found,) = (
            line
            for line in table
            if (line[place], line["geographic_level"], line["time_period"], line["time_identifier"])
            == (row["area"], level, row["time_period"], row["time_identifier"])
        )
        column = row["locator"].rpartition("column ")[2] if "column " in row["locator"] else "population_estimate"
        assert found[column] == row["stated"]
        assert float(found[column]) == float(row["value"])
