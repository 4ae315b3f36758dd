"""The sentences of the page on hidden harm, for any authority and for any setting of its parameters."""

from __future__ import annotations

from analysis import formation
from analysis import narrative as say
from analysis.figure import Figure
from analysis.methods import bounds
from analysis.methods.intervals import Interval
from analysis.methods.simulation import Middle
from analysis.report import Report
from analysis.tables import explained
from analysis.topics.hidden_harm import charts
from analysis.topics.hidden_harm import known as knowing
from analysis.topics.hidden_harm.definitions import NEAREST, Definition, Groups
from analysis.topics.hidden_harm.local import Given
from analysis.topics.hidden_harm.model import CHILDREN, Model
from analysis.trends import change_since

WIDER = "any_substance_misuse"
"""The measure that is nearest to what social workers record of alcohol and drugs."""


def answer(model: Model, found: knowing.Known | None) -> list[str]:
    """Return the page's answer: how many children, what it depends on, and how the children recorded stand to them."""
    said = [estimated(model), depends(model)] if model.children else [no_children(model)]
    if found is None:
        return [*said, unknown(model)]
    return [*said, recorded(model, found), *unlike(model, found)]


def estimated(model: Model) -> str:
    """Return the leading estimate with its interval and what it supposes."""
    spread = model.spread(model.lead)
    interval = say.around(spread.interval, say.modelled)
    return (
        f"about {_children(spread.value, model.ages)} in {model.report.name} may {doing(model.lead)} ({interval}), if "
        f"such children are {_times(model)}"
    )


def no_children(model: Model) -> str:
    """Return that nothing can be estimated without the area's number of children."""
    said = formation.nothing(model.report, CHILDREN, "its number of children")
    return f"how many children live with hidden harm in {model.report.name} cannot be estimated; {said}"


def multiplier(model: Model) -> list[str]:
    """Return how common the leading harm is taken to be in the area, and why."""
    local, name = model.local(model.lead), model.report.name
    if isinstance(local, Given):
        return [f"the multiplier is given, not worked out: any value from {say.span(local.range, _short)} is as likely"]
    what, formed = f"{local.england.title[:1].lower()}{local.england.title[1:]}", _formed_from(model)
    own = f"the Commissioner made no estimate for {name}, which is taken to be like England"
    if local.own:
        where = f"{formed}, from which {name} was formed," if formed else name
        times = f"{_two(local.middle)} times as common in {where} as in England"
        own = f"by the Commissioner's estimates, {what} are {times}"
    every = say.span(Interval(local.all.min(), local.all.max()), _two)
    return [
        own,
        f"over {say.number(len(local.all))} authorities this ratio runs from {every}; the standard deviation of its "
        f"logarithm is {_two(local.spread)}",
        f"no survey has tested these estimates in any area, so {name} is taken to lie as far from "
        f"{'its own ratio' if local.own else 'England'} as authorities lie from each other "
        f"({say.around(local.interval(model.confidence), _two)})",
    ]


def doing(definition: Definition) -> str:
    """Return what the children may do: "be living with …", "have a parent …"."""
    phrase = definition.phrase
    return f"have {phrase.removeprefix('with ')}" if phrase.startswith("with ") else f"be {phrase}"


def depends(model: Model) -> str:
    """Return how far the published definitions lie apart."""
    most, least = (model.estimate(d).value for d in (model.ordered[0], model.ordered[-1]))
    return (
        f"anything from about {say.modelled(least)} children ({model.ordered[-1].phrase}) to about "
        f"{say.modelled(most)} ({model.ordered[0].phrase}) may be meant: that is how far "
        f"{say.number(len(model.ordered))} published definitions lie apart, at their national shares"
    )


def spread_of_definitions(model: Model) -> str:
    """Return the same as a heading."""
    most, least = (model.estimate(d).value for d in (model.ordered[0], model.ordered[-1]))
    return f"from about {say.modelled(least)} to about {say.modelled(most)} children, by what counts as harm"


def recorded(model: Model, found: knowing.Known) -> str:
    """Return how many assessments record the leading harm, and how that stands to the children estimated."""
    counted = say.span(found.assessments)
    noun = "assessment" if counted == "1" else "assessments"
    said = f"recorded {harms(model.lead.groups)} {found.total.when}"
    if found.assessments.upper == 0:
        return f"no assessment {said}"
    ratio = knowing.per_hundred(model, found, model.lead)
    return f"{counted} {noun} {said}: {for_every(ratio)}"


def for_every(ratio: Middle) -> str:
    """Return a ratio of children recorded to children estimated in words."""
    span = say.around(ratio.interval, say.modelled)
    return f"about {say.count(ratio.value, 'child', 'children', say.modelled)} for every 100 estimated ({span})"


def unlike(model: Model, found: knowing.Known) -> list[str]:
    """Return that the ratio is of unlike things, and what it is beside a wider measure; nothing where none is recorded.

    A social worker records misuse, which need not be dependency: of that definition the wider measure is given too.
    """
    if found.assessments.upper == 0:
        return []
    said = "that divides recorded concerns by modelled children, two different things: it is no share of them known"
    if NEAREST[model.definition] != "dependency":
        return [said]
    wider = model.definitions[WIDER]
    ratio, children = knowing.per_hundred(model, found, wider), model.spread(wider).value
    return [
        f"{said}; beside {wider.label[0].lower()}{wider.label[1:]} (about {_children(children, model.ages)}), a nearer "
        f"thing, it is {say.span(ratio.interval, say.modelled)} for every 100"
    ]


