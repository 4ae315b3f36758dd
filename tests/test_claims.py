"""The claims register: reading it, judging by made-up figures with known answers, the real one, and its tables."""

from __future__ import annotations

import copy
import csv
import dataclasses
import math
import os
import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

from analysis import claims as module
from analysis import html
from analysis.claims import CONTRADICTED, HOLDS, ROUNDING, UNCHECKED, BadClaim, entries, evidence, read, verdicts
from analysis.claims.entries import KINDS, VERDICTS
from analysis.claims.expressions import names_in
from analysis.data.figures import Figures
from notebook_runs import ROOT, copy_data, quick, ran, said

DATA = Path(__file__).resolve().parent.parent / "data"
WILTSHIRE = "E06000054"

# --- Reading ------------------------------------------------------------------------------------

ENTRY = {
    "id": "made-up",
    "document": "made_document",
    "place": "Section 1",
    "topic": "neet",
    "kind": "share",
    "quote": "a third of the children",
    "figures": {"boys": "made_boys", "everyone": "made_all", "stated": "made_share"},
    "recompute": "boys / everyone * 100",
    "against": "stated",
    "show": "percent 1",
    "verdict": ROUNDING,
    "sentence": "{boys} of {everyone} is {recomputed}, which rounds to {stated}.",
}
NEEDS = {"recompute": None, "against": None, "needs": "The base.", "verdict": UNCHECKED, "sentence": "Not known."}


def entry(**changes):
    """An entry that is in order but for the changes; a change of None removes the key."""
    return copy.deepcopy({key: value for key, value in (ENTRY | changes).items() if value is not None})


def write(folder, *entries):
    """Write a register and return its path."""
    path = folder / "claims.yml"
    path.write_text("# A comment.\n" + yaml.safe_dump(list(entries), sort_keys=False, width=1000), encoding="utf-8")
    return path


def test_an_entry_is_read_as_written(tmp_path):
    first, second = read(write(tmp_path, entry(rank=1, note="Why."), entry(id="b", **NEEDS))).itertuples()
    assert (first.Index, first.rank, first.note, first.show) == ("made-up", 1, "Why.", "percent 1")
    assert first.figures == ENTRY["figures"]
    assert (second.Index, second.rank, second.needs) == ("b", 10, "The base.")
    assert (first.where, second.where) == ("claims.yml, line 2, made-up", "claims.yml, line 19, b")
    path = tmp_path / "claims.yml"
    mine = read(path)
    mine["rank"] = 1
    assert read(path)["rank"].tolist() == [1, 10], "what is read is nobody else's"
    assert len(read(write(tmp_path, entry(quote="word " * 25)))) == 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        *(({key: None}, f"{key} is missing or blank") for key in ENTRY if key in entries.REQUIRED and key != "id"),
        ({"place": " "}, "place is missing or blank"),
        ({"verdct": "holds"}, "unknown key 'verdct'; did you mean 'verdict'?"),
        ({"place": 4}, "place is 4; expected text"),
        ({"figures": {False: "made_boys"}}, "figures has False"),  # what YAML makes of a bare `no`
        ({"figures": {"boys": 3}}, "figures has 'boys': 3; expected a name and a reference"),
        ({"rank": True}, "rank is True; expected a number"),
        ({"later": [2013]}, "later is [2013]; expected each measure as text"),
        ({"missing": ["made_stock | 2013"]}, "names figures that are missing but says of nothing that it is needed"),
        ({"later_note": "In 2016."}, "later_note says '2'; expected no number and nothing on what there is"),
        ({"rank": 0}, "rank 0; expected 1 (most important) to 10"),
        ({"kind": "shares"}, "kind 'shares'; did you mean 'share'?; expected one of sum, share"),
        ({"verdict": "hold"}, "verdict 'hold'; did you mean 'holds'?; expected one of holds, holds within rounding"),
        ({"id": "Made Up"}, "expected an id of lower-case letters"),
        ({"quote": "word " * 26}, "the quote has 26 words; expected 25 at most"),
        ({"show": "percent"}, "show 'percent'; expected `percent N`"),
        ({"recompute": None, "against": None}, "expected either recompute and against, or holds_if, or needs"),
        ({"holds_if": "boys > 1"}, "expected either recompute and against"),
        ({"recompute": None, "holds_if": "boys > 1"}, "expected either recompute and against"),
        (NEEDS | {"verdict": HOLDS}, "says what it needs but its verdict is 'holds'; expected 'not checkable'"),
    ],
)
def test_a_bad_entry_is_refused_with_file_line_and_id(tmp_path, changes, expected):
    path = write(tmp_path, entry(id="good"), entry(**changes))
    with pytest.raises(BadClaim) as refused:
        read(path)
    message = str(refused.value)
    assert expected in message
    assert message.startswith(f"claims.yml, line 17, {changes.get('id', 'made-up')}: ")
    assert "\n" not in message


