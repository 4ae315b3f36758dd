"""`analysis compare`: what changed between two report folders, the reason, and the files it writes."""

from __future__ import annotations

import csv
import io
import json

import pytest
from click.testing import CliRunner

from analysis.cli import main
from analysis.files import PAGE_BYTES, project_root
from analysis.press.reuse import VALUES_MIME
from browser import markup_findings
from test_render import attributes

WILTSHIRE = project_root() / "reports" / "wiltshire"
HOSTILE = "<script>alert(1)</script>"


class Edition:
    """A folder of reports made from the reference edition, to be spoiled."""

    def __init__(self, folder, *notebooks, area="wiltshire"):
        self.folder = folder / area
        self.folder.mkdir(parents=True)
        self.root, self.lock = folder, "a" * 64
        self.content = {n: json.loads((WILTSHIRE / f"{n}.ipynb").read_text(encoding="utf-8")) for n in notebooks}
        for content in self.content.values() if area != "wiltshire" else ():
            content["metadata"]["analysis"] |= {"area": area, "area_name": area.title()}

    def bundle(self, mime, notebook="neet"):
        outputs = [output for cell in self.content[notebook]["cells"] for output in cell.get("outputs", [])]
        return next(output["data"][mime] for output in outputs if mime in output.get("data", {}))

    @property
    def values(self):
        return self.bundle(VALUES_MIME)

    @property
    def record(self):
        return self.content["neet"]["metadata"]["analysis"]

    def other_inputs(self, *names):
        self.record["fingerprint"] |= dict.fromkeys({*names} - {"lock"}, "0" * 64)
        self.lock = "0" * 64 if "lock" in names else self.lock

    def save(self):
        (self.root / "edition.json").write_text(json.dumps({"lock": self.lock}), encoding="utf-8")
        for name, content in self.content.items():
            (self.folder / f"{name}.ipynb").write_text(json.dumps(content, indent=1), encoding="utf-8")
        return self


def call(*words):
    return CliRunner().invoke(main, ["compare", *map(str, words)])


def told(*words):
    """What a comparison says, with its line breaks folded."""
    result = call(*words)
    assert (result.exit_code, result.stderr) == (0, "")
    return " ".join(result.stdout.split())


def rows(*words, folder):
    """The comparison's CSV as mappings."""
    file = folder / "changes.csv"
    assert call(*words, "--csv", file).exit_code == 0
    return list(csv.DictReader(io.StringIO(file.read_bytes().decode("utf-8"), newline="")))


@pytest.fixture
def old(tmp_path):
    return Edition(tmp_path / "old", "neet").save()


@pytest.fixture
def new(tmp_path):
    return Edition(tmp_path / "new", "neet")


def test_the_same_folder_twice_changes_nothing(tmp_path, old):
    number = len(old.values)
    expected = f"0 of {number} headline values changed, 0 new, 0 gone; {number} the same\nOld: old. New: old\n"
    assert call(old.root, old.root).stdout == expected
    copy = old.folder.rename(tmp_path / "last-year")
    assert told(copy, copy) == " ".join(expected.split()[:-4]) + " Old: last-year. New: last-year"


def changed(edition):
    edition.values[0]["value"] += 1


def newer(edition):
    changed(edition)
    edition.values[0]["period"] = "2099"


def sourced(edition):
    changed(edition)
    edition.values[0]["source"] = "dfe_neet_2099"


def asked(edition):
    changed(edition)
    edition.record["parameters"] |= {"not_known_neet": 0.25}


