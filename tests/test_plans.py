"""The plans: their lists against the documents, the rule that gives a status, and what the page says of them."""

from __future__ import annotations

import csv
import os
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import charts
from analysis.charts import About
from analysis.figures import WILTSHIRE, Figures
from analysis.models import plans as rule
from analysis.trends import OF_MODEL
from drawn_once import unpictured
from notebook_runs import ROOT, copy_data, run_notebook
from passages import LEADS, activities, lead_rows, one_line, priorities, rows

PAGE_HEAD = re.compile(r"Priority\s+WSCB/\s+sub-group\s+Lead\s.*?Update Dec 2013\s", re.S)
ROWS, UPDATES = rows("plan_rows.csv"), rows("plan_updates.csv")
KEYS = [(row["priority"], row["lead"]) for row in ROWS]
MONTHS = {
    month: f"{n:02}"
    for n, names in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)
    for month in [names]
}
GOES_ON = re.compile(r"ongoing|quarterly|annual|onwards|from|regular|in place|have commenced", re.IGNORECASE)


@pytest.fixture(scope="module")
def figures():
    return Figures(area=WILTSHIRE)


@pytest.fixture(scope="module")
def page():
    """The page with its defaults."""
    with pytest.MonkeyPatch.context() as patch:
        return run_notebook("plans", patch)


def said(run, kind):
    return [data["text/plain"] for data, mark in run.outputs if mark["kind"] == kind]


def ids(run):
    return [mark["id"] for _, mark in run.outputs if "id" in mark]


def value_of(run, key):
    return next(value["value"] for value in run.values if value["key"] == key)


# --- The transcription -------------------------------------------------------------------------


def plain(text):
    """A row's text in one line, without the heads of pages, words that a line's end cut at a hyphen joined."""
    return re.sub(r"(?<=\w)- (?=\w)", "-", one_line(PAGE_HEAD.sub(" ", text)))


@pytest.fixture(scope="module")
def printed(document_text):
    """The text of each row of the action plan, by priority and lead."""
    parts = priorities(document_text("wscb_plan_2013"))
    return {
        (str(n), lead): plain(text)
        for n, part in enumerate(parts, 1)
        for lead, text in lead_rows(part, LEADS[str(n)]).items()
    }


def fragments(text):
    return [part for part in text.split(" … ") if part]


def test_every_row_of_the_44_priorities_is_there(printed):
    assert list(printed) == KEYS
    assert len({row["priority"] for row in ROWS}) == 44


def test_rows_are_those_of_the_list_of_priorities(page):
    assert [(n, lead) for n, leads in LEADS.items() for lead in leads] == KEYS
    assert set(LEADS) == {row["number"] for row in rows("priorities.csv")}
    assert {lead for _, lead in KEYS} == set(page.names["SUB_GROUPS"])
    assert all(row["locator"] == f"Action plan, priority {row['priority']}, {row['lead']} row" for row in ROWS)


@pytest.mark.parametrize("column", ["activity", "timescale", "outcome"])
def test_words_of_rows_are_printed_in_their_row(printed, column):
    wrong = [
        f"{row['locator']}: {part!r}"
        for row in ROWS
        for part in fragments(row[column])
        if part not in printed[row["priority"], row["lead"]]
    ]
    assert wrong == []


def test_words_of_updates_are_printed_in_their_row_in_their_order(printed):
    wrong = []
    for key in KEYS:
        at = 0
        for update in updates_of(key):
            for part in fragments(update["words"]):
                found = printed[key].find(part, at)
                wrong += [f"{key}: {part!r}"] * (found < 0)
                at = max(at, found)
    assert wrong == []


def updates_of(key):
    return [row for row in UPDATES if (row["priority"], row["lead"]) == key]


def test_no_quote_is_longer_than_25_words():
    texts = [row[c] for row in ROWS for c in ("activity", "timescale", "outcome")] + [u["words"] for u in UPDATES]
    assert max(len(text.split()) for text in texts) <= 25