def test_an_entry_without_id_and_an_id_that_stands_twice_are_refused(tmp_path):
    with pytest.raises(BadClaim, match=r"^claims\.yml, line 2, an entry without id: id is missing or blank$"):
        read(write(tmp_path, entry(id=None)))
    with pytest.raises(BadClaim, match=r"^claims\.yml, line 17, made-up: this id stands twice"):
        read(write(tmp_path, entry(), entry()))


@pytest.mark.parametrize(("line", "key"), [("kind: sum", "kind"), ("figures: {a: x, b: y, a: z}", "a")])
def test_a_key_that_stands_twice_is_refused_and_the_last_does_not_win(tmp_path, line, key):
    path = write(tmp_path, entry(figures=None if key == "a" else {}))
    path.write_text(path.read_text(encoding="utf-8") + f"  {line}\n", encoding="utf-8")
    with pytest.raises(BadClaim, match=f"line 2, made-up: the key '{key}' stands twice"):
        read(path)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "cannot be read"),
        (b"- id: caf\xe9\n", "cannot be read as UTF-8"),
        (b"- id: [a\n", r"cannot be read as UTF-8 YAML: .*line 2"),
        (b"", "expected a list of claims"),
        (b"- words\n", "line 1: expected an entry with keys, found 'words'"),
        (b"- id: a\n  place: 2013-02-30\n", "cannot be read as UTF-8 YAML: day"),
        (b"- \x00\n", "cannot be read as UTF-8 YAML"),
    ],
)
def test_what_is_no_list_of_entries_is_refused(tmp_path, content, expected):
    path = tmp_path / "claims.yml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadClaim, match=rf"^claims\.yml.*{expected}"):
        read(path)


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.mkdir ['{marker}']", "!!python/name:os.mkdir ''", "!own [a]"]
)
def test_yaml_tags_are_refused_and_nothing_is_made_of_them(tmp_path, tag):
    marker = tmp_path / "ran"
    path = tmp_path / "claims.yml"
    path.write_text(f"- id: a\n  figures: {tag.format(marker=marker)}\n", encoding="utf-8")
    with pytest.raises(BadClaim, match=r"could not determine a constructor for the tag .*line 2"):
        read(path)
    assert not marker.exists()


# --- Judging ------------------------------------------------------------------------------------

MADE = {  # indicator: unit, value, lower, upper, rounding
    "made_all": ("children", 300, "", "", 1),
    "made_boys": ("children", 100, "", "", 1),
    "made_girls": ("children", 200, "", "", 1),
    "made_share": ("percent", 33, "", "", 1),
    "made_share_cut": ("percent", 33.4, "", "", 0.1),
    "made_50": ("percent", 50, "", "", 1),
    "made_50_4": ("percent", 50.4, "", "", 0.1),
    "made_51": ("percent", 51, "", "", 1),
    "made_52": ("percent", 52, "", "", 1),
    "made_rate": ("per 10,000 children", 50, "", "", 1),
    "made_about": ("families", 500, "", "", 100),
    "made_over": ("families", "", 400, "", ""),
    "made_under": ("families", "", "", 50, ""),
    "made_span": ("percent", "", 52, 59, ""),
}
TWICE = [  # figures of one more indicator: area, period, identifier, status, value
    ("E06000054", "2013", "Calendar year", "actual", 7),
    ("E06000054", "2014", "Calendar year", "projection", 9),
    ("E92000001", "201314", "Financial year", "actual", 8),
]
OFFICIAL = [("E92000001", "201415", "Financial year", "actual", 6)]
STOCK = [  # of a release: indicator, area, time_period, value
    *(("made_stock", WILTSHIRE, *row) for row in (("2013", 446), ("2016", 414), ("2020", 458), ("2025", 478))),
    *(("made_panel", WILTSHIRE, *row) for row in (("2011", 384), ("2012", 416), ("2013", 447), ("2014", 397))),
    *(("made_stock", "E92000001", *row) for row in (("2013", 68000), ("2025", 81770))),
]
RATINGS = {"made_boys": "green", "made_girls": "amber", "made_all": "red"}
DATES = {"made_document": "2014-02", "made_year": "2014", "made_day": "2016-02-29"}
ACTIVITIES = [(1, "One", "Best start", "yes"), (2, "Two", "best Start", "no"), (3, "Three", "Skills", "no")]


