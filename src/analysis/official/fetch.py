"""Fetching the official releases, from their publishers or a mirror, by pooch.

Added here are a mirror, an end to answers without one, and a plain line for each thing that fails. A file takes its
place when it is whole; until then it lies in a hidden folder, which a run clears.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from http.client import responses
from pathlib import Path, PurePosixPath
from urllib.parse import quote, urlsplit

import click
import pooch
import requests
from tqdm import tqdm

from analysis import files
from analysis.official.releases import Release, ReleaseError, load_releases, official_dir, sha256

RETRIES = 2
"""How often a file is tried again; pooch waits one second, then two."""
TIMEOUT = (10, 20)
"""Seconds to wait for a connection, and for the next bytes."""
PATIENCE = 600
"""Seconds in which a file of some megabytes must have come."""
_CHUNK, _HIDDEN = 1 << 14, ".fetch-"
_ADDRESS = re.compile(r"https?://([^/?#@]*@)?(\[[0-9A-Fa-f:]+\]|[^/?#@:\[\]]+)(:[0-9]+)?(/[^?#]*)?")
_AGAIN = "run `analysis fetch` again"
_SILENT = (requests.ConnectionError, requests.Timeout)


class Failed(Exception):
    """A file that this run cannot have; the text is the reason and what to do. It is not tried again."""


class _Bar(tqdm):
    """pooch's progress bar, which also ends an answer that is far too long or far too slow."""

    def __init__(self, release: Release) -> None:
        about = {"total": release.bytes, "desc": release.file, "unit": "B", "unit_scale": True}
        super().__init__(**about, leave=False, disable=None, file=sys.stderr)
        self.limit, self.came, self.begun = 2 * release.bytes + _CHUNK, 0, time.monotonic()

    def __bool__(self) -> bool:
        return True  # also where an answer does not say how long it is: pooch asks

    def update(self, n: float = 1) -> bool | None:
        """Count bytes; raise Failed where there are too many, or it takes too long."""
        self.came += n
        if self.came > self.limit:
            raise Failed(f"not the file of the register: more than {self.limit:,} bytes came")
        if time.monotonic() - self.begun > PATIENCE:
            raise Failed(f"too slow: not all came in {PATIENCE // 60} minutes; {_AGAIN}")
        return super().update(n)

    def reset(self, total: float | None = None) -> None:
        self.came = 0  # pooch counts all once more at the end
        super().reset(total)


class _Download(pooch.HTTPDownloader):
    """pooch's download, or a copy from a mirror folder, with what came in words where it is another file."""

    def __init__(self, release: Release) -> None:
        super().__init__(chunk_size=_CHUNK, timeout=TIMEOUT)
        self.release = release

    def __call__(self, url: str, output_file: str, pooch: pooch.Pooch | None, check_only: bool = False) -> bool | None:
        Path(output_file).unlink()  # it is for its owner only; the one that takes its place is as others are
        if "://" in url:
            with _Bar(self.release) as self.progressbar:
                super().__call__(url, output_file, pooch, check_only)
        elif Path(url).is_file():
            shutil.copyfile(url, output_file)
        else:
            raise Failed(f"not in the mirror: expected {url}")
        if wrong := _another(self.release, Path(output_file)):
            raise ValueError(wrong)  # pooch tries again


def _another(release: Release, path: Path) -> str:
    """Return in words what a file is and what was expected; "" if it is the file of the register."""
    size, digest = path.stat().st_size, sha256(path)
    if (size, digest) == (release.bytes, release.sha256):
        return ""
    came = f"{size:,} bytes, sha256 {digest}"
    return f"not the file of the register: {came}; expected {release.bytes:,} bytes, sha256 {release.sha256}"


def fetch_releases(data: Path, mirror: str | None = None) -> int:
    """Bring every release of the register into the folder of releases, and print what became of it.

    The mirror is a folder, or the http(s) address of one; None for the publishers' addresses. Returns the exit code: 1
    if a file failed, 130 if stopped by Ctrl-C. Raises ReleaseError if nothing can be begun.
    """
    try:
        _check_mirror(mirror)
        folder = official_dir(data).absolute()
        origins = {release: _origin(release, mirror) for release in load_releases(data)}
        missing = [release for release in origins if release.state(folder) != "present"]
        count = Counter({"already there": len(origins) - len(missing)})
        if due := {release: origins[release] for release in missing if origins[release]}:
            count += _fetch_due(due, folder, mirror)
        return _summary(count, folder, len(origins), [release for release in missing if not origins[release]])
    except KeyboardInterrupt:
        click.echo(f"analysis: stopped; {_AGAIN}", err=True)
        return 130


def unregistered(data: Path) -> list[Path]:
    """Return the files in the folder of releases that may be one that no row of the register has, by their endings."""
    folder = official_dir(data)
    known = {release.path(folder) for release in load_releases(data)}
    kinds = {path.suffix for path in known}
    return sorted(path for path in {*folder.glob("[!.]*/[!.]*")} - known if path.suffix in kinds)


def _check_mirror(mirror: str | None) -> None:
    """Refuse a mirror that is neither a folder nor a plain http(s) address."""
    if mirror is None or _ADDRESS.fullmatch(mirror) or ("://" not in mirror and mirror and Path(mirror).is_dir()):
        return
    shown = re.sub("//.*@", "//", mirror)  # a password stays out of logs
    expected = "expected a folder, or an address that begins with http:// or https:// and has no ? or #"
    raise ReleaseError(f"mirror {shown!r}: {'' if '://' in mirror else 'no such folder; '}{expected}")


