"""The plans: their lists against the documents, the rule that gives a status, and what the page says of them."""

from __future__ import annotations

import re
from collections import Counter

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from analysis.data.figures import Figures
from analysis.models import plans as rule
from notebook_runs import RELEASES, ROOT, quick, ran, rewritten, said
from passages import LEADS, lead_rows, one_line, priorities, rows

PAGE_HEAD = re.compile(r"Priority\s+WSCB/\s+sub-group\s+Lead\s.*?Update Dec 2013\s", re.S)
ROWS, UPDATES = rows("plan_rows.csv"), rows("plan_updates.csv")
KEYS = [(row["priority"], row["lead"]) for row in ROWS]
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


@pytest.fixture(scope="module")
def wiltshire():
    return ran("plans")


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


def test_every_row_of_the_44_priorities_is_there(printed, wiltshire):
    assert list(printed) == KEYS == [(n, lead) for n, leads in LEADS.items() for lead in leads]
    assert set(LEADS) == {row["number"] for row in rows("priorities.csv")} == {n for n, _ in KEYS}
    assert len(LEADS) == 44
    assert {lead for _, lead in KEYS} == set(wiltshire.names["SUB_GROUPS"])
    assert all(row["locator"] == f"Action plan, priority {row['priority']}, {row['lead']} row" for row in ROWS)


def test_words_of_rows_are_printed_in_their_row_and_none_is_longer_than_25(printed):
    wrong = [
        f"{row['locator']}: {part!r}"
        for row in ROWS
        for column in ("activity", "timescale", "outcome")
        for part in fragments(row[column])
        if part not in printed[row["priority"], row["lead"]]
    ]
    assert wrong == []
    texts = [row[c] for row in ROWS for c in ("activity", "timescale", "outcome")] + [u["words"] for u in UPDATES]
    assert max(len(text.split()) for text in texts) <= 25


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


def dates(timescale):
    """Every month named in a timescale, with its year or 2013, in order."""
    found = re.findall(rf"\b({'|'.join(MONTHS)})[a-z]*(?: (\d{{4}}))?", timescale.lower())
    months = [f"{year or 2013}-{MONTHS.index(month) + 1:02}" for month, year in found]
    return months + ["2013-11"] * ("autumn 2013" in timescale.lower())


def test_due_is_the_latest_date_of_the_timescale():
    wrong = [
        row["locator"]
        for row in ROWS
        if row["due"] != max([d for d in dates(row["timescale"]) if d > "2013-01"], default="")
    ]
    # A team that began in September 2012 works on: that is no date by which something is due.
    assert wrong == []


@pytest.mark.parametrize(
    ("theme", "head", "all_of_it"),
    [
        ("Child sexual exploitation", "CSE:", True),
        ("E-safety", "E-Safety:", True),
        ("Thresholds and early help", "Early help and prevention", False),
        ("Partnership and training", "Partnership working and development", False),
    ],
)
def test_themes_are_those_of_printed_headings(document_text, theme, head, all_of_it):
    parts = priorities(document_text("wscb_plan_2013"))
    printed = {str(n) for n, part in enumerate(parts, 1) if one_line(part).startswith(head)}
    listed = {row["number"] for row in rows("priorities.csv") if row["theme"] == theme}
    assert printed
    assert listed == printed if all_of_it else listed >= printed


# --- The rule ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "cautious", "favourable"),
    [
        ("Completed", "done", "done"),
        ("OUTSTANDING", "behind", "behind"),
        ("Approved December 2013 now to be disseminated.", "under way", "done"),
        ("Data not yet in place to evidence this.", "behind", "behind"),
        ("Quality assurance measures will be put in place", "under way", "under way"),
        ("Note HH service currently suspended as there is no-one in post.", "stopped", "stopped"),
        ("Complete/ongoing.", "under way", "done"),
        ("Revised evaluation forms for C&YP to complete are now on the website.", "status not said", "status not said"),
        ("Available on request", "status not said", "status not said"),
        ("incomplete and unapproved", "status not said", "status not said"),
    ],
)
def test_known_words_give_their_status(words, cautious, favourable):
    assert rule.read([words]).status == cautious
    assert rule.read([words], "favourable").status == favourable