def table(path, made):
    """Replace the rows of a table; each made-up row is a dict, columns left out are blank."""
    with path.open(encoding="utf-8", newline="") as stream:
        columns = csv.DictReader(stream).fieldnames
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="")
        writer.writeheader()
        writer.writerows(made)


def named(columns, rows, **common):
    """Rows as dicts, with what all have in common."""
    return [common | dict(zip(columns.split(), row, strict=True)) for row in rows]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Figures of a copy of data/ whose figures, ratings, activities and sources are made up."""
    data = copy_data(tmp_path_factory.mktemp("made"))
    place = {"source": "made_document", "locator": "here"}
    year = {"time_period": "2013", "time_identifier": "Calendar year"}
    units = [(name, name, unit) for name, (unit, *_) in MADE.items()]
    units += [(f"made_{name}", f"made_{name}", "children") for name in ("twice", "stock", "panel", "nowhere")]
    about = {"topic": "neet", "polarity": "neither", "decimals": 0, "definition": "Made up"}
    table(data / "indicators.csv", named("indicator title unit", units, **about))
    once = [(name, *numbers) for name, (_, *numbers) in MADE.items()]
    figures = named(
        "indicator value lower upper rounding", once, **place, **year, area=WILTSHIRE, status="actual", stated="x"
    )
    twice, official = (
        named("area time_period time_identifier status value", rows, **place, indicator="made_twice", stated="x")
        for rows in (TWICE, OFFICIAL)
    )
    table(data / "figures.csv", figures + twice)
    about = {"time_identifier": "Reporting year", "status": "actual", "stated": "x", "rounding": 1, "locator": "there"}
    stock = named("indicator area time_period value", STOCK, source="made_release", **about)
    table(data / "figures_official.csv", official + stock)
    table(data / "board_ratings.csv", named("indicator rag", RATINGS.items(), **place, **year))
    about = {"impact": "i", "director": "d", "locator": "l"}
    table(data / "activities.csv", named("number activity link measured", ACTIVITIES, **about))
    about = {"kind": "document", "publisher": "p", "title": "t", "licence": "l"}
    release = about | {"kind": "official", "publisher": "Department of Tests, Leeds", "source": "made_release"}
    table(data / "sources.csv", [*named("source date", DATES.items(), **about), release | {"date": "2026"}])
    return Figures(data)


def judged(made, folder, figures, **changes):
    """Judge one made-up claim; `figures` names indicators without `made_`: those are its aliases ("f50" for 50)."""
    names = {f"f{name}" if name[0].isdigit() else name: f"made_{name}" for name in figures.split()}
    return judge(made, write(folder, entry(figures=names, **changes)))


def judge(figures, path):
    """Judge the only claim of a register."""
    (found,) = module.judge(read(path), figures).itertuples()
    return found


@pytest.mark.parametrize(
    ("figures", "recompute", "against", "show", "verdict", "shown"),
    [
        ("all boys girls", "sum(boys, girls)", "all", "number 0", HOLDS, "300"),
        # A third is 33.33…%: within 33% to the nearest 1, not within 33.4% to the nearest 0.1.
        ("all boys share", "boys / all * 100", "share", "percent 2", ROUNDING, "33.33%"),
        ("all boys share_cut", "share(boys, all)", "share_cut", "percent 1", CONTRADICTED, "33.3%"),
        ("all boys", "share(boys, all)", {"value": 33, "rounding": 1}, "percent 0", ROUNDING, "33%"),
        # 50% to the nearest 1 over 50 to the nearest 1 is 0.98 to 1.02.
        ("50 51", "growth(f51, f50)", {"value": 4, "rounding": 0.1}, "percent 0", ROUNDING, "2%"),
        ("about", "about", {"value": 550}, "number 0", ROUNDING, "500"),
        ("rate", "rate", {"value": 50.5}, "number 0", ROUNDING, "50"),  # a rate is rounded; a count is not
        ("boys", "boys", {"value": 100.5}, "number 0", CONTRADICTED, "100"),
        # Bounds: only a side is known.
        ("over", "over", {"value": 399}, "number 0", CONTRADICTED, "at least 400"),
        ("under", "under", {"value": 51}, "number 0", CONTRADICTED, "at most 50"),
        ("span", "span", {"value": 59.1}, "percent 0", CONTRADICTED, "52% to 59%"),
        # Rows of a list, capitals aside; days.
        ("", 'rows("activities", link="Best start", measured="no")', {"value": 1}, "number 0", HOLDS, "1"),
        ("", 'day("2024-03-01") - day("2024-02-28")', {"value": 2}, "number 0", HOLDS, "2"),
        ("girls", "rag(girls)", {"value": 2}, "number 0", HOLDS, "2"),
        # Intervals: Newcombe 1998, table I (81 of 263: 25.53% to 36.62%); Garwood's 1.62 to 11.67 for 5 events;
        # by hand from Wilson's 48.78% to 80.77% for 20 of 30: 0.952 to 4.200 for 20 against 10.
        ("", "wilson(81, 263)", {"value": 36.6}, "percent 1", ROUNDING, "30.8%"),
        ("", "poisson(5)", {"value": 11.68}, "number 0", CONTRADICTED, "5"),
        ("", "ratio(20, 10)", {"value": 4.21}, "number 1", CONTRADICTED, "2.0"),
        # 50 to the nearest 1 less 50.4 to the nearest 0.1 is -0.95 to 0.15.
        ("50 50_4", "abs(f50 - f50_4)", {"value": -0.01}, "number 1", CONTRADICTED, "0.4"),
        ("50 51 52", "min(f52, f50, f51)", {"value": 49.5}, "number 0", ROUNDING, "50"),
    ],
)  # fmt: skip
def test_a_recomputed_value_against_a_stated_one(made, tmp_path, figures, recompute, against, show, verdict, shown):
    found = judged(
        made, tmp_path, figures, recompute=recompute, against=against, show=show, sentence="{recomputed}, they say."
    )
    assert (found.verdict, found.shown, found.sentence) == (verdict, shown, f"{shown}, they say.")


@pytest.mark.parametrize(
    ("figures", "holds_if", "verdict"),
    [
        ("girls boys", "girls > boys", HOLDS),
        # 50% is 49.5 to 50.5, 50.4% lies in it, 51% is 50.5 to 51.5, 52% is 51.5 or more.
        ("50 50_4", "f50 > f50_4", ROUNDING),
        ("50 51", "f51 > f50", ROUNDING),
        ("50 52", "f52 > f50", HOLDS),
        ("50 50_4 52", "f52 > f50 and f50_4 > f50", ROUNDING),
        ("over boys", "over > boys", HOLDS),
        ("", 'day("2014-02-01") < document_date()', ROUNDING),
        ("boys girls all", "rag(boys) < rag(girls) and rag(girls) < rag(all)", HOLDS),
    ],
)  # fmt: skip
def test_a_comparison_is_certain_possible_or_impossible(made, tmp_path, figures, holds_if, verdict):
    way = {"recompute": None, "against": None, "holds_if": holds_if}
    found = judged(made, tmp_path, figures, sentence="So it is.", **way)
    assert (found.verdict, found.shown, math.isnan(found.recomputed)) == (verdict, "", True)


@pytest.mark.parametrize(
    ("document", "day", "verdict"),
    [
        ("made_year", "2013-12-31", HOLDS),
        ("made_year", "2014-12-31", CONTRADICTED),
        ("made_day", "2016-02-28", HOLDS),
        ("made_day", "2016-02-29", CONTRADICTED),  # not before the very day
    ],
)
def test_a_documents_date_is_its_year_month_or_day(made, tmp_path, document, day, verdict):
    way = {"recompute": None, "against": None, "holds_if": f'day("{day}") < document_date()'}
    assert judged(made, tmp_path, "", document=document, sentence="So.", **way).verdict == verdict


def test_sentence_note_and_stated_are_filled_in(made, tmp_path):
    path = write(tmp_path, entry(note="Of girls {share(everyone - boys, everyone)}, of boys {boys}."))
    found = judge(made, path)
    assert found.sentence == "100 of 300 is 33.3%, which rounds to 33%."
    assert (found.note, found.printed) == ("Of girls 66.7%, of boys 100.", "x")
    assert (found.recomputed, found.lower, found.upper) == pytest.approx((100 / 3,) * 3)
    found = judged(made, tmp_path, "50 52", recompute="f50 + f52", against={"value": 12.3}, sentence="Twelve.")
    assert (found.printed, found.recomputed, found.lower, found.upper) == ("12.3%", 102, 101, 103)


@pytest.mark.parametrize(
    ("chance", "said"),
    [
        (None, ""),
        ("not known", "Not known"),
        # Newcombe 1998, paper II, table II, method 10: 56 of 70 less 48 of 80 is 20 points, 5.24 to 33.39.
        ("difference(56, 70, 48, 80) > 5.2", "Yes"),
        ("ratio(girls, boys) > 1", "Yes"),
    ],
)
def test_what_is_beyond_chance_is_told_beside_the_verdict_and_never_changes_it(made, tmp_path, chance, said):
    found = judged(made, tmp_path, "boys girls", recompute="girls / boys", against={"value": 2}, chance=chance,
                   sentence="{recomputed}.", show="number 0")  # fmt: skip
    assert (found.verdict, found.chance) == (HOLDS, said)


def test_a_figure_said_to_be_missing_that_a_release_has_is_found(made, tmp_path, monkeypatch):
    monkeypatch.setattr(evidence, "PANEL", {"made_stock": "made_panel"})
    missing = [
        "made_stock | 2013", "made_stock | 201213", "made_stock | 2014", "made_stock | E92000001 | 2025",
        "made_stock | 2015", "made_stock | E92000001 | 2014", "made_nowhere | 2013",
    ]  # fmt: skip
    path = write(tmp_path, entry(id="a", figures={}, missing=missing, **NEEDS))
    assert module.check(path, made) == [
        f"claims.yml, line 2, a: missing {reference!r}, but made_release has {there}; judge it by that"
        for reference, there in zip(
            missing, ("446 in 2013", "446 in 2013", "397 in 2014", "81,770 in 2025"), strict=False
        )
    ]
    path = write(tmp_path, entry(document="made_documnt", verdict=HOLDS))
    (problem,) = module.check(path, made)
    assert "document 'made_documnt' is not in sources.csv; did you mean 'made_document'?" in problem


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"figures": {"boys": "made_boy"}}, "unknown indicator 'made_boy'; did you mean 'made_boys'?"),
        ({"figures": {"boys": "made_twice | E92000001"}}, "several figures for made_twice, E92000001"),
        ({"figures": {"boys": "made_boys | Mars"}}, "'Mars' is no area, period, time identifier or status"),
        ({"sentence": "{boy} and {recomputed}."}, "{boy} in the sentence; did you mean 'boys'? stands for nothing"),
        ({"note": "{zzz}"}, "{zzz} in the sentence stands for nothing"),
        ({"note": "{sum(boys, 1) > 2}"}, "sum(boys, 1) > 2 in the sentence gives a comparison; expected a number"),
        ({"chance": "boys"}, "chance gives a number; expected a comparison"),
        ({"figures": {"boys": "made_boys", "odd": "made_all", "spare": "made_50"}}, "nothing uses: odd, spare"),
        ({"recompute": "boys > 1"}, "recompute gives a comparison; expected a number"),
        ({"recompute": "boys * 1" + "0" * 400}, "too large"),
        ({"recompute": "boys + summ(boys)"}, "unknown function 'summ'; did you mean 'sum'?"),
        ({"recompute": 'boys + rows("activites")'}, "did you mean 'activities'?"),
        ({"recompute": 'boys + rows("activities", lnk="x")'}, "activities has no column 'lnk'; it has number, "),
        ({"recompute": 'boys + day("2014-02-30")'}, "day(…): day"),
        ({"recompute": "rag(boys)", "figures": {"boys": "made_50"}}, "no rating for made_50, 2013"),
        ({"against": "girls"}, "against 'girls' is none of the claim's figures: boys"),
        ({"against": {"value": math.nan}}, "expected numbers, the rounding 0 or more"),
        ({"against": {"value": 3, "rounding": -1}}, "expected numbers, the rounding 0 or more"),
        ({"recompute": None, "against": None, "holds_if": "boys"}, "holds_if gives a number; expected a comparison"),
        ({"recompute": None, "against": None, "holds_if": "boys > 1"}, "{recomputed} in the sentence stands for"),
    ],
)
def test_a_claim_that_cannot_be_judged_is_named(made, tmp_path, changes, expected):
    base = {"figures": {"boys": "made_boys"}, "recompute": "boys", "against": "boys", "sentence": "{recomputed}"}
    path = write(tmp_path, entry(**(base | changes)))
    with pytest.raises(BadClaim) as refused:
        judge(made, path)
    assert str(refused.value).startswith("claims.yml, line 2, made-up: ")
    assert expected in str(refused.value)


# --- The register itself ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(figures):
    """The project's claims, judged before anything is changed."""
    return module.judged(figures)


