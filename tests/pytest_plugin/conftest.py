"""The example repository, and pytest runs in copies of it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import mailproof.stacks.app  # noqa: F401 -- loads the CDK once; a run within this one would load it anew each time

EXAMPLE = Path(__file__).parent / "example"
# The tests of the example belong to the runs in its copies.
collect_ignore = ["example"]


@pytest.fixture
def repository(pytester: pytest.Pytester) -> Path:
    """A copy of the example repository, in which pytest runs."""
    shutil.copytree(EXAMPLE, pytester.path, dirs_exist_ok=True)
    return pytester.path


@pytest.fixture
def edit(repository: Path) -> Callable[[str, str], None]:
    """Replace a text of the environment `prod`."""
    path = repository / "environments/prod.yaml"

    def replace(old: str, new: str) -> None:
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    return replace
