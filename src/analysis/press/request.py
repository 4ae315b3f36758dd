"""What is asked for: the project as the press knows it, one report to be made, and the plan of all those of a run."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from analysis.files import did_you_mean, say
from analysis.press import reuse
from analysis.press.catalogue import Entry, Parameter, Refused, load_catalogue, show
from analysis.press.environment import unlocked

_LONGEST = 80  # of a word that is said again
_BOOL = {"true": True, "yes": True, "false": False, "no": False}
_READ = {"int": (int, "a whole number"), "float": (float, "a number"), "bool": (_BOOL.__getitem__, "true or false")}


@dataclass(frozen=True)
class Area:
    """What a report is made for; `slug` names its folder, and `data/` has documents of an area that `has_published`."""

    code: str
    name: str
    slug: str
    has_published: bool


@dataclass(frozen=True)
class Project:
    """The project whose notebooks are run, as the package hands it over; what is asked of it in vain raises Refused."""

    here: Callable[[], Project]  # makes it again in another process, on whatever machine; known there by its name
    root: Path  # the folder of notebooks/, data/ and reports/
    package: Path  # the folder of the code that notebooks import
    select_areas: Callable[[tuple[str, ...]], list[Area]]  # names or codes → areas, each once; the usual one for none
    releases: Callable[[], list[str]]  # SHA-256 of each that areas without documents need; says what is missing
    missing: Callable[[Iterable[str]], str]  # ids of releases → what is wrong with the first not there, "" if none is
    data_digest: Callable[[str, dict[str, Any]], str]  # an area's code, what was read → digest of that now, or ""
    symbols: dict[str, str]  # symbol → what it means
    edition: Callable[[], dict[str, str]]  # what a page says of its edition: date, owner, contact and so on, in words
    # Headline values of two editions, and what tells them apart → a row each: what became of it, and in words `old`,
    # `new`, the change (`text`) and a reason that the values themselves show (`shows`).
    side_by_side: Callable[[list[dict[str, Any]], list[dict[str, Any]], list[str]], list[dict[str, Any]]]
    unlisted: Callable[[str], str]  # the value of a "listed" parameter → what is wrong with it, "" if nothing is
    workbook: Callable[..., bytes]  # an area's name, edition, values as CSV, notebooks by title → all as one workbook


@dataclass(frozen=True)
class Job:
    """A notebook, an area, and the values that differ from the notebook's defaults.

    `left_out` says why the report is not made in this run; "" where it is. One that is not `asked` for is there for
    another that rests on it; `rests` has the notebooks of the reports that this one rests on, by name. `pages` are all
    of the area, each with its name and what it is called, and `edition` what a page says of its edition.
    """

    entry: Entry
    area: Area
    changed: dict[str, Any]
    fingerprint: dict[str, str]
    left_out: str = ""
    asked: bool = True
    pages: tuple[tuple[str, str], ...] = ()
    edition: dict[str, str] = field(default_factory=dict)
    rests: dict[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def label(self) -> str:
        """Return the report's name in messages: notebook, area."""
        return f"{self.entry.name}, {self.area.name}"

    @property
    def values(self) -> dict[str, Any]:
        """Return the value of every parameter; `area` is the code."""
        values = self.entry.defaults | self.changed
        return values | {"area": self.area.code} if "area" in values else values

    @property
    def injected(self) -> dict[str, Any]:
        """Return the values that the notebook's own parameters cell does not already give."""
        defaults = self.entry.defaults
        return {name: value for name, value in self.values.items() if value != defaults[name]}

    @property
    def command(self) -> str:
        """Return the command that makes this report again, quoted for a POSIX shell."""
        words = [word for name, value in self.changed.items() for word in ("-p", f"{name}={show(value)}")]
        return shlex.join(["analysis", "run", self.entry.name, "--area", self.area.name, *words])

    def with_values(self, values: dict[str, Any]) -> Job:
        """Return the job with other values of parameters, of those that are possible."""
        known = {p.name: values[p.name] for p in self.entry.parameters if p.name in values and p.takes(values[p.name])}
        changed = {n: value for n, value in known.items() if n != "area" and value != self.entry.defaults[n]}
        job = replace(self, changed=changed)
        return replace(job, fingerprint=job.fingerprint | {"parameters": reuse.parameters_fingerprint(job.values)})

    def carrying(self, output: Path | None) -> Job:
        """Return the job with the reports it rests on, as they lie in a folder of reports."""
        if output is None:
            return self
        files = {name: output / self.area.slug / f"{name}.ipynb" for name in self.entry.rests_on}
        return replace(self, rests={name: file.read_bytes() for name, file in files.items()})