def needed(model: Model, found: knowing.Known, target: float) -> str:
    """Return how many more children a year a ratio takes, as a heading."""
    more, reach = knowing.more(model, found, target), f"{target:g} recorded for every 100 estimated"
    if say.modelled(more.interval.upper) == "0":
        return f"{reach} are already reached: no more children would have to be recorded"
    span = say.around(more.interval, say.modelled)
    if say.modelled(more.value) == "0":
        return (
            f"{reach} may be reached already; up to about {_more(more.interval.upper)} a year might have to be "
            f"recorded ({span})"
        )
    return f"for {reach}, about {_more(more.value)} a year would have to be recorded ({span})"


def unknown(model: Model) -> str:
    """Return that nothing can be said of the children recorded."""
    if not model.children:
        return "without an estimate of the children, how those recorded stand to them cannot be said"
    return (
        f"how many are recorded cannot be said: the counts of assessments that record {harms(model.lead.groups)} in "
        f"{model.report.name} in the year to March {model.year} are withheld or not in the releases read here"
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
        f"{say.modelled(made.value)} children {model.lead.phrase} "
        f"({kind} {say.span(made.interval, say.modelled)}{supposed})"
    )


def local_doubt(model: Model) -> str:
    """Return how the simulated interval compares with that of the source alone."""
    narrow, wide = model.estimate(model.lead).interval, model.spread(model.lead).interval
    source, result = say.span(narrow, say.modelled), say.span(wide, say.modelled)
    if wide.upper - wide.lower > narrow.upper - narrow.lower:
        return f"the survey's {source} children widen to {result} when the area may differ from the nation"
    return f"the survey alone allows {source} children, the simulation {result}"


def overlapping(model: Model) -> str:
    """Return what is certain of the overlap of three harms."""
    counts, _, _ = charts.overlap_counts(model)
    certain = bounds.at_least_one(counts, model.population)
    return (
        f"at England's shares, {say.modelled(certain.lower)} to {say.modelled(certain.upper)} children live with at "
        "least one of three severe harms, whatever their overlap"
    )


def independence(model: Model) -> str:
    """Return how far independence would be from the Commissioner's model for children with all three harms."""
    counts, any_, all_ = charts.overlap_counts(model)
    either, every = bounds.independent(counts, model.population)
    return (
        f"if each harm struck independently of the others, {say.modelled(every)} children would live with all three "
        f"and {say.modelled(either)} with at least one; in the Commissioner's model harms come together, and "
        f"{say.modelled(all_)} live with all three and {say.modelled(any_)} with at least one"
    )


def local(model: Model) -> str:
    """Return how the Commissioner's local estimates stand to the national shares, or that there is none."""
    pairs = charts.local_pairs(model)
    if not pairs:
        return f"the Commissioner made no local estimate of {model.report.name}"
    label, national, found = pairs[0]
    way = "fewer" if found < national else "more"
    return (
        f"the Commissioner's own model gives {say.number(found)} children in {model.report.name} with "
        f"{label[0].lower()}{label[1:]}, {way} than the {say.modelled(national)} at England's share"
    )


def changed(series: list[Figure], harm: str, name: str) -> str:
    """Return what became of a share of assessments, as a sentence."""
    what = f"{knowing.HARMS[harm]} of a parent"
    known = [f for f in series if f.known]
    if not known:
        last = series[-1] if series else None
        why = f": {explained(last.symbol)}" if last else ""
        return f"the releases read here have no share of assessments that record {what} for {name}{why}"
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
        return (
            "the releases read here have no count of assessments that record a parent's harm for "
            f"{report.name} in {year}"
        )
    top = max(found, key=lambda r: r.parent.value)
    if top.parent.value == 0:
        none = say.listed([knowing.HARMS[r.harm] for r in found]).replace(" and ", " or ")
        others = "; the other counts are not in the releases read here" if len(found) < len(knowing.HARMS) else ""
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


def gap(model: Model, found: knowing.Known) -> str:
    """Return how those recorded stand to those estimated, as a heading."""
    if found.assessments.upper == 0:
        return "no child of those estimated is recorded in the assessments of the year"
    ratio = knowing.per_hundred(model, found, model.lead)
    return f"{say.span(ratio.interval, say.modelled)} children are recorded for every 100 estimated"


def _children(value: float, ages: str) -> str:
    return f"{say.modelled(value)} {'child' if say.modelled(value) == '1' else 'children'} aged {ages}"


def _more(value: float) -> str:
    return f"{say.modelled(value)} more {'child' if say.modelled(value) == '1' else 'children'}"


def _times(model: Model) -> str:
    """Return how common such children are taken to be: "0.73 to 1.21 times as common there as nationally"."""
    local = model.local(model.lead)
    if isinstance(local, Given):
        times = "" if set(local.range) == {1.0} else f"{say.span(local.range, _short)} times "
        return f"{times}as common there as nationally"
    by = f"{_two(local.middle)} by the Children's Commissioner's model"
    whose = f"{by} of {_formed_from(model)}" if _formed_from(model) else by
    whose = whose if local.own else f"the Children's Commissioner's model has no estimate of {model.report.name}"
    return f"{say.span(local.interval(model.confidence), _two)} times as common there as nationally ({whose})"


def _formed_from(model: Model) -> str:
    """Return the authorities whose estimates stand for the area's; blank where it has its own, or none."""
    figures, here = model.report.figures, model.report.area
    names = [figures.area_name(f.area) for f in model.local(model.lead).own if f.area != here]
    return say.listed(names) if names else ""


def _two(value: float) -> str:
    return say.number(value, 2)


def _short(value: float) -> str:
    return f"{value:.3g}"