@pytest.mark.parametrize(
    ("edit", "inputs", "expected"),
    [
        (newer, ["data"], "new period (2025 → 2099)"),
        (newer, ["data", "code"], "new period (2025 → 2099), perhaps also code (package)"),
        (changed, ["data"], "revision (only the data differ)"),
        (changed, ["data", "lock"], "revision or code (locked libraries)"),
        (sourced, ["data"], "revision (source: dfe_neet_2026 → dfe_neet_2099)"),
        (changed, [], "not known (all inputs are the same: this should not be)"),
        (asked, [], "parameter (not_known_neet: 0.5 → 0.25)"),
    ],
)
def test_every_reason_comes_from_what_the_reports_record(tmp_path, old, new, edit, inputs, expected):
    for edition in (old, new):
        edition.values[0].update(period="2025", source="dfe_neet_2026")
    old.save()
    edit(new)
    new.other_inputs(*inputs)
    new.save()
    (row,) = rows(old.root, new.root, folder=tmp_path)
    assert (row["change"], row["reason"], row["key"]) == ("changed", expected, old.values[0]["key"])
    assert "1 of" in told(old.root, new.root)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"value": 3.1}, {"value": 3.4}, "+0.3 percentage points"),
        ({"value": 200.0, "unit": "children"}, {"value": 250.0, "unit": "children"}, "+50 (+25%)"),
        ({"value": 0.0, "unit": "children"}, {"value": 5.0, "unit": "children"}, "+5"),
        ({"value": 2000.0, "unit": "pounds"}, {"value": 1500.0, "unit": "pounds"}, "−£500 (−25%)"),
        ({"value": 3.1, "unit": "percent"}, {"value": 3.1, "unit": "children"}, "unit changed"),
        ({"value": 3.1}, {"value": None, "symbol": "c"}, "no number now"),
        ({"value": None, "symbol": "c"}, {"value": None, "symbol": "x"}, "symbol changed"),
        ({"upper": 3.5}, {"upper": 3.6}, "interval changed"),
    ],
)
def test_a_change_is_said_in_its_unit(old, new, before, after, expected):
    base = {"unit": "percent", "value": 3.1, "lower": None, "upper": 3.5, "symbol": "", "decimals": None}
    for edition, about in ((old, before), (new, after)):
        edition.values[0].update(base | about)
        edition.save()
    lines = call(old.root, new.root).stdout.splitlines()
    (header,) = [line for line in lines if line.endswith("Why")]
    column = slice(header.index("Change"), header.index("Why"))
    assert " ".join(" ".join(line[column] for line in lines[lines.index(header) + 1 :]).split()) == expected
    assert "1 of" in told(old.root, new.root)


def test_the_largest_change_comes_first_and_intervals_are_apart_or_overlap(tmp_path, old, new):
    for number, value in enumerate((3.01, 3.6, 4.0)):
        old.values[number].update(value=3.0, lower=2.5, upper=3.5)
        new.values[number].update(value=value, lower=value - 0.4, upper=5.0)
    new.values[3]["key"] = "another"
    new.other_inputs("data")
    old.save(), new.save()
    assert "3 of" in told(old.root, new.root)
    found = {row["key"]: row for row in rows(old.root, new.root, folder=tmp_path)}
    assert [*found] == [*(old.values[number]["key"] for number in (2, 1, 0)), "another", old.values[3]["key"]]
    assert [row["intervals"] for row in found.values()][:3] == ["intervals apart", *["intervals overlap"] * 2]
    assert [row["change"] for row in found.values()][3:] == ["new", "gone"]
    assert found["another"]["reason"] == "data (only the data differ)"


def test_whole_reports_and_areas_are_said_once_but_counted(tmp_path, old, new):
    new.save()
    Edition(tmp_path / "old", "send", area="kent").save()
    Edition(tmp_path / "new", "neet", area="essex").save()
    more = Edition(tmp_path / "more", "send")
    more.folder = new.folder
    more.save()
    number, text = len(new.values), told(old.root, new.root)
    of_send = len(more.bundle(VALUES_MIME, "send"))
    assert f"0 of {number} headline values changed, {number + of_send} new, {of_send} gone" in text
    assert text.count("only in the new folder") == 2
    assert text.count(f"only in the old folder (1 report, {of_send} values)") == 1
    found = rows(old.root, new.root, folder=tmp_path)
    assert len(found) == number + 2 * of_send
    assert {row["reason"] for row in found} == {f"the whole report is only in the {n} folder" for n in ("old", "new")}


def test_hostile_text_is_escaped_on_the_page_and_no_formula_in_the_csv(tmp_path, old, new):
    labels = [HOSTILE, "=1+1", "-1", "@a", "+b", "＝1", "two\nlines\x1b[31m \u202e", "plain"]
    for value, label in zip(new.values, labels, strict=False):
        value.update(label=label, value=-1.0, unit='<b onclick="x">', period="'+1")
    for edition in (old, new):
        edition.record["area_name"] = '"><img src=x>'
    old.save(), new.save()
    file = tmp_path / "changes.html"
    found = {row["label"]: row for row in rows(old.root, new.root, "--html", file, folder=tmp_path)}
    assert set(found) == {HOSTILE, "'=1+1", "'-1", "'@a", "'+b", "'＝1", "two lines ?", "plain"}
    assert found["plain"]["new_value"] == "-1"
    text = file.read_text(encoding="utf-8")
    assert attributes(text, "script, b, img") == []
    assert "&lt;script&gt;alert(1)" in text
    assert "\x1b" not in call(old.root, new.root).stdout


