"""One report to be made, and the plan of all the reports of a run."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from analysis.press.areas import Area, load_areas, select_areas
from analysis.press.catalogue import Entry, Refused, load_catalogue, show
from analysis.press.environment import unlocked
from analysis.press.parameters import select_notebooks, settle_values
from analysis.press.reuse import Code, common_fingerprint, digest_texts, notebook_fingerprint, parameters_fingerprint
from analysis.press.teller import say

_SHOWN = 3


@dataclass(frozen=True)
class Job:
    """A notebook, an area, and the values that differ from the notebook's defaults.

    `left_out` says why the report is not made in this run; "" where it is.
    """

    entry: Entry
    area: Area
    changed: dict[str, Any]
    fingerprint: dict[str, str]
    left_out: str = ""

    @property
    def label(self) -> str:
        """Return the report's name in messages: notebook, area."""
        return f"{self.entry.name}, {self.area.name}"

    @property
    def values(self) -> dict[str, Any]:
        """Return the value of every parameter; `area` is the code."""
        return {**self.entry.defaults, **self.changed, **self._area()}

    @property
    def injected(self) -> dict[str, Any]:
        """Return the values that the notebook's own parameters cell does not already give."""
        return {name: value for name, value in self.values.items() if value != self.entry.defaults[name]}

    @property
    def command(self) -> str:
        """Return the command that makes this report again, quoted for a POSIX shell."""
        words = ["analysis", "run", self.entry.name, "--area", self.area.name]
        for name, value in self.changed.items():
            words += ["-p", f"{name}={show(value)}"]
        return shlex.join(words)

    def having_read(self, read: dict[str, Any] | None) -> Job:
        """Return the job with the digest of what it read, if it said so, in place of that of all the data."""
        return self if read is None else replace(self, fingerprint=self.fingerprint | {"data": read["digest"]})

    def _area(self) -> dict[str, str]:
        return {"area": self.area.code} if "area" in self.entry.defaults else {}


def plan_jobs(
    root: Path, notebooks: tuple[str, ...], areas: tuple[str, ...], assignments: tuple[str, ...]
) -> tuple[list[Entry], list[Job]]:
    """Check a request against the catalogue and the table of areas.

    Args:
        root: the project folder, with `data/` and `notebooks/`.
        notebooks: names; none means all.
        areas: names or codes; none means Wiltshire.
        assignments: the `-p` texts, `NAME=VALUE`.

    Returns:
        The whole catalogue, and a job for each area and selected notebook. A notebook on published documents is
        left out for areas without any, unless it was asked for by name. One that needs a release that is not there is
        planned with the reason why it is left out, unless it was asked for by name.

    Raises:
        Refused: if anything in the request, the catalogue or the table of areas does not fit.
    """
    catalogue = load_catalogue(root / "notebooks")
    entries = select_notebooks(notebooks, catalogue)
    changed = settle_values(entries, assignments)
    places = select_areas(areas, load_areas(root / "data" / "areas.csv"))
    slugs = [area.slug for area in places]
    if len(set(slugs)) < len(slugs):
        raise Refused("two of the areas would share one folder of reports; run them with different --output folders")
    pairs = [(entry, area) for area in places for entry in entries if _fits(entry, area, bool(notebooks))]
    if not pairs:
        names = ", ".join(area.name for area in places)
        raise Refused(f"no notebook can be run for {names}: all are about published documents, and data/ has none")
    _refuse_idle(pairs, changed)
    package = Path(__file__).resolve().parents[1]
    common, code = common_fingerprint(root, package), Code(package)
    other = unlocked(root)
    if other:  # what comes of it is not recorded as the lock's
        more = f" and {len(other) - _SHOWN} more" if len(other) > _SHOWN else ""
        say(
            f"analysis: not what the lock names, so no report is recorded as its own: {', '.join(other[:_SHOWN])}{more}"
        )
        common["lock"] = digest_texts([common["lock"], *other])
    national = common
    if not all(area.has_published for _, area in pairs):
        national = with_releases(root, common)
    absent = _absent(root, entries, bool(notebooks))
    own = {e.name: {"notebook": notebook_fingerprint(e.path), "code": code.digest(e.path)} for e in entries}
    planned = [
        _job(entry, area, changed[entry.name], (common if area.has_published else national) | own[entry.name])
        for entry, area in pairs
    ]
    return catalogue, [replace(job, left_out=absent.get(job.entry.name, "")) for job in planned]


