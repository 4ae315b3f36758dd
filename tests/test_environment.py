"""The environment: one lock, read the same way by uv, pip and conda, and made by make when it is stale."""

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest
import yaml
from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))

PLATFORMS = {
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": "x86_64"},
    "darwin": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix", "platform_machine": "arm64"},
    "win32": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64"},
}
PYTHONS = ("3.11.2", "3.12.1", "3.13.0")


def requirements():
    """The requirements of requirements.txt, in its order."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line.strip() and not line.startswith("#")]


def pinned(environment):
    """{name: version} of requirements.txt in a marker environment."""
    chosen = [r for r in requirements() if r.marker is None or r.marker.evaluate(environment)]
    return {canonicalize_name(r.name): str(r.specifier).removeprefix("==") for r in chosen}


def locked(environment):
    """{name: version} that uv.lock gives in a marker environment: all that the project and its dev group reach."""
    packages = {package["name"]: package for package in LOCK["package"]}
    root = packages[PROJECT["project"]["name"]]
    waiting = [*root["dependencies"], *root["dev-dependencies"]["dev"]]
    reached, seen = {}, set()
    while waiting:
        dependency = waiting.pop()
        if "marker" in dependency and not Marker(dependency["marker"]).evaluate(environment):
            continue
        package = packages[dependency["name"]]
        reached[package["name"]] = package["version"]
        for extra in (None, *dependency.get("extra", ())):
            if (package["name"], extra) not in seen:
                seen.add((package["name"], extra))
                waiting += package["optional-dependencies"][extra] if extra else package.get("dependencies", [])
    return reached


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("platform", PLATFORMS)
def test_requirements_are_what_the_lock_says(platform, python):
    environment = {**default_environment(), **PLATFORMS[platform]}
    environment |= {"python_full_version": python, "python_version": python.rpartition(".")[0]}
    assert pinned(environment) == locked(environment)


def test_requirements_are_exact_and_portable():
    names = [canonicalize_name(r.name) for r in requirements()]
    assert len(names) == len(set(names)), "one version of a package for every Python and platform"
    assert all([s.operator for s in r.specifier] == ["=="] and not r.url for r in requirements())
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert not [line for line in text.splitlines() if line.startswith("-") or "--hash" in line or "://" in line]


def test_the_lock_names_only_the_public_index_and_has_hashes():
    assert len(LOCK["package"]) > 100
    for package in LOCK["package"]:
        if package["name"] == PROJECT["project"]["name"]:
            assert package["source"] == {"editable": "."}
            continue
        assert package["source"] == {"registry": "https://pypi.org/simple"}
        files = [*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else ())]
        assert files
        assert all(file["hash"].startswith("sha256:") for file in files)
        assert all(file["url"].startswith("https://files.pythonhosted.org/") for file in files)


def test_the_lock_belongs_to_pyproject():
    root = next(p for p in LOCK["package"] if p["name"] == PROJECT["project"]["name"])
    extras = PROJECT["project"]["optional-dependencies"]
    optional = [requirement for extra in extras.values() for requirement in extra]
    assert root["metadata"]["provides-extras"] == list(extras)
    for declared, recorded in (
        ([*PROJECT["project"]["dependencies"], *optional], root["metadata"]["requires-dist"]),
        (PROJECT["dependency-groups"]["dev"], root["metadata"]["requires-dev"]["dev"]),
    ):
        wanted = {(canonicalize_name(r.name), str(r.specifier)) for r in map(Requirement, declared)}
        assert wanted == {(entry["name"], entry["specifier"]) for entry in recorded}
    assert LOCK["requires-python"].replace(" ", "") == PROJECT["project"]["requires-python"]


def test_what_is_optional_is_there_for_the_tests():
    """make, conda and pip install the dev group, and with it every extra."""
    extras = PROJECT["project"]["optional-dependencies"]
    assert {one for extra in extras.values() for one in extra} <= set(PROJECT["dependency-groups"]["dev"])


def test_environment_yml_brings_python_and_pip_only():
    assert CONDA["channels"] == ["conda-forge", "nodefaults"]
    python, pip, packages = CONDA["dependencies"]
    # To conda a candidate of the release after the last is below it; to pip it is not.
    assert python.removeprefix("python").strip() == f"{PROJECT['project']['requires-python']}.0a0"
    assert pip == "pip"
    assert packages == {"pip": ["-r requirements.txt", "-e ."]}


def test_this_environment_is_the_locked_one():
    """Reports are the same bytes only where the packages are: elsewhere this says what differs."""
    wanted = pinned(default_environment())
    found = {}
    for distribution in importlib.metadata.distributions():
        found.setdefault(canonicalize_name(distribution.name), distribution.version)
    assert {name: found.get(name) for name in wanted} == wanted


def test_code_follows_the_style():
    ruff = [sys.executable, "-m", "ruff", "check", "--no-cache", "src", "tests"]
    result = subprocess.run(ruff, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def copy_project(folder):
    """The files that an installation reads, copied to `folder` so that nothing is written into the checkout."""
    folder.mkdir()
    for name in ("pyproject.toml", "requirements.txt", "uv.lock", "environment.yml", "LICENSE", "Makefile"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_environment_yml_gives_exactly_the_locked_versions(tmp_path):
    """What pip would put into an empty environment, given the pip section as conda gives it: a file beside it."""
    folder, home = copy_project(tmp_path / "project"), tmp_path / "environment"
    venv.create(home, with_pip=True)
    listed = folder / "condaenv.test.requirements.txt"
    listed.write_text("\n".join(CONDA["dependencies"][-1]["pip"]) + "\n", encoding="utf-8")
    python = str(home / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    command = [python, "-m", "pip", "install", "-U", "-r", str(listed), "--exists-action=b", "--quiet"]
    command += ["--dry-run", "--ignore-installed", "--report", str(tmp_path / "report.json")]
    settings = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    result = subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True, check=False)
    said = result.stdout + result.stderr
    if result.returncode and "connection broken by" in said and not os.environ.get("CI"):
        pytest.skip("the package registry cannot be reached, so no environment can be filled from environment.yml")
    assert result.returncode == 0, said
    named = [one["metadata"] for one in json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["install"]]
    found = {canonicalize_name(one["name"]): one["version"] for one in named}
    assert found == {**locked(default_environment()), "analysis": PROJECT["project"]["version"]}


STAND_IN_UV = """#!/bin/sh
# Makes a folder with an interpreter in it where uv would make an environment, and counts the times.
echo "bytecode=[$PYTHONDONTWRITEBYTECODE] $*" >>calls
mkdir -p .venv/bin && ln -s "{python}" .venv/bin/python
exit "${{UV_FAILS:-0}}"
"""


@pytest.fixture
def make(tmp_path):
    """A function that runs `make .venv` in a copy of the project with a stand-in for uv; its `calls` counts those."""
    if not shutil.which("make"):
        pytest.skip("make is not installed: environment.yml and plain pytest serve here")
    folder = copy_project(tmp_path / "project")
    stand_in = tmp_path / "uv"
    stand_in.write_text(STAND_IN_UV.format(python=sys.executable), encoding="utf-8")
    stand_in.chmod(0o755)

    def run(*arguments, **settings):
        command = ["make", ".venv", f"UV={stand_in}", f"PYTHON={sys.executable}", *arguments]
        inherited = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
        environment = {**inherited, "PYTHONDONTWRITEBYTECODE": "1", **settings}
        return subprocess.run(command, cwd=run.folder, env=environment, capture_output=True, text=True, check=False)

    run.folder = folder
    run.calls = lambda: (folder / "calls").read_text(encoding="utf-8").splitlines()
    return run


def test_make_makes_the_environment_once_and_again_when_it_is_stale_unfinished_or_moved(make):
    assert make(UV_FAILS="1").returncode != 0
    assert [make().returncode, make().returncode] == [0, 0]
    assert len(make.calls()) == 2
    assert make.calls()[1].startswith("bytecode=[] sync --quiet --locked --compile-bytecode --python ")
    (make.folder / "uv.lock").touch()
    assert (make().returncode, len(make.calls())) == (0, 2)
    for number, name in enumerate(("pyproject.toml", "uv.lock", "requirements.txt"), 3):
        with (make.folder / name).open("a", encoding="utf-8") as file:
            file.write("# changed\n")
        assert (make().returncode, len(make.calls())) == (0, number)
    make.folder = make.folder.rename(make.folder.with_name("moved"))
    assert make().returncode == 0
    assert len((make.folder / "calls").read_text(encoding="utf-8").splitlines()) == 6


def test_make_says_which_python_it_needs(make):
    result = make("PYTHON=no-such-python")
    assert result.returncode != 0
    assert result.stderr.startswith("make: no Python 3.11, 3.12 or 3.13 among: no-such-python. Install one, or name it")
    assert not (make.folder / ".venv").exists()
