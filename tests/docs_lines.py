"""The command lines of all pages, and what becomes of each: run by a test, or marked as needing a real account."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")})
MARK = 'title="Needs a real account"'
"""Of a block of code; the site shows it as the heading of the block."""
FOLLOWED = ROOT / "docs/day-two.md"
"""Its recipes are followed line by line in tests/e2e/."""
_BLOCK = re.compile(r"^ *```console([^\n]*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)

FROM_REGISTRIES = (
    *("pip install", "uv pip", "npm ci", "python3 -m venv", ". .venv/bin/activate", "make ", "export PATH="),
    "python -m mailproof.reference",
    *("git clone ", "uvx --from build", "python3 -m tarfile", "python3 -m zipfile"),
)
"""
Set-up, which needs package registries or is this very run; the tests do not leave the machine.

tests/test_packaging.py installs the wheel into a venv, tests/test_requirements.py holds what is installed.
"""
_TRIED = "tests/test_packaging.py::test_a_folder_is_begun_and_tried_by_what_is_installed"
_BOOTSTRAP = "tests/e2e/test_commands.py::test_bootstrap_makes_what_deployments_need"
_REPLICAS = "tests/e2e/test_replicas.py::test_replicas_from_the_first_deployment_to_the_last"
_SNAPSHOTS = "tests/pytest_plugin/test_snapshots.py::test_update_records_what_has_changed"
_SINCE = "tests/pytest_plugin/test_history.py::test_an_unchanged_repository_has_lost_nothing"
ELSEWHERE = {
    "mailproof init --account": _TRIED,
    "mailproof init": "tests/e2e/test_permissions.py::test_looking",
    "mailproof try": _TRIED,
    "mailproof doctor": "tests/doctor/test_doctor.py::test_what_is_missing_is_said_with_how_to_get_it",
    "mailproof upgrade": "tests/scaffold/test_upgrade.py::test_what_an_older_version_wrote_becomes_that_of_this_one",
    "mailproof spf prod": "tests/e2e/test_permissions.py::test_records_and_addresses",
    "mailproof dkim new-key": "tests/e2e/test_permissions.py::test_own_keys",
    "mailproof dkim rotate": "tests/e2e/test_permissions.py::test_own_keys",
    "mailproof dkim replicate": _REPLICAS,
    "mailproof rollout run prod --wave 1": _REPLICAS,
    "mailproof rollout run prod --assembly": "tests/e2e/test_rollout.py::test_two_environments_are_rolled_out",
    "mailproof check --history s3": "tests/e2e/test_permissions.py::test_looking",
    "mailproof probe --to you@example.org --imap": "tests/probe/test_inboxes.py::test_imap_is_examined_and_peeked_at",
    "mailproof probe --to probe@in.example.com": "tests/probe/test_inboxes.py::test_objects_of_a_receipt_rule_are_read",
    "cdk destroy 'prod/*'": "tests/e2e/test_commands.py::test_destroy_with_removal_policy_destroy_leaves_nothing",
    "npx cdk destroy 'prod/*'": "tests/e2e/test_commands.py::test_destroy_with_removal_policy_destroy_leaves_nothing",
    "npx cdk bootstrap": _BOOTSTRAP,
    "pytest --mailproof-update": _SNAPSHOTS,
    "pytest --collect-only": "tests/pytest_plugin/test_collection.py::test_one_environment_can_be_run_alone",
    "pytest environments --mailproof-since": _SINCE,
    "pytest": "tests/pytest_plugin/test_collection.py::test_the_example_repository_passes",
}
"""How a line begins, to the test that runs it; the longest beginning counts."""


@dataclass(frozen=True)
class Line:
    """
    A command line of a page.

    Attributes:
        page: Where it is.
        text: Without comment, and without what follows a pipe.
        is_marked: Whether the page says that it needs a real account.
    """

    page: Path
    text: str
    is_marked: bool

    @property
    def test(self) -> str:
        """The test that runs it; empty if none is named."""
        found = [begin for begin in ELSEWHERE if self.text.startswith(begin)]
        return ELSEWHERE[max(found, key=len)] if found else ""

    @property
    def is_run_here(self) -> bool:
        """Whether tests/e2e/test_pages.py runs it as it stands."""
        is_ours = self.text.startswith("mailproof ")
        return is_ours and not (self.is_marked or self.test or self.is_followed)

    @property
    def is_followed(self) -> bool:
        """Whether it is one of the recipes, here or there."""
        return self.page == FOLLOWED or self.text in _followed()


def read_lines() -> Iterator[Line]:
    """Yield the lines of all pages."""
    for page in PAGES:
        for options, block in _BLOCK.findall(page.read_text(encoding="utf-8")):
            for line in block.replace("\\\n", " ").splitlines():
                if line.lstrip().startswith("$ "):
                    text = re.split(r" +# | \| ", line.lstrip()[2:])[0]
                    yield Line(page, " ".join(text.split()), MARK in options)


def _followed() -> frozenset[str]:
    return frozenset(re.findall(r"^\$ (mailproof .*)$", FOLLOWED.read_text(encoding="utf-8"), re.MULTILINE))