def test_parts_are_numbered_and_belong_to_rows():
    assert len(UPDATES) > 100
    assert {(row["priority"], row["lead"]) for row in UPDATES} <= set(KEYS)
    assert all([u["part"] for u in updates_of(k)] == [str(n + 1) for n in range(len(updates_of(k)))] for k in KEYS)


def region(printed, key):
    """The text of a row from its first passage on."""
    first = fragments(updates_of(key)[0]["words"])[0]
    return printed[key][printed[key].rindex(first) :]


def test_no_word_of_status_is_left_out_of_the_fragments(printed):
    """The whole of a row's updates, read by the rule, has the statuses that its fragments have."""
    wrong = []
    for key in filter(updates_of, KEYS):
        whole = set(rule.phrases(region(printed, key)))
        kept = set().union(*(rule.phrases(update["words"]) for update in updates_of(key)))
        wrong += [f"{key}: {sorted(whole)} in full, {sorted(kept)} in fragments"] * (whole != kept)
    assert wrong == []


def test_rows_without_an_update_end_with_what_is_planned(printed):
    without = [key for key in KEYS if not updates_of(key)]
    assert without == [("18", "QA"), ("39", "PH"), ("40", "PH"), ("43", "PH")]
    rows_by_key = dict(zip(KEYS, ROWS, strict=True))
    for key in without:
        row = rows_by_key[key]
        last = fragments(row["outcome"] or row["activity"])[-1]
        assert printed[key].endswith(last), key


def dates(timescale):
    """Every month named in a timescale, with its year or 2013, in order."""
    found = re.findall(r"\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*(?: (\d{4}))?", timescale.lower())
    months = [f"{year or 2013}-{MONTHS[month]}" for month, year in found]
    return months + ["2013-11"] * ("autumn 2013" in timescale.lower())


def test_due_is_the_latest_date_of_the_timescale():
    wrong = [
        row["locator"]
        for row in ROWS
        if row["due"] != max([d for d in dates(row["timescale"]) if d > "2013-01"], default="")
    ]
    # A team that began in September 2012 works on: that is no date by which something is due.
    assert wrong == []


def test_what_goes_on_is_said_to():
    for row in ROWS:
        if row["open_ended"] == "yes":
            assert GOES_ON.search(row["timescale"]), row["locator"]
    closed = [row["locator"] for row in ROWS if row["open_ended"] == "no" and GOES_ON.search(row["timescale"])]
    # Here the words belong to an earlier date than the last, or to another activity of the row.
    assert [place.split("priority ")[1].removesuffix(" row") for place in closed] == [
        "4, WSCB - Manager", "12, P&P", "18, P&P", "18, WD", "20, WD", "24, EI",
    ]  # fmt: skip


@pytest.mark.parametrize(("theme", "head"), [("Child sexual exploitation", r"CSE:"), ("E-safety", r"E-Safety:")])
def test_themes_are_those_of_printed_headings(document_text, theme, head):
    parts = priorities(document_text("wscb_plan_2013"))
    printed = [str(n) for n, part in enumerate(parts, 1) if re.match(head, one_line(part))]
    assert [row["number"] for row in rows("priorities.csv") if row["theme"] == theme] == printed


def test_early_help_and_partnership_are_themes_of_their_own(document_text):
    parts = priorities(document_text("wscb_plan_2013"))
    themes = {row["number"]: row["theme"] for row in rows("priorities.csv")}
    for words, theme in (
        ("Early help and prevention", "Thresholds and early help"),
        ("Partnership working and development", "Partnership and training"),
    ):
        found = [themes[str(n)] for n, part in enumerate(parts, 1) if one_line(part).startswith(words)]
        assert len(found) >= 1, words
        assert set(found) == {theme}


