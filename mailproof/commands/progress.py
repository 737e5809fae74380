"""One progress bar on stderr, on a terminal only; a line where the terminal has none."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mailproof.change.say import say


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[], None]]:
    """
    Show a bar while something is done.

    Args:
        what: Words in front of the bar.
        total: Steps in all.

    Yields:
        Call it after each step; it may be called from any thread.
    """
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if console.is_dumb_terminal:
        say(f"{what} …")
        yield lambda: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)
