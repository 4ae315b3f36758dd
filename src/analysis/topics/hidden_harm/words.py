"""The sentences of the page on hidden harm, for any authority and for any setting of its parameters."""

from __future__ import annotations

from analysis import narrative as say
from analysis.figure import Figure
from analysis.methods import bounds
from analysis.methods.intervals import Interval
from analysis.report import Report
from analysis.tables import explained
from analysis.topics.hidden_harm import charts
from analysis.topics.hidden_harm import known as knowing
from analysis.topics.hidden_harm.definitions import Definition, Groups
from analysis.topics.hidden_harm.model import Model
from analysis.trends import change_since


def answer(model: Model, found: knowing.Known | None, target: float) -> list[str]:
    """Return the page's answer: how many children, what it depends on, how many are known, and how far that is."""
    said = [estimated(model), depends(model)]
    if found is None:
        return [*said, unknown(model)]
    return [*said, recorded_share(model, found), needed(model, found, target)]


def estimated(model: Model) -> str:
    """Return the leading estimate with its interval and what it supposes."""
    spread = model.spread(model.lead)
    span = say.span(spread.interval, say.about)
    interval = f"{say.level(model.confidence)} interval {span}"
    return (
        f"about {_children(spread.value, model.ages)} in {model.report.name} may {doing(model.lead)} ({interval}), if "
        f"such children are {_times(model.multiplier)}as common there as nationally"
    )


def doing(definition: Definition) -> str:
    """Return what the children may do: "be living with …", "have a parent …"."""
    phrase = definition.phrase
    return f"have {phrase.removeprefix('with ')}" if phrase.startswith("with ") else f"be {phrase}"


def depends(model: Model) -> str:
    """Return how far the published definitions lie apart."""
    most, least = (model.estimate(d).value for d in (model.ordered[0], model.ordered[-1]))
    return (
        f"anything from about {say.about(least)} children ({model.ordered[-1].phrase}) to about {say.about(most)} "
        f"({model.ordered[0].phrase}) may be meant: that is how far {say.number(len(model.ordered))} published "
        "definitions lie apart, at their national shares"
    )


def spread_of_definitions(model: Model) -> str:
    """Return the same as a heading."""
    most, least = (model.estimate(d).value for d in (model.ordered[0], model.ordered[-1]))
    return f"from about {say.about(least)} to about {say.about(most)} children, by what counts as harm"


def recorded_share(model: Model, found: knowing.Known) -> str:
    """Return how many assessments record the leading harm, and the share of those estimated that this can be."""
    share = knowing.share(model, found, model.lead)
    counted = say.span(found.assessments)
    noun = "assessment" if counted == "1" else "assessments"
    recorded = f"recorded {harms(model.lead.groups)} {found.total.when}"
    if found.assessments.upper == 0:
        return f"by this measure none of them is known to social care: no assessment {recorded}"
    records, part = f"{counted} {noun} {recorded}", say.whole(share.value)
    span = f"{say.level(model.confidence)} interval {say.span(share.interval, say.whole)}"
    if share.value > 100:
        return f"as many or more may be known to social care: {records}, {part} of that number ({span})"
    return f"about {part} of that number ({span}) may be known to social care: {records}"


def needed(model: Model, found: knowing.Known, target: float) -> str:
    """Return how many more children a year the target takes."""
    more = knowing.more(model, found, target)
    span = f"{say.level(model.confidence)} interval {say.span(more.interval, say.about)}"
    if say.about(more.interval.upper) == "0":
        return f"a share of {target:g}% is already reached: no more children would have to be known"
    if say.about(more.value) == "0":
        return (
            f"a share of {target:g}% may be reached already; up to about {_more(more.interval.upper)} a year might "
            f"have to be assessed ({span})"
        )
    return f"to know {target:g}% of them, about {_more(more.value)} a year would have to be assessed ({span})"


def unknown(model: Model) -> str:
    """Return that nothing can be said of the children known."""
    return (
        f"how many are known cannot be said: the counts of assessments that record {harms(model.lead.groups)} in "
        f"{model.report.name} in the year to March {model.year} are withheld or not published"
    )


def harms(groups: Groups) -> str:
    """Return recorded harms in words: "alcohol or drug misuse", "domestic abuse, and mental ill-health"."""
    parts = []
    for group in groups:
        names = [knowing.HARMS[harm] for harm in group]
        joined = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
        parts.append(joined.replace("alcohol misuse or drug misuse", "alcohol or drug misuse"))
    return f"{', and '.join(parts)} of a parent or another person at home"


def survey(model: Model) -> str:
    """Return the leading definition's estimate at the national share, with the interval its own source gives."""
    made = model.estimate(model.lead)
    kind = made.kind if model.lead.ranged else f"{say.level(model.confidence)} survey interval"
    taken = f", if its survey had {say.number(model.survey_size)} children"
    supposed = "" if model.lead.ranged or model.lead.surveyed else taken
    return (
        f"at the national share of {say.percent(model.lead.percent)}, {model.report.name} would have about "
        f"{say.about(made.value)} children {model.lead.phrase} ({kind} {say.span(made.interval, say.about)}{supposed})"
    )


def local_doubt(model: Model) -> str:
    """Return how the simulated interval compares with that of the source alone."""
    narrow, wide = model.estimate(model.lead).interval, model.spread(model.lead).interval
    source, result = say.span(narrow, say.about), say.span(wide, say.about)
    if wide.upper - wide.lower > narrow.upper - narrow.lower:
        return f"the survey's {source} children widen to {result} when the area may differ from the nation"
    return f"the survey alone allows {source} children, the simulation {result}"