def test_the_lists_have_all_their_rows_and_known_indicators(figures):
    assert [len(figures.listing(n)) for n in ("priorities", "activities", "key_indicators", "strategies")] == [
        44, 27, 28, 27,
    ]  # fmt: skip
    named = [i for row in rows("key_indicators.csv") for i in row["official"].split("; ") if i]
    assert set(named) <= set(figures.indicators.index)
    assert len(named) == len(set(named)) == 20
    known = {row["indicator"] for row in rows("figures_official.csv") if row["area"] == WILTSHIRE}
    assert set(named) <= known


def test_measured_activities_print_a_number_in_their_updates(document_text):
    listed = rows("activities.csv")
    assert {row["measured"] for row in listed} == {"yes", "no"}
    for row, part in zip(listed, activities(document_text("csc_update_2024")), strict=True):
        updates = one_line(re.split(r"\bUpdates\b", part, maxsplit=1)[1])
        if row["measured"] == "yes":
            assert re.search(r"\d|\b(one|two|three|six|ten|twelve)\b", updates, re.IGNORECASE), row["number"]


# --- The rule ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "cautious", "favourable"),
    [
        ("Completed", "done", "done"),
        ("September 2013 – complete", "done", "done"),
        ("outstanding", "behind", "behind"),
        ("Ongoing.", "under way", "under way"),
        ("Approved December 2013 now to be disseminated.", "under way", "done"),
        ("Data not yet in place to evidence this.", "behind", "behind"),
        ("Quality assurance measures will be put in place", "under way", "under way"),
        ("Action plans in place or in development", "under way", "under way"),
        ("Note HH service currently suspended as there is no-one in post.", "stopped", "stopped"),
        ("Complete/ongoing.", "under way", "done"),
        ("Revised evaluation forms for C&YP to complete are now on the website.", "status not said", "status not said"),
        ("aim to be presented to WSCB", "under way", "under way"),
        ("a course now being delivered", "under way", "under way"),
        ("Available on request", "status not said", "status not said"),
        ("incomplete and unapproved", "status not said", "status not said"),
        ("See 28", "status not said", "status not said"),
        ("OUTSTANDING", "behind", "behind"),
    ],
)
def test_known_words_give_their_status(words, cautious, favourable):
    assert rule.read([words]).status == cautious
    assert rule.read([words], "favourable").status == favourable


def test_the_phrase_and_its_passage_are_given():
    found = rule.read(["Course is available.", "Poor take up of courses by some adult services."])
    assert (found.status, found.phrase) == ("behind", "Poor take up")
    assert found.passage == "Poor take up of courses by some adult services."


def test_nothing_said_is_not_a_status():
    assert rule.read([]) == rule.Reading("no update")
    assert rule.latest([], []).status == "no update"
    assert rule.read(["See above"]).status == "status not said"


def test_the_later_review_decides_and_the_earlier_where_it_is_silent():
    assert rule.latest(["Completed"], ["will be revised"]).status == "under way"
    silent = rule.latest(["Completed"], ["WW question asked at each meeting."])
    assert (silent.status, silent.later) == ("done", False)
    assert rule.latest(["Completed"], []).status == "done"
    assert rule.latest(["See 20"], ["See above"]).later


PASSAGES = st.lists(st.sampled_from([u["words"] for u in UPDATES]), max_size=5)
ORDER = (rule.STOPPED, rule.BEHIND, rule.UNDER_WAY, rule.NOT_SAID, rule.NO_UPDATE, rule.DONE)


@given(PASSAGES, PASSAGES)
def test_a_favourable_reading_is_never_worse_than_a_cautious_one(earlier, later):
    cautious, favourable = (rule.latest(earlier, later, reading).status for reading in rule.READINGS)
    assert ORDER.index(favourable) >= ORDER.index(cautious)


@given(PASSAGES)
def test_a_status_stands_in_the_passage_it_is_read_from(passages):
    for reading in rule.READINGS:
        found = rule.read(passages, reading)
        assert found.status in rule.STATUSES
        assert found.phrase in found.passage
        assert not found.passage or found.passage in passages