def test_the_register_is_whole_and_every_recorded_verdict_follows(real, figures):
    assert len(real) >= 60
    assert list(real.loc[real["verdict"] != real["recorded"], "where"]) == []
    assert set(real["document"]) == set(figures.sources.index[figures.sources["kind"] == "document"])
    assert set(real["kind"]) == set(KINDS)
    assert set(real["verdict"]) == set(VERDICTS) == set(verdicts.SAID)
    assert 0 < sum(real["rank"] == 1) <= sum(real["rank"] <= 3) < len(real) / 4
    texts = [text for texts in real[["sentence", "later"]].to_numpy() for text in texts if text]
    assert [text for text in texts if re.search("[{}]|not available|  |[^.?]$", text)] == []
    assert read(DATA / "claims.yml")["quote"].str.contains("<u>").any()
    assert not real["quote"].str.contains("<").any(), "marks of the extracted text are left out"


@pytest.mark.skipif(not os.environ.get("ANALYSIS_SOURCES"), reason="the documents' texts are not here")
def test_every_quote_stands_in_its_document(document_text):
    claims = read(DATA / "claims.yml")
    texts = {document: " ".join(document_text(document).split()) for document in claims["document"].unique()}
    lost = [(c.where, c.quote) for c in claims.itertuples() if " ".join(c.quote.split()) not in texts[c.document]]
    assert lost == []