def _origin(release: Release, mirror: str | None) -> str:
    """Return the address or path a release comes from, "" if nobody has it.

    A name that leads out of the folder, or another protocol, is refused.
    """
    name = PurePosixPath(release.file)
    # A backslash or a colon would lead elsewhere on Windows.
    if not name.name or name.is_absolute() or ".." in name.parts or re.search(r"[\\:]", release.file):
        raise ReleaseError(f"releases.csv: file {release.file!r} is not a place inside the folder of releases")
    if mirror:
        return f"{mirror.rstrip('/')}/{quote(release.file)}" if "://" in mirror else str(Path(mirror) / release.file)
    if release.address and not re.match("https?://", release.address):
        raise ReleaseError(f"sources.csv: {release.source}: address {release.address!r} is not http:// or https://")
    return release.address


def _fetch_due(due: dict[Release, str], folder: Path, mirror: str | None) -> Counter:
    """Fetch files one after the other, say what became of each, and count them."""
    pooch.get_logger().setLevel("ERROR")
    count, silent = Counter(), set()
    with _scratch(folder) as scratch:
        files_of = {release.file: release.sha256 for release in due}
        origins = {release.file: origin for release, origin in due.items()}
        retries = 0 if mirror and "://" not in mirror else RETRIES
        keeper = pooch.create(scratch, "", registry=files_of, urls=origins, retry_if_failed=retries)
        for release, origin in due.items():
            host, target = urlsplit(origin).hostname or origin, release.path(folder)
            about = f"{release.publisher}'s edition of {release.date}"
            advice = f"place {about} at {target}, or name a mirror that has it with --mirror"
            advice = "put the right file in the mirror" if mirror else advice
            try:
                if host in silent:
                    raise Failed(f"not tried, because {host} did not answer")
                came = keeper.fetch(release.file, downloader=_Download(release))
                target.parent.mkdir(parents=True, exist_ok=True)
                os.replace(came, target)
            except (Failed, ValueError, OSError) as error:  # those of requests are of the system's kind too
                if isinstance(error, _SILENT):
                    silent.add(host)
                click.echo(f"{release.file}: {_reason(error, host, advice)}", err=True)
                count["failed"] += 1
            else:
                count["fetched"] += 1
                if not sys.stderr.isatty():
                    click.echo(f"{release.file}: fetched, {release.bytes:,} bytes")
    return count


def _reason(error: Exception, host: str, advice: str) -> str:
    """Return in words why a file could not be had, and what to do."""
    kind = type(error).__name__
    if isinstance(error, requests.HTTPError):
        status = error.response.status_code
        advice = _AGAIN if status >= 500 or status in (408, 425, 429) else advice
        return f"{host} answered {status} {responses.get(status, '')}; {advice}"
    if isinstance(error, (*_SILENT, requests.exceptions.ChunkedEncodingError)):
        advice = "check the network or proxy or name a mirror with --mirror"
        return f"no answer from {host} ({kind}); {advice}, and {_AGAIN}"
    if isinstance(error, requests.RequestException):
        return f"{host}: the address does not work ({kind}); {advice}"
    if isinstance(error, OSError):
        where = error.filename2 or error.filename or "the folder of releases"
        return f"{error.strerror or error}: {where}; mend that and {_AGAIN}"
    return f"{error}; {advice}" if isinstance(error, ValueError) else str(error)


@contextlib.contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """Give a hidden folder for files on their way, and remove those that runs that were killed have left."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=_HIDDEN, dir=folder))
    except OSError as error:
        reason = error.strerror or error
        raise ReleaseError(f"cannot write to {folder}: {reason}; name another with ANALYSIS_OFFICIAL") from None
    files.use(scratch)
    try:
        for other in folder.glob(f"{_HIDDEN}*"):
            if other != scratch:
                files.remove_unused(other)
        yield scratch
    finally:
        files.remove_unused(scratch)


def _summary(count: Counter, folder: Path, many: int, by_hand: list[Release]) -> int:
    """Say how many files are there, and which ones have to be placed by hand; return the exit code."""
    for release in (release for release in by_hand if release.state(folder) == "different"):
        advice = "it is left as it is: put the publication named below in its place"
        click.echo(f"{release.file}: {_another(release, release.path(folder))}; {advice}", err=True)
        count["failed"] += 1
        count["to place by hand"] -= 1
    count["to place by hand"] += len(by_hand)
    words = ("fetched", "already there", "to place by hand", "failed")
    said = ", ".join(f"{count[word]} {word}" for word in words if count[word])
    click.echo(f"analysis: {many} file{'' if many == 1 else 's'}: {said or 'none'}", err=bool(count["failed"]))
    if by_hand:
        click.echo("No lasting address is known of these. Place them here, or name a mirror with --mirror:", err=True)
    for release in by_hand:
        click.echo(f"  {release.path(folder)}\n    {release.publisher}: {release.title} ({release.date})", err=True)
        click.echo(f"    {release.bytes:,} bytes, sha256 {release.sha256}", err=True)
    return 1 if count["failed"] else 0