def plan_jobs(
    project: Project, notebooks: tuple[str, ...], areas: tuple[str, ...], assignments: tuple[str, ...]
) -> tuple[list[Entry], list[Job]]:
    """Check a request: names of notebooks, of areas, and the `-p` texts. What is not as usual is said.

    Returns the whole catalogue, and a job for each area and notebook; all notebooks if none is named. Unless named, one
    on documents, or made when asked, is no part of an area without documents, and one whose release is not there is
    left out, with the reason. Those that one rests on are there too, not asked for; it comes after them.

    Raises Refused if anything in the request, the catalogue or the table of areas does not fit.
    """
    catalogue = load_catalogue(project.root / "notebooks")
    for name in notebooks:
        _known("notebook", name, [entry.name for entry in catalogue])
    entries = [entry for entry in catalogue if not notebooks or entry.name in notebooks]
    changed, places = _settle(entries, assignments, project.unlisted), project.select_areas(areas)
    if len({area.slug for area in places}) < len(places):
        raise Refused("two of the areas would share one folder of reports; run them with different --output folders")
    pairs = [(entry, area) for area in places for entry in entries if _fits(entry, area, bool(notebooks))]
    if not pairs:
        names = ", ".join(area.name for area in places)
        raise Refused(f"no notebook can be run for {names}: all are about published documents, and data/ has none")
    under = [(e, area) for top, area in pairs for e in catalogue if e.name in top.rests_on and (e, area) not in pairs]
    changed |= {entry.name: {} for entry, _ in under if entry not in entries}
    edition = project.edition()
    common, code = reuse.common_fingerprint(project.root, project.package), reuse.Code(project.package)
    if other := unlocked(project.root):  # what comes of it is not recorded as the lock's
        names = ", ".join(other[:3]) + (f" and {len(other) - 3} more" if len(other) > 3 else "")
        say(f"analysis: not what the lock names, so no report is recorded as its own: {names}")
        common["lock"] = reuse.digest_texts([common["lock"], *other])
    national = common if all(area.has_published for _, area in pairs) else with_releases(project, common)
    absent, own = _absent(project, entries, bool(notebooks)), {}
    for entry in (entry for entry in catalogue if entry.name in changed):
        own[entry.name] = {"notebook": reuse.notebook_fingerprint(entry.path), "code": code.digest(entry.path)}
    usual, jobs = [entry for entry in catalogue if entry.areas == "all"], []
    for entry, area in sorted([*under, *pairs], key=lambda pair: bool(pair[0].rests_on)):
        asked = (entry, area) in pairs
        pages = tuple((e.name, e.short or e.title) for e in catalogue if e in (entry, *usual) or area.has_published)
        digests = (common if area.has_published else national) | own[entry.name] | reuse.around(edition, pages)
        about = absent.get(entry.name, ""), asked, pages, edition
        jobs.append(Job(entry, area, {}, digests, *about).with_values(changed[entry.name] if asked else {}))
    return catalogue, jobs


def with_releases(project: Project, common: dict[str, str]) -> dict[str, str]:
    """Return the digests that reports of areas without documents share: their data is the releases too."""
    return common | {"data": reuse.digest_texts([common["data"], *project.releases()])}


def _fits(entry: Entry, area: Area, named: bool) -> bool:
    """Say whether a notebook can be run for an area; refuse one that was asked for and cannot."""
    fits = entry.areas == "all" or area.has_published or (named and entry.areas == "asked")
    if named and not fits:
        raise Refused(f"notebook '{entry.name}' is about published documents, and data/ has none of {area.name}")
    return fits


def _absent(project: Project, entries: list[Entry], named: bool) -> dict[str, str]:
    """Return the notebooks that need a release which is not there, each with the reason; refuse those asked for."""
    needy = (entry for entry in entries if entry.releases)
    found = {entry.name: reason for entry in needy if (reason := project.missing(entry.releases))}
    for name, reason in found.items():
        if named:
            raise Refused(f"notebook '{name}' needs a release: {reason}")
        say(f"analysis: {name} is left out, and a page that is there stays as it is: {reason}")
    if len(found) == len(entries):
        raise Refused("every notebook needs a release that is missing: run `analysis fetch`")
    return found


def _settle(
    entries: list[Entry], assignments: tuple[str, ...], unlisted: Callable[[str], str]
) -> dict[str, dict[str, Any]]:
    """Return by notebook the values that are set; each goes to every notebook that has its name."""
    texts: dict[str, str] = {}
    known = list(dict.fromkeys(p.name for entry in entries for p in entry.parameters))
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        name = name.strip()
        if not name or not equals:
            raise Refused(f"-p {assignment[:_LONGEST]!r} is not of the form NAME=VALUE")
        if name == "area":
            raise Refused(f"the area is set with --area, not -p: use --area {text[:_LONGEST]!r}")
        if name in texts:
            raise Refused(f"parameter {name!r} is set twice with -p; set it once")
        names = ", ".join(entry.name for entry in entries)
        _known("parameter", name, known, f" for notebook{'s' if len(entries) > 1 else ''} {names}")
        texts[name] = text
    return {  # in the catalogue's order, so that the order of -p on the command line leaves no trace
        entry.name: {
            p.name: _value(p, texts[p.name], entry.name, unlisted) for p in entry.parameters if p.name in texts
        }
        for entry in entries
    }


def _known(what: str, name: str, known: list[str], where: str = "") -> None:
    """Refuse a name that is none of those known."""
    if name not in known:
        hint = f"{did_you_mean(name, known)} ({what}s: {', '.join(known)})"
        raise Refused(f"unknown {what} {name[:_LONGEST]!r}{where}{hint}")


def _value(parameter: Parameter, text: str, notebook: str, unlisted: Callable[[str], str]) -> Any:
    """Return the text after `-p NAME=` as the parameter's type, or refuse it. Nothing is evaluated."""
    where = f"parameter '{parameter.name}' of notebook {notebook}: {text[:_LONGEST]!r}"
    hint = f" (expected {parameter.allowed})" if parameter.allowed else ""
    value: Any = text
    if parameter.type in _READ:
        # Python itself would read 1_000, ' 5' and other scripts' digits as numbers: here a number is plain digits.
        plain = text.lower() if text.isascii() and "_" not in text and text == text.strip() else ""
        read, words = _READ[parameter.type]
        try:
            value = read(plain)
        except (ValueError, KeyError):
            raise Refused(f"{where} is not {words}{hint}") from None
        if not math.isfinite(value):
            raise Refused(f"{where} is not a finite number{hint}")
    if problem := parameter.problem(value) or (unlisted(text) if parameter.type == "listed" else ""):
        raise Refused(f"{where} does not fit: {problem}")
    return value
