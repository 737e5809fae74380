"""Errors: the one form that messages have."""

import pytest

from mailproof.model.errors import EnvironmentFileError, InvalidValue, MailproofError, NoValue, Problem, describe


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param(("is wrong",), "is wrong", id="no value, nothing to do"),
        pytest.param(("is wrong", "x"), "is wrong, got 'x'", id="value"),
        pytest.param(("is wrong", NoValue, "mend it"), "is wrong; mend it", id="nothing to show"),
        pytest.param(("is wrong", None, "mend it"), "is wrong, got None; mend it", id="None is a value"),
        pytest.param(("is wrong", "a\nb"), r"is wrong, got 'a\nb'", id="one line"),
        pytest.param(("is wrong", ["a"] * 50), "is wrong, got ['a', 'a', 'a', 'a', 'a', 'a', ...]", id="long list"),
        pytest.param(("is wrong", [[[[[[[[[]]]]]]]]]), "is wrong, got [[[[[[[...]]]]]]]", id="deep list"),
    ],
)
def test_describe_joins_what_there_is_to_say(arguments: tuple[str, object, str], expected: str) -> None:
    """What is wrong comes first, then the value found, then what to do."""
    assert expected == describe(*arguments)


@pytest.mark.parametrize("value", ["x" * 1000, ["x" * 50] * 50, {"k" * 90: "v" * 90, "l" * 90: "v" * 90}], ids=type)
def test_describe_cuts_what_would_fill_a_screen(value: object) -> None:
    """A long value is shown in at most 120 characters."""
    assert len("is wrong, got ") + 120 >= len(describe("is wrong", value))


def test_describe_shows_a_value_too_deep_to_print() -> None:
    """No depth of a value ends in anything but a message."""
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert describe("is wrong", deep).startswith("is wrong, got [[[")


@pytest.mark.parametrize(
    ("line", "key", "expected"),
    [
        pytest.param(14, "domains[2]", "environments/prod.yaml:14: domains[2]: is wrong", id="line and key"),
        pytest.param(14, "", "environments/prod.yaml:14: is wrong", id="line"),
        pytest.param(None, "stacks", "environments/prod.yaml: stacks: is wrong", id="key"),
        pytest.param(None, "", "environments/prod.yaml: is wrong", id="the whole file"),
    ],
)
def test_a_problem_says_where_as_far_as_there_is_a_where(line: int | None, key: str, expected: str) -> None:
    """File, line and key stand in front, as editors and terminals link them."""
    assert expected == str(Problem("environments/prod.yaml", line, key, "is wrong"))


def test_environment_file_error_keeps_every_problem() -> None:
    """One line a problem, and the problems themselves for whoever wants them."""
    problems = [Problem("a.yaml", 1, "x", "is wrong"), Problem("b.yaml", 2, "y", "is wrong")]
    error = EnvironmentFileError(problems)
    assert str(error) == "a.yaml:1: x: is wrong\nb.yaml:2: y: is wrong"
    assert tuple(problems) == error.problems
    assert isinstance(error, MailproofError)


def test_invalid_value_keeps_its_parts() -> None:
    """The parts are there for whoever says them in another place."""
    error = InvalidValue("is wrong", "x", "mend it")
    assert (error.what, error.got, error.todo, str(error)) == ("is wrong", "x", "mend it", "is wrong, got 'x'; mend it")