def overlapping(model: Model) -> str:
    """Return what is certain of the overlap of three harms."""
    counts, _, _ = charts.overlap_counts(model)
    certain = bounds.at_least_one(counts, model.population)
    return (
        f"at England's shares, {say.about(certain.lower)} to {say.about(certain.upper)} children live with at least "
        "one of three severe harms, whatever their overlap"
    )


def independence(model: Model) -> str:
    """Return how far independence would be from the Commissioner's model for children with all three harms."""
    counts, any_, all_ = charts.overlap_counts(model)
    either, every = bounds.independent(counts, model.population)
    return (
        f"if each harm struck independently of the others, {say.about(every)} children would live with all three and "
        f"{say.about(either)} with at least one; in the Commissioner's model harms come together, and "
        f"{say.about(all_)} live with all three and {say.about(any_)} with at least one"
    )


def local(model: Model) -> str:
    """Return how the Commissioner's local estimates stand to the national shares, or that there is none."""
    pairs = charts.local_pairs(model)
    if not pairs:
        return f"the Commissioner's local estimates of {model.report.name} are not among the figures kept here"
    label, national, found = pairs[0]
    way = "fewer" if found < national else "more"
    return (
        f"the Commissioner's own model gives {say.number(found)} children in {model.report.name} with "
        f"{label[0].lower()}{label[1:]}, {way} than the {say.about(national)} at England's share"
    )


def changed(series: list[Figure], harm: str, name: str) -> str:
    """Return what became of a share of assessments, as a sentence."""
    what = f"{knowing.HARMS[harm]} of a parent"
    known = [f for f in series if f.known]
    if not known:
        last = series[-1] if series else None
        why = f": {explained(last.symbol)}" if last else ""
        return f"the share of assessments that record {what} is not published for {name}{why}"
    first, last = known[0], known[-1]
    if len(known) == 1:
        return f"{what} was recorded in {last} of assessments in {last.year}, the only figure"
    moved = change_since(series, "")
    if moved.startswith(("rose", "fell")):
        return f"{what}, as a share of assessments, {moved} to {last} in {last.year}"
    if moved.startswith("no clear"):
        return (
            f"{what} shows no clear change: it was recorded in {first} of assessments in {first.year} and in {last} in "
            f"{last.year}"
        )
    return f"{what} was recorded in {first} of assessments in {first.year} and in {last} in {last.year}"


def no_target(report: Report) -> str:
    """Return that the scenario needs counts that are not published."""
    return f"without published counts, what a target would take in {report.name} cannot be said"


def recorded_most(report: Report, year: int) -> str:
    """Return which harm of a parent is recorded most."""
    found = [r for r in knowing.recorded(report, year).values() if r.parent.known]
    if not found:
        return f"no count of assessments that record a parent's harm is published for {report.name} in {year}"
    top = max(found, key=lambda r: r.parent.value)
    if top.parent.value == 0:
        none = say.listed([knowing.HARMS[r.harm] for r in found]).replace(" and ", " or ")
        others = "; the other counts are not published" if len(found) < len(knowing.HARMS) else ""
        return f"no assessment in {report.name} recorded {none} of a parent in the year to March {year}{others}"
    count = say.count(top.parent.value, "assessment")
    return (
        f"{count} in {report.name} recorded {knowing.HARMS[top.harm]} of a parent in the year to March {year}, more "
        "than any other of the four harms"
        if sum(r.parent.value == top.parent.value for r in found) == 1 and len(found) == len(knowing.HARMS)
        else f"{count} in {report.name} recorded {knowing.HARMS[top.harm]} of a parent in the year to March {year}"
    )


def range_known(found: knowing.Known) -> str:
    """Return why the number of children known is a range."""
    if found.assessments.upper == 0:
        return "no assessment of the year recorded it"
    again = found.again
    repeats = f"; the lower end is taken down by {again}, the share of referrals that came within a year of another"
    repeats = repeats if again and again.value else ""
    if any(not part.other.known for part in found.parts):
        repeats += "; counts of other people that are withheld are left out"
    return (
        f"one assessment can record several harms, so the counts allow {say.span(found.assessments)} assessments; as "
        f"one child can be assessed twice, they stand for {say.span(found.children)} children{repeats}"
    )


def target_finding(model: Model, found: knowing.Known, target: float) -> str:
    """Return what the target takes, as a heading."""
    return needed(model, found, target).replace("of them", "of the children estimated")


def gap(model: Model, found: knowing.Known) -> str:
    """Return the share known as a finding."""
    share = knowing.share(model, found, model.lead)
    if share.interval.lower > 100:
        return "more children are recorded than the definition lets one expect"
    if found.assessments.upper == 0:
        return "no child of those estimated is known from the assessments of the year"
    low, high = (say.whole(end) for end in share.interval)
    if share.interval.upper > 100:
        return f"assessments may cover from {low} to all of the children estimated"
    return f"assessments may cover from {low} to {high} of the children estimated"


def _children(value: float, ages: str) -> str:
    return f"{say.about(value)} {'child' if say.about(value) == '1' else 'children'} aged {ages}"


def _more(value: float) -> str:
    return f"{say.about(value)} more {'child' if say.about(value) == '1' else 'children'}"


def _times(multiplier: Interval) -> str:
    low, high = f"{multiplier.lower:g}", f"{multiplier.upper:g}"
    return "" if low == high == "1" else f"{low} times " if low == high else f"{low} to {high} times "