@given(st.text(max_size=200))
def test_any_text_can_be_read(text):
    assert rule.read([text]).status in rule.STATUSES


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        (["done"], "done"),
        (["done", "done"], "done"),
        (["done", "no update"], "under way"),
        (["done", "behind"], "behind"),
        (["behind", "stopped"], "stopped"),
        (["no update", "status not said"], "status not said"),
        (["no update"], "no update"),
        (["under way", "status not said"], "under way"),
    ],
)
def test_a_priority_has_the_status_of_its_actions(statuses, status):
    assert rule.together(statuses) == status
    assert rule.together(statuses[::-1]) == status


def test_a_priority_without_actions_is_refused():
    with pytest.raises(ValueError, match="at least one action"):
        rule.together([])


@pytest.mark.parametrize(
    ("due", "status", "open_ended", "late"),
    [
        ("2013-11", "under way", False, True),
        ("2013-12", "behind", False, False),
        ("2014-02", "no update", False, False),
        ("2013-08", "done", False, False),
        ("2013-08", "no update", True, False),
        ("2013-08", "status not said", False, True),
        ("", "stopped", False, False),
    ],
)
def test_overdue_is_by_the_plans_own_date(due, status, open_ended, late):
    assert rule.overdue(due, status, "2013-12", open_ended) is late


def test_months_late_are_counted():
    assert rule.months_late("2013-08", "2013-12") == 4
    assert rule.months_late("2013-02", "2014-03") == 13
    assert rule.months_late("2014-03", "2013-12") == -3


# --- Lives of plans ----------------------------------------------------------------------------


def test_a_life_is_from_publication_to_the_end_of_the_last_year():
    printed = rule.life("2011-02", "2011", "2014", 3)
    assert (printed.end, printed.printed) == (2015.0, True)
    assert [printed.at(when) for when in (2011.0, 2012.0, 2014.99, 2015.5)] == [
        "not yet begun", "in force", "in force", "lapsed",
    ]  # fmt: skip
    assert rule.life("2010-11", "2011", "2014", 3).start == 2011.0
    assumed = rule.life("2012-07", "", "", 3)
    assert (assumed.start, assumed.end, assumed.printed) == (2012.5, 2015.5, False)


def test_an_impossible_life_is_refused():
    with pytest.raises(ValueError, match="more than 0 years"):
        rule.life("2012-06", "", "", 0)
    with pytest.raises(ValueError, match="ends after it begins"):
        rule.life("2012-06", "2014", "2012", 3)


# --- What became of the plans ------------------------------------------------------------------


def test_the_plan_in_december_by_an_independent_count(page):
    """Counted again from the tables, with loops and nothing of the notebook's."""
    statuses = {}
    for row in ROWS:
        own = updates_of((row["priority"], row["lead"]))
        earlier = [u["words"] for u in own if u["review"] != "december"]
        later = [u["words"] for u in own if u["review"] != "october"]
        found = rule.latest(earlier, later)
        late = row["due"] and row["due"] < "2013-12" and row["open_ended"] == "no" and found.status != "done"
        statuses.setdefault(row["priority"], []).append((found.status, bool(late)))
    counted = Counter(rule.together([s for s, _ in found]) for found in statuses.values())
    plan = page.names["plan"]
    assert plan["status"].value_counts().to_dict() == dict(counted)
    assert plan["overdue"].sum() == sum(any(late for _, late in found) for found in statuses.values())
    assert (counted["done"], counted["stopped"], int(plan["overdue"].sum())) == (7, 2, 21)