SEEN = ["verdict", "shown", "sentence", "note", "chance", "later"]
"""What a reader sees of a claim: its verdict, the recomputed value, its words, and whether it is beyond chance."""


def outcome(claim, figures):
    """Judge one claim, without a table made of it."""
    found = module._judged(claim, figures)
    return tuple(found[column] for column in SEEN)


def changed(figure, *, much):
    """A figure made three times and half as large, and one larger (a zero stays zero by any factor).

    By ten thousand as well, its rounding too, where only its rough size matters: chance asks how many cases there are.
    """
    for change in (lambda x: 3 * x, lambda x: x / 2, lambda x: x + 1):
        yield dataclasses.replace(figure, **{end: change(getattr(figure, end)) for end in ("value", "lower", "upper")})
    for factor in (1e4, 1e-4) if much else ():
        ends = ("value", "lower", "upper", "rounding")
        yield dataclasses.replace(figure, **{end: factor * getattr(figure, end) for end in ends})


def other_ratings(figure, table):
    """The table of ratings with a figure's own rating changed, once for each other colour."""
    own = (table["indicator"] == figure.indicator) & (table["time_period"] == figure.time_period)
    own &= table["time_identifier"] == figure.time_identifier
    assert own.sum() == 1
    for colour in {"red", "amber", "green"} - set(table.loc[own, "rag"]):
        yield table.assign(rag=table["rag"].mask(own, colour))


