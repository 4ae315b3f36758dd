"""Fetching the official releases, from their publishers or a mirror, by pooch, which takes only the registered bytes.

Added here are a mirror and a plain line for each thing that fails. Files on their way lie in a hidden folder.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path
from urllib.parse import quote, urlsplit

import click
import pooch
import requests

from analysis import files
from analysis.official.releases import Release, ReleaseError, load_releases, official_dir

RETRIES = 2
"""How often a file is tried again; pooch waits one second, then two."""
TIMEOUT = (10, 20)
"""Seconds to wait for a connection, and for the next bytes."""
_ADDRESS = re.compile(r"https?://([^/?#@]*@)?(\[[0-9A-Fa-f:]+\]|[^/?#@:\[\]]+)(:[0-9]+)?(/[^?#]*)?")
_AGAIN = "run `analysis fetch` again"
_SILENT = (requests.ConnectionError, requests.Timeout)


def fetch_releases(data: Path, mirror: str | None = None) -> int:
    """Bring every release of the register into the folder of releases, and print what became of it.

    The mirror is a folder, or the http(s) address of one; None for the publishers' addresses. Returns the exit code: 1
    if a file failed, 130 if stopped by Ctrl-C. Raises ReleaseError if nothing can be begun.
    """
    _check_mirror(mirror)
    folder, releases = official_dir(data).absolute(), load_releases(data)
    missing = {r: _origin(r, mirror) for r in releases if r.state(folder) != "present"}
    due = {release: origin for release, origin in missing.items() if origin}
    by_hand = [release for release in missing if release not in due]
    count = Counter({"already there": len(releases) - len(missing), "to place by hand": len(by_hand)})
    try:
        count += _fetch_due(due, folder, mirror) if due else Counter()
    except KeyboardInterrupt:
        click.echo(f"analysis: stopped; {_AGAIN}", err=True)
        return 130
    return _summary(count, folder, len(releases), by_hand)


def unregistered(data: Path) -> list[Path]:
    """Return the files in the folder of releases that may be one that no row of the register has, by their endings."""
    folder = official_dir(data)
    known = {release.path(folder) for release in load_releases(data)}
    kinds = {path.suffix for path in known}
    return sorted(path for path in {*folder.glob("[!.]*/[!.]*")} - known if path.suffix in kinds)


def _check_mirror(mirror: str | None) -> None:
    """Refuse a mirror that is neither a folder nor a plain http(s) address."""
    if mirror is None or _ADDRESS.fullmatch(mirror) or (mirror and Path(mirror).is_dir()):
        return
    shown = re.sub("//.*@", "//", mirror)  # a password stays out of logs
    expected = "expected a folder, or an address that begins with http:// or https:// and has no ? or #"
    raise ReleaseError(f"mirror {shown!r}: no such folder; {expected}")


def _origin(release: Release, mirror: str | None) -> str:
    """Return the address or path a release comes from, "" if nobody has it."""
    if not mirror:
        return release.address
    return f"{mirror.rstrip('/')}/{quote(release.file)}" if "://" in mirror else str(Path(mirror, release.file))


def _copied(origin: str, output_file: str, pooch: pooch.Pooch) -> None:
    """Take a file from a mirror that is a folder, as pooch asks for it."""
    shutil.copyfile(origin, output_file)


def _fetch_due(due: dict[Release, str], folder: Path, mirror: str | None) -> Counter:
    """Fetch files one after the other, say what became of each, and count them."""
    pooch.get_logger().setLevel("ERROR")
    by_copy, count, silent = mirror and "://" not in mirror, Counter(), set()
    about = {"registry": {r.file: r.sha256 for r in due}, "urls": {r.file: origin for r, origin in due.items()}}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        scratch = tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder)
    except OSError as error:
        reason = error.strerror or error
        raise ReleaseError(f"cannot write to {folder}: {reason}; name another with ANALYSIS_OFFICIAL") from None
    with scratch:
        files.use(Path(scratch.name))
        for other in folder.glob(".fetch-*"):  # of a run that was killed; one that is at work keeps its own
            files.remove_unused(other, certain=True)
        keeper = pooch.create(scratch.name, "", **about, retry_if_failed=0 if by_copy else RETRIES)
        take = _copied if by_copy else pooch.HTTPDownloader(progressbar=sys.stderr.isatty(), timeout=TIMEOUT)
        for release, origin in due.items():
            host, target = urlsplit(origin).hostname or origin, release.path(folder)
            try:
                if host in silent:
                    raise requests.ConnectionError
                came = Path(keeper.fetch(release.file, downloader=take))
                came.chmod(0o644)
                target.parent.mkdir(parents=True, exist_ok=True)
                came.replace(target)
            except (ValueError, OSError) as error:  # those of requests are of the system's kind too
                silent |= {host} if isinstance(error, _SILENT) else set()
                by_hand = f"place {release.publisher}'s edition of {release.date} at {target}, or name a mirror of it"
                advice = "put the right file in the mirror" if mirror else f"{by_hand} with --mirror"
                click.echo(f"{release.file}: {_reason(error, host, advice)}", err=True)
                count["failed"] += 1
            else:
                count["fetched"] += 1
                click.echo(f"{release.file}: fetched, {release.bytes:,} bytes")
    return count


def _reason(error: Exception, host: str, advice: str) -> str:
    """Return in words why a file could not be had, and what to do."""
    if isinstance(error, requests.HTTPError):
        return f"{host} answered {error.response.status_code} {error.response.reason}; {_AGAIN}, or {advice}"
    if isinstance(error, requests.RequestException):
        return f"not to be had from {host} ({type(error).__name__}); check the network and {_AGAIN}, or {advice}"
    if isinstance(error, OSError):
        return f"{error.strerror or error}: {error.filename or 'the folder of releases'}; mend that and {_AGAIN}"
    found = " ".join(re.findall("expected .* but got [0-9a-f]*", str(error)))  # pooch's words
    return f"not the file of the register: {found or error}; {advice}"


def _summary(count: Counter, folder: Path, many: int, by_hand: list[Release]) -> int:
    """Say how many files are there, and which ones have to be placed by hand; return the exit code."""
    words = ("fetched", "already there", "to place by hand", "failed")
    said = ", ".join(f"{count[word]} {word}" for word in words if count[word])
    click.echo(f"analysis: {many} file{'' if many == 1 else 's'}: {said or 'none'}", err=bool(count["failed"]))
    if by_hand:
        click.echo("No lasting address is known of these. Place them here, or name a mirror with --mirror:", err=True)
    wrong = [release for release in by_hand if release.state(folder) == "different"]
    for release in by_hand:
        click.echo(f"  {release.path(folder)}{': another file is there' * (release in wrong)}", err=True)
        click.echo(f"    {release.publisher}: {release.title} ({release.date})", err=True)
        click.echo(f"    {release.bytes:,} bytes, sha256 {release.sha256}", err=True)
    return 1 if count["failed"] or wrong else 0
