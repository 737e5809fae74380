"""The wheel: what is in it, and that it works in a venv that has nothing else of this repository."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Iterator
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from mailproof.testing import assert_names_qualified, assert_one_owner, read_assembly

ROOT = Path(__file__).parents[1]
# The folders at the top of the repository, and as what they are installed.
LINKED = ("constructs_lib", "localaws", "stacks")
PACKAGES = {"mailproof": "mailproof"} | {name: f"mailproof/{name}" for name in LINKED}
# The first takes the arguments of the process away.
BUILD = """\
import setuptools.build_meta as backend, sys
target = sys.argv[1]
backend.build_sdist(target)
backend.build_wheel(target)
"""
OWN_TEST = """\
from mailproof.testing import assert_one_owner

def test_own(synthesise):
    assert_one_owner(synthesise("prod"))
"""
# The reader of environment files takes a tenth of a second.
OWN_APP = """\
import runpy, sys
runpy.run_path("app.py", run_name="__main__")
assert "pydantic" not in sys.modules
"""
OURS = ("NODE_COMPILE_CACHE", "PYTEST", "PYTHON", "VIRTUAL_ENV")
BESIDE = ("README.md", "LICENSE", "CHANGELOG.md")
TIMEOUT_S = 120

# Builds and installs: seconds, not milliseconds.
pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    """Run a command without what this run has set, and return what it says."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    done = subprocess.run(
        command, cwd=cwd, env=environment | variables, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of sdist and wheel, built from a copy: setuptools leaves its work in the source tree."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "MANIFEST.in", *BESIDE):
        shutil.copy(ROOT / name, source)
    (source / "tests").mkdir()
    (source / "tests/test_left_out.py").touch()
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    run(sys.executable, "-c", BUILD, target, cwd=source)
    return target


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    """The wheel."""
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a venv with the wheel and the requirements of this one, but nothing of this repository."""
    folder, requirements = tmp_path_factory.mktemp("venv"), tmp_path_factory.mktemp("requirements")
    for path in installed():
        if not path.name.startswith(("mailproof", "__editable__")):
            (requirements / path.name).symlink_to(path)
    venv.create(folder, symlinks=True)
    interpreter = folder / "bin/python"
    pip = (sys.executable, "-m", "pip", "--python", str(interpreter), "install", "--quiet")
    run(*pip, "--no-index", "--no-deps", "--no-compile", wheel, cwd=folder)
    (purelib,) = folder.glob("lib/python*/site-packages")
    (purelib / "requirements.pth").write_text(str(requirements), encoding="utf-8")
    return interpreter


def installed() -> Iterator[Path]:
    """Yield what is installed for this run; where two folders have the same, the first counts."""
    folders = [Path(entry) for entry in sys.path if any(Path(entry).glob("*.dist-info"))]
    paths = {path.name: path for folder in reversed(folders) for path in folder.iterdir()}
    yield from paths.values()


def files_of_packages() -> Iterator[str]:
    """Yield every file of the packages, as it is installed."""
    for folder, package in PACKAGES.items():
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield f"{package}/{path.relative_to(ROOT / folder).as_posix()}"


def test_the_wheel_holds_the_packages_and_nothing_else(wheel: Path) -> None:
    """Every module, `py.typed` and data file of the packages is in it; no test."""
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert set(files_of_packages()) == names
    assert "mailproof/py.typed" in names


def test_the_sdist_holds_what_it_takes_to_build_and_nothing_else(built: Path) -> None:
    """The packages as files though they are links, licence and changelog; no test, which would lack what it needs."""
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
        assert not [member.name for member in archive.getmembers() if member.issym()]
    made = {name for name in names if name.startswith("mailproof.egg-info/")} | {"PKG-INFO", "setup.cfg"}
    assert names - made == {*files_of_packages(), "pyproject.toml", "MANIFEST.in", *BESIDE}


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    """The command, the plug-in and the extra of the CDK are in its metadata."""
    (folder,) = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" in name}
    distribution = PathDistribution(zipfile.Path(wheel, f"{folder}/"))
    assert {
        ("console_scripts", "mailproof", "mailproof.cli:main"),
        ("pytest11", "mailproof", "mailproof.pytest_plugin"),
    } == {(entry.group, entry.name, entry.value) for entry in distribution.entry_points}
    assert "cdk" in distribution.metadata.get_all("Provides-Extra", [])
    assert distribution.metadata["License-Expression"] == "Apache-2.0"
    assert "Apache License" in (distribution.read_text("licenses/LICENSE") or "")
    assert not any("aws-cdk-lib" in text and "extra" not in text for text in distribution.requires or [])


def test_the_command_is_installed(python: Path) -> None:
    """It runs, from the venv."""
    assert "Usage: mailproof" in run(python.with_name("mailproof"), "--help", cwd=python.parent)
    where = run(
        python,
        "-c",
        "import mailproof, mailproof.stacks as stacks; print(mailproof.__file__, stacks.__file__)",
        cwd=python.parent,
    )
    assert all(str(python.parents[1]) in path for path in where.split())


def test_a_folder_is_begun_and_tried_by_what_is_installed(python: Path, tmp_path: Path) -> None:
    """
    From nothing to an exit code of 0, and to tests that pass: three commands, on a PATH of Node and the CDK alone.

    pytest finds the plug-in by its entry point, which tests the files without a line of code, and has a fixture.
    """
    programs, folder = tmp_path / "bin", tmp_path / "own"
    programs.mkdir()
    folder.mkdir()
    (programs / "node").symlink_to(os.environ["JSII_NODE"])
    (programs / "cdk").symlink_to((ROOT / "node_modules/.bin/cdk").resolve())
    mailproof, bare = python.with_name("mailproof"), {"PATH": str(programs)}
    page = (ROOT / "docs/quickstart.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^\$ mailproof (init .+)$", page, re.MULTILINE)[:1]
    assert "app.py: written" in run(mailproof, *command.split(), cwd=folder, **bare)
    compiled = {"NODE_COMPILE_CACHE": os.environ["NODE_COMPILE_CACHE"]}
    said = run(mailproof, "try", "--port", "0", "--dns-port", "0", cwd=folder, **bare, **compiled)
    table = page.partition("…\ndomain ")[2].partition("\nThe same")[0]
    by_mail = page.partition("…\nfrom ")[2].partition("```")[0]
    said, _, said_by_mail = said.partition("\nfrom ")
    assert f"domain {table}".split() == said.split()
    assert said_by_mail.split()[: len(by_mail.split())] == by_mail.split()
    (folder / "test_own.py").write_text(OWN_TEST, encoding="utf-8")
    said = run(python, "-m", "pytest", "-v", "--mailproof-update", cwd=folder, **bare)
    assert "plugins: mailproof-" in said
    for test in ("prod.yaml::snapshot", "prod.yaml::names", "environments::owners", "test_own.py::test_own"):
        assert f"{test} PASSED" in said
    assert " 5 passed" in said


def test_a_construct_can_be_used_in_a_stack_of_ones_own(python: Path, tmp_path: Path) -> None:
    """
    The example app needs the wheel and the CDK, and none of our environment files or stacks, nor what reads the files.

    The CDK's own rules, which take several times as long as the app, are left out: cfn-lint judges this template in
    `tests/stacks/test_rules_of_others.py`.
    """
    shutil.copy(ROOT / "examples/own_stack/app.py", tmp_path)
    for name in LINKED:  # as the app's own folders may be called
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise ImportError('this is the package of the app')\n", "utf-8")
    run(python, "-c", OWN_APP, cwd=tmp_path, CDK_OUTDIR=str(tmp_path / "out"), CDK_VALIDATION="false")
    stacks = read_assembly(tmp_path / "out")
    assert list(stacks) == ["Newsletter"]
    assert_names_qualified(stacks)
    assert_one_owner(stacks)
    kinds = sorted(resource["Type"] for resource in stacks["Newsletter"].resources.values())
    assert kinds == [
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::Route53::HostedZone",
        *["AWS::Route53::RecordSet"] * 6,
        "AWS::SES::EmailIdentity",
    ]
