"""What a report is made from, as digests; what a published one says of itself; and which need not be made again.

A report states the digests of the data it read, its notebook, its parameters and the code it ran. Those of the whole
package and of the lock stand once for all reports, in `edition.json`.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.files import put, turn

if TYPE_CHECKING:
    from analysis.press.request import Job, Project

STATE, EDITION, FAILED = ".made.json", "edition.json", ".failed"
METHOD = "How we work"
"""What is said of the edition under this name is the text of `notebooks/` that all pages lead to."""
VALUES_MIME = "application/vnd.analysis.values+json"
SOURCES_MIME = "application/vnd.analysis.sources+json"
READ_MIME = "application/vnd.analysis.read+json"
_STATED = ("around", "code", "data", "notebook", "parameters", "reports")
_MAKING = ["analysis.press.page"]
_ALONE = {f"analysis.press.{name}" for name in ("engine", "environment", "pool", "request", "reuse")}
"""These make notebook and page too; what else they import has no part in that."""
UNSAID = "0" * 64
"""Stands where a report's own digest will stand."""
_CACHES = {".parquet", ".feather", ".pickle", ".tmp", ".part", ".pyc"}


# --- Digests -------------------------------------------------------------------------------------


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
    """Return the files of embedded figures below `root`/data: no releases, no one's own, no caches or hidden files."""
    found = [(file, file.relative_to(root / "data").parts) for file in (root / "data").rglob("*") if file.is_file()]
    kept = [(file, at) for file, at in found if at[0] not in ("official", "local") and file.suffix not in _CACHES]
    return [file for file, parts in kept if not any(part.startswith((".", "__")) for part in parts)]


def common_fingerprint(root: Path, package: Path) -> dict[str, str]:
    """Return the digests that all reports of a run share: data, lock, and the package as its files are."""
    files = [*package.rglob("*.py"), *(package / "templates").rglob("*")]
    digests = {"data": digest_files(root, data_files(root)), "package": digest_files(package, files)}
    return digests | {"lock": digest_files(root, [root / "uv.lock"])}


