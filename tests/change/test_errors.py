"""The end of a command that changes something."""

import pytest

from mailproof.change.errors import CommandError, run_each, stop_if


def _fail_at(bad: str, error: BaseException, done: list[str]) -> None:
    def run(item: str) -> None:
        if item == bad:
            raise error
        done.append(item)

    run_each(["a", "b", "c"], run, str.upper, "mailproof again")


@pytest.mark.parametrize(
    ("error", "first", "code"),
    [(CommandError("b failed", 3), "b failed", 3), (KeyboardInterrupt(), "interrupted", 130)],
)
def test_the_first_failure_ends_a_run(error: BaseException, first: str, code: int) -> None:
    """What was not started is named, and the command that goes on."""
    done: list[str] = []
    with pytest.raises(CommandError) as caught:
        _fail_at("b", error, done)
    assert (done, caught.value.exit_code) == (["a"], code)
    assert caught.value.lines == (
        first,
        "not started: C",
        "to continue from B, run the same command again: mailproof again",
    )


@pytest.mark.parametrize(
    ("wrong", "unanswered", "code"), [(["w"], ["u"], 1), (["w"], [], 1), ([], ["u"], 3)], ids=["both", "wrong", "asked"]
)
def test_something_wrong_outweighs_no_answer(wrong: list[str], unanswered: list[str], code: int) -> None:
    """Both are shown."""
    with pytest.raises(CommandError) as caught:
        stop_if(wrong, unanswered, "nothing was done")
    assert caught.value.lines == (*wrong, *unanswered, "nothing was done")
    assert caught.value.exit_code == code
    stop_if([], [], "nothing was done")