def test_the_later_review_decides_and_the_earlier_where_it_is_silent():
    found = rule.read(["Course is available.", "Poor take up of courses by some adult services."])
    assert (found.status, found.phrase) == ("behind", "Poor take up")
    assert found.passage == "Poor take up of courses by some adult services."
    assert rule.read([]) == rule.Reading("no update")
    assert rule.latest([], []).status == "no update"
    assert rule.latest(["Completed"], ["will be revised"]).status == "under way"
    silent = rule.latest(["Completed"], ["WW question asked at each meeting."])
    assert (silent.status, silent.later) == ("done", False)
    assert rule.latest(["See 20"], ["See above"]).later


PASSAGES = st.lists(st.sampled_from([u["words"] for u in UPDATES]), max_size=5)
ORDER = (rule.STOPPED, rule.BEHIND, rule.UNDER_WAY, rule.NOT_SAID, rule.NO_UPDATE, rule.DONE)


@given(PASSAGES, PASSAGES)
def test_a_favourable_reading_is_never_worse_than_a_cautious_one(earlier, later):
    cautious, favourable = (rule.latest(earlier, later, reading).status for reading in rule.READINGS)
    assert ORDER.index(favourable) >= ORDER.index(cautious)


@given(PASSAGES, st.text(max_size=200))
def test_a_status_stands_in_the_passage_it_is_read_from_and_any_text_can_be_read(passages, text):
    for reading in rule.READINGS:
        found = rule.read([*passages, text], reading)
        assert found.status in rule.STATUSES
        assert found.phrase in found.passage
        assert not found.passage or found.passage in [*passages, text]


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        (["done", "no update"], "under way"),
        (["done", "behind"], "behind"),
        (["behind", "stopped"], "stopped"),
        (["no update", "status not said"], "status not said"),
        (["under way", "status not said"], "under way"),
    ],
)
def test_a_priority_has_the_status_of_its_actions(statuses, status):
    assert rule.together(statuses) == status
    assert rule.together(statuses[::-1]) == status
    with pytest.raises(ValueError, match="at least one action"):
        rule.together([])


@pytest.mark.parametrize(
    ("due", "status", "open_ended", "late"),
    [
        ("2013-11", "under way", False, True),
        ("2013-12", "behind", False, False),
        ("2013-08", "done", False, False),
        ("2013-08", "no update", True, False),
        ("2013-08", "status not said", False, True),
        ("", "stopped", False, False),
    ],
)
def test_overdue_is_by_the_plans_own_date(due, status, open_ended, late):
    assert rule.overdue(due, status, "2013-12", open_ended) is late
    assert (rule.months_late("2013-02", "2014-03"), rule.months_late("2014-03", "2013-12")) == (13, -3)


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
    with pytest.raises(ValueError, match="more than 0 years"):
        rule.life("2012-06", "", "", 0)
    with pytest.raises(ValueError, match="ends after it begins"):
        rule.life("2012-06", "2014", "2012", 3)


# --- What became of the plans ------------------------------------------------------------------


def test_the_plan_in_december_by_an_independent_count(wiltshire):
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
    plan = wiltshire.names["plan"]
    assert plan["status"].value_counts().to_dict() == dict(counted)
    assert plan["overdue"].sum() == sum(any(late for _, late in found) for found in statuses.values())
    assert (counted["done"], counted["stopped"], int(plan["overdue"].sum())) == (7, 2, 21)


def judged(month):
    return rule.judged(Figures().listing("plan_rows"), Figures().listing("plan_updates"), month)


def test_in_october_only_the_october_review_is_known():
    found = judged("October 2013")
    for key, row in zip(KEYS, found.itertuples(), strict=True):
        known = [u["words"] for u in updates_of(key) if u["review"] != "december"]
        assert (row.status, row.phrase, row.passage) == tuple(vars(rule.read(known)).values())[:3], key


def test_both_readings_bound_each_status(wiltshire):
    other = quick("plans", reading="favourable")
    limits, found = wiltshire.names["limits"], other.names["limits"]
    assert (limits[["lower", "upper"]] == found[["lower", "upper"]]).all(axis=None)
    assert (limits["lower"] == limits["value"].combine(found["value"], min)).all()
    assert (limits["upper"] == limits["value"].combine(found["value"], max)).all()
    assert [run.values["priorities_done"]["value"] for run in (wiltshire, other)] == [7, 12]
    assert wiltshire.values["activities_two_missions_recomputed"]["value"] == pytest.approx(17 / 27 * 100)