def parameters_fingerprint(parameters: Any) -> str:
    """Return the SHA-256 of the parameters as canonical JSON."""
    text = json.dumps(parameters, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return digest_texts([text])


def notebook_fingerprint(path: Path) -> str:
    """Return the SHA-256 of a notebook's cells: type, source and tags. Running it in Jupyter does not change it."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    kept = [[c["cell_type"], "".join(c["source"]), c.get("metadata", {}).get("tags", [])] for c in cells]
    return parameters_fingerprint(kept)


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
            waiting = [*meaning(source.encode())[1], *_MAKING]
        except (SyntaxError, ValueError):  # a magic of IPython
            return set(self._modules)
        if {f"{self._package}.*", "importlib", "importlib.*"} & {*waiting} or "__import__" in source:
            return set(self._modules)
        found = {*_ALONE}
        while waiting:
            name = waiting.pop()
            if name in self._modules and name not in found:
                found.add(name)
                waiting += [name.rpartition(".")[0], *self._modules[name][1]]
        return found


def meaning(source: bytes) -> list[Any]:
    """Return the SHA-256 of what a module does, and what it imports, each name with all that may be a module.

    Texts that stand for themselves, comments and layout do not count. The same in every version of Python.
    """
    tree, imported = ast.parse(source), set()
    tree.body = [
        node for node in tree.body if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                imported |= {name.name} if name.asname else {name.name, f"{name.name.partition('.')[0]}.*"}
        elif isinstance(node, ast.ImportFrom):
            imported |= {node.module or "", *(f"{node.module}.{name.name}" for name in node.names)}
    return [digest_texts([_told(tree)]), sorted(imported)]


def _told(part: Any) -> str:
    """Return a piece of a module as text, without texts that stand for themselves.

    What is not there is left out, as newer versions of Python know of more that may be; so is whether a name is read or
    set, which follows from its place.
    """
    if isinstance(part, list):
        return f"[{','.join(_told(one) for one in part if not _is_text(one))}]"
    if not isinstance(part, ast.AST):
        return ascii(part)
    fields = [(name, value) for name, value in ast.iter_fields(part) if name != "ctx" and value not in (None, [])]
    return f"{type(part).__name__}({','.join(f'{name}={_told(value)}' for name, value in fields)})"


def _is_text(node: Any) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


# --- What a published report says of itself ------------------------------------------------------


def stated(fingerprint: dict[str, str]) -> dict[str, str]:
    """Return the digests that a report states of itself."""
    return {name: fingerprint[name] for name in _STATED if name in fingerprint}


def read_report(path: Path) -> dict[str, Any] | None:
    """Return a published notebook as a mapping, or None if the file is not one of ours."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        about = content["metadata"]["analysis"]
        headline_values(content)
        return content if about["notebook"] == path.stem and isinstance(about["area_name"], str) else None
    except (ValueError, KeyError, TypeError, AttributeError, OSError, RecursionError):
        return None


def report_digest(content: bytes, stated: str = UNSAID) -> str:
    """Return the SHA-256 of a published notebook's file, as it was before its own digest was `stated` in it."""
    before, _, after = content.rpartition(stated.encode())
    return hashlib.sha256(before + UNSAID.encode() + after).hexdigest()


def outputs(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the outputs of a notebook's cells, in order."""
    return [output for cell in notebook["cells"] for output in cell.get("outputs", [])]


def shown_as(mime: str, notebook: dict[str, Any]) -> list[Any]:
    """Return what a notebook's outputs hold of one kind, in order."""
    return [output["data"][mime] for output in outputs(notebook) if mime in output.get("data", {})]


def marks(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a notebook's outputs say of themselves for its page, in order; nothing where one says none."""
    return [output.get("metadata", {}).get("analysis", {}) for output in outputs(notebook)]


def answer(notebook: dict[str, Any], form: str = "text/markdown") -> list[str]:
    """Return the sentences of a notebook's answer, the most important first, with its links or as plain text."""
    both = zip(outputs(notebook), marks(notebook), strict=True)
    shown = [output["data"][form] for output, mark in both if mark.get("kind") == "answer"]
    return [line.removeprefix("- ") for text in shown for line in "".join(text).splitlines()]


def data_read(notebook: dict[str, Any]) -> dict[str, Any] | None:
    """Return what a notebook's outputs say of the data it read, with the digest; None if it does not say."""
    return next(iter(shown_as(READ_MIME, notebook)), None)


def around(edition: dict[str, str], pages: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the digest of what a page says beside its notebook: facts of the edition, and the row of pages."""
    return {"around": digest_texts([*map(":".join, edition.items()), *map(":".join, pages)])}


def resting_on(notebooks: Iterable[Any]) -> dict[str, str]:
    """Return the digest of the reports that one rests on, by the name of that input; nothing where it rests on none."""
    digests = [str(notebook["metadata"]["analysis"].get("digest")) for notebook in notebooks]
    return {"reports": digest_texts(digests)} if digests else {}


def headline_values(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the headline values in a notebook's outputs, in order. Raises as `dict` does where one is none."""
    return [dict(row) for rows in shown_as(VALUES_MIME, notebook) for row in rows]


def failure_log(output: Path, area: str, notebook: str) -> Path:
    """Return where the log of a report lies that failed when it was last made."""
    return output / FAILED / area / f"{notebook}.log"


def edition(folder: Path) -> dict[str, str]:
    """Return what `edition.json` of a folder of reports says; nothing where it cannot be read."""
    found = _read(folder / EDITION)
    return found if all(isinstance(digest, str) for digest in found.values()) else {}


def lock_of(report: Path) -> str:
    """Return the digest of the lock that a report's file was made under; "" where that is not known."""
    return edition(report.resolve().parent.parent).get("lock", "")


class Made:
    """What an output folder holds: a project's reports, and that they were last known to follow from their inputs.

    The notes in `.made.json` save time and decide nothing alone: a report counts only as long as its files are the
    bytes that were noted. Without notes, or with other inputs, what the report and the edition say is looked at.
    """

    def __init__(self, project: Project, output: Path) -> None:
        self._data_digest, self._output = project.data_digest, output
        self._notes = _read(output / STATE)
        self._settled: dict[str, dict[str, str]] = {}

    def is_current(self, job: Job) -> bool:
        """Say whether a job's report lies in the folder, whole, and would come out the same."""
        if failure_log(self._output, job.area.slug, job.entry.name).exists():
            return False
        found = self._found(job)
        current = bool(found) and (self._notes.get(_key(job)) == found or self._follows(job))
        if current:
            self.note(job, found)
        return current

    def as_there(self, job: Job) -> Job:
        """Return a job with the parameters that its report in the folder was made with."""
        content = read_report(self._output / f"{_key(job)}.ipynb")
        return job.with_values(content["metadata"]["analysis"].get("parameters", {})) if content else job

    def note(self, job: Job, found: str = "") -> None:
        """Remember that a job's report follows from its inputs; `found` is what there is of it, if that is known."""
        self._notes[_key(job)], self._settled[_key(job)] = found or self._found(job), job.fingerprint

    def begin(self, needed: list[Job]) -> None:
        """Say what the folder's new reports are made by; where others are there under another lock, its is unknown.

        Nothing is said later that a run could be killed before.
        """
        self._write(needed[0].fingerprint)

    def tidy(self) -> None:
        """Take `edition.json` away where no report came of the run."""
        if not self._there():
            (self._output / EDITION).unlink(missing_ok=True)

    def save(self) -> None:
        """Write down the notes, and the edition that the reports are of."""
        put(self._output / STATE, json.dumps(self._notes, indent=0, sort_keys=True).encode())
        if self._settled:
            self._write(next(iter(self._settled.values())))

    def _write(self, now: dict[str, str]) -> None:
        """Write `edition.json`: package and lock; the lock is "" where some report may be of another."""
        with turn(self._output):
            one = edition(self._output).get("lock") == now["lock"] or self._there() <= {*self._settled}
            content = {"lock": now["lock"] if one else "", "package": now["package"]}
            put(self._output / EDITION, f"{json.dumps(content, indent=1, sort_keys=True)}\n".encode())

    def _there(self) -> set[str]:
        return {f"{path.parent.name}/{path.stem}" for path in self._output.glob("[!.]*/[!.]*.ipynb")}

    def _found(self, job: Job) -> str:
        """Return the SHA-256 of a report's inputs and its two files; "" if one is missing."""
        below = [str(self._notes.get(f"{job.area.slug}/{name}")) for name in job.entry.rests_on]
        inputs = [*map("=".join, stated(job.fingerprint).items()), job.fingerprint["lock"], *below]
        paths = [self._output / f"{_key(job)}{end}" for end in (".ipynb", ".html")]
        try:
            contents = [path.read_bytes() for path in paths]
        except OSError:
            return ""
        if b'"elsewhere"' in contents[0]:  # what a notebook opened without saying so may have changed
            return ""
        if b'"local/' in contents[0]:
            read = data_read(read_report(paths[0]) or {"cells": []})
            inputs.append(self._data_digest(job.area.code, read))
        return hashlib.sha256("\0".join(inputs).encode() + b"\0".join(contents)).hexdigest()

    def _follows(self, job: Job) -> bool:
        """Say whether a published report was made from the same inputs, of the data only those that it read."""
        notebook = self._output / f"{_key(job)}.ipynb"
        page, content = notebook.with_suffix(".html"), read_report(notebook)
        if content is None or lock_of(notebook) != job.fingerprint["lock"]:
            return False
        about, read = content["metadata"]["analysis"], data_read(content)
        own = str(about.get("digest"))
        whole = (report_digest(notebook.read_bytes(), own), hashlib.sha256(page.read_bytes()).hexdigest(), job.values)
        if (own, about.get("page"), about.get("parameters")) != whole:
            return False
        now = stated(job.fingerprint) | ({} if read is None else {"data": self._data_digest(job.area.code, read)})
        below = [read_report(notebook.with_stem(name)) for name in job.entry.rests_on]
        return None not in below and about.get("fingerprint") == now | resting_on(below)


def _key(job: Job) -> str:
    return f"{job.area.slug}/{job.entry.name}"


def _read(file: Path) -> dict[str, Any]:
    """Return the notes of an earlier run; none where there are none that can be read."""
    try:
        notes = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return notes if isinstance(notes, dict) else {}