def test_a_claim_changes_with_every_figure_it_uses(real, figures, monkeypatch):
    """No figure is there for show: another value, or another colour where the claim asks only for that, is seen."""
    claims = read(DATA / "claims.yml")
    found = {reference: module.find(reference, figures) for of in claims["figures"] for reference in of.values()}
    now = {}  # the figures a test puts in the place of the published ones
    monkeypatch.setattr(module, "find", lambda reference, figures: now.get(reference, found[reference]))
    printed = figures.ratings

    def moved(claim, alias, reference, before):
        elsewhere = names_in(claim.recompute or "0") | names_in(claim.holds_if or "0") | {str(claim.against)}
        for figure in changed(found[reference], much=alias in claim.chance and alias not in elsewhere):
            now[reference] = figure
            if outcome(claim, figures) != before:
                return True
        now.clear()
        rated = f"rag({alias})" in claim.recompute + claim.holds_if
        for ratings in other_ratings(found[reference], printed) if rated else ():
            monkeypatch.setattr(Figures, "ratings", ratings)
            if outcome(claim, figures) != before:
                return True
        return False

    unmoved, tried = [], 0
    for claim, before in zip(claims.itertuples(), real[SEEN].itertuples(index=False, name=None), strict=True):
        for alias, reference in claim.figures.items():
            tried += 1
            if not moved(claim, alias, reference, before):
                unmoved.append((claim.where, alias, reference))
            now.clear()
            monkeypatch.setattr(Figures, "ratings", printed)
    assert unmoved == []
    assert tried == sum(map(len, claims["figures"])) > 400


