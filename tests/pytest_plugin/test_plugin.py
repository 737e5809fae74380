"""The plug-in itself: what loading it costs, and the fixture."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

LIMIT_S = 0.010
COST = """
import importlib, json, sys, time
import pytest
before, runs = set(sys.modules), []
for _ in range(3):
    importlib.invalidate_caches()
    start = time.process_time()
    import mailproof.pytest_plugin
    loaded = sorted(set(sys.modules) - before)
    runs.append([time.process_time() - start, loaded])
    for name in loaded:
        del sys.modules[name]
print(json.dumps(runs))
"""


def test_loading_the_plugin_costs_next_to_nothing() -> None:
    """It imports nothing beside pytest, so that an unrelated run does not wait for it."""
    runs = json.loads(subprocess.check_output([sys.executable, "-c", COST]))
    assert [modules for _, modules in runs] == [["mailproof", "mailproof.pytest_plugin"]] * 3
    assert min(cost for cost, _ in runs) < LIMIT_S


def test_an_unrelated_run_loads_no_more(pytester: pytest.Pytester) -> None:
    """Neither the CDK nor the models of environment files are loaded, and nothing is said."""
    pytester.makepyfile(
        """
        import sys

        def test_nothing_is_loaded():
            assert not {"aws_cdk", "pydantic", "mailproof.environments", "stacks"} & set(sys.modules)
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:syrupy", "-p", "no:hypothesispytest")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("mailproof *")


@pytest.mark.usefixtures("repository")
def test_fails_on_the_name_of_no_environment(pytester: pytest.Pytester) -> None:
    """The fixture names the closest."""
    pytester.makepyfile("def test_it(synthesise): synthesise('prdo')")
    result = pytester.runpytest_inprocess("test_fails_on_the_name_of_no_environment.py")
    result.stdout.fnmatch_lines(["E*InvalidValue: is not an environment, got 'prdo'; did you mean 'prod'?"])


def test_the_fixture_needs_no_folder(pytester: pytest.Pytester) -> None:
    """The text of an environment is enough, and its mistakes are named."""
    pytester.makepyfile("def test_it(synthesise): synthesise('account: 1\\n')")
    result = pytester.runpytest_inprocess()
    result.stdout.fnmatch_lines(["E*EnvironmentFileError: */test.yaml:1: *", "E*/test.yaml:1: account: *"])


def test_the_options_are_explained(pytester: pytest.Pytester) -> None:
    """`pytest --help` says what each does."""
    result = pytester.runpytest_inprocess("--help")
    result.stdout.fnmatch_lines(
        ["mailproof: environment files:", "*--mailproof *", "*--mailproof-update *", "*--mailproof-since=REF"]
    )


def test_the_example_is_one_that_people_can_copy() -> None:
    """It has environments, a line of configuration and recorded templates."""
    example = Path(__file__).parent / "example"
    assert "mailproof_environments = environments\n" in (example / "pytest.ini").read_text(encoding="utf-8")
    assert {"prod", "staging"} == {path.name for path in (example / "environments/snapshots").iterdir()}