def test_the_page_is_accessible_says_what_the_terminal_says_and_is_the_same_each_time(tmp_path, old, new):
    for value in new.values:
        value["value"] *= 2
    new.values[1]["symbol"] = "r"
    new.save()
    Edition(tmp_path / "old", "send", area="kent").save()
    for edition in ("old", "new"):
        Edition(tmp_path / edition, "send", area="essex").save()
    made = []
    for file in (tmp_path / "one.html", tmp_path / "two.html"):
        summary = call(old.root, new.root, "--html", file).stdout.splitlines()[0]
        made.append(file.read_bytes())
    assert made[0] == made[1]
    text = made[0].decode()
    assert str(tmp_path) not in text
    assert markup_findings(text) == []
    assert len(attributes(text, "caption")) == len(attributes(text, "table")) == 1
    assert all("scope" in about for about in attributes(text, "th"))
    assert attributes(text, "script") == []
    assert "default-src 'none'" in text
    for words in (f"{summary}.", "No headline value changed for Essex.", "only in the old folder", "[r] revised"):
        assert words in text


def test_a_page_of_many_changes_keeps_the_largest_and_says_so(tmp_path, old, new):
    for edition, more in ((old, 0), (new, 1)):
        about = edition.values[0]
        numbers = ((n, 10.0 + n + more * n) for n in range(3000))
        edition.values[:] = [about | {"key": f"k{n}", "label": f"Value {n}", "value": value} for n, value in numbers]
        edition.save()
    file = tmp_path / "changes.html"
    found = rows(old.root, new.root, "--html", file, folder=tmp_path)
    text = file.read_text(encoding="utf-8")
    assert len(found) == 2999
    assert 0.4 * PAGE_BYTES < file.stat().st_size <= PAGE_BYTES
    shown = text.count('<th scope="row">')
    assert f"{2999 - shown:,} smaller changes are only in the CSV" in text
    assert ("Value 2999<" in text, "Value 1<" in text) == (True, False)


def test_the_terminal_table_fits_100_columns(old, new):
    for value in new.values:
        value.update(value=123456789.123, label="Words " * 30 + "x" * 120, unit="per 10,000 children under 18")
    new.record["area_name"] = "Long " * 40
    new.other_inputs("data", "code", "lock")
    new.save()
    lines = call(old.root, new.root).stdout.splitlines()
    assert (len(lines) > 50, max(map(len, lines)) <= 100) == (True, True)


VALUES_OUTPUT = (
    '{"metadata": {"analysis": {"notebook": "neet"}}, "cells": [{"cell_type": "code", "outputs":'
    ' [{"data": {"application/vnd.analysis.values+json": [%s]}}]}]}'
)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{", "JSONDecodeError, "),
        ("\udcff", "UnicodeDecodeError, "),
        ('{"metadata": {"analysis": {"notebook": "neet"}}}', "KeyError, 'cells'"),
        (VALUES_OUTPUT % '{"key": "k", "value": NaN}', "value is nan, expected a finite number"),
        (VALUES_OUTPUT % '{"key": "k"}, {"key": "k"}', "key 'k' stands twice"),
    ],
)
def test_a_broken_file_is_refused_in_one_line(old, new, content, expected):
    (new.save().folder / "neet.ipynb").write_bytes(content.encode("utf-8", "surrogateescape"))
    refused(call(old.root, new.root), f"neet.ipynb is broken: {expected}")


def refused(result, expected):
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("analysis: ")
    assert expected in result.stderr
    assert result.stderr.count("\n") == 1


def test_folders_and_files_that_will_not_do_are_refused(tmp_path, old):
    (tmp_path / "empty").mkdir()
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "neet.ipynb").write_text('{"cells": [], "metadata": {}}', encoding="utf-8")
    refused(
        call(tmp_path / "none", old.root), "none: No such file or directory; expected a folder made by `analysis run"
    )
    refused(call(old.root, old.folder / "neet.ipynb"), "neet.ipynb: Not a directory; expected")
    for name in ("empty", "notebooks"):
        refused(call(old.root, tmp_path / name), f"{name} holds no report")
    file = old.folder / "neet.ipynb" / "x.csv"
    refused(call(old.root, old.root, "--csv", file), "choose another file with --csv")
    refused(call(old.root, old.root, "--html", tmp_path), "choose another file with --html")
    refused(call(old.root, old.root, "--html", file, "--csv", file), "--csv and --html both name")
