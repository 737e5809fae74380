"""The tests that a repository gets without writing one."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

Edit = Callable[[str, str], None]
TESTS = [
    "environments/prod.yaml::snapshot",
    "environments/prod.yaml::names",
    "environments/staging.yaml::snapshot",
    "environments/staging.yaml::names",
    "environments::owners",
    "environments::leftovers",
]


def collected(pytester: pytest.Pytester, *arguments: str) -> list[str]:
    """Return the ids of the tests that a run would have."""
    result = pytester.runpytest_inprocess("--collect-only", "-q", *arguments)
    return [line for line in result.outlines if "::" in line]


@pytest.mark.usefixtures("repository")
def test_the_example_repository_passes(pytester: pytest.Pytester) -> None:
    """Its environments and its own tests pass as they stand."""
    pytester.runpytest_inprocess().assert_outcomes(passed=8)


@pytest.mark.usefixtures("repository")
def test_configuration_adds_the_environments_to_testpaths(pytester: pytest.Pytester) -> None:
    """A run without paths has them, though `testpaths` names another folder."""
    assert [test for test in collected(pytester) if not test.startswith("tests/")] == TESTS


@pytest.mark.usefixtures("repository")
def test_a_run_of_other_paths_is_left_alone(pytester: pytest.Pytester) -> None:
    """Who names a path gets that alone."""
    assert all(test.startswith("tests/") for test in collected(pytester, "tests"))


@pytest.mark.usefixtures("repository")
def test_one_environment_can_be_run_alone(pytester: pytest.Pytester) -> None:
    """A file of the folder is a path like any other."""
    assert TESTS[2:4] == collected(pytester, "environments/staging.yaml")
    assert TESTS[2:4] == collected(pytester, "environments/staging.yaml", "--mailproof")
    pytester.runpytest_inprocess(TESTS[3]).assert_outcomes(passed=1)


@pytest.mark.parametrize("arguments", [("--mailproof",), ("tests", "--mailproof")], ids=" ".join)
def test_the_option_asks_for_the_environments(
    repository: Path, pytester: pytest.Pytester, arguments: tuple[str, ...]
) -> None:
    """Without configuration it finds the folder `environments`, beside whatever else is named."""
    (repository / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    assert [test for test in collected(pytester, *arguments) if not test.startswith("tests/")] == TESTS


def test_nothing_is_collected_unasked(repository: Path, pytester: pytest.Pytester) -> None:
    """A folder of environment files alone changes no run."""
    (repository / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    assert all(test.startswith("tests/") for test in collected(pytester))
    assert collected(pytester, "environments") == []


def test_other_files_of_the_folder_are_collected_as_ever(repository: Path, pytester: pytest.Pytester) -> None:
    """A test module beside the environments still runs, and hidden files are not environments."""
    (repository / "environments/test_more.py").write_text("def test_more(): pass\n", encoding="utf-8")
    (repository / "environments/.draft.yaml").write_text("{", encoding="utf-8")
    assert {*TESTS, "environments/test_more.py::test_more"} == set(collected(pytester, "environments"))


def test_fails_on_a_folder_that_is_not_there(repository: Path, pytester: pytest.Pytester) -> None:
    """A wrong name ends the run with what to write."""
    shutil.rmtree(repository / "environments")
    result = pytester.runpytest_inprocess("--mailproof")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        [
            (
                "ERROR: mailproof: */environments is not a folder; "
                "name that of the environment files by mailproof_environments"
            )
        ]
    )


def test_a_mistake_in_a_file_is_shown_without_a_traceback(edit: Edit, pytester: pytest.Pytester) -> None:
    """What fails is the environment file, so its message stands alone."""
    edit("us-east-1, eu-west-1", "us-east-1, eu-wset-1")
    result = pytester.runpytest_inprocess("environments/prod.yaml")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "*_ environments/prod.yaml: names *_",
            "environments/prod.yaml:2: regions[[]1]: is not a region *, got 'eu-wset-1'; did you mean 'eu-west-1'?",
        ]
    )
    result.stdout.no_fnmatch_line("Traceback*")


@pytest.mark.usefixtures("repository")
def test_without_the_cdk_the_message_says_what_to_install(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The constructs are an extra of the distribution."""
    monkeypatch.setitem(sys.modules, "aws_cdk", None)
    result = pytester.runpytest_inprocess("environments/staging.yaml")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        ["synthesis needs the AWS CDK, which is not installed; run: pip install 'mailproof[[]cdk]'"]
    )


def test_an_error_of_another_kind_keeps_its_traceback(repository: Path, pytester: pytest.Pytester) -> None:
    """What is not a finding is shown in full."""
    (repository / "cdk.json").write_text("{", encoding="utf-8")
    result = pytester.runpytest_inprocess(TESTS[0])
    result.stdout.fnmatch_lines(["*def read_context*", "*JSONDecodeError*"])