def test_hidden_harm_actions_are_those_that_name_it(page):
    own = page.names["harm"]
    assert [(int(row.priority), row.lead) for row in own.itertuples()] == [
        (20, "WD"), (20, "PH"), (20, "EI"), (31, "EI"), (44, "PH"), (44, "WD"),
    ]  # fmt: skip
    assert set(own.loc[own["status"] == rule.STOPPED, "phrase"]) == {"suspended"}
    assert [title.removeprefix("Wiltshire ") for title in page.names["own"]] == [
        "Hidden Harm Strategy 2011-2014", "Hidden Harm Implementation Plan 2011-2014", "Hidden Harm Working Protocol",
    ]  # fmt: skip


def judged(figures, month, reading="cautious"):
    return rule.judged(figures.listing("plan_rows"), figures.listing("plan_updates"), month, reading)


def test_in_october_only_the_october_review_is_known(figures):
    found = judged(figures, "October 2013")
    for key, row in zip(KEYS, found.itertuples(), strict=True):
        known = [u["words"] for u in updates_of(key) if u["review"] != "december"]
        assert (row.status, row.phrase, row.passage) == tuple(vars(rule.read(known)).values())[:3], key


def test_later_months_only_add_what_is_overdue(figures):
    december, march = (judged(figures, month) for month in ("December 2013", "March 2014"))
    assert (december["status"] == march["status"]).all()
    assert (march["overdue"] | ~december["overdue"]).all()
    assert december["overdue"].sum() < march["overdue"].sum()
    assert (march.loc[december["overdue"], "late"] == december.loc[december["overdue"], "late"] + 3).all()


def test_both_readings_bound_each_status(page, monkeypatch):
    other = run_notebook("plans", monkeypatch, reading="favourable")
    limits, found = page.names["limits"], other.names["limits"]
    assert (limits[["lower", "upper"]] == found[["lower", "upper"]]).all(axis=None)
    assert (limits["lower"] == limits["value"].combine(found["value"], min)).all()
    assert (limits["upper"] == limits["value"].combine(found["value"], max)).all()
    assert (value_of(page, "priorities_done"), value_of(other, "priorities_done")) == (7, 12)


def test_share_of_the_two_missions_is_recomputed(page):
    assert value_of(page, "activities_two_missions_recomputed") == pytest.approx(17 / 27 * 100)
    assert any("63% are linked" in text and "the paper states 82%" in text for text in said(page, "text"))


def test_activities_have_their_figures(page):
    listed, stated = page.names["activities"], page.names["stated"]
    assert listed.loc[listed["locator"].isin(stated["activity"]), "number"].tolist() == [
        n for n, m in zip(listed["number"], listed["measured"], strict=True) if m == "yes" or n == 8
    ]
    assert listed.loc[listed["update"] == "A change", "number"].tolist() == [11, 12, 22, 23, 24, 25]
    assert set(stated["area"]) == {WILTSHIRE}
    assert set(stated["source"]) == {"csc_update_2024"}
    assert all(place.startswith(own) for place, own in zip(stated["locator"], stated["activity"], strict=True))


def test_posts_are_told_and_not_names(page):
    """The update is signed by two directors, with their posts; nobody is named but in the code and the sources."""
    assert page.names["activities"]["post"].value_counts().to_dict() == {
        "Director of Education and Skills": 13,
        "Director of Families and Children": 9,
        "Head of service": 4,
        "Director of Education and Skills and Director of Families and Children": 1,
    }
    names = {part for row in rows("activities.csv") for part in re.findall(r"[A-Z]\w+ [A-Z]\w+", row["director"])}
    told = [data | mark for data, mark in page.outputs if mark["kind"] not in ("sources", "values")]
    told = [part for part in told if not str(part.get("id", "")).startswith("claims-")]
    assert len(names) == 4
    assert not [name for name in names if name in str(told)]


