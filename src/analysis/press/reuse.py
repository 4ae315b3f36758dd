"""What a report is made from, as digests, and which reports need not be made again as these are the same.

A report states the digests of the data it read, its notebook, its parameters and the code it ran. Those of the whole
package and of the lock stand once for all reports, in `edition.json`.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.files import put
from analysis.press.publish import data_read, failure_log, read_report, report_digest
from analysis.turns import turn

if TYPE_CHECKING:
    from analysis.press.jobs import Job

STATE, EDITION = ".made.json", "edition.json"
_STATED = ("code", "data", "notebook", "parameters")
_MAKING = [f"analysis.press.{name}" for name in ("normalise", "page", "render")]
_ALONE = {f"analysis.press.{name}" for name in ("engine", "environment", "jobs", "pool")}
"""These make notebook and page too; what they import to start processes and warm them up has no part in that."""
_CACHES = {".parquet", ".feather", ".pickle", ".tmp", ".part", ".pyc"}
_QUOTED = r"'''(?:\\.|[^\\])*?'''|\"\"\"(?:\\.|[^\\])*?\"\"\"|'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\""
_UNMEANT = re.compile(rf"(?s)({_QUOTED})|(?:[ \t]*(?:#[^\n]*)?\n)+")


def digest_texts(texts: Iterable[str]) -> str:
    """Return the SHA-256 of texts in their order."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def digest_files(root: Path, files: Iterable[Path]) -> str:
    """Return the SHA-256 of files: their paths below `root` and their contents, in order of path; line ends as LF."""
    total = hashlib.sha256()
    for name, file in sorted((file.relative_to(root).as_posix(), file) for file in files if file.is_file()):
        content = file.read_bytes().replace(b"\r\n", b"\n")
        total.update(f"{name}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


def data_files(root: Path) -> list[Path]:
    """Return the files of embedded figures below `root`/data: no official releases, caches or hidden files."""
    found = [(file, file.relative_to(root / "data").parts) for file in (root / "data").rglob("*") if file.is_file()]
    kept = [(file, parts) for file, parts in found if parts[0] != "official" and file.suffix not in _CACHES]
    return [file for file, parts in kept if not any(part.startswith((".", "__")) for part in parts)]


def common_fingerprint(root: Path, package: Path) -> dict[str, str]:
    """Return the digests that all reports of a run share: data, lock, and the package as its files are."""
    files = [*package.rglob("*.py"), *(package / "templates").rglob("*")]
    digests = {"package": digest_files(package, files), "lock": digest_files(root, [root / "uv.lock"])}
    return {"data": digest_files(root, data_files(root)), **digests}


def notebook_fingerprint(path: Path) -> str:
    """Return the SHA-256 of a notebook's cells: type, source and tags. Running it in Jupyter does not change it."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    kept = [[c["cell_type"], "".join(c["source"]), c.get("metadata", {}).get("tags", [])] for c in cells]
    return parameters_fingerprint(kept)


def parameters_fingerprint(parameters: Any) -> str:
    """Return the SHA-256 of the parameters as canonical JSON."""
    return digest_texts(
        [json.dumps(parameters, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)]
    )


def stated(fingerprint: dict[str, str]) -> dict[str, str]:
    """Return the digests that a report states of itself."""
    return {name: fingerprint[name] for name in _STATED}


class Code:
    """A package's modules: what each does, and imports, wherever the statement stands.

    So it does not hang on what a process had loaded before. It is kept beside Python's own compiled modules, as
    parsing takes long.
    """

    def __init__(self, package: Path) -> None:
        kept, own = package / "__pycache__" / "code.json", Path(__file__).read_bytes()
        self._package, known, found = package.name, _read(kept), {}
        self._templates = digest_files(package, (package / "templates").rglob("*"))
        self._modules: dict[str, list[Any]] = {}
        for file in package.rglob("*.py"):
            name = ".".join((package.name, *file.relative_to(package).with_suffix("").parts))
            source = file.read_bytes().replace(b"\r\n", b"\n")
            key = hashlib.sha256(own + source).hexdigest()
            found[key] = self._modules[name.removesuffix(".__init__")] = known.get(key) or meaning(source)
        if found != known:
            with suppress(OSError):  # an installation that may only be read: parsed each time
                put(kept, json.dumps(found).encode())

    def digest(self, notebook: Path) -> str:
        """Return the SHA-256 of the modules that a notebook imports and that make its page, and of all templates."""
        modules = [f"{name}={self._modules[name][0]}" for name in sorted(self.modules(notebook))]
        return digest_texts([self._templates, *modules])

    def modules(self, notebook: Path) -> set[str]:
        """Return the modules that a report runs; all where a notebook takes the package as a whole, or by its name."""
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        source = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        try:
            wanted = meaning(source.encode())[1]
        except (SyntaxError, ValueError):  # a magic of IPython
            return set(self._modules)
        if {f"{self._package}.*", "importlib", "importlib.*"} & set(wanted) or "__import__" in source:
            return set(self._modules)
        found, waiting = set(_ALONE), [*wanted, *_MAKING]
        while waiting:
            name = waiting.pop()
            if name in self._modules and name not in found - _ALONE:
                found.add(name)
                waiting += [name.rpartition(".")[0], *self._modules[name][1]]
        return found


def meaning(source: bytes) -> list[Any]:
    """Return the SHA-256 of what a module does, and what it imports, each name with all that may be a module.

    Texts that stand for themselves, comments and blank lines do not count. The same in every version of Python.
    """
    lines, imported = source.splitlines(), set()
    for node in _statements(ast.parse(source).body):
        if isinstance(node, ast.Import):
            for name in node.names:
                imported |= {name.name} if name.asname else {name.name, f"{name.name.partition('.')[0]}.*"}
        elif isinstance(node, ast.ImportFrom):
            imported |= {node.module or "", *(f"{node.module}.{name.name}" for name in node.names)}
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            first, last = node.lineno - 1, node.end_lineno - 1
            beside = lines[first][: node.col_offset], lines[last][node.end_col_offset :].partition(b"#")[0]
            if not any(map(bytes.strip, beside)):
                lines[first : last + 1] = [b""] * (last + 1 - first)
    text = _UNMEANT.sub(lambda found: found[1] or "\n", b"\n".join([*lines, b""]).decode())
    return [digest_texts([text.strip()]), sorted(imported)]


def _statements(body: Iterable[Any]) -> Iterator[Any]:
    """Yield every statement, but for those that only a type checker sees."""
    for node in body:
        if not (isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"):
            yield node
            for name in ("body", "orelse", "finalbody", "handlers", "cases"):
                part = getattr(node, name, None)
                yield from _statements(part if isinstance(part, list) else [])


def edition(folder: Path) -> dict[str, str]:
    """Return what `edition.json` of a folder of reports says; nothing where it cannot be read."""
    found = _read(folder / EDITION)
    return found if all(isinstance(digest, str) for digest in found.values()) else {}


def lock_of(about: dict[str, str], report: str) -> str:
    """Return the digest of the lock that a report, "area/notebook", was made under; "" where that is not known."""
    return about.get(f"lock of {report}", about.get("lock", ""))


class Made:
    """What an output folder holds: its reports with the inputs they were last known to follow from.

    The notes in `.made.json` save time and decide nothing alone: a report counts only as long as its files are the
    bytes that were noted. Without notes, or with other inputs, what the report and the edition say is looked at.

    Args:
        root: the project folder.
        output: the folder of reports.
    """

    def __init__(self, root: Path, output: Path) -> None:
        self._data, self._output = root / "data", output
        self._notes, self._edition = _read(output / STATE), edition(output)
        self._figures: dict[str, Any] = {}
        self._settled: dict[str, Job] = {}

    def is_current(self, job: Job) -> bool:
        """Say whether a job's report lies in the folder, whole, and would come out the same."""
        if failure_log(self._output, job.area.slug, job.entry.name).exists():
            return False
        found = self._noted(job)
        current = bool(found["files"]) and (self._notes.get(_key(job)) == found or self._follows(job))
        if current:
            self._notes[_key(job)], self._settled[_key(job)] = found, job
        return current

    def begin(self, needed: list[Job]) -> None:
        """Say what the folder's new reports are made by; of those there under another lock nobody knows it any more.

        Nothing is said later that a run could be killed before.
        """
        now = needed[0].fingerprint
        self._write(now, {_key(job): "" for job in needed if lock_of(self._edition, _key(job)) != now["lock"]})

    def tidy(self) -> None:
        """Take `edition.json` away where no report came of the run."""
        if not self._there():
            (self._output / EDITION).unlink(missing_ok=True)

    def note(self, job: Job) -> None:
        """Remember that a job's report follows from its inputs."""
        self._notes[_key(job)], self._settled[_key(job)] = self._noted(job), job

    def save(self) -> None:
        """Write down the notes, and the edition that the reports are of."""
        put(self._output / STATE, json.dumps(self._notes, indent=0, sort_keys=True).encode())
        for job in [*self._settled.values()][:1]:
            self._write(job.fingerprint, dict.fromkeys(self._settled, job.fingerprint["lock"]))

    def _write(self, now: dict[str, str], locks: dict[str, str]) -> None:
        """Write `edition.json`: package and lock, and the lock of each report that was made under another.

        Args:
            now: the digests of the run.
            locks: report → lock, where it is not what the edition says.
        """
        with turn(self._output):
            before = edition(self._output)
            known = {report: locks.get(report, lock_of(before, report)) for report in self._there()}
            other = {f"lock of {report}": lock for report, lock in known.items() if lock != now["lock"]}
            content = {"lock": now["lock"], "package": now["package"]} | other
            put(self._output / EDITION, f"{json.dumps(content, indent=1, sort_keys=True)}\n".encode())

    def _there(self) -> set[str]:
        return {f"{path.parent.name}/{path.stem}" for path in self._output.glob("[!.]*/[!.]*.ipynb")}

    def _paths(self, job: Job) -> tuple[Path, Path]:
        base = self._output / _key(job)
        return base.with_suffix(".ipynb"), base.with_suffix(".html")

    def _noted(self, job: Job) -> dict[str, str]:
        """Return a report's inputs and the SHA-256 of its two files; "" if one is missing."""
        inputs = digest_texts(f"{name}={job.fingerprint[name]}" for name in (*_STATED, "lock"))
        try:
            files = hashlib.sha256(b"".join(path.read_bytes() for path in self._paths(job))).hexdigest()
        except OSError:
            files = ""
        return {"inputs": inputs, "files": files}

    def _follows(self, job: Job) -> bool:
        """Say whether a published report was made from the same inputs, of the data only those that it read."""
        notebook, page = self._paths(job)
        content = read_report(notebook)
        if content is None or lock_of(self._edition, _key(job)) != job.fingerprint["lock"]:
            return False
        about, read = content["metadata"]["analysis"], data_read(content)
        whole = (report_digest(content), hashlib.sha256(page.read_bytes()).hexdigest(), job.values)
        if (about.get("digest"), about.get("page"), about.get("parameters")) != whole:
            return False
        now = stated(job.fingerprint) | ({} if read is None else {"data": self._data_digest(job, read)})
        return about.get("fingerprint") == now

    def _data_digest(self, job: Job, read: dict[str, Any]) -> str:
        """Return the digest of what a report read as it is now; "" if it cannot be read."""
        from analysis import reads  # reads tables: only needed where something has changed
        from analysis.figures import Figures
        from analysis.official.releases import ReleaseError
        from analysis.reading import BadTable

        try:
            if job.area.code not in self._figures:
                self._figures = {job.area.code: Figures(self._data, job.area.code)}
            return reads.digest(self._figures[job.area.code], read)
        except (BadTable, ReleaseError, KeyError, TypeError, ValueError, OSError):
            return ""  # the report's own run says what is wrong


def _key(job: Job) -> str:
    return f"{job.area.slug}/{job.entry.name}"


def _read(file: Path) -> dict[str, Any]:
    """Return the notes of an earlier run; none where there are none that can be read."""
    try:
        notes = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return notes if isinstance(notes, dict) else {}