def test_posts_are_told_and_not_names(wiltshire):
    """The update is signed by two directors, with their posts; nobody is named but in the code and the sources."""
    names = {part for row in rows("activities.csv") for part in re.findall(r"[A-Z]\w+ [A-Z]\w+", row["director"])}
    told = [data | mark for data, mark in wiltshire.shown if mark["kind"] not in ("sources", "values")]
    assert len(names) == 4
    assert not [name for name in names if name in str(told)]


@RELEASES
def test_englands_rate_of_first_time_entrants_is_the_sum_of_its_regions(wiltshire):
    """That is no rate, so the page leaves it out; where this fails the release has been mended."""
    found = Figures().lait("First Time entrants to the Youth Justice System (rate)").set_index("area")
    nine = found[found.index.str.startswith("E120")].groupby("time_period")["value"]
    england = found.loc["E92000001"].set_index("time_period")["value"]
    assert nine.size().eq(9).all()
    assert (nine.sum() - england).abs().max() <= 4.5, "of nine rounded rates"
    assert wiltshire.names["moved"]["said_england"].isna()[wiltshire.names["SUMMED"]]


def test_strategies_in_force_are_counted_again_by_hand(wiltshire):
    """Of those that print a period: in force at the end of 2013 if published by then and not ended before."""
    listed = rows("strategies.csv")
    printed = [row for row in listed if row["period_end"] and row["published"] <= "2013-12"]
    force = [row for row in printed if row["period_start"] <= "2013" <= row["period_end"]]
    years = wiltshire.names["years"]
    assert years.at[2013, "In force, end printed"] == len(force) == 9
    assert years.at[2013, "Lapsed, end printed"] == len([r for r in printed if r["period_end"] < "2013"]) == 1
    assert years.loc[2020].tolist() == [0, 0, 11, 16]


# --- The page ----------------------------------------------------------------------------------


def test_a_changed_word_changes_the_status_everywhere_and_without_dates_nothing_is_overdue(wiltshire, tmp_path):
    """With "outstanding" made "completed", one more priority is done: in the answer, the chart, and the values."""

    def completed(row):
        row["words"] = row["words"].replace("outstanding", "Completed")

    rewritten(tmp_path, "plan_updates.csv", completed)
    rewritten(tmp_path, "plan_rows.csv", lambda row: row.update(due=""))
    after = quick("plans", root=tmp_path)
    for run, number, word in ((wiltshire, 7, "Seven"), (after, 8, "Eight")):
        assert run.values["priorities_done"]["value"] == number
        assert f"{word} of the safeguarding board's 44 priorities" in run.text
        assert f"{word} of 44 priorities had been done by December 2013." in said(run, "finding")
        assert run.table("statuses-data").to_dict("records")[0]["Status"] == "Done"
        assert str(number) in list(run.table("statuses-data").to_dict("records")[0].values())
    assert "Seven of the safeguarding" not in after.text
    assert "Seven of 44" not in after.text
    assert ("“outstanding”" in wiltshire.text, "“outstanding”" in after.text) == (True, False)
    assert after.values["priorities_overdue"]["value"] == 0
    assert "overdue" not in [mark.get("id") for _, mark in after.shown]


def test_the_choices_are_those_of_the_lists(wiltshire):
    entries = yaml.safe_load((ROOT / "notebooks" / "catalogue.yml").read_text(encoding="utf-8"))["notebooks"]
    (entry,) = (e for e in entries if e["name"] == "plans")
    assert entry["areas"] == "published"
    assert entry["parameters"]["as_of"]["choices"] == list(rule.REVIEWS)
    assert entry["parameters"]["sub_group"]["choices"] == ["all", *wiltshire.names["SUB_GROUPS"]]
    themes = dict.fromkeys(row["theme"] for row in rows("priorities.csv"))
    assert entry["parameters"]["theme"]["choices"] == ["all", *themes]