def test_official_measures_move_as_their_figures_say(page, figures):
    moved, leading = page.names["moved"], page.names["leading"]
    ways = moved["way"] + ", " + moved["chance"]
    assert ways["first_time_entrants_rate"] == "the right way, chance not known"
    assert ways["cpp_rate"] == "the right way, beyond chance"
    assert moved.at["cin_rate", "way"] == "no good direction"
    assert set(moved.loc[["low_income_bhc_rate", "low_income_ahc_rate_under_16"], "way"]) == {OF_MODEL}
    assert moved.at["good_development_rate", "time_period_first"] == "2022", "not like the years before the reform"
    for name, row in moved.iterrows():
        known = [f for f in figures.series(name) if f.known and f.time_period >= row["since"]]
        assert (known[0].value, known[-1].value) == (row["value_first"], row["value"])
    assert [*leading["number"]] == sorted(set(moved["number"]))


def test_no_measure_is_left_out_of_what_is_said_of_their_directions(page):
    ways, leading = page.names["ways"], page.names["leading"]
    assert ways.sum() == len(leading) == 16
    assert ways.to_dict() == {
        "the right way": 10, "the wrong way": 4, "no good direction": 1, OF_MODEL: 1, "did not move": 0,
    }  # fmt: skip
    assert ways[OF_MODEL] == leading["modelled"].sum()
    (told,) = (text for text in said(page, "text") if "by the way they moved" in text)
    for words in ("ten the right way", "four the wrong way", "one no good direction", f"one {OF_MODEL}"):
        assert words in told
    assert not [text for text in said(page, "text") if text.startswith("Furthest") and "housing costs" in text]


@pytest.mark.skipif(not os.environ.get("ANALYSIS_OFFICIAL"), reason="set ANALYSIS_OFFICIAL")
def test_englands_rate_of_first_time_entrants_is_the_sum_of_its_regions(figures, page):
    """That is no rate, so the page leaves it out; where this fails the release has been mended."""
    found = figures.lait("First Time entrants to the Youth Justice System (rate)").set_index("area")
    nine = found[found.index.str.startswith("E120")].groupby("time_period")["value"]
    england = found.loc["E92000001"].set_index("time_period")["value"]
    assert nine.size().eq(9).all()
    assert (nine.sum() - england).abs().max() <= 4.5, "of nine rounded rates"
    assert page.names["moved"]["said_england"].isna()[page.names["SUMMED"]]


def test_every_indicator_is_of_one_kind(page):
    kinds = page.names["indicators"]["figures"].value_counts().to_dict()
    assert kinds == {"releases": 10, "neither": 10, "both": 6, "documents": 2}


def test_strategies_in_force_are_counted_again_by_hand(page):
    """Of those that print a period: in force at the end of 2013 if published by then and not ended before."""
    listed = rows("strategies.csv")
    printed = [row for row in listed if row["period_end"] and row["published"] <= "2013-12"]
    force = [row for row in printed if row["period_start"] <= "2013" <= row["period_end"]]
    years = page.names["years"]
    assert years.at[2013, "In force, end printed"] == len(force) == 9
    assert years.at[2013, "Lapsed, end printed"] == len([r for r in printed if r["period_end"] < "2013"]) == 1
    assert years.loc[2020].tolist() == [0, 0, 11, 16]


# --- The timeline ------------------------------------------------------------------------------

SPANS = [("Plan with a long name of 2011-2014", 2011.0, 2015.0, True), ("Other", 2012.5, 2015.5, False)]
ABOUT = About("lives", "Most have lapsed", "Plans by the time they were in force")


def timeline(spans=SPANS, **more):
    return charts.timeline(spans, ABOUT, ("End printed", "End assumed"), **more)


@pytest.mark.filterwarnings("error")
def test_a_timeline_draws_each_span_and_tells_it():
    drawn = timeline(reference=(2013.99, "End of 2013"))
    assert drawn.table.rows() == [
        ["Plan with a long name of 2011-2014", "January 2011", "December 2014", "End printed"],
        ["Other", "July 2012", "June 2015", "End assumed"],
    ]
    assert "1 of 2: end printed" in drawn.alt
    assert "End of 2013" in drawn.svg
    assert timeline().svg == timeline().svg