def _absent(root: Path, entries: list[Entry], named: bool) -> dict[str, str]:
    """Return the notebooks that need a release which is not there, each with the reason, and say so.

    Raises:
        Refused: if they were asked for by name, or nothing else was selected, or a release is not in the register.
    """
    from analysis.official.releases import ReleaseError, missing_of

    try:
        found = {entry.name: missing_of(root / "data", entry.releases) for entry in entries if entry.releases}
    except ReleaseError as error:
        raise Refused(str(error)) from None
    found = {name: reason for name, reason in found.items() if reason}
    for name, reason in found.items():
        if named:
            raise Refused(f"notebook '{name}' needs a release: {reason}")
        say(f"analysis: {name} is left out, and a page that is there stays as it is: {reason}")
    if len(found) == len(entries):
        raise Refused("every notebook needs a release that is missing: run `analysis fetch`")
    return found


def _fits(entry: Entry, area: Area, named: bool) -> bool:
    """Say whether a notebook can be run for an area; refuse one that was asked for and cannot."""
    if entry.areas == "all" or area.has_published:
        return True
    if named:
        raise Refused(f"notebook '{entry.name}' is about published documents, and data/ has none of {area.name}")
    return False


def _refuse_idle(pairs: list[tuple[Entry, Area]], changed: dict[str, dict[str, Any]]) -> None:
    """Refuse a parameter that would change nothing: one that only cells on published documents use."""
    for entry, area in pairs:
        idle = [p.name for p in entry.parameters if p.documents and p.name in changed[entry.name]]
        if idle and not area.has_published:
            raise Refused(
                f"parameter '{idle[0]}' of notebook {entry.name} is about published documents, "
                f"and data/ has none of {area.name}"
            )


def with_releases(root: Path, common: dict[str, str]) -> dict[str, str]:
    """Return the digests that the reports of areas without published documents share: their data is the releases too.

    Args:
        root: the project folder.
        common: the digests of data, package and lock.

    Raises:
        Refused: if there are no releases, or one is not what the register says.
    """
    return common | {"data": digest_texts([common["data"], *_releases(root)])}


def _releases(root: Path) -> list[str]:
    """Make the figures of all areas ready; return the SHA-256 of each release they were read from.

    Raises:
        Refused: if there are no releases, or one is not what the register says.
    """
    from analysis.official import releases
    from analysis.official.cache_folder import cache_folder

    data = root / "data"
    try:
        if not cache_folder(data).is_dir():
            _read_releases(data)
        folder = releases.official_dir(data)
        listed = releases.load_releases(data)
        present = [release for release in listed if release.path(folder).is_file()]
        missing = [release.file for release in listed if release not in present]
    except releases.ReleaseError as error:
        raise Refused(str(error)) from None
    if missing:
        say(f"analysis: left out what is in these releases, as they are missing: {', '.join(missing)}")
    return [release.sha256 for release in present]


def _read_releases(data: Path) -> None:
    """Read all releases, which takes some seconds.

    Raises:
        Refused: if a table that says how to read them is not as described.
        ReleaseError: if there are no releases, or one is not what the register says.
    """
    from analysis.official import cache  # loads pandas: only needed where they have not been read before
    from analysis.reading import BadTable

    try:
        cache.ready(data)
    except BadTable as error:
        raise Refused(str(error)) from None


def _job(entry: Entry, area: Area, changed: dict[str, Any], digests: dict[str, str]) -> Job:
    """Return the job with its whole fingerprint; `digests` has all but that of its parameters."""
    bare = Job(entry, area, changed, {})
    return replace(bare, fingerprint=digests | {"parameters": parameters_fingerprint(bare.values)})
