"""The state file of a command."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from mailproof.change.say import say
from mailproof.commands.errors import command_errors
from mailproof.live.aws.kept_facts import KeptFacts, open_kept_facts


@contextmanager
def keeping(path: Path | None, max_age: timedelta, *, within_run: bool = False) -> Iterator[KeptFacts | None]:
    """
    Open the file of `--state`; an interrupt then keeps what was learnt and says how to go on.

    Args:
        path: The file; None if none is given.
        max_age: Older facts are not used.
        within_run: Without a file, keep facts for this run.
    """
    if path is None and not within_run:
        yield None
        return
    if path is None:
        with open_kept_facts(None, max_age) as kept:
            yield kept
        return
    with command_errors():
        with open_kept_facts(path, max_age) as kept:
            yield kept
        if kept.problem:
            say(f"{path}: could not be used to the end ({kept.problem}); what was asked since is not kept")