# --- The register on a page ---------------------------------------------------------------------


def claims_of(*verdicts, **about):
    """Judged claims with these verdicts; `about` holds a column's values, or one for all."""
    texts = dict.fromkeys(("sentence", "chance", "note", "needs", "later"), "") | {"quote": "q", "place": "p"}
    frame = pd.DataFrame({"verdict": verdicts, "rank": 10} | texts | {"sentence": "s"} | about, range(len(verdicts)))
    return frame.astype({"verdict": module.judge(read(DATA / "claims.yml").head(0), None)["verdict"].dtype})


def test_hostile_text_is_escaped(figures):
    hostile = "</li><script>alert('1')</script>&\"<img src=x>"
    about = dict.fromkeys(("quote", "note", "needs", "place", "sentence", "later", "topic"), hostile)
    made = html.cards(verdicts.readable(claims_of(HOLDS, document="early_help_2013", **about), figures))
    made += html.cards(pd.DataFrame([[hostile] * 7], columns=[hostile, *"bcdefg"]))
    assert not re.search('<script|<img|[^=]"<', made)
    assert made.count("&lt;script&gt;") == 7 + 9  # of a verdict its class too, and the name of a column
    assert made.count("</li>") == 2


@pytest.fixture(scope="module")
def page():
    return ran("claims")


def test_the_page_counts_and_shows_every_claim(page, real):
    (cards,) = [data["text/html"] for data, mark in page.shown if mark.get("id") == "claims-register"]
    assert cards.count("<li>") == len(real) == sum(value["value"] for value in page.values.values())
    by_verdict = page.table("documents-data").set_index("Document").astype(int).sum()
    assert by_verdict.to_dict() == real["verdict"].astype(str).str.capitalize().value_counts().to_dict()
    with pytest.raises(ValueError, match="no claim is of topic 'neet'"):
        quick("claims", topic="neet", document="strategies_list")


def agreement(first, second):
    """Cohen's kappa of two codings, and the share in percent on which they agree, by their definitions."""
    share = sum(a == b for a, b in zip(first, second, strict=True)) / len(first)
    chance = sum(first.count(code) * second.count(code) for code in {*first, *second}) / len(first) ** 2
    return (share - chance) / (1 - chance), 100 * share


@pytest.mark.parametrize(("register", "notebook"), [("claims", "claims"), ("plan_rows", "plans")])
def test_a_second_reader_coded_all_and_the_page_says_how_far_the_two_agree(real, register, notebook):
    with (ROOT / "data" / "second_reading.csv").open(encoding="utf-8", newline="") as stream:
        second = {row["id"]: row["code"] for row in csv.DictReader(stream) if row["register"] == register}
    if register == "claims":
        first = dict(real["verdict"])
    else:
        rows = ran("plans").names["by_reading"]["cautious"]
        first = {f"{row.priority:.0f}, {row.lead}": row.status for row in rows.itertuples()}
    assert first.keys() == second.keys()
    kappa, share = agreement(list(first.values()), [second[name] for name in first])
    assert 0.6 < kappa < 0.8
    assert re.search(rf"agreed? on {share:.0f}% of {len(first)}", " ".join(said(ran(notebook))))
    assert re.search(rf"kappa (is )?{kappa:.2f}", " ".join(said(ran(notebook))).casefold())
