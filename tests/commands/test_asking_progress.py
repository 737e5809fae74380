"""How far the asking is, and when it will end: on a clock of its own."""

import pytest

from mailproof.commands.asking_progress import EVERY_S, QUIET_S, AskingProgress, LinesNowAndThen


class Told:
    """What is told, and the time."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.lines: list[str] = []
        self.shown: list[tuple[int, int, float]] = []

    def progress(self) -> AskingProgress:
        """Return progress that is shown as numbers and told in lines."""
        lines = LinesNowAndThen(self.lines.append, lambda: self.now_s)

        def show(asked: int, total: int, left_s: float) -> None:
            self.shown.append((asked, total, left_s))
            lines.show(asked, total, left_s)

        return AskingProgress(show, lambda: self.now_s)


def test_the_slowest_region_says_when_it_ends() -> None:
    """They are asked side by side, each at its own pace."""
    told = Told()
    progress = told.progress()
    slow, fast = progress.region("us-east-1"), progress.region("eu-west-1")
    slow.expect([f"d{number}.example" for number in range(100)])
    fast.expect(["d0.example", "d1.example"])
    fast.done()
    for _ in range(41):
        slow.done()
        told.now_s += 2
    asked, total, left_s = told.shown[-1]
    assert (asked, total) == (42, 102)
    assert left_s == pytest.approx(2 * 59)


def test_a_short_run_is_quiet_and_a_long_one_tells_now_and_then() -> None:
    """The first line when it has taken a while, and the next a minute later."""
    told = Told()
    region = told.progress().region("us-east-1")
    region.expect([f"d{number}.example" for number in range(1000)])
    while told.now_s < QUIET_S + 2 * EVERY_S:
        told.now_s += 1
        region.done()
    assert len(told.lines) == 3
    assert told.lines[0].startswith("asked SES for 20 of 1,000 identities; the last answer about ")


def test_what_ends_soon_is_not_told() -> None:
    """A line is for whoever would otherwise wait without knowing."""
    told = Told()
    region = told.progress().region("us-east-1")
    region.expect(["d0.example"] * 30)
    for _ in range(30):
        told.now_s += 1
        region.done()
    assert told.lines == []
