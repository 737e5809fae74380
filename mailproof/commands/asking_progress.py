"""How far the asking of SES is, and when it will end: a bar on a terminal, else a line now and then."""

import sys
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from mailproof.change.say import say
from mailproof.live.aws.pooled import Progress

RECENT = 30  # answers from which the pace is taken
QUIET_S = 20.0  # what ends before needs no line
EVERY_S = 60.0


class RegionProgress(Progress):
    """
    How far one region is.

    Args:
        changed: Called after each change.
        now: Tells the time, seconds.

    Attributes:
        asked: Identities that were asked for.
        left: Those still to be.
    """

    def __init__(self, changed: Callable[[], None], now: Callable[[], float]) -> None:
        self._changed = changed
        self._now = now
        self._recent: deque[float] = deque(maxlen=RECENT)
        self.asked = self.left = 0

    def expect(self, domains: Collection[str]) -> None:
        """Take note of identities that will be asked for."""
        self.left += len(domains)
        self._changed()

    def done(self) -> None:
        """Take note of one that was."""
        self.asked, self.left = self.asked + 1, self.left - 1
        self._recent.append(self._now())
        self._changed()

    @property
    def left_s(self) -> float:
        """How long it will take at the pace of the last answers; 0 before there is one."""
        if len(self._recent) < 2:  # noqa: PLR2004 -- a distance has two ends
            return 0.0
        return self.left * (self._recent[-1] - self._recent[0]) / (len(self._recent) - 1)


class AskingProgress:
    """
    How far all regions are, which are asked side by side.

    Args:
        show: Takes what is asked, how many there are in all, and the seconds left.
        now: Tells the time, seconds.
    """

    def __init__(self, show: Callable[[int, int, float], None], now: Callable[[], float] = time.monotonic) -> None:
        self._show = show
        self._now = now
        self._regions: list[RegionProgress] = []

    def region(self, _region: str) -> RegionProgress:
        """Return what takes note of one more region."""
        self._regions.append(RegionProgress(self._changed, self._now))
        return self._regions[-1]

    def _changed(self) -> None:
        asked = sum(region.asked for region in self._regions)
        left_s = max(region.left_s for region in self._regions)
        self._show(asked, asked + sum(region.left for region in self._regions), left_s)


class LinesNowAndThen:
    """
    Says how far the asking is, when it has taken a while.

    Args:
        tell: Takes a line.
        now: Tells the time, seconds.
    """

    def __init__(self, tell: Callable[[str], None], now: Callable[[], float] = time.monotonic) -> None:
        self._tell = tell
        self._now = now
        self._due_s = now() + QUIET_S

    def show(self, asked: int, total: int, left_s: float) -> None:
        """Say it, if it is due and will take longer still."""
        if self._now() >= self._due_s and left_s > QUIET_S:
            self._due_s = self._now() + EVERY_S
            self._tell(f"asked SES for {asked:,} of {total:,} identities; {end_words(left_s)}")


def end_words(left_s: float) -> str:
    """Say when the asking will end, by the clock of this machine."""
    return f"the last answer about {datetime.now().astimezone() + timedelta(seconds=left_s):%H:%M}"


@contextmanager
def asking_progress() -> Iterator[AskingProgress]:
    """Show how the asking goes on."""
    if not sys.stderr.isatty():
        yield AskingProgress(LinesNowAndThen(say).show)
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    if console.is_dumb_terminal:
        say("Asking SES and DNS …")
        yield AskingProgress(LinesNowAndThen(say).show)
        return
    columns = (BarColumn(), TextColumn("{task.fields[counted]}"), TimeElapsedColumn(), TextColumn("{task.fields[end]}"))
    with Bar(TextColumn("{task.description}"), *columns, console=console, transient=True) as bar:
        task = bar.add_task("Asking SES and DNS", total=None, counted="", end="")

        def show(asked: int, total: int, left_s: float) -> None:
            what = "Asking SES and DNS" if asked < total else "Asking DNS"
            end = end_words(left_s) if left_s > QUIET_S else ""
            # One step more: a bar that is full stops its clock, and DNS is still asked.
            bar.update(
                task, description=what, completed=asked, total=total + 1, end=end, counted=f"{asked:,}/{total:,}"
            )

        yield AskingProgress(show)
