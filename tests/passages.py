"""Finding the passage of a document that a figure's locator names, and a fragment within it."""

from __future__ import annotations

import csv
import re
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "data"
BOARD_PLACE = "Section 4.1, Safeguarding Improvement Board data set (July 2013)"
SPENDING_PLACE = "Section 5.1, expenditure table"


def rows(name):
    """The rows of a table of data/, as text."""
    with (DATA / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def one_line(text):
    return " ".join(text.split())


def whole(fragment):
    """A pattern for a fragment that stands as a whole: "3%" is not in "73%", nor "2013" in "12013"."""
    return re.compile(r"(?<![\d.,])" + re.escape(fragment) + r"(?!\d|[.,]\d)")


def find_stated(stated, passage):
    """Where a figure's fragment stands in a passage as a whole."""
    return whole(stated).search(one_line(passage))


def between(text, start, end):
    """The text after the line that matches `start`, up to the one that matches `end` (or the end of the text)."""
    begin = re.search(rf"^{start}\s*$", text, re.MULTILINE)
    assert begin, f"no line {start!r}"
    stop = re.compile(rf"^{end}", re.MULTILINE).search(text, begin.end())
    return text[begin.end() : stop.start() if stop else None]


def blocks(body):
    return [block.strip() for block in re.split(r"\n\s*\n", body) if block.strip()]


# --- The strategy ------------------------------------------------------------------------------

HEADING = re.compile(r"^(?:(\d+)\. (?=[A-Z]{3})|(\d+\.\d+) (?=[A-Z]))(.*)$", re.MULTILINE)
BULLET = re.compile(r"^[-•>] ", re.MULTILINE)


def section(text, wanted):
    """Title and body of a numbered section of the strategy, down to the next numbered heading."""
    heads = list(HEADING.finditer(text))
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        if (head[1] or head[2]) == wanted:
            return head[3].strip(), text[head.end() : following.start() if following else None]
    raise AssertionError(f"no section {wanted}")


def under(body, subheading):
    """The part of a section below a subheading: a short line of its own that ends in no mark."""
    parts = blocks(body)
    titles = [n for n, block in enumerate(parts) if re.fullmatch(r".{1,75}\w", block) and not BULLET.match(block)]
    start = next(n for n in titles if parts[n].startswith(subheading))
    end = next((n for n in titles if n > start), None)
    return "\n\n".join(parts[start + 1 : end])


def strategy_part(text, name):
    """Title and body of what the first words of a locator name: a section, an appendix or the summary."""
    if name == "Executive summary":
        return name, between(text, "EXECUTIVE SUMMARY", "SECTION ONE")
    if name.startswith("Appendix"):
        return name, between(text, rf"{name}: .*", "Appendix ")
    return section(text, name.removeprefix("Section "))


def strategy_passage(text, locator):
    """The paragraph or bullet that a locator such as "Section 4, Poverty and deprivation, bullet 1" names."""
    part, *steps = locator.split(", ")
    title, body = strategy_part(text, part)
    for step in steps:
        body = strategy_step(title, body, step)
    return body


def strategy_step(title, body, step):
    """The part of a body that one step of a locator names."""
    paragraphs = [block for block in blocks(body) if not BULLET.match(block)]
    bullets = [re.split(r"\n\s*\n", bullet)[0] for bullet in BULLET.split(body)[1:]]
    kind, _, position = step.partition(" ")
    if step == "below the table":
        return body[body.rindex("TOTAL\t") :]
    if step in ("last paragraph", "last bullet"):
        return (paragraphs if step == "last paragraph" else bullets)[-1]
    if step.startswith("consultation question "):
        return next(block for block in paragraphs if block.startswith(f"{step.capitalize()}:"))
    if kind in ("paragraph", "bullet") and position.isdigit():
        return (paragraphs if kind == "paragraph" else bullets)[int(position) - 1]
    return body if step.lower() == title.lower() else under(body, step)


def board_line(text, locator):
    """The cells of the board table's row that a locator names."""
    position = re.search(r", row (\d+),", locator)[1]
    return re.search(rf"^{position}\.\t[^\t]*\t(.*)$", text, re.MULTILINE)[1]


def spending_line(text, locator):
    """The amount on the line of the expenditure table that a locator names."""
    _, body = section(text, "5.1")
    lines = re.findall(r"^(\S.*\t[\d,]+)$", body, re.MULTILINE)
    totals = [line for line in lines if line.startswith("TOTAL\t")]
    if locator.endswith(" TOTAL"):
        return totals[0 if ", first " in locator else 1]
    label = locator.removeprefix(f"{SPENDING_PLACE}, line ")
    found = [line for line in lines if line.startswith(label)]
    assert len(found) == 1, f"{locator}: {len(found)} lines"
    return found[0]


def strategy_place(text, locator):
    if locator.startswith(BOARD_PLACE):
        return board_line(text, locator)
    if locator.startswith(SPENDING_PLACE):
        return spending_line(text, locator)
    return strategy_passage(text, locator)


# --- The 2024 update ---------------------------------------------------------------------------

CARE_LEAVERS = re.compile(r"^(\d\d)-(\d\d) (\d+%) (\d+%)\s*$")
CONTACTS = re.compile(r"^(\d\d/\d\d) (\d+) (\d+%) (\d+%) (\d+%)\s*$")


def activities(text):
    """The planned activities, from description to the end of the updates, in the order printed."""
    body = text[: re.search(r"^Safeguarding Implications", text, re.MULTILINE).start()]
    parts = re.split(r"Planned\s+Activity\s", body)[1:]
    return [part for part in parts if re.search(r"Intended\s+Impact", part)]


def activity(text, locator):
    """The planned activity whose description has every word that the locator names it by, and no other's."""
    words, director = re.match(r"Planned activity on (.*?) \((.*?)\)", locator).groups()
    words = [word for word in words.lower().split() if len(word) > 2]
    found = []
    for part in activities(text):
        described = one_line(re.split(r"Intended\s+Impact", part)[0]).lower()
        if all(re.search(rf"\b{word}\b", described) for word in words):
            found.append(part)
    assert len(found) == 1, f"{locator}: {len(found)} planned activities match"
    assert f"Director {director}" in one_line(found[0])
    return found[0]


def update_passage(text, locator):
    """The part of the 2024 update a locator names: an item, an activity's updates, or what is about its table."""
    item = re.fullmatch(r"(Background|Main Considerations), item (\d+)", locator)
    if item:
        following = {"Background": "Main Considerations", "Main Considerations": " *Planned Activity and Updates"}
        body = between(text, item[1], following[item[1]])
        return re.split(r"^\d+\. ", body[re.search(rf"^{item[2]}\. ", body, re.M).end() :], flags=re.M)[0]
    updates = re.split(r"\bUpdates\b", activity(text, locator), maxsplit=1)[1]
    table = re.search(r", table (.*?)(?:, |$)", locator)
    if not table:
        return updates
    assert table[1] in one_line(updates), locator
    return about_the_table(updates.splitlines(), locator)


def about_the_table(lines, locator):
    """The lines above, below or in a table of an activity's updates; one row of it if the locator names one."""
    in_table = [n for n, line in enumerate(lines) if CARE_LEAVERS.match(line) or CONTACTS.match(line)]
    if locator.endswith("text above"):
        return "\n".join(lines[: in_table[0]])
    if locator.endswith("text below"):
        return "\n".join(lines[in_table[-1] + 1 :])
    row = re.search(r", row (\S+)$", locator)
    table = lines[in_table[0] : in_table[-1] + 1]
    return next(line for line in table if line.startswith(row[1])) if row else "\n".join(table)


# --- The board's plan, the list of strategies and the partnership's page -----------------------


def priorities(text):
    """The parts of the action plan by priority, in the order printed; the headings count up from 1."""
    body = text[text.index("WSCB Action Plan 2013-2014") :]
    starts, at = [], 0
    while head := re.compile(rf"^\s*{len(starts) + 1}\.\s+(?=[A-Z])", re.MULTILINE).search(body, at):
        starts.append(head)
        at = head.end()
    ends = [head.start() for head in starts[1:]] + [None]
    return [body[head.end() : end] for head, end in zip(starts, ends, strict=True)]


def lead_rows(part, leads):
    """The rows of a priority by the sub-group that leads them, in the order given.

    The table is flattened: a row begins where its lead stands at the start of a line or ends the priority's own line.
    """
    starts, at = [], 0
    for lead in leads:
        printed = r"\s*".join(map(re.escape, lead.replace(" ", "")))
        begins = re.compile(rf"^ ?{printed}(?=\s)", re.MULTILINE).search(part, at)
        begins = begins or re.compile(rf"(?<= ){printed}(?=\s)").search(part, at)
        assert begins, f"no row led by {lead}"
        starts.append(begins.start())
        at = begins.end()
    return {lead: part[a:b] for lead, a, b in zip(leads, starts, [*starts[1:], None], strict=True)}


LEADS = {row["number"]: row["leads"].split("; ") for row in rows("priorities.csv")}


def plan_passage(text, locator):
    """The row of a priority that a locator names, or a paragraph of the text before the action plan.

    The table's columns cannot be told apart in the flattened text.
    """
    row = re.fullmatch(
        r"Action plan, priority (\d+), (.+) row, (?:updates|planned activities|outcome/evidence)", locator
    )
    if row:
        return lead_rows(priorities(text)[int(row[1]) - 1], LEADS[row[1]])[row[2]]
    assert locator == "Section 2, National and local context, last paragraph", locator
    body = between(text, r"\s*2\. National and local context", r"\s*3\. WSCB Business Plan")
    return body[body.rindex("These factors, ") :]


def entries(text):
    """The entries of the list of strategies: title, date of publication as printed and the rest."""
    heads = list(re.finditer(r"^Final [Rr]eport: ?(.*)\nPublished: (.*)\n", text, re.MULTILINE))
    ends = [head.start() for head in heads[1:]] + [text.index("For current and planned consultations")]
    return [(*head.groups(), text[head.end() : end]) for head, end in zip(heads, ends, strict=True)]


def list_passage(text, locator):
    """The description of the entry that a locator such as "Entry 18, its title, description" names."""
    number, title = re.fullmatch(r"Entry (\d+), (.*), description", locator).groups()
    printed, _, rest = entries(text)[int(number) - 1]
    assert printed == title, f"entry {number} is {printed!r}"
    return re.split(r"^Supporting documents:", rest, flags=re.MULTILINE | re.IGNORECASE)[0]


def partnership_passage(text, locator):
    """The paragraph below a heading of the partnership's page."""
    heading, position = re.fullmatch(r"(.*), paragraph (\d+)", locator).groups()
    return blocks(between(text, heading, "Safeguarding Vulnerable People Partnership"))[int(position) - 1]


PASSAGES = {
    "early_help_2013": strategy_place,
    "csc_update_2024": update_passage,
    "wscb_plan_2013": plan_passage,
    "strategies_list": list_passage,
    "svpp_context": partnership_passage,
}
"""How to find a locator's passage in each document."""


def passage(row, text):
    """The passage that a figure's locator names."""
    return PASSAGES[row["source"]](text, row["locator"])