@pytest.mark.filterwarnings("error")
def test_a_timeline_takes_one_span_and_many():
    assert "End assumed" not in timeline(SPANS[:1]).svg
    assert "<text" in timeline([(f"Plan {n}", 2000.0 + n, 2001.0 + n, n % 2 == 0) for n in range(40)]).svg


@pytest.mark.parametrize("spans", [[], [("Plan", 2014.0, 2013.0, True)], [("Plan", 2014.0, float("nan"), True)]])
def test_a_timeline_refuses_what_it_cannot_draw(spans):
    with pytest.raises(ValueError, match="timeline: expected"):
        timeline(spans)


# --- The page ----------------------------------------------------------------------------------


def with_rows(folder, name, change):
    """A project folder in whose data/ each row of a table is changed."""
    data = copy_data(folder)
    table = [change(row) for row in rows(name)]
    with (data / name).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
    return folder


def test_a_changed_word_changes_the_status_everywhere(page, monkeypatch, tmp_path):
    """With "outstanding" made "completed", one more priority is done: in the answer, the chart, and the values."""
    changed = with_rows(
        tmp_path, "plan_updates.csv", lambda u: {**u, "words": u["words"].replace("outstanding", "Completed")}
    )
    after = run_notebook("plans", monkeypatch, root=changed)
    for run, number, word in ((page, 7, "Seven"), (after, 8, "Eight")):
        assert value_of(run, "priorities_done") == number
        assert f"{word} of the safeguarding board's 44 priorities" in run.text
        assert f"{word} of 44 priorities had been done by December 2013." in said(run, "finding")
        (bars,) = (mark["csv"] for _, mark in run.outputs if mark.get("id") == "statuses-data")
        assert f"Done,{number},{number}," in bars
    assert "Seven of the safeguarding" not in after.text
    assert "Seven of 44" not in after.text
    assert "“outstanding”" in page.text
    assert "“outstanding”" not in after.text


def test_without_dates_nothing_is_overdue(monkeypatch, tmp_path):
    run = run_notebook("plans", monkeypatch, root=with_rows(tmp_path, "plan_rows.csv", lambda row: {**row, "due": ""}))
    assert value_of(run, "priorities_overdue") == 0
    assert "Overdue in December 2013: none of 0 actions with a last date." in said(run, "finding")
    assert "overdue" not in ids(run)


@pytest.mark.parametrize("sub_group", ["SCR Panel", "P&P"])
def test_a_sub_group_and_a_theme_without_an_action_in_common_are_said_so(monkeypatch, sub_group):
    unpictured(monkeypatch)
    run = run_notebook("plans", monkeypatch, sub_group=sub_group, theme="Child sexual exploitation")
    assert f"No action of {sub_group} is on Child sexual exploitation." in said(run, "text")
    assert "Actions listed one by one: none of 67." in said(run, "finding")
    assert not {"actions", "reviews"} & set(ids(run))


def test_the_answer_is_short(page):
    lines = said(page, "answer")[0].splitlines()
    assert len(lines) == 4
    for line in lines:
        assert len(line.split()) <= 26  # 25 and the mark of the list


def test_the_notebook_is_about_documents_of_one_area(page):
    import yaml

    entries = yaml.safe_load((ROOT / "notebooks" / "catalogue.yml").read_text(encoding="utf-8"))["notebooks"]
    (entry,) = (e for e in entries if e["name"] == "plans")
    assert entry["areas"] == "published"
    assert entry["parameters"]["as_of"]["choices"] == list(rule.REVIEWS)
    assert entry["parameters"]["sub_group"]["choices"] == ["all", *page.names["SUB_GROUPS"]]
    assert entry["parameters"]["theme"]["choices"] == [
        "all",
        *dict.fromkeys(r["theme"] for r in rows("priorities.csv")),
    ]
